"""Files in the preservation store, as a worker on any machine opens them."""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of an object: ``storage`` is the store's URI, ``path`` the logical path."""

    storage: str
    object: str
    path: str

    def __str__(self) -> str:
        return f"{self.object}/{self.path}"


@contextmanager
def opened(source: Path | StoredFile) -> Iterator[Path]:
    """Give a file a place in the file system. Raises OSError when the store has no such file."""
    if isinstance(source, Path):
        yield source
        return
    with ExitStack() as stack:
        try:
            local = store_at(source.storage).local(source.object, source.path)
            path = stack.enter_context(local)
        except KeyError:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source)) from None
        yield path


@cache
def store_at(storage: str) -> ObjectStore:
    """Return the preservation store of a URI, opened once a process."""
    from storage.ocfl.store import ObjectStore
    from storage.open import open_store

    return ObjectStore(open_store(storage))
