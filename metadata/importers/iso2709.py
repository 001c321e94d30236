"""ISO 2709 exchange files cut into records; a damaged one never takes its neighbours with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata.characters.decode import Encoding, decode, detect

if TYPE_CHECKING:
    from collections.abc import Iterator

_LEADER = 24
_RECORD_END, _FIELD_END, _SUBFIELD = 0x1D, b"\x1e", b"\x1f"
# Length, status and type, two indicators, one-character codes, base address.
_START = re.compile(rb"\d{5}[a-z ][a-z ]..[ a-z].?22\d{5}", re.DOTALL)
_DIRECTORY_ENTRY = 12
_SMALLEST = _LEADER + 2


class DamagedRecordError(Exception):
    """A record cannot be taken apart; the text says why, in both languages."""


@dataclass(slots=True)
class MarcField:
    """A field: a control field has a value, a data field indicators and subfields.

    ``taken`` remembers which subfields found a target.
    """

    tag: str
    value: str = ""
    indicators: str = "  "
    subfields: tuple[tuple[str, str], ...] = ()
    taken: frozenset[int] = frozenset()

    def take(self, codes: str) -> list[str]:
        """Return the values of subfields, in their order, and mark them as used."""
        found = [i for i, (code, _) in enumerate(self.subfields) if code in codes]
        self.taken |= frozenset(found)
        return [self.subfields[i][1] for i in found]

    def first(self, codes: str) -> str | None:
        """Return the first of ``take``."""
        return next(iter(self.take(codes)), None)

    def rest(self) -> Iterator[tuple[str, str]]:
        """Yield the subfields that found no target."""
        for i, (code, value) in enumerate(self.subfields):
            if i not in self.taken:
                yield code, value


@dataclass(slots=True)
class MarcRecord:
    """A record taken apart. ``unreadable`` counts characters that the encoding could not give."""

    leader: str
    fields: list[MarcField]
    encoding: Encoding = "utf-8"
    unreadable: int = 0

    def of(self, tag: str) -> list[MarcField]:
        """Return the fields with a tag."""
        return [f for f in self.fields if f.tag == tag]


def is_iso2709(content: bytes) -> bool:
    """Tell whether a file begins as an exchange file does, perhaps damaged."""
    return _START.match(content.lstrip()) is not None or (
        content[:5].isdigit() and bytes([_RECORD_END]) in content and _SUBFIELD in content
    )


def split(content: bytes) -> Iterator[bytes]:
    """Yield every record's bytes, whole or damaged; together they are the whole file."""
    at = 0
    while at < len(content):
        end = _whole(content, at)
        if end is None:
            end = _resume(content, at)
        piece = content[at:end]
        if piece.strip(b"\r\n\x00\x1a "):
            yield piece.strip(b"\r\n\x00")
        at = end


def _whole(content: bytes, at: int) -> int | None:
    """Return the end of the record at ``at`` when its stated length is right."""
    while at < len(content) and content[at] in b"\r\n\x00 ":
        at += 1
    length = content[at : at + 5]
    if not length.isdigit() or int(length) < _SMALLEST:
        return None
    end = at + int(length)
    return end if end <= len(content) and content[end - 1] == _RECORD_END else None


def _resume(content: bytes, at: int) -> int:
    """Return where the next sound record begins after a damaged one at ``at``."""
    for match in _START.finditer(content, at + 1):
        if _whole(content, match.start()) is not None:
            terminator = content.find(_RECORD_END, at, match.start())
            return match.start() if terminator < 0 else terminator + 1
    terminator = content.find(_RECORD_END, at)
    return len(content) if terminator < 0 else terminator + 1


def parse(record: bytes) -> MarcRecord:
    """Take a record apart. Raises DamagedRecordError."""
    leader, base = _checked_leader(record)
    directory = record[_LEADER : base - 1]
    if len(directory) % _DIRECTORY_ENTRY or record[base - 1 : base] != _FIELD_END:
        raise DamagedRecordError("目錄區毀損 the directory is damaged")
    raw = [
        _raw_field(record, base, directory[i : i + _DIRECTORY_ENTRY])
        for i in range(0, len(directory), _DIRECTORY_ENTRY)
    ]
    if not raw:
        raise DamagedRecordError("沒有欄位 it has no fields")
    body = b"".join(value for _, value in raw)
    says_utf8 = leader[9:10] == "a"
    encoding = detect(body)
    if says_utf8 and encoding != "utf-8" and _is_nearly_utf8(body):
        encoding = "utf-8"
    made = MarcRecord(leader, [], encoding)
    made.fields = [_field(tag, value, made) for tag, value in raw]
    return made


def _checked_leader(record: bytes) -> tuple[str, int]:
    if len(record) < _SMALLEST or not record.endswith(bytes([_RECORD_END])):
        raise DamagedRecordError("紀錄不完整 it ends before its end")
    leader = record[:_LEADER].decode("ascii", "replace")
    if not leader[:5].isdigit() or int(leader[:5]) != len(record):
        raise DamagedRecordError("紀錄長度不符 its length is not the one it states")
    if not leader[12:17].isdigit() or not _LEADER < int(leader[12:17]) < len(record):
        raise DamagedRecordError("記錄標示毀損 its leader is damaged")
    return leader, int(leader[12:17])


def _raw_field(record: bytes, base: int, entry: bytes) -> tuple[str, bytes]:
    tag, length, start = entry[:3], entry[3:7], entry[7:]
    if not (tag.isalnum() and tag.isascii() and length.isdigit() and start.isdigit()):
        raise DamagedRecordError("目錄區毀損 the directory is damaged")
    begin = base + int(start)
    value = record[begin : begin + int(length)]
    if not value.endswith(_FIELD_END) or _FIELD_END in value[:-1] or len(value) != int(length):
        raise DamagedRecordError(f"欄位 {tag.decode()} 毀損 field {tag.decode()} is damaged")
    return tag.decode(), value[:-1]


def _is_nearly_utf8(body: bytes) -> bool:
    """Tell whether a record that says UTF-8 is that but for a few broken characters."""
    text = body.decode("utf-8", "replace")
    return text.count("\ufffd") * 20 <= sum(not c.isascii() for c in text)


def _field(tag: str, value: bytes, record: MarcRecord) -> MarcField:
    if tag < "010" and _SUBFIELD not in value:
        return MarcField(tag, _text(value, record))
    head, *parts = value.split(_SUBFIELD)
    indicators = head.decode("ascii", "replace")[:2].ljust(2)
    subfields = [_subfield(part, record) for part in parts if part]
    return MarcField(tag, "", indicators, tuple(subfields))


def _subfield(part: bytes, record: MarcRecord) -> tuple[str, str]:
    return part[:1].decode("ascii", "replace"), _text(part[1:], record)


def _text(value: bytes, record: MarcRecord) -> str:
    decoded = decode(value, record.encoding)
    record.unreadable += decoded.unreadable
    return decoded.text
