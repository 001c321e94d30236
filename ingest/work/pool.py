"""Where steps run: a process pool that outlives its workers, or a Dask cluster."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Protocol, TypeVar

from repository.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


class Workers(Protocol):
    """Runs tasks elsewhere. ``count`` is how many run at once.

    ``deaths`` are what a future raises when its worker died.
    """

    count: int
    deaths: tuple[type[Exception], ...]

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Start a task."""

    def run_alone(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Run one suspect by itself. Raises one of ``deaths`` when it kills its worker."""

    def close(self) -> None:
        """Stop all workers."""


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


def open_workers(uri: str, count: int) -> Workers:
    """Return the workers of ``TAKAO_EXECUTOR``: ``processes:`` or ``dask:tcp://HOST:PORT``.

    Raises SettingsError for anything else, or when Dask is not installed.
    """
    scheme, _, address = uri.partition(":")
    if scheme == "processes":
        return LocalWorkers(count)
    if scheme == "dask" and address:
        from ingest.work.cluster import DaskWorkers

        return DaskWorkers(address)
    raise SettingsError(f"TAKAO_EXECUTOR must be processes: or dask:tcp://HOST:PORT, not {uri!r}")


def _pool(count: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _leave_interrupts)


def _leave_interrupts() -> None:
    """Let the parent alone answer Ctrl-C: it ends the batch cleanly and stops the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
