"""The seam of what runs elsewhere: ``Workers``. Imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


class Workers(Protocol):
    """Runs tasks in other processes, ``count`` of them at once.

    A task's function is importable by name wherever it runs; task, outcome and whatever it raises
    can be pickled, and the files that a task names are the same there as here. A task whose worker
    dies may be given to others, so it must bear to be begun again. ``deaths`` are what a future
    raises when its worker died; no task raises one of them itself.
    """

    count: int
    deaths: tuple[type[Exception], ...]

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Start ``work(task)`` and return at once; up to ``count`` tasks run side by side.

        The future gives what ``work`` returns, or raises what it raises: the same class and
        arguments, after one run: a task that raises is not tried again. It raises one of
        ``deaths`` when its worker died, be it of another task that was under way. What is submitted
        after a death runs.
        """

    def run_alone(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Return ``work(task)``, run as a suspect: a death takes no other task with it.

        Call it while nothing else runs that must not die. Raises what ``work`` raises, and one of
        ``deaths`` when it kills its worker.
        """

    def close(self) -> None:
        """Wait for the tasks that have begun; cancel those that no worker has taken up.

        A process that this object started is gone when it returns. May be called twice.
        """
