"""From a storage URI to its BlobStore."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from storage.errors import StorageError

if TYPE_CHECKING:
    from storage.blobs import BlobStore


def open_store(uri: str) -> BlobStore:
    """Return the store of ``file:/path`` or ``s3://bucket/prefix?endpoint=…&region=…``.

    Touches nothing yet. Raises StorageError for any other URI.
    """
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        from storage.files import FileStore

        path = unquote(urlsplit(uri).path) if rest.startswith("//") else rest
        return FileStore(Path(path))
    if scheme == "s3":
        from storage.s3 import S3Store

        return S3Store(uri)
    raise StorageError(f"not a storage URI (file:/path or s3://bucket/prefix): {uri}")
