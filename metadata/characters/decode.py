"""Bytes of bibliographic records to text; what cannot be read is said, never dropped.

MARC-8 is the Library of Congress's (ANSEL, EACC and others by escape sequences, ISO 2022). CCCII
comes either by MARC-8's escapes or bare, three bytes a character with the high bit set. Numeric
references (``&#x20BB7;``) stand in these encodings for characters that they lack.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Encoding = Literal["utf-8", "marc-8", "big5", "cccii"]
_NCR = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,6})|(\d{1,7}));")
_HIGH = re.compile(rb"[\x80-\xff]+")
_CCCII_RUN = re.compile(rb"[\xa1-\xfe]+")
_EACC = 0x31
_LATIN, _ANSEL = 0x42, 0x45
_REPLACEMENT = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how many characters of it could not be read (each stands as U+FFFD)."""

    text: str
    unreadable: int = 0


def detect(content: bytes) -> Encoding:
    """Return the encoding of a record's bytes that does not say it of itself."""
    if b"\x1b" in content:
        return "marc-8"
    if content.isascii():
        return "utf-8"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    if _is_cccii(content):
        return "cccii"
    return "big5" if _is_big5(content) else "marc-8"


def decode(content: bytes, encoding: Encoding) -> Decoded:
    """Return the text of a field in NFC."""
    if encoding == "utf-8":
        text = content.decode("utf-8", "replace")
        found = Decoded(text, text.count(_REPLACEMENT) - content.count(b"\xef\xbf\xbd"))
    elif encoding == "big5":
        found = _big5(content)
    elif encoding == "cccii":
        found = _cccii(content)
    else:
        found = _marc8(content)
    text = found.text if encoding == "utf-8" else _NCR.sub(_reference, found.text)
    return Decoded(unicodedata.normalize("NFC", text), found.unreadable)


def _reference(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    is_character = 0x20 <= number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
    return chr(number) if is_character else match[0]


def _is_cccii(content: bytes) -> bool:
    """Tell whether all high bytes come in threes that are CCCII."""
    for run in _HIGH.findall(content):
        if len(run) % 3 or not _CCCII_RUN.fullmatch(run):
            return False
        if any(_triple(run, i) not in cccii_table() for i in range(0, len(run), 3)):
            return False
    return True


def _triple(content: bytes, at: int) -> int:
    a, b, c = content[at : at + 3]
    return (a & 0x7F) << 16 | (b & 0x7F) << 8 | c & 0x7F


def _is_big5(content: bytes) -> bool:
    return _big5(content).unreadable == 0


def _big5(content: bytes) -> Decoded:
    """Decode Big5 as Windows and libraries write it; characters of HKSCS where cp950 has none."""
    out, unreadable, at = [], 0, 0
    while at < len(content):
        size = 1 if content[at] < 0x80 else 2
        piece = content[at : at + size]
        at += size
        for codec in ("cp950", "big5hkscs"):
            try:
                out.append(piece.decode(codec))
                break
            except UnicodeDecodeError:
                continue
        else:
            out.append(_REPLACEMENT)
            unreadable += 1
    return Decoded("".join(out), unreadable)


def _cccii(content: bytes) -> Decoded:
    out, unreadable, at = [], 0, 0
    while at < len(content):
        if content[at] < 0x80:
            out.append(chr(content[at]))
            at += 1
            continue
        code = _triple(content, at) if at + 3 <= len(content) else 0
        character = cccii_table().get(code, _REPLACEMENT)
        unreadable += character == _REPLACEMENT
        out.append(character)
        at += 3
    return Decoded("".join(out), unreadable)


@cache
def cccii_table() -> dict[int, str]:
    """Return the characters of EACC and of the rest of CCCII by their seven-bit codes."""
    from pymarc.marc8_mapping import CODESETS

    file = resources.files("metadata").joinpath("characters", "cccii.txt")
    rows = (line.split("\t") for line in file.read_text("utf-8").splitlines())
    table = {int(code, 16): character for code, character in rows}
    return table | {code: chr(values[0]) for code, values in CODESETS[_EACC].items()}


class _Marc8:
    """The state of a MARC-8 stream: the sets in G0 and G1, and combining marks that wait."""

    def __init__(self) -> None:
        from pymarc.marc8_mapping import CODESETS, ODD_MAP

        self._sets, self._odd = CODESETS, ODD_MAP
        self.g0, self.g1 = _LATIN, _ANSEL
        self.out: list[str] = []
        self.marks: list[str] = []
        self.unreadable = 0

    def escape(self, content: bytes, at: int) -> int:
        """Carry out the escape sequence at ``at``; return where it ends (ISO 2022, MARC-8 §3)."""
        match = re.compile(rb"\x1b(?:(\$?[(,]|\$)|(\$?[)-]))(.)|\x1b([bgps])").match(content, at)
        if match is None:
            self.unreadable += 1
            self.out.append(_REPLACEMENT)
            return at + 1
        if match[4]:
            self.g0 = _LATIN if match[4] == b"s" else match[4][0]
        elif match[1]:
            self.g0 = match[3][0]
        else:
            self.g1 = match[3][0]
        return match.end()

    def character(self, code: int, in_set: int) -> None:
        """Add the character with a code in a set."""
        if in_set == _EACC:
            found = (cccii_table().get(code), False)
        elif code in self._sets.get(in_set, {}):
            number, is_mark = self._sets[in_set][code]
            found = (chr(number), bool(is_mark))
        else:
            found = (chr(self._odd[code]) if code in self._odd else None, False)
        text, is_mark = found
        if text is None:
            self.unreadable += 1
            text = _REPLACEMENT
        if is_mark:  # MARC-8 writes marks before their base, Unicode after
            self.marks.append(text)
            return
        self.out += [text, *self.marks]
        self.marks.clear()


def _marc8(content: bytes) -> Decoded:
    state, at = _Marc8(), 0
    while at < len(content):
        byte = content[at]
        if byte == 0x1B:
            at = state.escape(content, at)
        elif byte <= 0x20:
            state.out.append(chr(byte))
            at += 1
        elif byte >= 0x80:
            state.character(byte, state.g1)
            at += 1
        elif state.g0 == _EACC:
            whole = at + 3 <= len(content)
            state.character(_triple(content, at) if whole else 0, _EACC)
            at += 3
        else:
            state.character(byte, state.g0)
            at += 1
    return Decoded("".join([*state.out, *state.marks]), state.unreadable)
