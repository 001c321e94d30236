"""Phrases found in many texts at once, exactly where their tokens stand in an index.

The texts stand in one row, folded or as written, without white space, ignored characters and marks
but those of written words; two words in a row keep a space between them. A phrase made in the same
way is then a piece of the row.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search import analysis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_STOP, _SPACE = "\0", " "


class Occurrence(NamedTuple):
    """A phrase in the text number ``text``: its code points [start, end)."""

    text: int
    start: int
    end: int


class Row:
    """Texts in a row, with a stop before each and after the last."""

    def __init__(self, texts: Sequence[str], *, written: bool) -> None:
        joined = _STOP + _STOP.join(texts) + _STOP
        codes = analysis.written_codes(joined) if written else analysis.folded_codes(joined)
        self._stops = np.cumsum([0, *(len(text) + 1 for text in texts)])
        self._kinds = analysis.kinds()[analysis.looked_up(codes)]
        self._kinds[self._stops] = analysis.OTHER
        if written:
            self._kinds[_marks_of_words(self._kinds)] = analysis.LETTER
        kept = np.flatnonzero(self._kinds < analysis.MARK)
        parted = self._parted_words(kept)
        self._origin = np.insert(kept, parted, kept[parted])
        self._text = analysis.text_of(np.insert(codes[kept], parted, ord(_SPACE)))
        in_word = self._kinds[kept] == analysis.LETTER
        self._in_word = np.insert(in_word, parted, values=False).tobytes()

    def _parted_words(self, kept: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return the places in ``kept`` of letters that begin another word than the one before."""
        letters = self._kinds[kept] == analysis.LETTER
        gaps = np.cumsum(self._kinds == analysis.GAP)[kept]
        neighbours = letters[1:] & letters[:-1]
        return np.flatnonzero(neighbours & (gaps[1:] != gaps[:-1])) + 1

    @cached_property
    def pieces(self) -> list[str]:
        """Return each text as it stands in the row."""
        return self._text[1:-1].split(_STOP)

    def occurrences(self, phrase: str) -> Iterator[Occurrence]:
        """Yield where a piece of another row stands in this one, no two over each other."""
        begins, ends = is_in_word(phrase[0]), is_in_word(phrase[-1])
        place = self._text.find(phrase)
        while place >= 0:
            end = place + len(phrase)
            cut = (begins and self._in_word[place - 1]) or (ends and self._in_word[end])
            if not cut:
                yield self._occurrence(place, end)
            place = self._text.find(phrase, place + 1 if cut else end)

    def _occurrence(self, place: int, end: int) -> Occurrence:
        first, last = int(self._origin[place]), int(self._origin[end - 1])
        if self._in_word[end - 1]:
            while self._kinds[last + 1] == analysis.MARK:
                last += 1
        text = bisect_right(self._stop_list, first) - 1
        before = self._stop_list[text] + 1
        return Occurrence(text, first - before, last + 1 - before)

    @cached_property
    def _stop_list(self) -> list[int]:
        found: list[int] = self._stops.tolist()
        return found


def is_in_word(character: str) -> bool:
    """Tell whether a character of a piece is a letter or mark of a word."""
    (code,) = analysis.codes(character)
    return int(analysis.kinds()[code]) in (analysis.LETTER, analysis.MARK)


def _marks_of_words(kinds: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which characters are marks behind a letter."""
    marks = kinds == analysis.MARK
    last = np.maximum.accumulate(np.where(marks, 0, np.arange(len(kinds))))
    found: NDArray[np.bool_] = marks & (kinds[last] == analysis.LETTER)
    return found
