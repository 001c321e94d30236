"""The tier of pages that may hold the query with reading errors in it.

Candidates come from the engine: pages with most pairs of a word, and pages with all of a short word
but one character. They are put in order by what the best place in their text costs: a character
misread as one that looks like it costs less than any other change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import partial_ratio_alignment

from search import analysis
from search.backend import AnyOf, Clause, Leaf, Stream
from search.compile import all_of, any_of
from search.locate import Span
from search.strokes import alike

if TYPE_CHECKING:
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

    def clauses(self) -> list[Clause]:
        """Return what to ask an engine for likely pages, the surest first."""
        pairs = [a + b for a, b in pairwise(self.units)]
        by_pairs = any_of([_leaf(Stream.FOLDED, pair) for pair in pairs])
        return [self._one_error(), by_pairs] if len(self.units) > SHORTEST else [self._one_error()]

    def _one_error(self) -> Clause:
        """Return pages on which all stands but one character: misread, lost or put in."""
        text = self.units
        found: list[Clause] = []
        for place in range(len(text)):
            left, right = text[:place], text[place + 1 :]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            if not left or not right:
                found.append(all_of(parts))
                continue
            misread = _leaf(Stream.SKIPS, left[-1] + right[0])
            found.append(all_of([*parts, misread]))
            found.append(_phrase(left + right))
        for place in range(1, len(text)):
            left, right = text[:place], text[place:]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            put_in = _leaf(Stream.SKIPS, left[-1] + right[0])
            found.append(all_of([*parts, put_in]))
        return any_of(found)

    def best(self, text: str) -> tuple[float, Span] | None:
        """Return the cost of the likest place in a page's text and where it is."""
        folded = analysis.fold(text)
        kept = [i for i, c in enumerate(folded) if analysis.compact(c)]
        plain = "".join(folded[i] for i in kept)
        places = self._places(plain)
        costs = [(self._cost(plain[start:end]), start, end) for start, end in places]
        if not costs:
            return None
        cost, start, end = min(costs)
        if cost > self.most_errors:
            return None
        return cost, Span(kept[start], kept[end - 1] + 1)

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


def _leaf(stream: Stream, token: str) -> Clause:
    return Leaf(stream, (token,))
