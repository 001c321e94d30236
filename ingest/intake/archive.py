"""A submitted ZIP, unpacked into a folder: every entry comes out or is a Problem.

Names are hostile until checked. Those without the UTF-8 flag are read as UTF-8 or, for the whole
archive, as Big5 (cp950), as older Windows in Taiwan writes them. APPNOTE 6.3.
"""

from __future__ import annotations

import lzma
import stat
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata.problem import Problem, problem
from storage.blobs import CHUNK, checked_key
from storage.errors import BadPathError, writing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_UTF8_FLAG, _ENCRYPTED_FLAGS = 0x800, 0x2041
_LONGEST_NAME = 1000  # bytes; a file system takes about 4,000 with the folder before it
_UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)  # NotImplementedError: RuntimeError
_LOCAL_HEADER = 30  # bytes before an entry's name; APPNOTE §4.3.7


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much may come out of one archive.

    ``size`` is the bytes of all entries together. Above ``small`` bytes they may be at most
    ``ratio`` times the archive: uncompressed scans reach 50, bombs some thousands.
    """

    entries: int = 100_000
    size: int = 1 << 40
    small: int = 1 << 30
    ratio: int = 200

    def allowed(self, archive_size: int) -> int:
        """Return how many bytes may come out of an archive of this size."""
        return min(self.size, max(self.small, archive_size * self.ratio))


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The files that came out, by path below the folder, and all that was wrong."""

    files: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    info: zipfile.ZipInfo
    name: str


LIMITS = ArchiveLimits()


def unpack(archive: Path, folder: Path, limits: ArchiveLimits = LIMITS) -> Unpacked:
    """Unpack ``archive`` into ``folder``, which is made when absent; nothing leaves it.

    An entry that is encrypted, damaged, a link or of a hostile name gives a Problem and no file; a
    bomb gives nothing at all. Raises StorageFullError or StorageUnavailableError when
    ``folder`` cannot be written.
    """
    where = str(archive)
    try:
        with zipfile.ZipFile(archive) as opened:
            return _unpack(opened, where, folder, limits)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
        return Unpacked(problems=(problem("archive-unreadable", where, reason=str(error)),))


def _unpack(opened: zipfile.ZipFile, where: str, folder: Path, limits: ArchiveLimits) -> Unpacked:
    infos = opened.infolist()
    allowed = limits.allowed(_size(opened))
    stated = sum(info.file_size for info in infos)
    if len(infos) > limits.entries or stated > allowed or _overlap(opened, infos):
        bomb = problem("archive-bomb", where, entries=len(infos), size=stated, limit=allowed)
        return Unpacked(problems=(bomb,))
    problems: list[Problem] = []
    entries = list(_entries(infos, where, problems))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    files: list[str] = []
    for entry in entries:
        reason = _extract(opened, entry.info, folder / entry.name)
        if reason is None:
            files.append(entry.name)
        else:
            there = f"{where}/{entry.name}"
            problems.append(problem("archive-entry-damaged", there, reason=reason))
    return Unpacked(tuple(files), tuple(problems))


def _size(opened: zipfile.ZipFile) -> int:
    stream = opened.fp
    if stream is None:
        return 0
    stream.seek(0, 2)
    return stream.tell()


def _overlap(opened: zipfile.ZipFile, infos: Iterable[zipfile.ZipInfo]) -> bool:
    """Tell whether entries share compressed bytes, as bombs without nesting do."""
    end = 0
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end:
            return True
        end = info.header_offset + _LOCAL_HEADER + info.compress_size
    return end > opened.start_dir


def _entries(infos: list[zipfile.ZipInfo], where: str, problems: list[Problem]) -> Iterator[_Entry]:
    """Yield the entries that may be written, each name once."""
    encoding = _encoding(infos, where, problems)
    locked = [info for info in infos if info.flag_bits & _ENCRYPTED_FLAGS]
    if locked:
        problems.append(problem("archive-encrypted", where, count=len(locked)))
    taken: set[str] = set()
    above: set[str] = set()
    for info in infos:
        if info.flag_bits & _ENCRYPTED_FLAGS:
            continue
        name = _name(info, encoding)
        written = repr(info.orig_filename if name is None else name)
        if name is None or not _is_inside(name):
            problems.append(problem("archive-name-hostile", where, name=written))
        elif _is_special(info):
            problems.append(problem("archive-link", where, name=written))
        elif name.endswith("/"):
            continue
        elif name in taken or name in above or taken & (parents := _parents(name)):
            problems.append(problem("archive-name-twice", where, name=written))
        else:
            taken.add(name)
            above |= parents
            yield _Entry(info, name)


def _parents(name: str) -> set[str]:
    parts = name.split("/")
    return {"/".join(parts[:n]) for n in range(1, len(parts))}


def _encoding(infos: list[zipfile.ZipInfo], where: str, problems: list[Problem]) -> str:
    """Return the encoding of the names that do not say that they are UTF-8."""
    raw = [i.orig_filename.encode("cp437") for i in infos if not i.flag_bits & _UTF8_FLAG]
    for encoding in ("utf-8", "cp950", "big5hkscs"):
        if all(_decodes(name, encoding) for name in raw):
            if encoding != "utf-8":
                problems.append(problem("archive-names-big5", where))
            return encoding
    return "utf-8"


def _decodes(name: bytes, encoding: str) -> bool:
    try:
        name.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _name(info: zipfile.ZipInfo, encoding: str) -> str | None:
    """Return an entry's name in NFC with ``/`` between its parts; None when it is no text."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_FLAG:
        try:
            name = name.encode("cp437").decode(encoding)
        except UnicodeDecodeError:
            return None
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _is_inside(name: str) -> bool:
    try:
        checked_key(name.removesuffix("/"))
    except BadPathError:
        return False
    return ":" not in name.partition("/")[0] and len(name.encode()) <= _LONGEST_NAME


def _is_special(info: zipfile.ZipInfo) -> bool:
    """Tell whether an entry made on Unix is a link or device."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    return kind not in {0, stat.S_IFREG, stat.S_IFDIR}


def _extract(opened: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path) -> str | None:
    """Write one entry; return why it could not be read, leaving no part of it."""
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        out = target.open("xb")
    try:
        with out:
            for piece in _pieces(opened, info):
                with writing(target):
                    out.write(piece)
    except _DamagedError as error:
        target.unlink()
        return str(error)
    return None


class _DamagedError(Exception):
    """An entry cannot be read; its text says why."""


def _pieces(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry's bytes, never more than it says to have; the CRC is checked at the end."""
    left = info.file_size
    try:
        with opened.open(info) as source:
            while piece := source.read(min(CHUNK, left + 1)):
                left -= len(piece)
                if left < 0:
                    raise _DamagedError("longer than it says")
                yield piece
    except (*_UNREADABLE, OSError, RuntimeError, ValueError, EOFError) as error:
        raise _DamagedError(str(error) or type(error).__name__) from error
    if left:
        raise _DamagedError("shorter than it says")
