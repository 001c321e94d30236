"""What a PATH holds: submissions and their page files (interfaces §1). Reads names, no pixels."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from metadata.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ingest.stored_file import StoredFile

PAGE_SUFFIXES = frozenset(
    {
        ".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".jp2", ".j2k", ".jpx", ".jpf", ".jpc",
        ".pdf", ".gif", ".webp", ".bmp", ".psd", ".heic",
    }
)  # fmt: skip
_MANY_PAGE_SUFFIXES = frozenset({".pdf", ".zip"})
_TIFF_SUFFIXES = frozenset({".tif", ".tiff"})
_SYSTEM_NAMES = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
_METS_ROOT = re.compile(rb"<(?:\w+:)?mets[\s>]")

Kind = Literal["pages", "zip", "bag", "mets"]


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file that holds pages. ``name`` is its path inside the submission: NFC, ``/``-separated."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What arrives as one Work. ``name`` is the folder's or file's own name, with its ending.

    ``unpacked`` is where the content of a ZIP lies for the time of the batch.
    """

    name: str
    path: Path
    kind: Kind
    files: tuple[PageFile, ...] = ()
    ignored: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    unpacked: Path | None = None

    def file_name(self, file: Path | StoredFile) -> str:
        """Return the name by which the submitter knows a file; one in a ZIP begins with it."""
        if isinstance(file, Path) and self.unpacked and file.is_relative_to(self.unpacked):
            return str(self.path / file.relative_to(self.unpacked))
        return str(file)


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key in which 2 comes before 10, part by part of the path."""
    pieces = re.findall(r"(\d+)|([^\d/]+)|(/)", name)
    return tuple(
        (1, int(digits), "") if digits else (0 if slash else 2, 0, text.casefold())
        for digits, text, slash in pieces
    )


def scan(path: Path, is_many_page: Callable[[Path], bool]) -> Iterator[Submission]:
    """Yield the submissions of an existing ``path``.

    ``is_many_page`` tells whether a TIFF file has more than one page.
    """
    if path.is_file():
        yield _file(path, path.name)
        return
    names, problems = _listing(path)
    if _special(path, names) or any(_is_page_file(p, is_many_page) for p in names):
        yield _folder(path, problems)
        return
    yield from _children(path, names, problems)


def _children(path: Path, names: list[Path], problems: list[Problem]) -> Iterator[Submission]:
    ignored = []
    for child in names:
        if child.is_dir():
            yield _folder(child, [])
        elif child.suffix.lower() in _MANY_PAGE_SUFFIXES | _TIFF_SUFFIXES:
            yield _file(child, child.name)
        else:
            ignored.append(child)
    if ignored or problems:
        yield Submission(path.name, path, "pages", (), tuple(ignored), tuple(problems))


def _is_page_file(path: Path, is_many_page: Callable[[Path], bool]) -> bool:
    suffix = path.suffix.lower()
    if path.is_dir() or suffix not in PAGE_SUFFIXES - {".pdf"}:
        return False
    return not (suffix in _TIFF_SUFFIXES and is_many_page(path))


def _file(path: Path, name: str) -> Submission:
    if path.suffix.lower() == ".zip":
        return Submission(name, path, "zip")
    if path.suffix.lower() in PAGE_SUFFIXES:
        return Submission(name, path, "pages", (PageFile(path, _nfc(path.name)),))
    return Submission(name, path, "pages", (), (path,))


def scan_folder(path: Path, name: str) -> Submission:
    """Return a folder as one submission called ``name``, with all page files below it."""
    return replace(_folder(path, []), name=name)


def _folder(path: Path, problems: list[Problem]) -> Submission:
    names, more = _listing(path)
    kind = _special(path, names) or "pages"
    found: list[PageFile] = []
    ignored: list[Path] = []
    trouble = [*problems, *more]
    for file in _walk(path, trouble):
        if file.suffix.lower() in PAGE_SUFFIXES and not _is_hidden(file.relative_to(path)):
            found.append(PageFile(file, _nfc(file.relative_to(path).as_posix())))
        else:
            ignored.append(file)
    found.sort(key=lambda f: natural_key(f.name))
    return Submission(path.name, path, kind, tuple(found), tuple(sorted(ignored)), tuple(trouble))


def _special(path: Path, names: list[Path]) -> Kind | None:
    if (path / "bagit.txt").is_file():
        return "bag"
    xml = (p for p in names if p.suffix.lower() == ".xml" and p.is_file())
    return "mets" if any(is_mets(p) for p in xml) else None


def is_mets(path: Path) -> bool:
    """Tell whether an XML file's root looks like METS, from its first 4 KB."""
    try:
        with path.open("rb") as stream:
            return _METS_ROOT.search(stream.read(4096)) is not None
    except OSError:
        return False


def _listing(path: Path) -> tuple[list[Path], list[Problem]]:
    try:
        names = sorted(path.iterdir(), key=lambda p: natural_key(p.name))
    except OSError as error:
        return [], [problem("folder-unreadable", str(path), reason=error.strerror or str(error))]
    return [p for p in names if not _is_hidden(Path(p.name))], []


def _walk(root: Path, problems: list[Problem]) -> Iterator[Path]:
    def trouble(error: OSError) -> None:
        where = str(error.filename or root)
        problems.append(problem("folder-unreadable", where, reason=error.strerror or str(error)))

    inside = root.resolve()
    for folder, _, files in os.walk(root, onerror=trouble):
        for name in files:
            file = Path(folder, name)
            if file.is_symlink() and not file.resolve().is_relative_to(inside):
                problems.append(problem("link-outside", str(file)))
            else:
                yield file


def _is_hidden(relative: Path) -> bool:
    return any(part.startswith(".") or part in _SYSTEM_NAMES for part in relative.parts)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
