"""Files and folders that appear under their name whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give the path of a draft beside ``target``; what is there at the end becomes ``target``.

    A file takes the place of what had the name before, a folder only that of an empty one. When
    the block fails nothing is left of the draft. Against a power failure the block itself must
    sync. The draft's name ends with the id of this process: threads must not write one target at
    once.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    _remove(draft)  # left by a process of this id that was killed
    try:
        yield draft
        draft.replace(target)
    finally:
        _remove(draft)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing; makes the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with whole(target) as draft:
        draft.write_bytes(content)


def _remove(draft: Path) -> None:
    if draft.is_dir():
        shutil.rmtree(draft, ignore_errors=True)
    else:
        draft.unlink(missing_ok=True)
