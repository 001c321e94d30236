"""What a batch has leased, in a file that it holds locked while it lives.

A batch that was killed leaves its file behind unlocked: the next one gives the leases back at once
instead of waiting for them to run out.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class LeaseJournal:
    """The journal of one batch, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{uuid.uuid4().hex}.leases"
        self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def note(self, pages: Iterable[str]) -> None:
        """Note that pages' steps are leased."""
        os.write(self._file, "".join(f"{page}\n" for page in pages).encode())

    def forget(self) -> None:
        """Delete the journal: nothing is leased any more."""
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the journal; one that is not forgotten tells the next batch what to release."""
        os.close(self._file)


def left_behind(folder: Path) -> Iterator[list[str]]:
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
