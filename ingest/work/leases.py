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
from typing import TYPE_CHECKING, cast

from repository.catalogue.steps import Lease
from storage.errors import writing
from storage.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Self

    from repository.catalogue.steps import Step, StepName, Steps


class Leases:
    """The leases of one batch; they outlive one that freezes or loses its machine by ``seconds``.

    ``folder`` holds the journals of all batches. Use as a context manager: leaving it gives back
    what is still leased.
    """

    def __init__(self, steps: Steps, folder: Path, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._steps = steps
        self._held: dict[tuple[StepName, str], Lease] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        for leases in _left_behind(folder):
            self._steps.release_leases(leases)
        self._journal = folder / f"{uuid.uuid4().hex}.leases"
        with writing(self._journal):
            self._file = _locked(self._journal)
        self._heart = threading.Thread(target=self._beat, name="leases", daemon=True)
        self._heart.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._heart.join()
        try:
            self._steps.release_leases(list(self._held.values()))
            self._journal.unlink(missing_ok=True)
        finally:
            os.close(self._file)

    def take(self, name: StepName, pages: Sequence[str]) -> list[Step]:
        """Lease a step of those pages where it waits, or its lease ran out.

        Raises StorageFullError when there is no room to note it.
        """
        taken = self._steps.lease_steps(name, pages, self._seconds)
        with self._guard:
            self._held.update({(name, step.page): step.lease for step in taken})
        with writing(self._journal):
            os.write(self._file, "".join(map(_entry, taken)).encode())
        return taken

    def finish(self, steps: Sequence[Step]) -> None:
        """Note how steps ended, and hold them no longer."""
        self._steps.finish_steps(steps)
        with self._guard:
            for step in steps:
                self._held.pop((step.name, step.page), None)

    def give_back(self, pages: Sequence[str]) -> None:
        """Set what is still held of these pages back to waiting."""
        given = set(pages)
        held = [lease for lease in self._held.values() if lease.page in given]
        self._steps.release_leases(held)
        with self._guard:
            for lease in held:
                del self._held[lease.name, lease.page]

    def _beat(self) -> None:
        while not self._ended.wait(self._seconds / 4):
            with self._guard:
                held = list(self._held.values())
            # Whatever fails may go better in a moment; if not, the batch itself tells of it.
            with suppress(Exception):
                self._steps.renew_leases(held, self._seconds)


def _entry(step: Step) -> str:
    return f"{step.name} {step.page} {step.attempt}\n"


def _leases(journal: str) -> list[Lease]:
    """Read whole entries; a killed batch may have written half of the last one."""
    entries = (line.split() for line in journal.splitlines(keepends=True) if line.endswith("\n"))
    return [Lease(cast("StepName", e[0]), e[1], int(e[2])) for e in entries if len(e) == 3]


def _locked(path: Path) -> int:
    """Make a file that is locked from the moment that it is seen under its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as draft:
        handle = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def _left_behind(folder: Path) -> Iterator[list[Lease]]:
    """Yield what each dead batch had leased; its journal is gone afterwards."""
    for path in sorted(folder.glob("*.leases")):
        try:
            handle = os.open(path, os.O_RDWR)  # on NFS a lock needs a file that can be written
        except FileNotFoundError:
            continue  # another batch, ending or cleaning up too
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            yield _leases(os.pread(handle, os.fstat(handle).st_size, 0).decode())
            path.unlink(missing_ok=True)
        finally:
            os.close(handle)
