"""The tier of pages that may hold the query with reading errors in it.

Candidates come from the engine: pages with most pairs of a word, and pages with all of a short word
but one character. They are put in order by what the best place in their text costs: a character
misread as one that looks like it costs less than any other change. In a year a number for another
is no error but another year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from metadata.numerals import CHARACTERS
from search import analysis
from search.alignment import NEVER, cheapest
from search.backend import AnyOf, Clause, Leaf, Likely, Stream
from search.compile import all_of
from search.locate import Span
from search.strokes import alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.expand import Forms
    from search.query import Word

SHORTEST = 3
_SHORT = 4
_LONG = 32
_LIKE = 0.5
_SHARE = 0.4
_LEAST_SCORE = 35.0
_NUMBER = re.compile(f"[{CHARACTERS}]")


@dataclass(frozen=True)
class Likeness:
    """A word that may stand on a page with errors; ``units`` are its Han characters, folded.

    ``dated`` tells that it is a year, whose numbers stand as they are or as no number.
    """

    units: str
    dated: bool = False

    @cached_property
    def most_errors(self) -> int:
        """Return how many characters may be wrong."""
        return 1 if len(self.units) <= _SHORT else int(len(self.units) * _SHARE)

    @property
    def likely(self) -> Likely:
        """Return what to ask an engine for: all but one character, or most pairs."""
        pairs = [a + b for a, b in pairwise(self.units)]
        by_pairs = pairs if len(self.units) > SHORTEST else []
        return Likely(
            tuple(dict.fromkeys(self._one_error())),
            tuple(Leaf(Stream.FOLDED, (pair,)) for pair in dict.fromkeys(by_pairs)),
        )

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
        plain = analysis.compact(folded)
        found = [self._place(plain, a, b) for a, b in self._windows(plain)]
        if not found:
            return None
        cost, start, end = min(found)
        if cost > self.most_errors or start == end:
            return None
        return cost, Span(_origin(folded, start), _origin(folded, end - 1) + 1)

    def _windows(self, plain: str) -> list[tuple[int, int]]:
        """Return where the word may stand, give or take as many characters as may be wrong."""
        if len(self.units) <= _SHORT:
            return [m.span(1) for m in self._pattern.finditer(plain)]
        found = partial_ratio_alignment(self.units, plain, score_cutoff=_LEAST_SCORE)
        if not found or not found.dest_end:
            return []
        reach = self.most_errors if len(self.units) <= _LONG else 0
        return [(max(0, found.dest_start - reach), found.dest_end + reach)]

    def _place(self, plain: str, first: int, last: int) -> tuple[float, int, int]:
        """Return (cost, start, end) of the best place in a window; a long word fills it."""
        window = plain[first:last]
        if len(self.units) <= _LONG:
            cost, start, end = cheapest(self.units, window, self._change)
            return cost, first + start, first + end
        changes = Levenshtein.editops(self.units, window)
        cost = sum(
            self._change(self.units[c.src_pos], window[c.dest_pos]) if c.tag == "replace" else 1.0
            for c in changes
        )
        return cost, first, first + len(window)

    def _change(self, wanted: str, read: str) -> float:
        """Return what it costs to read one character for another, for none, or from nothing."""
        if self.dated:
            numbers = [bool(_NUMBER.match(c)) for c in (wanted, read) if c]
            if all(numbers):
                return NEVER
        return _LIKE if wanted and read and alike(wanted, read) else 1.0

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.units
        forms = [f"{re.escape(text[:i])}.{re.escape(text[i + 1 :])}" for i in range(len(text))]
        forms += [f"{re.escape(text[:i])}.{re.escape(text[i:])}" for i in range(1, len(text))]
        if len(text) == _SHORT:
            forms += [re.escape(text[:i] + text[i + 1 :]) for i in range(1, len(text) - 1)]
        return re.compile(f"(?=({'|'.join(forms)}))")


def likenesses_of(word: Word, forms: Forms | None) -> tuple[Likeness, ...]:
    """Return what a word of three or more Han characters may look like; others say too little.

    A year is also looked for as it is printed in each era.
    """
    if word.quoted or word.scope != "anywhere":
        return ()
    dated = forms is not None and bool(forms.printed)
    texts = [word.text, *(forms.printed if forms else ())]
    plain = [analysis.compact(analysis.fold(text)) for text in texts]
    long_enough = [p for p in dict.fromkeys(plain) if len(p) >= SHORTEST and analysis.is_han(p)]
    return tuple(Likeness(p, dated=dated) for p in long_enough)


def _phrase(text: str) -> Clause:
    found = analysis.tokens(text)
    return Leaf(Stream.FOLDED, tuple(found)) if found else AnyOf(())


def _skip(left: str, right: str) -> Clause:
    return Leaf(Stream.SKIPS, (left[-1] + right[0],))


def _origin(text: str, place: int) -> int:
    """Return where a character of ``compact(text)`` stands in ``text``."""
    if len(analysis.compact(text[: place + 1])) == place + 1:
        return place
    kept = (i for i, character in enumerate(text) if analysis.compact(character))
    return next(islice(kept, place, None))
