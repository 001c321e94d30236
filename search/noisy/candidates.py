"""The tier of pages that may hold the query with reading errors in it.

Candidates come from the engine: pages with a short word one or two of whose characters were
confused with others of nearly the same shape, pages with all of a word but one character, and pages
with most of its pairs. They are put in order by what the best alignment with their text costs: such
a confusion costs less than any other change. In a year a number for another is no error but another
year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, pairwise, zip_longest
from typing import TYPE_CHECKING

from metadata.calendar.numerals import CHARACTERS
from metadata.script import is_han_or_kana
from search import analysis
from search.backend import AnyOf, CandidateQuery, Clause, Leaf
from search.compile import all_of
from search.noisy.alignment import CONFUSED, ERROR, NEVER, Letter, Phrase
from search.streams import Stream
from search.tables.shapes import confusions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from search.expand import Forms
    from search.query import Word

SHORTEST = 3
_SHORT = 4
_FEW = 6
_MOST_CONFUSIONS = 120
_SHARE = 0.4
_MOST_EXTRA = 3
_DIGITS = "0123456789０１２３４５６７８９"
_NUMBERS = frozenset(CHARACTERS + analysis.fold(CHARACTERS) + _DIGITS) - {"-"}


@dataclass(frozen=True)
class Pattern:
    """A word that may stand on a page with errors; ``units`` are its characters, folded.

    ``dated`` tells that it is a year, whose numbers stand as they are or as no number.
    """

    units: str
    dated: bool = False

    @cached_property
    def most_errors(self) -> int:
        """Return what the errors may cost; a confusion of similar characters costs less."""
        if len(self.units) <= _SHORT:
            return ERROR if len(self.units) < _SHORT else ERROR + ERROR // 2
        return int(len(self.units) * _SHARE) * ERROR

    @property
    def queries(self) -> tuple[CandidateQuery, ...]:
        """Return what to ask an engine for."""
        text = self.units
        pairs = [Leaf(Stream.FOLDED, (a + b,)) for a, b in pairwise(text)]
        if len(text) <= _FEW:
            pairs += [Leaf(Stream.SKIPS, (a + b,)) for a, b in zip(text, text[2:], strict=False)]
        by_pairs = tuple(dict.fromkeys(pairs)) if len(text) > SHORTEST else ()
        if len(text) > _FEW:
            return (CandidateQuery((), by_pairs),)
        return (
            CandidateQuery((AnyOf(tuple(self._one_confusion())),)),
            CandidateQuery(tuple(self._two_confusions())),
            CandidateQuery(tuple(dict.fromkeys(self._one_error())), by_pairs),
        )

    def _one_confusion(self) -> Iterator[Clause]:
        """Yield the word with one character taken for another of nearly its shape."""
        text = self.units
        for at, others in enumerate(self._near):
            for other in others:
                yield _phrase(text[:at] + other + text[at + 1 :])

    def _two_confusions(self) -> Iterator[Clause]:
        """Yield what stands on a page with a short word of which two characters are misread."""
        text, near = self.units, self._near
        if len(text) == SHORTEST:
            a, b, c = list(text)
            yield all_of([_any_pair(near[0], b), _any_pair(b, near[2])])
            yield all_of([_any_pair(near[1], c), _any_skip(near[0], c)])
            yield all_of([_any_pair(a, near[1]), _any_skip(a, near[2])])
        elif len(text) == _SHORT:
            a, b, c, d = list(text)
            yield AnyOf(tuple(_phrase(other + c + d) for other in near[1]))
            yield AnyOf(tuple(_phrase(a + b + other) for other in near[2]))
            yield AnyOf(tuple(_phrase(other + b + c) for other in near[0]))
            yield AnyOf(tuple(_phrase(b + c + other) for other in near[3]))
            yield all_of([_any_pair(a, near[1]), _any_pair(near[2], d)])
            yield all_of([_skip(b, d), _any_pair(near[0], b)])
            yield all_of([_skip(a, c), _any_pair(c, near[3])])

    def _one_error(self) -> Iterator[Clause]:
        """Yield what stands on a page with one character misread, lost or put in."""
        text = self.units
        for at in range(len(text)):
            left, right = text[:at], text[at + 1 :]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            if left and right:
                yield all_of([*parts, _skip(left, right)])
                yield _phrase(left + right)
            else:
                yield all_of(parts)
        for at in range(1, len(text)):
            left, right = text[:at], text[at:]
            parts = [_phrase(part) for part in (left, right) if len(part) > 1]
            yield all_of([*parts, _skip(left, right)])

    @cached_property
    def _near(self) -> tuple[tuple[str, ...], ...]:
        """Return what each character may have been taken for, folded; a year's number for none."""
        return tuple(
            () if self.dated and unit in _NUMBERS else _folded_confusions(unit)
            for unit in self.units
        )

    @cached_property
    def phrase(self) -> Phrase:
        """Return what to align with texts."""
        numbers = dict.fromkeys(map(ord, _NUMBERS), NEVER) if self.dated else {}
        letters = []
        for unit in self.units:
            if self.dated and unit in _NUMBERS:
                letters.append(Letter({**_costs(unit), **numbers, **_same(unit)}, NEVER))
            else:
                letters.append(Letter(_costs(unit)))
        return Phrase(tuple(letters), numbers, min(_MOST_EXTRA, self.most_errors // ERROR))


def patterns_of(word: Word, forms: Forms | None) -> tuple[Pattern, ...]:
    """Return the patterns of a word of three or more Han characters; others say too little.

    A year is also looked for as it is printed in each era.
    """
    if word.quoted or word.scope != "anywhere":
        return ()
    dated = forms is not None and bool(forms.printed)
    texts = [word.text, *(forms.printed if forms else ())]
    plain = dict.fromkeys(analysis.compact(analysis.fold(text)) for text in texts)
    return tuple(
        Pattern(units, dated=dated)
        for units in plain
        if len(units) >= SHORTEST and is_han_or_kana(units)
    )


@cache
def _confusions(unit: str) -> tuple[str, ...]:
    """Return what any form of a character may be read for, the closest of each form first."""
    every = zip_longest(*(confusions(form) for form in analysis.forms(unit)))
    return tuple(dict.fromkeys(other for other in chain.from_iterable(every) if other))


@cache
def _folded_confusions(unit: str) -> tuple[str, ...]:
    """Return what to ask an engine for in the place of a character."""
    folded = dict.fromkeys(map(analysis.fold, _confusions(unit)))
    folded.pop(unit, None)
    return tuple(folded)[:_MOST_CONFUSIONS]


def _same(unit: str) -> dict[int, int]:
    return dict.fromkeys(map(ord, analysis.forms(unit)), 0)


@cache
def _costs(unit: str) -> dict[int, int]:
    """Return what it costs to read each character for another, where that is no full error."""
    return {**dict.fromkeys(map(ord, _confusions(unit)), CONFUSED), **_same(unit)}


def _phrase(text: str) -> Clause:
    """Return what holds where folded Han characters stand in a row: two or more."""
    found = tuple(map(str.__add__, text, text[1:]))
    return Leaf(Stream.FOLDED, found) if found else AnyOf(())


def _any_pair(left: Sequence[str], right: Sequence[str]) -> Clause:
    return AnyOf(tuple(Leaf(Stream.FOLDED, (a + b,)) for a in left for b in right))


def _any_skip(left: Sequence[str], right: Sequence[str]) -> Clause:
    return AnyOf(tuple(Leaf(Stream.SKIPS, (a + b,)) for a in left for b in right))


def _skip(left: str, right: str) -> Clause:
    return Leaf(Stream.SKIPS, (left[-1] + right[0],))
