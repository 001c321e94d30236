"""One analysis for every engine: fold, units, tokens. Engines only split on spaces.

A page is a row of *units*: a Latin word (letters and digits of any script but Han and kana, with
their combining marks) or one other character that is not white space: Han, kana, punctuation, sign.
White space parts two words and is nothing elsewhere (interfaces §4). The tokens are each word, and
each pair of neighbouring units unless both are words: 民國34年。 → 民國 國34 34 34年 年。
A phrase is its tokens in a row; so punctuation is never skipped and words are never cut.

All offsets are code points; ``fold`` and ``written`` keep the length.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from metadata.script import HAN_OR_KANA, is_han_or_kana

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
# What holds a place in a text but is no part of it: controls, joiners, selectors, other marks.
IGNORED = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u302a-\u302f\u3099\u309a\ud800-\udfff\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e01ef"
)
ONE_LETTER = f"(?:(?![{HAN_OR_KANA}])[^\\W_])"
WORD = f"(?:{ONE_LETTER}[{MARKS}]*)+"
_RUN = re.compile(f"[{HAN_OR_KANA}]+|(?P<word>{WORD})|[^\\w\\s{MARKS}{IGNORED}]+|_+")
_HAN_OR_KANA_ONLY = re.compile(f"[{HAN_OR_KANA}]+")
_SELECTORS = (0xE0000, 0xE01EF)  # of IGNORED, what lies beyond LAST_CODE
_NO_MARKS = re.compile(f"[{MARKS}]")
_LONGEST_WORD = 64
_DIGEST = 16
_FEW = 64  # up to so many characters a table of arrays is slower than one of strings
LAST_CODE = 0x3FFFF  # nothing is known of what comes after: it stands as this
OTHER, LETTER, MARK, GAP = range(4)
SEAM_REACH = 15
BAR = "|"
_VERSION = 2

# Blocks with characters that are another's width, case or compatibility form, or have diacritics.
_BLOCKS = (
    (0x41, 0x600), (0x1D00, 0x2190), (0x2C60, 0x2C80), (0x2E80, 0x2FE0), (0xA640, 0xA800),
    (0xF900, 0xFB00), (0xFF01, 0xFFF0), (0x10400, 0x10450), (0x2F800, 0x2FA20),
)  # fmt: skip
_WIDTHS = (0xFF01, 0xFFF0)
_LETTERS = {"ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t"}


@cache
def analyzer_id() -> str:
    """Return the name of this analysis; an index made with another one must be made again."""
    table = resources.files("search").joinpath("tables", "fold.tsv").read_bytes()
    rows = b"".join(row for row in table.splitlines(keepends=True) if not row.startswith(b"#"))
    return f"takao-{_VERSION}-{hashlib.sha256(rows).hexdigest()[:12]}"


def fold(text: str) -> str:
    """Return ``text`` without variant forms, case, width and diacritics; as many code points."""
    return text.translate(_folded()) if len(text) < _FEW else _mapped(text, _folded_codes())


def written(text: str) -> str:
    """Return ``text`` without case and width only; as many code points."""
    return text.translate(_widths()) if len(text) < _FEW else _mapped(text, _width_codes())


def folded_codes(text: str) -> NDArray[np.uint32]:
    """Return the code points of ``fold(text)``."""
    return _mapped_codes(text, _folded_codes())


def written_codes(text: str) -> NDArray[np.uint32]:
    """Return the code points of ``written(text)``."""
    return _mapped_codes(text, _width_codes())


def text_of(codes: NDArray[np.uint32]) -> str:
    """Return the text of code points."""
    return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def codes(text: str) -> NDArray[np.intp]:
    """Return the code points of a text, none greater than LAST_CODE; 0 for ignored ones there."""
    return looked_up(np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32))


def looked_up(codes: NDArray[np.uint32]) -> NDArray[np.intp]:
    """Return code points as they are looked up by ``kinds``: none greater than LAST_CODE."""
    if codes.max(initial=0) > LAST_CODE:
        ignored = (codes >= _SELECTORS[0]) & (codes <= _SELECTORS[1])
        codes = np.where(ignored, 0, np.minimum(codes, LAST_CODE))
    return codes.astype(np.intp)


@cache
def kinds() -> NDArray[np.uint8]:
    """Return, by code, what a character is: OTHER, LETTER of a word, MARK, or nothing (GAP)."""
    every = "".join(map(chr, range(LAST_CODE + 1)))
    found = np.full(LAST_CODE + 1, OTHER, np.uint8)
    for kind, characters in ((LETTER, ONE_LETTER), (GAP, f"[\\s{IGNORED}]"), (MARK, f"[{MARKS}]")):
        for match in re.finditer(f"{characters}+", every):
            found[match.start() : match.end()] = kind
    return found


def forms(character: str) -> str:
    """Return every character that is folded as this one is."""
    head = fold(character)
    return _forms().get(head, head)


@cache
def _forms() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, head in _folded().items():
        found[head] = found.get(head, head) + chr(code)
    return found


def units(text: str) -> list[str]:
    """Return the units of a folded or written text; words lose no marks here."""
    out: list[str] = []
    for match in _RUN.finditer(text):
        if match["word"]:
            out.append(match[0])
        else:
            out.extend(match[0])
    return out


def is_word(unit: str) -> bool:
    """Tell whether a unit is a Latin word."""
    return unit[0].isalnum() and not is_han_or_kana(unit[0])


def is_letter(text: str) -> bool:
    """Tell whether ``text`` is letters and digits of a Latin word only."""
    return re.fullmatch(f"{ONE_LETTER}+", text) is not None


def tokens(text: str, *, keep_marks: bool = False) -> list[str]:
    """Return the tokens of a folded text; of a written one with ``keep_marks``.

    The same for pages and for phrases of two units or more.
    """
    out: list[str] = []
    previous, previous_word = "", False
    for match in _RUN.finditer(text):
        run = match[0]
        if match["word"]:
            word = _word(run if keep_marks else _NO_MARKS.sub("", run))
            if previous and not previous_word:
                out.append(previous + word)
            out.append(word)
            previous, previous_word = word, True
        else:
            if previous:
                out.append(previous + run[0])
            out.extend(map(str.__add__, run, run[1:]))
            previous, previous_word = run[-1], False
    return out


def phrase(text: str, *, keep_marks: bool = False) -> list[str]:
    """Return the tokens of a phrase; a single character is itself, to be sought by character."""
    found = tokens(text, keep_marks=keep_marks)
    return found or units(text)


def characters(text: str) -> list[str]:
    """Return the distinct units that are no words."""
    runs = {match[0] for match in _RUN.finditer(text) if not match["word"]}
    return sorted(set("".join(runs)))


def skips(text: str) -> list[str]:
    """Return the distinct pairs of Han characters with one character between: 高碓州 → 高州.

    They find a phrase in which one character was misread.
    """
    runs = _HAN_OR_KANA_ONLY.findall(compact(text))
    return sorted({pair for run in runs for pair in map(str.__add__, run, run[2:])})


def compact(text: str) -> str:
    """Return ``text`` without white space and ignored characters."""
    return _SPACE.sub("", text)


def origin(text: str, place: int) -> int:
    """Return where a character of ``compact(text)`` stands in ``text``."""
    for match in _SPACE.finditer(text):
        if match.start() > place:
            break
        place += len(match[0])
    return place


def tail(text: str) -> str:
    """Return the Han characters at the end of a page, as many as a phrase may need."""
    runs = re.split(f"[^{HAN_OR_KANA}]", compact(text[-4 * SEAM_REACH :]))
    return runs[-1][-SEAM_REACH:]


def head(text: str) -> str:
    """Return the Han characters at the beginning of a page, as many as a phrase may need."""
    runs = re.split(f"[^{HAN_OR_KANA}]", compact(text[: 4 * SEAM_REACH]))
    return runs[0][:SEAM_REACH]


def seam(before: str, after: str) -> list[str]:
    """Return the tokens over a page break, with a bar in the one that crosses it: 高|雄."""
    if not before or not after:
        return []
    return barred(tokens(before + after), len(before) - 1)


def barred(pairs: list[str], place: int) -> list[str]:
    """Return pairs with the bar in the one at ``place``."""
    crossing = pairs[place][0] + BAR + pairs[place][1:]
    return [*pairs[:place], crossing, *pairs[place + 1 :]]


_SPACE = re.compile(f"[\\s{MARKS}{IGNORED}]+")


def _word(word: str) -> str:
    """Return a word as a token; a very long one as its head and a digest of all of it."""
    if len(word) <= _LONGEST_WORD:
        return word
    digest = hashlib.blake2b(word.encode(), digest_size=_DIGEST // 2).hexdigest()
    return f"{word[: _LONGEST_WORD - _DIGEST - 1]}~{digest}"


@cache
def _widths() -> dict[int, str]:
    table: dict[int, str] = {}
    for first, end in _BLOCKS:
        for code in range(first, end):
            character = chr(code)
            if code in range(*_WIDTHS):
                character = unicodedata.normalize("NFKC", character)
            lower = character.lower()
            if len(lower) == 1 and lower != chr(code) and _kind(lower) == _kind(chr(code)):
                table[code] = lower
    return table


@cache
def _folded() -> dict[int, str]:
    variants = fold_classes()
    table = dict(_widths())
    for first, end in _BLOCKS:
        for code in range(first, end):
            base = unicodedata.normalize("NFKD", table.get(code, chr(code)))
            base = _NO_MARKS.sub("", base).lower()
            base = _LETTERS.get(base, base)
            if len(base) == 1 and base != chr(code) and _kind(base) == _kind(chr(code)):
                table[code] = base
    for code, character in table.items():
        table[code] = variants.get(character, character)
    return table | {ord(c): head for c, head in variants.items()}


@cache
def _folded_codes() -> NDArray[np.uint32]:
    return _codes_of(_folded())


@cache
def _width_codes() -> NDArray[np.uint32]:
    return _codes_of(_widths())


def _codes_of(table: dict[int, str]) -> NDArray[np.uint32]:
    mapped = np.arange(LAST_CODE + 1, dtype=np.uint32)
    mapped[list(table)] = [ord(character) for character in table.values()]
    return mapped


def _mapped(text: str, table: NDArray[np.uint32]) -> str:
    return text_of(_mapped_codes(text, table))


def _mapped_codes(text: str, table: NDArray[np.uint32]) -> NDArray[np.uint32]:
    found = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if found.max(initial=0) > LAST_CODE:
        known = found <= LAST_CODE
        return np.where(known, table[np.where(known, found, 0)], found)
    return table[found]


def _kind(character: str) -> tuple[bool, bool, bool]:
    """A form must be of the kind of what it stands for, or words would begin or end elsewhere."""
    return is_han_or_kana(character), _RUN.match(character) is None, is_word(character)


@cache
def fold_classes() -> dict[str, str]:
    """Return the form that stands for each variant form, from ``search/tables/fold.tsv``."""
    lines = resources.files("search").joinpath("tables", "fold.tsv").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {other: head for head, others in rows for other in others}
