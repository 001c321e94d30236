"""Takao as it stood at a git commit: taken out of the history, run and served from a folder."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bench.earlier.answers import OUTSIDE, PUBLIC, READING_ROOM, Answer, Asked, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.earlier.answers import Get

ROOT = Path(__file__).resolve().parents[2]
_NETWORKS = {OUTSIDE: "", READING_ROOM: "127.0.0.0/8"}
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Program:
    """The program whose source lies in ``source``; it sees the home and these settings alone."""

    source: Path
    ocr: str = "none"
    workers: int = 2

    def run(self, home: Path, *arguments: str) -> str:
        """Run a command in the source's folder; return what it printed."""
        done = subprocess.run(
            self._command(*arguments),
            cwd=self.source,
            env=self._environment(home),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"takao {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    @contextlib.contextmanager
    def serving(self, home: Path, reader: str = OUTSIDE) -> Iterator[httpx.Client]:
        """Serve a home to a reader; give a client that follows no redirects."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = {"TAKAO_PUBLIC_URL": PUBLIC, "TAKAO_ONSITE_NETWORKS": _NETWORKS[reader]}
        process = subprocess.Popen(
            self._command("serve", "--port", str(port)),
            cwd=self.source,
            env=self._environment(home) | settings,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                _await_start(client)
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()

    def answers(self, home: Path, asked: Sequence[Asked]) -> dict[Asked, Answer]:
        """Return what a home answers to each request, in order."""
        found: dict[Asked, Answer] = {}
        for reader in dict.fromkeys(one.reader for one in asked):
            with self.serving(home, reader) as client:
                for one in asked:
                    if one.reader == reader:
                        found[one] = ask(getter(client), one)
        return {one: found[one] for one in asked}

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "takao", *arguments]

    def _environment(self, home: Path) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(home.parent),
            "PYTHONPATH": str(self.source),
            "TAKAO_HOME": str(home),
            "TAKAO_OCR": self.ocr,
            "TAKAO_WORKERS": str(self.workers),
        }


def getter(client: httpx.Client) -> Get:
    """Return what asks through a client."""
    return lambda path, headers: client.get(path, headers=headers)


def taken_out(ref: str, folder: Path, ocr: str = "none") -> Program:
    """Write the source as it stood at a commit into a folder; return the program."""
    folder.mkdir(parents=True)
    archive = folder.with_suffix(".tar")
    subprocess.run(["git", "archive", "-o", str(archive), ref], cwd=ROOT, check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    return Program(folder, ocr)


def _await_start(client: httpx.Client) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(httpx.ConnectError):
            client.get("/healthz")
            return
        time.sleep(0.1)
    raise RuntimeError("the site does not start")
