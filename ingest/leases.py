"""The steps that a batch has leased: no other batch works on them while it lives.

A thread of their own renews them, however long the batch is busy with one submission. They are
noted in a file that the batch holds locked: one that was killed leaves it behind unlocked, and the
next batch gives its leases back at once instead of waiting for them to run out.
"""

from __future__ import annotations

import fcntl
import os
import threading
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from repository.errors import CatalogueError
from storage.errors import StorageFullError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from ingest.publish import Holdings
    from repository.catalogue import Step, StepName


class Leases:
    """The leases of one batch; they outlive one that freezes or loses its machine by ``seconds``.

    Use as a context manager: leaving it gives back what is still leased.
    """

    def __init__(self, holdings: Holdings, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._catalogue = holdings.catalogue
        self._held: dict[StepName, set[str]] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        folder = holdings.derivatives.root / "running"
        for pages in _left_behind(folder):
            self._catalogue.release_steps(pages)
        self._journal = folder / f"{uuid.uuid4().hex}.leases"
        self._file = _locked(self._journal)
        self._heart = threading.Thread(target=self._beat, name="leases", daemon=True)
        self._heart.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._heart.join()
        try:
            self.give_back(sorted(set().union(*self._held.values())))
            self._journal.unlink(missing_ok=True)
        finally:
            os.close(self._file)

    def take(self, name: StepName, pages: Sequence[str]) -> list[Step]:
        """Lease a step of those pages where it waits, or its lease ran out."""
        taken = self._catalogue.lease_steps(name, pages, self._seconds)
        with self._guard:
            self._held.setdefault(name, set()).update(step.page for step in taken)
        os.write(self._file, "".join(f"{step.page}\n" for step in taken).encode())
        return taken

    def finish(self, steps: Sequence[Step]) -> None:
        """Note how steps ended, and hold them no longer."""
        self._catalogue.finish_steps(steps)
        with self._guard:
            for step in steps:
                self._held.get(step.name, set()).discard(step.page)

    def give_back(self, pages: Sequence[str]) -> None:
        """Set all running steps of these pages back to waiting."""
        with self._guard:
            for held in self._held.values():
                held.difference_update(pages)
        self._catalogue.release_steps(pages)

    def _beat(self) -> None:
        while not self._ended.wait(self._seconds / 4):
            with self._guard:
                held = [(name, list(pages)) for name, pages in self._held.items() if pages]
            for name, pages in held:
                # The batch itself meets the same failure, and tells of it.
                with suppress(CatalogueError, StorageFullError):
                    self._catalogue.renew_leases(name, pages, self._seconds)


def _locked(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _left_behind(folder: Path) -> Iterator[list[str]]:
    """Yield the pages that each dead batch had leased; its journal is gone afterwards."""
    for path in sorted(folder.glob("*.leases")):
        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            yield path.read_text("utf-8").split()
            path.unlink(missing_ok=True)
        finally:
            os.close(handle)
