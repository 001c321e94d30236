"""Steps in processes of this machine: a pool that outlives its workers."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ingest.work.workers import Outcome, Task


class LocalWorkers:
    """Worker processes on this machine, started afresh when one of them dies."""

    deaths: tuple[type[Exception], ...] = (BrokenProcessPool,)

    def __init__(self, count: int) -> None:
        self.count = count
        self._pool: Executor | None = None

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Start a task in the pool; see ``Workers``."""
        if self._pool is None:
            self._pool = _pool(self.count)
        try:
            return self._pool.submit(work, task)
        except BrokenProcessPool:
            self._pool = _pool(self.count)
            return self._pool.submit(work, task)

    def run_alone(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Run one task in a process of its own; see ``Workers``."""
        with _pool(1) as pool:
            return pool.submit(work, task).result()

    def close(self) -> None:
        """Stop all workers without waiting for tasks that have not begun."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def __enter__(self) -> LocalWorkers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()


def _pool(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _leave_interrupts)


def _leave_interrupts() -> None:
    """Let the parent alone answer Ctrl-C: it ends the batch cleanly and stops the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
