"""Named failures of the bytes and of the preservation objects."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


class StorageError(Exception):
    """Base of every named failure of storage."""


class StorageFullError(StorageError):
    """No room, quota used up, or read-only: stop cleanly, go on later."""


class BadPathError(StorageError, ValueError):
    """A key or logical path that no store may hold."""


class StorageUnavailableError(StorageError):
    """The store does not answer, refuses access, or the medium cannot be read."""


class StorageBusyError(StorageError):
    """Another process writes the same object and did not finish in time."""


class ConflictError(StorageError):
    """The object's head is not the version that the caller had seen."""


class DamagedObjectError(StorageError, ValueError):
    """What is stored contradicts its inventory; ``path`` names the file in the storage root."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        """Keep ``path`` and ``detail`` over a process border."""
        return DamagedObjectError, (self.path, self.detail)


class UnsupportedObjectError(StorageError):
    """A valid object or storage root of a kind that Takao reads but does not write."""


def is_full(error: OSError) -> bool:
    """Tell whether it is the disk that has no room, or is read-only."""
    return error.errno in _NO_ROOM


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Name what goes wrong while ``path`` is written: StorageFullError, else unavailable."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise StorageFullError(f"{path}: {error.strerror}") from error
        raise StorageUnavailableError(f"{path}: {error.strerror}") from error
