"""A running site: uvicorn in front, in one process or several; the indexer drains the outbox.

Several processes are forked, so that they share what they have loaded. Each listens on a socket of
its own on the same port (SO_REUSEPORT), so that the kernel deals connections out among them: from
one common socket the first to wake up takes all that wait.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import uvicorn

from repository.errors import SettingsError, TakaoError
from storage.errors import StorageError
from viewer.app import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from search.indexer import Indexer
    from viewer.site import App

_IDLE_SECONDS = 2.0
_PAUSE_SECONDS = 1.0
_FAILED = 3
_ENDING = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger("takao.server")


def serve(
    open_site: Callable[[], tuple[App, Indexer | None]], host: str, port: int, processes: int = 1
) -> None:
    """Serve until interrupted; whatever other processes publish is indexed meanwhile.

    ``open_site`` is called once in each process; the first of them uses the indexer. A process that
    dies is replaced. Raises SettingsError when it cannot listen there, SystemExit when a process
    cannot start.
    """
    listening = _listening(host, port, shared=False)
    if processes == 1:
        _serve(*open_site(), listening)
    else:
        listening.close()  # it was only to find out whether somebody else has the port
        _supervise(lambda n: _serve_one_of_many(open_site, host, port, n), processes)


def _listening(host: str, port: int, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048, reuse_port=shared)
    except OSError as error:
        raise SettingsError(
            f"無法使用這個位址 cannot listen on {host} port {port}: {error.strerror or error}"
        ) from error


def _serve(app: App, indexer: Indexer | None, listening: socket.socket) -> None:
    stop = threading.Event()
    drainer = threading.Thread(target=_drain_until, args=(indexer, stop), daemon=True)
    drainer.start()
    config = uvicorn.Config(create_app(app), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            server.run([listening])
    finally:
        stop.set()
        drainer.join(timeout=5)
    if not server.started:
        sys.exit(_FAILED)


def _serve_one_of_many(
    open_site: Callable[[], tuple[App, Indexer | None]], host: str, port: int, number: int
) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        app, indexer = open_site()
        listening = _listening(host, port, shared=True)
    except (TakaoError, StorageError) as error:
        print(f"takao: {error}", file=sys.stderr)  # noqa: T201  # nobody else will say it
        sys.exit(_FAILED)
    _serve(app, indexer if number == 0 else None, listening)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _supervise(work: Callable[[int], None], count: int) -> None:
    """Keep ``count`` processes at work until interrupted; end all when one cannot start."""
    fork = multiprocessing.get_context("fork")

    def start(number: int) -> BaseProcess:
        process = fork.Process(target=work, args=(number,), daemon=True)
        # A signal that came during the fork would be lost in the child.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        process.start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        return process

    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # A shell's background job starts with it ignored; uvicorn answers it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    running: list[BaseProcess] = []
    try:
        for number in range(count):
            running.append(start(number))
        while True:
            wait([process.sentinel for process in running])
            for number, process in enumerate(running):
                if process.is_alive():
                    continue
                if process.exitcode is not None and process.exitcode >= 0:
                    sys.exit(process.exitcode)
                _log.warning("程序終止，重新啟動 process died, is replaced: %s", process.exitcode)
                time.sleep(_PAUSE_SECONDS)
                running[number] = start(number)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _drain_until(indexer: Indexer | None, stop: threading.Event) -> None:
    while indexer is not None and not stop.wait(_IDLE_SECONDS):
        try:
            indexer.drain()
        except TakaoError as error:
            _log.warning("編索引未成，稍後再試 not indexed, will try again: %s", error)
