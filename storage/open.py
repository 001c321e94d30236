"""A blob store by its address: ``file:/path`` or ``s3://bucket/prefix``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from storage.errors import StorageError
from storage.files import FileStore

if TYPE_CHECKING:
    from storage.blobs import BlobStore


def open_store(uri: str) -> BlobStore:
    """Return the store at ``uri``. Raises StorageError for an address of another kind."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        return FileStore(Path(unquote(rest.removeprefix("//"))))
    if scheme == "s3":
        from storage.s3 import S3Store

        return S3Store(uri)
    raise StorageError(f"TAKAO_STORAGE must be file:/path or s3://bucket/prefix, not {uri!r}")
