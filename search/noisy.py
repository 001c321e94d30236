"""The tier of pages that may hold the query with reading errors in it.

Candidates come from the engine: pages with a short word one of whose characters was taken for one
that looks like it, pages with all of a word but one character, and pages with most of its pairs.
They are put in order by what the best place in their text costs: a character misread as one that
looks like it costs less than any other change. What stands on several pages in the same form is
rather another word than an error; in a year a number for another is no error but another year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from metadata.numerals import CHARACTERS
from search import analysis
from search.alignment import NEVER, cheapest
from search.backend import AnyOf, Clause, Leaf, Likely, Stream
from search.compile import all_of, any_of
from search.locate import Span
from search.strokes import alike, likes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.expand import Forms
    from search.query import Word

SHORTEST = 3
_SHORT = 4
_FEW = 6
_MOST_ALIKE = 60
_LONG = 32
_LIKE = 0.4
_SHARE = 0.4
_LEAST_SCORE = 35.0
_NUMBER = re.compile(f"[{CHARACTERS}]")


Read = tuple[str, str]
"""A character, folded and as it is written."""


@dataclass(frozen=True)
class Likeness:
    """A word that may stand on a page with errors; ``units`` are its characters, folded.

    ``written`` are the same as they are written. ``dated`` tells that it is a year, whose numbers
    stand as they are or as no number.
    """

    units: str
    written: str
    dated: bool = False

    @cached_property
    def most_errors(self) -> float:
        """Return how many characters may be wrong; those that look alike count less."""
        if len(self.units) <= _SHORT:
            return 1.0 if len(self.units) < _SHORT else 1.5
        return float(int(len(self.units) * _SHARE))

    @property
    def likely(self) -> tuple[Likely, ...]:
        """Return what to ask an engine for."""
        text = self.units
        pairs = [Leaf(Stream.FOLDED, (a + b,)) for a, b in pairwise(text)]
        if len(text) == _SHORT:
            pairs += [Leaf(Stream.SKIPS, (a + b,)) for a, b in zip(text, text[2:], strict=False)]
        by_pairs = pairs if len(text) > SHORTEST else []
        rest = Likely(tuple(dict.fromkeys(self._one_error())), tuple(dict.fromkeys(by_pairs)))
        if len(text) > _FEW:
            return (rest,)
        return Likely((any_of(list(self._one_alike())),)), rest

    def _one_alike(self) -> Iterator[Clause]:
        """Yield the word with one character taken for another that looks like it."""
        for place, character in enumerate(self.written):
            if self.dated and _NUMBER.match(character):
                continue
            for other in likes(character)[:_MOST_ALIKE]:
                yield _phrase(self.units[:place] + analysis.fold(other) + self.units[place + 1 :])

    def _one_error(self) -> Iterator[Clause]:
        """Yield what stands on a page with one character misread, lost or put in."""
        text = self.units
        for place in range(len(text)):
            left, right = text[:place], text[place + 1 :]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            if left and right:
                yield all_of([*parts, _skip(left, right)])
                yield _phrase(left + right)
            else:
                yield all_of(parts)
        for place in range(1, len(text)):
            left, right = text[:place], text[place:]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            yield all_of([*parts, _skip(left, right)])

    def best(self, text: str) -> tuple[float, Span] | None:
        """Return the cost of the likest place in a page's text and where it is."""
        folded = analysis.fold(text)
        plain, written = analysis.compact(folded), analysis.compact(text)
        found = [self._place(plain, written, *window) for window in self._windows(plain)]
        if not found:
            return None
        cost, start, end = min(found)
        if cost > self.most_errors or start == end:
            return None
        return cost, Span(analysis.origin(text, start), analysis.origin(text, end - 1) + 1)

    def _windows(self, plain: str) -> list[tuple[int, int]]:
        """Return where the word may stand, give or take as many characters as may be wrong."""
        if len(self.units) <= _SHORT:
            return [m.span(1) for m in self._pattern.finditer(plain)]
        found = partial_ratio_alignment(self.units, plain, score_cutoff=_LEAST_SCORE)
        if not found or not found.dest_end:
            return []
        reach = int(self.most_errors) if len(self.units) <= _LONG else 0
        return [(max(0, found.dest_start - reach), found.dest_end + reach)]

    def _place(self, plain: str, written: str, first: int, last: int) -> tuple[float, int, int]:
        """Return (cost, start, end) of the best place in a window; a long word fills it."""
        window = list(zip(plain[first:last], written[first:last], strict=True))
        word = list(zip(self.units, self.written, strict=True))
        if len(self.units) <= _LONG:
            cost, start, end = cheapest(word, window, self._change)
            return cost, first + start, first + end
        changes = Levenshtein.editops(self.units, [folded for folded, _ in window])
        cost = sum(
            self._change(word[c.src_pos], window[c.dest_pos]) if c.tag == "replace" else 1.0
            for c in changes
        )
        return cost, first, first + len(window)

    def _change(self, wanted: Read | None, read: Read | None) -> float:
        """Return what it costs to read one character for another, for none, or from nothing."""
        if wanted and read and wanted[0] == read[0]:
            return 0.0
        if self.dated and all(_NUMBER.match(c[1]) for c in (wanted, read) if c):
            return NEVER
        same = wanted and read and (alike(wanted[1], read[1]) or alike(wanted[0], read[0]))
        return _LIKE if same else 1.0

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.units
        forms = [f"{re.escape(text[:i])}.{re.escape(text[i + 1 :])}" for i in range(len(text))]
        forms += [f"{re.escape(text[:i])}.{re.escape(text[i:])}" for i in range(1, len(text))]
        forms += [re.escape(text[:i] + text[i + 1 :]) for i in range(1, len(text) - 1)]
        if len(text) == _SHORT:
            a, b, c, d = map(re.escape, text)
            forms += [f"{a}{b}..", f"{a}.{c}.", f"{a}..{d}", f".{b}{c}.", f".{b}.{d}", f"..{c}{d}"]
        return re.compile(f"(?=({'|'.join(forms)}))")


def likenesses_of(word: Word, forms: Forms | None) -> tuple[Likeness, ...]:
    """Return what a word of three or more Han characters may look like; others say too little.

    A year is also looked for as it is printed in each era.
    """
    if word.quoted or word.scope != "anywhere":
        return ()
    dated = forms is not None and bool(forms.printed)
    texts = [word.text, *(forms.printed if forms else ())]
    plain = {analysis.compact(analysis.fold(text)): analysis.compact(text) for text in texts}
    return tuple(
        Likeness(folded, written, dated=dated)
        for folded, written in plain.items()
        if len(folded) >= SHORTEST and analysis.is_han(folded)
    )


def _phrase(text: str) -> Clause:
    found = analysis.tokens(text)
    return Leaf(Stream.FOLDED, tuple(found)) if found else AnyOf(())


def _skip(left: str, right: str) -> Clause:
    return Leaf(Stream.SKIPS, (left[-1] + right[0],))
