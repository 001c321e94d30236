"""Named failures of storage."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class StorageError(Exception):
    """Base of what storage raises by name."""


class StorageFullError(StorageError):
    """There is no room, or the store is read-only: stop cleanly, go on later."""


class BadPathError(StorageError):
    """A key or logical path that no store may hold."""


class DamagedObjectError(StorageError):
    """An OCFL object that cannot be read; ``takao verify`` says what is wrong with it."""


class ConflictError(StorageError):
    """The object has another head version than was expected."""


@contextmanager
def naming_full_disks() -> Iterator[None]:
    """Turn the system's word for a full or read-only disk into StorageFullError."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            reason = error.strerror or str(error)
            raise StorageFullError(f"無法寫入 cannot write: {reason}") from error
        raise
