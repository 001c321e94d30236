"""The cheapest alignment of a phrase with each of many texts: weighted edit distance, ends free.

A cost is a whole number: ``ERROR`` is that of a character read for quite another, lost or put in,
``CONFUSED`` that of one read for a character of nearly the same shape.
All texts stand in one row of code points, so that each step of the computation is one on arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from search import analysis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

ERROR = 5
CONFUSED = 2
NEVER = 2000
_STOP = "\0"
_TOGETHER = 100  # arrays of more texts are asked of the system, and given back, each time
_LONG = 32
_SAME, _CONFUSED, _OTHER, _LOST, _EXTRA = "=~x-+"


@dataclass(frozen=True, slots=True)
class Letter:
    """One character of a phrase: what it costs to read others for it, by their code, or none."""

    costs: Mapping[int, int]
    lost: int = ERROR


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is sought: ``extra`` are costs of characters put in, ``most_extra`` in one place."""

    letters: tuple[Letter, ...]
    extra: Mapping[int, int]
    most_extra: int


class Alignment(NamedTuple):
    """Where a phrase is closest to a text: [start, end) of the text, and how it differs there.

    ``errors`` has a sign for each character: the same, one of nearly its shape, another, one that
    is lost, one too many (``=~x-+``).
    """

    cost: int
    start: int
    end: int
    errors: str


class Texts:
    """Texts that phrases are aligned with, some of them in a row at a time."""

    def __init__(self, texts: Sequence[str]) -> None:
        starts = range(0, len(texts), _TOGETHER)
        self._rows = [_TextRow(texts[start : start + _TOGETHER]) for start in starts]

    def cheapest(self, phrase: Phrase, most: int) -> Iterator[tuple[int, Alignment]]:
        """Yield (number of the text, its cheapest alignment) where that costs up to ``most``."""
        for start, row in enumerate(self._rows):
            for number, alignment in row.cheapest(phrase, most):
                yield start * _TOGETHER + number, alignment


class _TextRow:
    """Texts in a row, without white space, with a stop before each and after the last."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = _STOP + _STOP.join(texts) + _STOP
        codes = analysis.codes(joined)
        self._stops = np.cumsum([0, *(len(text) + 1 for text in texts)])
        kept = analysis.kinds()[codes] < analysis.MARK
        kept[self._stops] = True
        codes[self._stops] = 0
        self.codes = codes[kept]
        self._origin = np.flatnonzero(kept)
        self._first = np.searchsorted(self._origin, self._stops)

    def cheapest(self, phrase: Phrase, most: int) -> Iterator[tuple[int, Alignment]]:
        """Yield (number of the text, its cheapest alignment) where that costs up to ``most``."""
        costs = _costs(phrase, self.codes)
        least = np.minimum.reduceat(costs, self._first[:-1])
        traced: dict[tuple[int, ...], tuple[int, str]] = {}
        for number in np.flatnonzero(least <= most).tolist():
            stop, after = int(self._first[number]), int(self._first[number + 1])
            end = stop + int(np.argmin(costs[stop:after]))
            while end + 1 < after and costs[end + 1] == least[number]:
                end += 1
            begin = max(stop + 1, end + 1 - len(phrase.letters) - most // ERROR)
            window = tuple(self.codes[begin : end + 1].tolist())
            if window not in traced:
                traced[window] = _trace(phrase, window, int(least[number]))
            length, errors = traced[window]
            if length:
                first, last = self._origin[[end + 1 - length, end]].tolist()
                before = int(self._stops[number]) + 1
                yield (
                    number,
                    Alignment(int(least[number]), first - before, last + 1 - before, errors),
                )


def _costs(phrase: Phrase, codes: NDArray[np.intp]) -> NDArray[np.uint16]:
    """Return what the cheapest reading of the phrase costs that ends at each place."""
    steps = list(_steps(_table(phrase.extra)[codes], phrase.most_extra))
    here = np.zeros(len(codes), np.uint16)
    other = np.empty_like(here)
    for letter in phrase.letters:
        np.take(_table(letter.costs), codes, out=other, mode="clip")
        other[1:] += here[:-1]
        here += np.uint16(letter.lost)
        np.minimum(here, other, out=here)
        for step, cost in steps:
            np.add(here[:-step], cost[step:], out=other[step:])
            np.minimum(here[step:], other[step:], out=here[step:])
    return here


def _steps(extra: NDArray[np.uint16], most: int) -> Iterator[tuple[int, NDArray[np.uint16]]]:
    """Yield numbers of characters put in, and what so many cost that end at each place.

    Any number up to ``most`` is the sum of some of them.
    """
    step, costs = 1, extra
    while most > 0:
        if step > most:
            step, costs = 1, extra
        yield step, costs
        most -= step
        if most >= 2 * step:
            step, costs = 2 * step, costs + np.concatenate((costs[:step], costs[:-step]))


def _table(costs: Mapping[int, int]) -> NDArray[np.uint16]:
    """Return costs by code; a stop is never read for anything."""
    table = np.full(analysis.LAST_CODE + 1, ERROR, np.uint16)
    table[list(costs)] = list(costs.values())
    table[0] = NEVER
    return table


def _trace(phrase: Phrase, window: Sequence[int], cost: int) -> tuple[int, str]:
    """Return how many of the last characters of ``window`` are the phrase, and their reading.

    ``cost`` is that of the cheapest; one without a character lost or put in is preferred.
    """
    length = len(phrase.letters)
    if length > _LONG:
        return min(len(window), length), ""
    pairs = zip(phrase.letters, window[-length:], strict=False)
    swaps = [letter.costs.get(code, ERROR) for letter, code in pairs]
    if len(swaps) == length and sum(swaps) == cost:
        return length, "".join(map(_sign, swaps))
    rows = [[0] * (len(window) + 1)]
    extra = [phrase.extra.get(code, ERROR) for code in window]
    for letter in phrase.letters:
        above, row = rows[-1], [rows[-1][0] + letter.lost]
        costs = letter.costs
        for place, code in enumerate(window):
            swapped = above[place] + costs.get(code, ERROR)
            row.append(min(swapped, above[place + 1] + letter.lost, row[place] + extra[place]))
        rows.append(row)
    signs: list[str] = []
    line, place = len(rows) - 1, len(window)
    while line:
        letter, here = phrase.letters[line - 1], rows[line][place]
        swap = letter.costs.get(window[place - 1], ERROR) if place else NEVER
        if place and here == rows[line - 1][place - 1] + swap:
            signs.append(_sign(swap))
            line, place = line - 1, place - 1
        elif here == rows[line - 1][place] + letter.lost:
            signs.append(_LOST)
            line -= 1
        else:
            signs.append(_EXTRA)
            place -= 1
    return len(window) - place, "".join(reversed(signs))


def _sign(cost: int) -> str:
    return {0: _SAME, CONFUSED: _CONFUSED}.get(cost, _OTHER)
