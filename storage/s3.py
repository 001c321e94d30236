"""Blobs in an S3 bucket: ``s3://bucket/prefix?endpoint=http://…&region=…``.

Credentials come from the usual AWS variables. A put is whole or absent by the nature of S3. There
is no rename: ``move_folder`` copies and then deletes, and OCFL's root inventory is written last.
"""

from __future__ import annotations

import tempfile
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from storage.blobs import checked_key
from storage.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from obstore.store import S3Config

_LOCKS = "extensions/takao-staging/locks"
_STALE_SECONDS = 300.0
_PAUSE_SECONDS = 0.2
_PART = 8 << 20


class S3Store:
    """``BlobStore`` on S3. Raises StorageError for an address without a bucket."""

    def __init__(self, uri: str) -> None:
        parts = urlsplit(uri)
        if not parts.netloc:
            raise StorageError(f"no bucket in {uri!r}")
        options = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = options.get("endpoint")
        config: S3Config = {"region": options.get("region", "us-east-1")}
        if endpoint:
            config["endpoint"] = endpoint
        self._bucket = Bucket(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            config=config,
            client_options={"allow_http": (endpoint or "").startswith("http://")},
        )

    def put(self, key: str, source: Path | bytes) -> None:
        """Write a whole blob, in parts when it is large."""
        obstore.put(self._bucket, checked_key(key), source, chunk_size=_PART)

    def get(self, key: str) -> bytes:
        """Return a blob. Raises KeyError when it is absent."""
        with _absent(key):
            return bytes(obstore.get(self._bucket, checked_key(key)).bytes())

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``. Raises KeyError."""
        size = self.size(key)
        if size is None:
            raise KeyError(key)
        length = min(length, size - start)
        if length <= 0:
            return b""
        with _absent(key):
            return bytes(obstore.get_range(self._bucket, key, start=start, length=length))

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob piece by piece. Raises KeyError."""
        with _absent(key):
            for piece in obstore.get(self._bucket, checked_key(key)).stream(min_chunk_size=_PART):
                yield bytes(piece)

    def size(self, key: str) -> int | None:
        """Return a blob's length in bytes, or None when it is absent."""
        try:
            return obstore.head(self._bucket, checked_key(key))["size"]
        except (NotFoundError, FileNotFoundError):
            return None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below ``prefix``."""
        for page in obstore.list(self._bucket, prefix.rstrip("/") or None):
            for found in page:
                yield found["path"]

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names directly below ``prefix`` that hold further keys."""
        found = obstore.list_with_delimiter(self._bucket, prefix.rstrip("/") or None)
        for path in sorted(found["common_prefixes"]):
            yield path.rstrip("/").rpartition("/")[2]

    def move_folder(self, source: str, target: str) -> None:
        """Copy everything below ``source`` to ``target``, then delete the source."""
        keys = list(self.keys(source))
        for key in keys:
            obstore.copy(self._bucket, key, target.rstrip("/") + key[len(source.rstrip("/")) :])
        self.delete(keys)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs; absent ones are nothing to do."""
        for key in keys:
            try:
                obstore.delete(self._bucket, checked_key(key))
            except (NotFoundError, FileNotFoundError):
                continue

    def delete_folder(self, prefix: str) -> None:
        """Delete everything below ``prefix``."""
        self.delete(list(self.keys(prefix)))

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold ``key`` by a blob that only one can create; a holder that died gives way in time."""
        name = f"{_LOCKS}/{key.replace('/', '_')}"
        mine = uuid.uuid4().hex.encode()
        while not self._create(name, mine):
            self._break_stale(name)
            time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            self.delete([name])

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give a temporary copy. Raises KeyError."""
        with tempfile.TemporaryDirectory(prefix="takao-") as folder:
            path = Path(folder, "blob" + Path(key).suffix)
            with path.open("wb") as out:
                for piece in self.chunks(key):
                    out.write(piece)
            yield path

    def _create(self, name: str, content: bytes) -> bool:
        try:
            obstore.put(self._bucket, name, content, mode="create")
        except AlreadyExistsError:
            return False
        return True

    def _break_stale(self, name: str) -> None:
        try:
            made = obstore.head(self._bucket, name)["last_modified"]
        except (NotFoundError, FileNotFoundError):
            return
        if time.time() - made.timestamp() > _STALE_SECONDS:
            self.delete([name])


@contextmanager
def _absent(key: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise KeyError(key) from None
    except BaseError as error:
        raise StorageError(f"{key}: {error}") from error
