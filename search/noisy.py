"""The tier of pages that may hold the query with reading errors in it.

Candidates come from the engine: pages with most pairs of a word, and pages with all of a short word
but one character. They are put in order by what the best place in their text costs: a character
misread as one that looks like it costs less than any other change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from search import analysis
from search.backend import AnyOf, Clause, Leaf, Likely, Stream
from search.compile import all_of
from search.locate import Span
from search.strokes import alike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.query import Word

SHORTEST = 3
_SHORT = 4
_LIKE = 0.5
_SHARE = 0.4


@dataclass(frozen=True)
class Likeness:
    """A word that may stand on a page with errors; ``units`` are its Han characters, folded."""

    units: str

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
        costs = [(self._cost(plain[a:b]), a, b) for a, b in self._places(plain)]
        if not costs:
            return None
        cost, start, end = min(costs)
        if cost > self.most_errors:
            return None
        return cost, Span(_origin(folded, start), _origin(folded, end - 1) + 1)

    def _places(self, plain: str) -> list[tuple[int, int]]:
        if len(self.units) <= _SHORT:
            return [m.span(1) for m in self._pattern.finditer(plain)]
        found = partial_ratio_alignment(self.units, plain)
        return [(found.dest_start, found.dest_end)] if found and found.dest_end else []

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        text = self.units
        forms = [f"{re.escape(text[:i])}.{re.escape(text[i + 1 :])}" for i in range(len(text))]
        forms += [f"{re.escape(text[:i])}.{re.escape(text[i:])}" for i in range(1, len(text))]
        if len(text) == _SHORT:
            forms += [re.escape(text[:i] + text[i + 1 :]) for i in range(1, len(text) - 1)]
        return re.compile(f"(?=({'|'.join(forms)}))")

    def _cost(self, window: str) -> float:
        cost = 0.0
        for change in Levenshtein.editops(self.units, window):
            if change.tag == "replace":
                like = alike(self.units[change.src_pos], window[change.dest_pos])
                cost += _LIKE if like else 1.0
            else:
                cost += 1.0
        return cost


def likeness_of(word: Word) -> Likeness | None:
    """Return the likeness of a word of three or more Han characters; others say too little."""
    if word.quoted or word.scope != "anywhere":
        return None
    plain = analysis.compact(analysis.fold(word.text))
    return Likeness(plain) if len(plain) >= SHORTEST and analysis.is_han(plain) else None


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
