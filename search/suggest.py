"""Autocomplete inside a Work: what stands behind the beginning of a word."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from metadata.script import HAN_OR_KANA, is_han_or_kana
from search import analysis
from search.parse import clean_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repository.model import PageTextRow

_MARKS = f"[{analysis.MARKS}]"
_GAP = f"[\\s{analysis.MARKS}{analysis.IGNORED}]*"
_SPACE_BETWEEN = f"[\\s{analysis.IGNORED}]*\\s{_GAP}"
# A letter carries three marks at most; a lookbehind has to have a fixed width.
_WORD_BEGINS = "".join(f"(?<!{analysis.ONE_LETTER}{_MARKS * count})" for count in range(4))
_LONGEST = 4
_LONGEST_PREFIX = 64  # code points: nobody goes on from more, and a pattern of thousands is slow


def continuations(rows: Iterable[PageTextRow], prefix: str) -> list[tuple[str, int]]:
    """Return (word, count), the most frequent first, as the word is first written.

    A Latin word goes on to its end. Han characters go on for up to four more, as far as the text
    that follows is the same more than once.
    """
    plain = analysis.fold(clean_query(prefix)).strip()
    pattern = _pattern(plain) if len(plain) <= _LONGEST_PREFIX else None
    if pattern is None:
        return []
    counts: Counter[str] = Counter()
    first: dict[str, str] = {}
    for row in rows:
        folded = analysis.fold(row.text)
        for match in pattern.finditer(folded):
            rest = match["rest"]
            lengths = range(1, len(rest) + 1) if is_han_or_kana(rest) else (len(rest),)
            for length in lengths:
                end = match.start("rest") + length
                word = folded[match.start() : end]
                counts[word] += 1
                first.setdefault(word, row.text[match.start() : end])
    closed = [w for w, n in counts.items() if not _always_goes_on(w, n, counts)]
    ordered = sorted(closed, key=lambda w: (-counts[w], w))
    return [(" ".join(first[w].split()), counts[w]) for w in ordered if w != plain]


def _always_goes_on(word: str, count: int, counts: Counter[str]) -> bool:
    """Tell whether a longer word says the same: it stands wherever this one does."""
    return any(
        longer.startswith(word) and len(longer) == len(word) + 1 and times == count
        for longer, times in counts.items()
    )


def _pattern(prefix: str) -> re.Pattern[str] | None:
    units = analysis.units(prefix)
    if not units:
        return None
    if not analysis.is_word(units[-1]):
        rest = f"(?=(?P<rest>[{HAN_OR_KANA}]{{0,{_LONGEST}}}))"
        return re.compile(f"(?:{_phrase(units)}){rest}")
    before = f"{_phrase(units[:-1])}\\s*" if units[:-1] else ""
    return re.compile(f"{before}(?<!\\w){re.escape(units[-1])}(?=(?P<rest>{analysis.WORD}|))")


def _phrase(units: Sequence[str]) -> str:
    """Return the pattern of units in a row in a folded text."""
    parts: list[str] = []
    for before, unit in pairwise(("", *units)):
        word = analysis.is_word(unit)
        if before:
            parts.append(_SPACE_BETWEEN if word and analysis.is_word(before) else _GAP)
        parts.append(_word(unit) if word else re.escape(unit))
    return "".join(parts)


def _word(word: str) -> str:
    body = "".join(f"{re.escape(c)}{_MARKS}*" for c in word if not re.match(_MARKS, c))
    return f"{_WORD_BEGINS}{body}(?!{analysis.ONE_LETTER}|{_MARKS})"
