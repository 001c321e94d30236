"""Hostile files are decoded in a child process with a memory limit and a time limit.

The child is one warm Python that takes call after call over a pipe, so a page costs a round trip,
not a start; it is replaced after a crash, a time-out or many calls. A plain subprocess, because
daemonic workers (Dask's) may have no ``multiprocessing`` children.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import pickle
import select
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from storage.images.errors import DecodeCancelledError, DecodeError, DecodeTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

MEMORY = 1_900_000_000
SECONDS = 1_800.0
_PIPE = 1 << 20
_LONGEST = 1 << 30
_LAST_SECONDS = 5.0
_LENGTH = struct.Struct("<Q")
_BYTES, _JSON, _DECODE, _SYSTEM, _OUT_OF_MEMORY = b"B", b"J", b"D", b"S", b"M"


class Sandbox:
    """One child process; calls are made one after the other, from any thread.

    ``memory`` limits the child's own writable memory in bytes (RLIMIT_DATA); after ``calls`` it is
    replaced by a fresh one, so that nothing can pile up.
    """

    def __init__(self, memory: int, calls: int = 200) -> None:
        self._memory = memory
        self._most_calls = calls
        self._child: subprocess.Popen[bytes] | None = None
        self._calls = 0
        self._lock = threading.Lock()

    def call(
        self,
        function: Callable[..., Any],
        arguments: tuple[object, ...],
        seconds: float,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> Any:  # noqa: ANN401  # what the function returns
        """Return ``function(*arguments)``: importable by name, returning bytes or JSON's types.

        Raises the DecodeError or OSError that it raises (anything else as image-corrupt), and
        DecodeError decoder-crashed or decoder-memory, and DecodeTimeoutError.
        When ``is_cancelled`` turns true the child is ended and DecodeCancelledError raised.
        """
        with self._lock:
            child = self._ready()
            self._calls += 1
            try:
                _send(child.stdin, pickle.dumps((function, arguments)))
                answer = self._answer(child, seconds, is_cancelled)
            except (BrokenPipeError, EOFError, ConnectionError):
                with suppress(subprocess.TimeoutExpired):
                    child.wait(_LAST_SECONDS)
                self._end()
                raise DecodeError("decoder-crashed", status=child.returncode) from None
            except BaseException:
                self._end()
                raise
            if answer[:1] == _OUT_OF_MEMORY:
                self._end()
            return _value(answer)

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._calls >= self._most_calls:
            self._end()
        if self._child is None or self._child.poll() is not None:
            self._child = _start(self._memory)
            self._calls = 0
        return self._child

    def _answer(
        self,
        child: subprocess.Popen[bytes],
        seconds: float,
        is_cancelled: Callable[[], bool] | None,
    ) -> bytes:
        until = time.monotonic() + seconds
        assert child.stdout is not None  # noqa: S101  # opened with a pipe
        readable = select.poll()
        readable.register(child.stdout, select.POLLIN)
        parts = bytearray()
        length = _LENGTH.size
        while len(parts) < length:
            while not readable.poll(50 if is_cancelled else 1_000):
                if time.monotonic() > until:
                    raise DecodeTimeoutError("decoder-timeout", seconds=int(seconds))
                if is_cancelled is not None and is_cancelled():
                    raise DecodeCancelledError("cancelled")
            part = os.read(child.stdout.fileno(), _PIPE)
            if not part:
                raise EOFError
            parts += part
            if length == _LENGTH.size and len(parts) >= length:
                length += min(_LENGTH.unpack_from(parts)[0], _LONGEST)
        return bytes(parts[_LENGTH.size : length])

    def _end(self) -> None:
        if self._child is None:
            return
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._child = None


def run_limited(
    function: Callable[..., Any], arguments: tuple[object, ...], memory: int, seconds: float
) -> Any:  # noqa: ANN401  # what the function returns
    """Call a function in this process's warm sandbox; see ``Sandbox.call``."""
    return _warm(os.getpid(), memory).call(function, arguments, seconds)


@cache
def _warm(pid: int, memory: int) -> Sandbox:
    """Return the sandbox of this very process: a forked one needs, and ends, its own."""
    sandbox = Sandbox(memory)
    atexit.register(lambda: sandbox.close() if os.getpid() == pid else None)
    return sandbox


def _start(memory: int) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", _BOOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(child.stdout, fcntl.F_SETPIPE_SZ, _PIPE)  # type: ignore[arg-type]  # a pipe
    _send(child.stdin, pickle.dumps((sys.path, memory)))
    return child


# The first message brings the import path, so that the child finds what its parent finds. One page
# is one thread's work: pages run side by side, and libvips is faster so on rows read in order.
_BOOT = """
import os, pickle, struct, sys
os.environ.update(VIPS_CONCURRENCY="1", VIPS_WARNING="1")
length = struct.unpack("<Q", sys.stdin.buffer.read(8))[0]
sys.path[:], memory = pickle.loads(sys.stdin.buffer.read(length))
from storage.images.sandbox import serve
serve(memory)
"""


def serve(memory: int) -> None:
    """Run in the child: answer calls until the parent goes away."""
    import resource

    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a library prints must not reach the pipe
    while True:
        try:
            message = _receive(source)
        except EOFError:
            return
        _send(target, _outcome(message))


def _outcome(message: bytes) -> bytes:
    try:
        function, arguments = pickle.loads(message)  # noqa: S301  # from our parent
        value = function(*arguments)
        return _BYTES + value if isinstance(value, bytes) else _JSON + json.dumps(value).encode()
    except MemoryError:
        return _OUT_OF_MEMORY
    except DecodeError as error:
        return _DECODE + json.dumps([error.code, error.values], default=str).encode()
    except Exception as error:  # noqa: BLE001  # whatever a decoder throws ends this page alone
        if isinstance(error, OSError) and error.errno is not None:
            return _SYSTEM + json.dumps([error.errno, error.strerror or str(error)]).encode()
        return _DECODE + json.dumps(["image-corrupt", {"reason": repr(error)[:300]}]).encode()


def _value(answer: bytes) -> Any:  # noqa: ANN401  # what the function returned
    """Return or raise what the child said. It may have been taken over, so no pickle from there."""
    kind, content = answer[:1], answer[1:]
    if kind == _BYTES:
        return content
    if kind == _OUT_OF_MEMORY:
        raise DecodeError("decoder-memory")
    value = json.loads(content)
    if kind == _DECODE:
        raise DecodeError(str(value[0]), **value[1])
    if kind == _SYSTEM:
        raise OSError(*value)
    return value


def _send(pipe: Any, content: bytes) -> None:  # noqa: ANN401  # a raw or buffered pipe
    view = memoryview(_LENGTH.pack(len(content)) + content)
    while view:
        view = view[pipe.write(view) :]
    pipe.flush()


def _receive(pipe: Any) -> bytes:  # noqa: ANN401  # a raw or buffered pipe
    (length,) = _LENGTH.unpack(_read(pipe, _LENGTH.size))
    return _read(pipe, length)


def _read(pipe: Any, length: int) -> bytes:  # noqa: ANN401  # a raw or buffered pipe
    parts = []
    while length:
        part = pipe.read(min(length, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
