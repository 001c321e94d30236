"""Blobs as files below a folder: whole or absent, and on the disk when ``put`` returns."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from storage.blobs import checked_key
from storage.errors import naming_full_disks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PIECE = 1 << 20


class FileStore:
    """``BlobStore`` on a file system. ``scratch`` is a folder of keys for drafts and locks."""

    def __init__(self, root: Path, scratch: str = "extensions/takao-staging") -> None:
        self._root = root
        self._scratch = root / scratch

    def put(self, key: str, source: Path | bytes) -> None:
        """Write a whole blob; see ``BlobStore.put``."""
        target = self._path(key)
        with naming_full_disks():
            draft = self._scratch / f"draft-{uuid.uuid4().hex}"
            draft.parent.mkdir(parents=True, exist_ok=True)
            try:
                _write(draft, source)
                _make_folders(target.parent)
                draft.replace(target)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            _sync_folder(target.parent)

    def get(self, key: str) -> bytes:
        """Return a blob. Raises KeyError when it is absent."""
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise KeyError(key) from None

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """Return up to ``length`` bytes from ``start``. Raises KeyError."""
        with self._open(key) as stream:
            return os.pread(stream, length, start)

    def chunks(self, key: str) -> Iterator[bytes]:
        """Yield a blob piece by piece. Raises KeyError."""
        with self._open(key) as stream:
            while piece := os.read(stream, _PIECE):
                yield piece

    def size(self, key: str) -> int | None:
        """Return a blob's length in bytes, or None when it is absent."""
        path = self._path(key)
        return path.stat().st_size if path.is_file() else None

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys below ``prefix`` (a folder ending in ``/``, or "")."""
        for folder, _, names in os.walk(self._folder(prefix)):
            for name in names:
                yield Path(folder, name).relative_to(self._root).as_posix()

    def folders(self, prefix: str) -> Iterator[str]:
        """Yield the names of the folders directly below ``prefix``."""
        base = self._folder(prefix)
        if base.is_dir():
            yield from sorted(p.name for p in base.iterdir() if p.is_dir())

    def move_folder(self, source: str, target: str) -> None:
        """Rename a folder; see ``BlobStore.move_folder``."""
        there = self._folder(target)
        with naming_full_disks():
            _make_folders(there.parent)
            self._folder(source).rename(there)
            _sync_folder(there.parent)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete blobs; absent ones are nothing to do. Folders left empty go too."""
        for key in keys:
            path = self._path(key)
            path.unlink(missing_ok=True)
            self._prune(path.parent)

    def delete_folder(self, prefix: str) -> None:
        """Delete everything below ``prefix``."""
        folder = self._folder(prefix)
        if folder.is_dir():
            shutil.rmtree(folder)
            _sync_folder(folder.parent)

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold ``key`` against other processes and threads; a dead holder frees it at once.

        One of 256 lock files stands for a key, so there is no file for every object.
        """
        path = self._scratch / "locks" / hashlib.sha256(key.encode()).hexdigest()[:2]
        with naming_full_disks():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Give the file itself; it must not be written to. Raises KeyError."""
        path = self._path(key)
        if not path.is_file():
            raise KeyError(key)
        yield path

    @contextmanager
    def _open(self, key: str) -> Iterator[int]:
        try:
            handle = os.open(self._path(key), os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            raise KeyError(key) from None
        try:
            yield handle
        finally:
            os.close(handle)

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)

    def _folder(self, prefix: str) -> Path:
        return self._path(prefix.rstrip("/")) if prefix else self._root

    def _prune(self, folder: Path) -> None:
        while folder != self._root and folder.is_relative_to(self._root):
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _write(target: Path, source: Path | bytes) -> None:
    with target.open("wb") as out:
        if isinstance(source, bytes):
            out.write(source)
        else:
            with source.open("rb") as stream:
                shutil.copyfileobj(stream, out, _PIECE)
        out.flush()
        os.fsync(out.fileno())


def _make_folders(folder: Path) -> None:
    """Make a folder and its parents, each entered durably in the one above."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
