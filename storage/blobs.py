"""The bytes seam: ``BlobStore`` by key. One contract suite runs on every implementation."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Protocol

from storage.errors import BadPathError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

# OCFL 1.1 §4 allows nothing beside objects in a storage root but extensions: what is not finished
# lies there, on the same file system, so that a rename brings it into place.
SCRATCH = "extensions/takao-staging"
CHUNK = 1024 * 1024
_UNWRITABLE = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")  # categories Cc and Cs


class BlobStore(Protocol):
    """Immutable-by-habit blobs under ``/``-separated keys (see ``checked_key``).

    Every method may raise StorageUnavailableError; every writing one StorageFullError when there
    is no room or the store is read-only.
    """

    def put(self, key: str, source: Path | bytes) -> str:
        """Write a whole blob, durable when this returns; a reader sees all of it or the old one.

        Returns the sha512 (hex) of the bytes that were written. OSError when ``source`` cannot
        be read.
        """

    def put_all(self, blobs: Mapping[str, Path | bytes]) -> dict[str, str]:
        """Write many blobs as ``put`` does, and return the sha512 by key; cheaper than one by one.

        All are durable when this returns; after a failure some may be there.
        """

    def get(self, key: str) -> bytes:
        """Return a blob. Raises KeyError when it is absent."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob piece by piece. Raises KeyError."""

    def size(self, key: str) -> int | None:
        """Return a blob's length in bytes, or None when it is absent."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below ``prefix`` (a folder ending in ``/``, or ""), in no order."""

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names of the folders directly below ``prefix``, empty ones too on files."""

    def move_folder(self, source: str, target: str) -> None:
        """Move everything below ``source`` to ``target`` (no ``/`` at the end), durably.

        Raises FileExistsError when something lies below ``target``. One atomic rename on files;
        on S3 a copy, deepest keys first and those directly in the folder last by name, then
        deletion of the source.
        """

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs; absent ones are nothing to do. Folders left empty vanish."""

    def delete_folder(self, prefix: str) -> None:
        """Delete everything below ``prefix`` (ending in ``/``); absent is nothing to do."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Give the blob as a file for reading; a temporary copy where the store is remote."""

    def lock(self, name: str, wait: float) -> AbstractContextManager[Callable[[], None]]:
        """Hold ``name`` alone among all processes; freed when the holder dies.

        Waits up to ``wait`` seconds, then raises StorageBusyError. The value is a check to call
        before a decisive step: it raises StorageBusyError when the lock was lost meanwhile.
        """


def checked_key(key: str) -> str:
    """Return ``key`` when it is a valid key, else raise BadPathError.

    Valid: as ``checked_path`` says, and each part at most 255 bytes of UTF-8.
    """
    if any(len(part.encode()) > 255 for part in checked_path(key).split("/")):
        raise BadPathError(f"a part of the path is longer than 255 bytes: {key!r}")
    return key


def checked_path(path: str) -> str:
    """Return ``path`` when it is a valid relative path, else raise BadPathError.

    Valid: NFC; no part between ``/`` is empty, ``.`` or ``..``; no control character and no lone
    surrogate.
    """
    if unicodedata.normalize("NFC", path) != path:
        raise BadPathError(f"not NFC: {path!r}")
    if {"", ".", ".."} & set(path.split("/")):
        raise BadPathError(f"a part of the path is empty, . or ..: {path!r}")
    if _UNWRITABLE.search(path):
        raise BadPathError(f"control character or lone surrogate: {path!r}")
    return path
