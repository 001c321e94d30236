"""The bytes seam: ``BlobStore`` by key. One contract suite runs on every implementation."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Protocol

from storage.errors import BadPathError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path


def checked_key(key: str) -> str:
    """Return ``key`` when a store may hold it. Raises BadPathError."""
    parts = key.split("/")
    if any(p in ("", ".", "..") or "\0" in p for p in parts):
        raise BadPathError(f"not a key: {key!r}")
    if unicodedata.normalize("NFC", key) != key:
        raise BadPathError(f"a key must be NFC: {key!r}")
    return key


class BlobStore(Protocol):
    """Immutable-by-habit blobs under ``/``-separated keys (NFC, no empty, ``.`` or ``..`` part)."""

    def put(self, key: str, source: Path | bytes) -> None:
        """Write a whole blob, durable when this returns; a reader sees all of it or the old one.

        Raises StorageFullError when there is no room or the store is read-only.
        """

    def get(self, key: str) -> bytes:
        """Return a blob. Raises KeyError when it is absent."""

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``. Raises KeyError."""

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob piece by piece. Raises KeyError."""

    def size(self, key: str) -> int | None:
        """Return a blob's length in bytes, or None when it is absent."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below ``prefix`` (a folder ending in ``/``, or ""), in no order."""

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below ``prefix`` that hold further keys."""

    def move_folder(self, source: str, target: str) -> None:
        """Move everything below ``source`` to ``target``, which must be absent.

        One atomic rename on files; on S3 a copy, then deletion of the source.
        """

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs; absent ones are nothing to do."""

    def delete_folder(self, prefix: str) -> None:
        """Delete everything below ``prefix``."""

    def lock(self, key: str) -> AbstractContextManager[None]:
        """Hold ``key`` against every other process that asks for it, until the context ends."""

    def local(self, key: str) -> AbstractContextManager[Path]:
        """Give the blob as a file for reading; a temporary copy where the store is remote."""
