"""Blobs as files below one folder: durable by fsync, whole by rename."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import stat
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from storage.blobs import CHUNK, SCRATCH, checked_key
from storage.errors import StorageBusyError, StorageUnavailableError, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR}
_PART_LIFE = 24 * 3600  # seconds; no single blob takes a day to write
_STREAMS = 8
_POLL = 0.02  # seconds between two tries for a lock


class FileStore:
    """A BlobStore on a POSIX file system. Symbolic links inside it are never followed."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._parts = self.root / SCRATCH / "parts"

    def put(self, key: str, source: Path | bytes) -> str:
        """Write one blob (see BlobStore)."""
        return self.put_all({key: source})[key]

    def put_all(self, blobs: Mapping[str, Path | bytes]) -> dict[str, str]:
        """Write blobs as parts, fsync each, rename all, then fsync their folders once.

        Several at a time: file systems join the fsyncs that are under way into one.
        """
        targets = {key: self._path(key) for key in blobs}
        parts = {key: self._parts / uuid.uuid4().hex for key in blobs}
        try:
            with writing(self.root):
                self._sweep()
            with ThreadPoolExecutor(_STREAMS) as pool:
                digests = list(pool.map(_write, parts.values(), blobs.values()))
            with writing(self.root):
                for key, part in parts.items():
                    self._rename(part, targets[key])
                for folder in {target.parent for target in targets.values()}:
                    _sync_folder(folder)
        finally:
            for part in parts.values():
                with contextlib.suppress(OSError):
                    part.unlink(missing_ok=True)
        return dict(zip(blobs, digests, strict=True))

    def get(self, key: str) -> bytes:
        """Return a blob."""
        return b"".join(self.chunks(key))

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob in pieces of one MiB."""
        with self._open(key) as handle:
            while True:
                with _medium(key):
                    piece = os.read(handle, CHUNK)
                if not piece:
                    return
                yield piece

    def size(self, key: str) -> int | None:
        """Return a blob's length."""
        try:
            found = self._path(key).lstat()
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise StorageUnavailableError(f"{key}: {error}") from error
        return None if stat.S_ISDIR(found.st_mode) else found.st_size

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below a folder; a symbolic link is a key that cannot be read."""
        for folder, names, files in os.walk(self._folder(prefix), onerror=_unless_absent):
            links = [name for name in names if Path(folder, name).is_symlink()]
            for name in [*files, *links]:
                yield Path(folder, name).relative_to(self.root).as_posix()

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the folders directly below a folder."""
        try:
            with os.scandir(self._folder(prefix)) as entries:
                yield from (e.name for e in entries if e.is_dir(follow_symlinks=False))
        except OSError as error:
            _unless_absent(error)

    def move_folder(self, source: str, target: str) -> None:
        """Rename a folder into its place."""
        old, new = self._path(source), self._path(target)
        if new.is_dir() and any(new.iterdir()):
            raise FileExistsError(target)
        with writing(new):
            self._rename(old, new)
            _sync_folder(new.parent)
            _sync_folder(old.parent)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs and the folders that they leave empty."""
        with writing(self.root):
            for path in map(self._path, keys):
                with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                    path.unlink()
                self._prune(path.parent)

    def delete_folder(self, prefix: str) -> None:
        """Delete a folder and the folders above that it leaves empty."""
        folder = self._folder(prefix)
        with writing(folder):
            if folder.exists():
                shutil.rmtree(folder)
            self._prune(folder.parent)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give the stored file itself."""
        if self.size(key) is None:
            raise KeyError(key)
        yield self._path(key)

    @contextlib.contextmanager
    def lock(self, name: str, wait: float) -> Iterator[Callable[[], None]]:
        """Hold a file lock (flock): the kernel frees it when the process dies."""
        path = self._path(f"{SCRATCH}/locks/{name}")
        handle = self._flock(path, time.monotonic() + wait)
        try:
            yield lambda: None
        finally:
            with contextlib.suppress(OSError):
                path.unlink()
            os.close(handle)

    def _flock(self, path: Path, until: float) -> int:
        while True:
            with writing(path):
                self._make_folder(path.parent)
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # The last holder unlinks its file: a lock on a file that is gone guards nothing.
                if os.path.samestat(os.fstat(handle), path.stat()):
                    return handle
            except (BlockingIOError, FileNotFoundError):
                pass
            os.close(handle)
            if time.monotonic() >= until:
                raise StorageBusyError(f"{path.name}: another process holds the lock")
            time.sleep(_POLL)

    def _path(self, key: str) -> Path:
        return self.root / checked_key(key)

    def _folder(self, prefix: str) -> Path:
        return self._path(prefix.rstrip("/")) if prefix else self.root

    @contextlib.contextmanager
    def _open(self, key: str) -> Iterator[int]:
        try:
            handle = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in _ABSENT:
                raise KeyError(key) from None
            raise StorageUnavailableError(f"{key}: {error.strerror}") from error
        try:
            yield handle
        finally:
            os.close(handle)

    def _rename(self, old: Path, new: Path) -> None:
        """Rename into a folder that may have to be made, or was just pruned by another process."""
        self._make_folder(new.parent)
        try:
            old.replace(new)
        except FileNotFoundError:
            self._make_folder(new.parent)
            old.replace(new)

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        if folder != self.root:
            self._make_folder(folder.parent)
        folder.mkdir(parents=folder == self.root, exist_ok=True)
        _sync_folder(folder.parent)

    def _prune(self, folder: Path) -> None:
        while folder != self.root and self.root in folder.parents:
            try:
                folder.rmdir()
            except FileNotFoundError:
                pass
            except OSError:
                return
            folder = folder.parent

    def _sweep(self) -> None:
        """Remove parts that a killed process left a day ago or earlier."""
        self._make_folder(self._parts)
        limit = time.time() - _PART_LIFE
        with os.scandir(self._parts) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime < limit:
                        Path(entry).unlink()


def _write(part: Path, source: Path | bytes) -> str:
    """Write ``source`` to a new file, durably, and return its sha512; OSError is the source's."""
    digest = hashlib.sha512()
    with contextlib.ExitStack() as stack:
        pieces: Iterator[bytes] = (
            iter((source,))
            if isinstance(source, bytes)
            else _pieces(stack.enter_context(source.open("rb", buffering=0)).fileno())
        )
        with writing(part):
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        stack.callback(os.close, handle)
        for piece in pieces:
            digest.update(piece)
            with writing(part):
                _write_out(handle, piece)
        with writing(part):
            os.fsync(handle)
    return digest.hexdigest()


def _pieces(handle: int) -> Iterator[bytes]:
    while piece := os.read(handle, CHUNK):
        yield piece


def _write_out(handle: int, piece: bytes) -> None:
    view = memoryview(piece)
    while view:
        view = view[os.write(handle, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unless_absent(error: OSError) -> None:
    if error.errno not in _ABSENT:
        raise StorageUnavailableError(str(error)) from error


@contextlib.contextmanager
def _medium(key: str) -> Iterator[None]:
    try:
        yield
    except IsADirectoryError:
        raise KeyError(key) from None
    except OSError as error:
        raise StorageUnavailableError(f"{key}: {error.strerror}") from error
