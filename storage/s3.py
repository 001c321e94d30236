"""Blobs in an S3 bucket, through obstore."""

from __future__ import annotations

import contextlib
import hashlib
import json
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from storage.blobs import CHUNK, SCRATCH, checked_key
from storage.errors import StorageBusyError, StorageError, StorageFullError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from obstore.store import S3Config
    from obstore.store import S3Store as Bucket

_STREAMS = 8
_WHOLE = 8 * CHUNK  # up to here a blob is sent in one request, above in parts
_COPY_LIMIT = 5 * 1000**3  # bytes; S3's limit for one server-side copy
_POLL = 0.2  # seconds between two tries for a lock
_NO_ROOM = ("InsufficientStorage", "StorageFull", "QuotaExceeded", "507")


class S3Store:
    """A BlobStore in ``s3://bucket/prefix?endpoint=…&region=…``.

    Credentials come from where every S3 client looks for them (AWS_ACCESS_KEY_ID …). ``lease`` is
    the seconds after which the lock of a dead process may be taken over. ``scratch`` is the
    folder for the temporary copies of ``local``.
    """

    def __init__(self, uri: str, lease: float = 60.0, scratch: Path | None = None) -> None:
        self._bucket = _bucket(uri)
        self._lease = lease
        self._scratch = scratch

    def put(self, key: str, source: Path | bytes) -> str:
        """Write one blob (see BlobStore)."""
        import obstore

        checked_key(key)
        digest = hashlib.sha512()
        with contextlib.ExitStack() as stack:
            if isinstance(source, bytes):
                pieces: Iterator[bytes] = iter((source,))
                size = len(source)
            else:
                size = source.stat().st_size
                handle = stack.enter_context(source.open("rb"))
                pieces = iter(lambda: handle.read(CHUNK), b"")
            stack.enter_context(_answering(key))
            hashed = _hashing(pieces, digest)
            if size <= _WHOLE:
                obstore.put(self._bucket, key, b"".join(hashed), use_multipart=False)
            else:
                # S3 takes at most 10,000 parts.
                part = max(_WHOLE, size // 9_000)
                obstore.put(self._bucket, key, hashed, chunk_size=part)
        return digest.hexdigest()

    def put_all(self, blobs: Mapping[str, Path | bytes]) -> dict[str, str]:
        """Write many blobs, several at a time."""
        with ThreadPoolExecutor(_STREAMS) as pool:
            return dict(zip(blobs, pool.map(self.put, blobs.keys(), blobs.values()), strict=True))

    def get(self, key: str) -> bytes:
        """Return a blob."""
        import obstore

        with _answering(key):
            return bytes(obstore.get(self._bucket, checked_key(key)).bytes())

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob in pieces of about one MiB."""
        import obstore

        with _answering(key):
            pieces = iter(obstore.get(self._bucket, checked_key(key)).stream(min_chunk_size=CHUNK))
        while True:
            with _answering(key):
                piece = next(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    def size(self, key: str) -> int | None:
        """Return a blob's length."""
        import obstore

        try:
            with _answering(key):
                return obstore.head(self._bucket, checked_key(key))["size"]
        except KeyError:
            return None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a folder."""
        yield from (key for key, _ in self._listed(prefix))

    def _listed(self, prefix: str) -> Iterator[tuple[str, int]]:
        import obstore

        with _answering(prefix):
            pages = iter(obstore.list(self._bucket, prefix=prefix or None))
        while True:
            with _answering(prefix):
                page = next(pages, None)
            if page is None:
                return
            yield from ((found["path"], found["size"]) for found in page)

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names of the folders directly below a folder."""
        import obstore

        with _answering(prefix):
            found = obstore.list_with_delimiter(self._bucket, prefix=prefix or None)
        for folder in found["common_prefixes"]:
            yield folder.rstrip("/").rpartition("/")[2]

    def move_folder(self, source: str, target: str) -> None:
        """Copy a folder on the server, what lies directly in it last, then delete the source."""
        if next(self.keys(f"{checked_key(target)}/"), None) is not None:
            raise FileExistsError(target)
        blobs = sorted(self._listed(f"{checked_key(source)}/"))
        moves = [(key, target + key[len(source) :], size) for key, size in blobs]
        deep = [move for move in moves if "/" in move[0][len(source) + 1 :]]
        with ThreadPoolExecutor(_STREAMS) as pool:
            list(pool.map(self._copy, *zip(*deep, strict=True)) if deep else ())
        for move in moves:
            if move not in deep:
                self._copy(*move)
        self.delete([key for key, _ in blobs])

    def _copy(self, key: str, target: str, size: int) -> None:
        import obstore

        with _answering(key):
            if size < _COPY_LIMIT:
                obstore.copy(self._bucket, key, target)
            else:
                part = max(_WHOLE, size // 9_000)
                obstore.put(self._bucket, target, self.chunks(key), chunk_size=part)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs."""
        import obstore

        if keys:
            with _answering(keys[0]), contextlib.suppress(KeyError):
                obstore.delete(self._bucket, [checked_key(key) for key in keys])

    def delete_folder(self, prefix: str) -> None:
        """Delete everything below a folder."""
        self.delete(list(self.keys(prefix)))

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give a temporary copy, with the ending of the key."""
        with tempfile.NamedTemporaryFile(suffix=Path(key).suffix, dir=self._scratch) as copy:
            for piece in self.chunks(key):
                copy.write(piece)
            copy.flush()
            yield Path(copy.name)

    @contextlib.contextmanager
    def lock(self, name: str, wait: float) -> Iterator[Callable[[], None]]:
        """Hold a lease: an object that is created and renewed on condition, see ``_Lease``."""
        lease = _Lease(self._bucket, f"{SCRATCH}/locks/{name}", self._lease)
        until = time.monotonic() + wait
        while not lease.take():
            if time.monotonic() >= until:
                raise StorageBusyError(f"{name}: another process holds the lock")
            time.sleep(_POLL)
        stop = threading.Event()
        heart = threading.Thread(target=lease.keep, args=(stop,), daemon=True)
        heart.start()
        try:
            yield lease.check
        finally:
            stop.set()
            heart.join()
            lease.release()


class _Lease:
    """A lock object in the bucket: who holds it and until when; each write is conditional."""

    def __init__(self, bucket: Bucket, key: str, seconds: float) -> None:
        self._bucket = bucket
        self._key = key
        self._seconds = seconds
        self._owner = uuid.uuid4().hex
        self._tag: str | None = None
        self._until = 0.0

    def take(self) -> bool:
        """Try once: create the object, or replace one whose holder let its time run out."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        try:
            return self._write("create")
        except AlreadyExistsError:
            pass
        try:
            with _answering(self._key):
                found = obstore.get(self._bucket, self._key)
                tag = found.meta["e_tag"]
                held = json.loads(bytes(found.bytes()))
        except KeyError:
            return False
        return time.time() > float(held["until"]) and self._write({"e_tag": tag})

    def _write(self, mode: object) -> bool:
        import obstore
        from obstore.exceptions import PreconditionError

        until = time.time() + self._seconds
        body = json.dumps({"owner": self._owner, "until": until}).encode()
        try:
            with _answering(self._key):
                done = obstore.put(self._bucket, self._key, body, mode=mode, use_multipart=False)  # type: ignore[arg-type]  # UpdateVersion exists for type checkers only
        except (PreconditionError, KeyError):
            return False
        self._tag, self._until = done["e_tag"], until
        return True

    def keep(self, stop: threading.Event) -> None:
        """Renew until told to stop; give up silently when lost: ``check`` tells."""
        while not stop.wait(self._seconds / 3):
            try:
                if not self._write({"e_tag": self._tag}):
                    self._until = 0.0
                    return
            except StorageUnavailableError:
                continue

    def check(self) -> None:
        """Raise StorageBusyError when the lease ran out."""
        if time.time() > self._until:
            raise StorageBusyError(f"{self._key}: the lock was lost")

    def release(self) -> None:
        """Free the lock unless someone else has taken it over."""
        import obstore

        if time.time() < self._until:
            with _answering(self._key), contextlib.suppress(KeyError):
                obstore.delete(self._bucket, self._key)


def _bucket(uri: str) -> Bucket:
    from obstore.store import S3Store as Bucket

    parts = urlsplit(uri)
    options = dict(parse_qsl(parts.query))
    unknown = options.keys() - {"endpoint", "region"}
    if parts.scheme != "s3" or not parts.netloc or unknown:
        raise StorageError(f"not of the form s3://bucket/prefix?endpoint=…&region=…: {uri}")
    # The server refuses what was damaged on its way.
    config: S3Config = {
        "region": options.get("region", "us-east-1"),
        "checksum_algorithm": "SHA256",
    }
    if "endpoint" in options:
        config["endpoint"] = options["endpoint"]
    return Bucket(
        parts.netloc,
        prefix=parts.path.strip("/") or None,
        config=config,
        client_options={"allow_http": config.get("endpoint", "").startswith("http://")},
    )


def _hashing(pieces: Iterator[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece


@contextlib.contextmanager
def _answering(key: str) -> Iterator[None]:
    """Translate obstore's failures; those of conditions (exists, precondition) pass."""
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except FileNotFoundError:
        raise KeyError(key) from None
    except (AlreadyExistsError, PreconditionError):
        raise
    except BaseError as error:
        text = str(error)
        if any(sign in text for sign in _NO_ROOM):
            raise StorageFullError(f"{key}: {text}") from error
        raise StorageUnavailableError(f"{key}: {text}") from error
