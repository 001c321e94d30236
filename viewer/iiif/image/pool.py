"""Render processes behind a bounded queue, so that slow pictures never hold up stored ones."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from storage.images.errors import DecodeCancelledError, DecodeError, DecodeTimeoutError
from storage.images.sandbox import Sandbox
from viewer.iiif.image.render import render_gently

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from viewer.iiif.image.request import ImageRequest

_CALLS = 20_000


class BusyError(Exception):
    """No place in the queue, or the time ran out: try again after a while."""


class RenderError(Exception):
    """A render process failed on this picture."""


class RenderPool:
    """``processes`` pictures are made at once; at most ``waiting`` more stand in line.

    One client may have half of all places. ``seconds`` limits waiting and rendering together.
    The processes start with the first picture.
    """

    def __init__(
        self,
        processes: int,
        *,
        waiting: int = 64,
        seconds: float = 10.0,
        memory: int = 1_000_000_000,
    ) -> None:
        self._seconds = seconds
        self._places = processes + waiting
        self._clients: Counter[str | None] = Counter()
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="render")
        self._idle: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        self._sandboxes = [Sandbox(memory, _CALLS) for _ in range(processes)]
        for sandbox in self._sandboxes:
            self._idle.put(sandbox)

    async def render(
        self,
        path: Path,
        wanted: ImageRequest,
        client: str | None,
        gone: Callable[[], Awaitable[None]],
    ) -> bytes | None:
        """Return the encoded picture, or None when ``gone()`` came first (the client left).

        Raises BusyError, RenderError.
        """
        if self._clients.total() >= self._places or self._clients[client] >= self._places // 2:
            raise BusyError
        self._clients[client] += 1
        cancelled = threading.Event()
        deadline = time.monotonic() + self._seconds
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads, self._work, path, wanted, deadline, cancelled)
        left = asyncio.ensure_future(gone())
        try:
            await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return await work
            work.add_done_callback(_forget)
            return None
        finally:
            cancelled.set()
            left.cancel()
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def _work(
        self, path: Path, wanted: ImageRequest, deadline: float, cancelled: threading.Event
    ) -> bytes:
        seconds = deadline - time.monotonic()
        if cancelled.is_set() or seconds <= 0:
            raise BusyError
        sandbox = self._idle.get()
        try:
            answer: bytes = sandbox.call(render_gently, (path, wanted), seconds, cancelled.is_set)
        except (DecodeTimeoutError, DecodeCancelledError) as error:
            raise BusyError from error
        except DecodeError as error:
            raise RenderError(f"{path}: {error.code} {error.values}") from error
        finally:
            self._idle.put(sandbox)
        return answer

    def close(self) -> None:
        """End the render processes."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for sandbox in self._sandboxes:
            sandbox.close()


def _forget(work: asyncio.Future[bytes]) -> None:
    if not work.cancelled():
        work.exception()
