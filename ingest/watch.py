"""A drop folder: each submission in it is taken when it has stopped growing."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from storage.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class DropFolder:
    """Looks at a folder again and again; remembers in ``memory`` what was taken as it stood.

    A submission is settled when two looks ``settled`` times in a row show the same names, sizes and
    times. What is in the folder is never changed.
    """

    def __init__(self, folder: Path, memory: Path, settled: int = 2) -> None:
        self._folder = folder
        self._memory = memory
        self._settled = settled
        self._seen: dict[str, tuple[str, int]] = {}

    def look(self) -> list[Path]:
        """Return the submissions that have stopped growing and were not taken like this before."""
        taken = self._taken()
        ready = []
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith("."):
                continue
            print_now = _fingerprint(path)
            before, times = self._seen.get(path.name, ("", 0))
            times = times + 1 if before == print_now else 0
            self._seen[path.name] = (print_now, times)
            if times >= self._settled and taken.get(path.name) != print_now:
                ready.append(path)
        return ready

    def remember(self, path: Path) -> None:
        """Note that a submission was taken as it stood at the last look."""
        taken = self._taken() | {path.name: self._seen[path.name][0]}
        write_whole(self._memory, json.dumps(taken, ensure_ascii=False).encode())

    def _taken(self) -> dict[str, str]:
        if not self._memory.exists():
            return {}
        known = json.loads(self._memory.read_text("utf-8"))
        return {str(name): str(value) for name, value in known.items()}


def tend(
    drop: DropFolder | None,
    take: Callable[[Path], None],
    index: Callable[[], object],
    seconds: float,
) -> NoReturn:
    """Index, and take what has settled in the drop folder, for ever."""
    while True:
        for path in drop.look() if drop else ():
            take(path)
            if drop:
                drop.remember(path)
        index()
        time.sleep(seconds)


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    for name, size, changed in sorted(_files(path)):
        digest.update(f"{name}\0{size}\0{changed}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(path: Path) -> Iterator[tuple[str, int, int]]:
    if path.is_file():
        found = path.stat()
        yield path.name, found.st_size, found.st_mtime_ns
        return
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder, name)
            try:
                found = file.lstat()
            except FileNotFoundError:
                continue  # still being copied: the next look will tell
            yield str(file), found.st_size, found.st_mtime_ns


def sheets_in(path: Path) -> tuple[Path, ...]:
    """Return the spreadsheets that lie beside a dropped submission's pages and describe it."""
    if not path.is_dir():
        return ()
    return (*sorted(path.glob("*.csv")), *sorted(path.glob("*.xlsx")))
