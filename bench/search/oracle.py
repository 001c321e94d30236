"""What a search must find, by brute force over the texts: the meaning of interfaces §5 as code.

It shares the table of folds and the classes of characters with ``search.analysis``, nothing else:
no tokens, no index.
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from metadata.script import HAN_OR_KANA as HAN
from metadata.script import is_han_or_kana
from search.analysis import IGNORED, MARKS, fold, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


_REACH = 15
_LETTER = f"(?:(?![{HAN}])[^\\W_])"
_EDGE = f"(?:{_LETTER}|[{MARKS}])"
_VARIANT_PAIRS = (
    "臺台 裡裏 峰峯 群羣 為爲 眾衆 學学 國国 縣県 廳庁 舊旧 灣湾 圖図 鹽塩 庄莊 教敎 戶户 "
    "黃黄 壽寿 龍竜 廣広 樓楼 澤沢 關関 稅税 產産 清淸 青靑"
)
_VARIANTS = {pair[0]: pair[1] for pair in _VARIANT_PAIRS.split()}
_SIMPLIFIED = dict(zip("臺灣國縣廳圖鹽鐵書館", "台湾国县厅图盐铁书馆", strict=True))
_PUT_IN = (
    "民國34年", "第3期", "Takao Harbour", "（Takao, Formosa）", "昭和 9 年", "1908年",
    "Ｔａｋａｏ港", "カオシュン高雄", "𠮟𡃁", "三公，公之，之他", "H. B. M.", "Tâi-oân",
    "ta̍k", "No. 7", "x" * 300, "_a_",
)  # fmt: skip


def dress(pages: Sequence[str], seed: int = 9) -> list[str]:
    """Return pages with what makes searching hard: variants, breaks, mixed scripts, nothing."""
    lot = random.Random(seed)
    out = []
    for page in pages:
        chance = lot.random()
        text = page
        if chance < 0.004:
            text = ""
        elif chance < 0.008:
            text = "，。、；「」"
        elif chance < 0.03:
            text = "".join(_SIMPLIFIED.get(c, c) for c in text)
        elif chance < 0.4:
            text = "".join(
                _VARIANTS[c] if c in _VARIANTS and lot.random() < 0.5 else c for c in text
            )
        for _ in range(lot.choice((0, 0, 1, 2))):
            place = lot.randrange(len(text) + 1)
            text = text[:place] + lot.choice(_PUT_IN) + text[place:]
        if lot.random() < 0.3:
            step = lot.choice((20, 25, 31, 40))
            text = lot.choice(("\n", " ", "\u3000")).join(
                text[i : i + step] for i in range(0, len(text), step)
            )
        out.append(re.sub(f"\\s(?=[{MARKS}])", "", text))
    return out


@dataclass
class Oracle:
    """Pages in the order of their Works; ``works[i]`` has page ``i``, ``titles`` by Work."""

    pages: Sequence[str]
    works: Sequence[str]
    titles: dict[str, str]
    _plain: dict[bool, list[str]] = field(default_factory=dict)
    _whole: dict[bool, str] = field(default_factory=dict)
    _starts: dict[bool, list[int]] = field(default_factory=dict)
    _breaks: dict[bool, str] = field(default_factory=dict)
    _titles: dict[bool, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._plain = {
            False: [squeeze(fold(page), marks=False) for page in self.pages],
            True: [squeeze(written(page), marks=True) for page in self.pages],
        }
        for exact, form in ((False, fold), (True, written)):
            titles = self.titles.items()
            self._titles[exact] = {work: squeeze(form(t), marks=exact) for work, t in titles}
        for exact, plain in self._plain.items():
            self._whole[exact] = "\n".join(plain)
            self._starts[exact] = list(accumulate((len(p) + 1 for p in plain), initial=0))
            self._breaks[exact] = _breaks(plain, self.works)

    def phrase(self, text: str, *, exact: bool) -> set[int]:
        """Return the pages on which a phrase begins, or whose Work's title has it."""
        made = squeeze(written(text) if exact else fold(text), marks=exact)
        if not made:
            return set()
        pattern = _pattern(made)
        plain = self._plain[exact]
        starts = self._starts[exact]
        possible = {bisect_right(starts, place) - 1 for place in _places(self._whole[exact], made)}
        found = {i for i in possible if pattern.search(plain[i])}
        if 2 <= len(made) <= 16 and is_han_or_kana(made):
            for place in _places(self._breaks[exact], made):
                number, start = divmod(place, 2 * _REACH + 1)
                if start < _REACH < start + len(made):
                    found.add(number)
        titled = {work for work, title in self._titles[exact].items() if pattern.search(title)}
        return found | {i for i, work in enumerate(self.works) if work in titled}


def _breaks(plain: Sequence[str], works: Sequence[str]) -> str:
    """Return what stands on both sides of each page break inside a Work, one line a break."""
    same = [one == other for one, other in pairwise(works)]
    return "\n".join(
        f"{one[-_REACH:]:\0>{_REACH}}{other[:_REACH]:\0<{_REACH}}" if joins else "\0" * 2 * _REACH
        for (one, other), joins in zip(pairwise(plain), same, strict=True)
    )


def _places(text: str, wanted: str) -> Iterator[int]:
    place = text.find(wanted)
    while place >= 0:
        yield place
        place = text.find(wanted, place + 1)


def squeeze(text: str, *, marks: bool) -> str:
    """Return a text without what does not count: white space parts two words, nothing else."""
    text = re.sub(f"[{IGNORED}]", "", text)
    if not marks:
        text = re.sub(f"[{MARKS}]", "", text)
    text = re.sub(r"\s+", " ", text)
    return re.sub(f"(?<!{_EDGE}) | (?!{_LETTER})", "", text)


def _pattern(made: str) -> re.Pattern[str]:
    """Words match whole."""
    left = f"(?<!{_EDGE})" if re.match(_EDGE, made) else ""
    right = f"(?!{_EDGE})" if re.search(f"{_EDGE}$", made) else ""
    return re.compile(left + re.escape(made) + right)


@dataclass(frozen=True)
class Case:
    """A query of one class: all of ``groups`` (one of each), none of ``none``, dated in ``years``.

    A word is (text, quoted).
    """

    kind: str
    groups: tuple[tuple[tuple[str, bool], ...], ...]
    none: tuple[tuple[str, bool], ...] = ()
    years: tuple[int, int] | None = None

    @property
    def q(self) -> str:
        """Return what a reader types."""
        parts = [" OR ".join(map(_typed, either)) for either in self.groups]
        return " ".join([*parts, *(f"-{_typed(word)}" for word in self.none)])

    def truth(self, oracle: Oracle, dates: Sequence[int]) -> tuple[set[int], set[int]]:
        """Return the pages of the exact tier, and of the exact and folded tiers together."""

        def both(word: tuple[str, bool], *, exact: bool) -> set[int]:
            return oracle.phrase(word[0], exact=exact or word[1])

        found = []
        for exact in (True, False):
            either = [set.union(*(both(w, exact=exact) for w in group)) for group in self.groups]
            pages = set.intersection(*either)
            for word in self.none:
                pages -= oracle.phrase(word[0], exact=word[1])
            if self.years is not None:
                first, last = self.years
                pages = {i for i in pages if first <= dates[i] <= last}
            found.append(pages)
        return found[0], found[1]


def _typed(word: tuple[str, bool]) -> str:
    return f'"{word[0]}"' if word[1] else word[0]


def cases(oracle: Oracle, each: int, seed: int = 21) -> list[Case]:
    """Return ``each`` queries of every class."""
    maker = _Maker(oracle, random.Random(seed))
    return [Case(kind, *make()) for kind, make in maker.kinds().items() for _ in range(each)]


class _Maker:
    """Takes queries from the corpus's own text."""

    def __init__(self, oracle: Oracle, lot: random.Random) -> None:
        self._oracle = oracle
        self._lot = lot
        self._plain = [squeeze(written(page), marks=True) for page in oracle.pages]
        self._long = [page for page in self._plain if len(page) > 200]

    def kinds(self) -> dict[str, Callable[[], tuple[Any, ...]]]:
        """Return what makes a query of each class."""
        lot, grab = self._lot, self._grab

        def one(text: str, *, quoted: bool = False) -> tuple[Any, ...]:
            return ((((text, quoted),),),)

        def words(*lengths: int) -> tuple[Any, ...]:
            page = lot.choice(self._long)
            return (tuple(((grab(n, page), False),) for n in lengths),)

        def year() -> tuple[Any, ...]:
            first = lot.randrange(1684, 2020)
            return (*one(grab(2)), (), (first, first + lot.choice((0, 50, 300))))

        return {
            "1 character": lambda: one(grab(1)),
            "2 characters": lambda: one(grab(2)),
            "3 characters": lambda: one(grab(3)),
            "4 characters": lambda: one(grab(4)),
            "8 characters": lambda: one(grab(8)),
            "16 characters": lambda: one(grab(16)),
            "simplified": lambda: one("".join(_SIMPLIFIED.get(c, c) for c in grab(4))),
            "variants": lambda: one("".join(_VARIANTS.get(c, c) for c in grab(3))),
            "quoted": lambda: one(grab(lot.choice((1, 2, 3, 4))), quoted=True),
            "two words": lambda: words(2, 2),
            "three words": lambda: words(4, 2, 1),
            "either": lambda: ((((grab(4), False), (grab(3), False)),),),
            "without": lambda: (*one(grab(2)), ((grab(1), lot.random() < 0.3),)),
            "latin": lambda: (tuple(((w, False),) for w in lot.choice(_LATIN).split()),),
            "latin, quoted": lambda: one(lot.choice(_LATIN), quoted=True),
            "mixed": lambda: one(self._mixed()),
            "mixed, quoted": lambda: one(self._mixed(), quoted=True),
            "over a sign": lambda: one(self._without_sign()),
            "over a page break": lambda: one(self._seam()),
            "quoted over a page break": lambda: one(self._seam(), quoted=True),
            "years": year,
        }

    def _grab(self, length: int, page: str | None = None) -> str:
        while True:
            text = page or self._lot.choice(self._plain)
            runs = re.findall(f"[{HAN}]{{{length},}}", text)
            if runs:
                run = self._lot.choice(runs)
                start = self._lot.randrange(len(run) - length + 1)
                return str(run[start : start + length])
            page = None

    def _mixed(self) -> str:
        """Return some units in a row with a Latin word among them."""
        while True:
            page = self._lot.choice(self._plain)
            found = list(re.finditer(f"[{HAN}]{{0,3}}{_LETTER}+[{HAN}]{{0,3}}", page))
            if found:
                text = self._lot.choice(found)[0]
                before = next(i for i, c in enumerate(text) if not is_han_or_kana(c))
                return text[self._lot.randrange(before + 1) :]

    def _without_sign(self) -> str:
        """Return what stands on both sides of a sign, without the sign: it must not match there."""
        while True:
            found = re.findall(f"[{HAN}]{{2}}[,、;。][{HAN}]{{2}}", self._lot.choice(self._plain))
            if found:
                text = self._lot.choice(found)
                return str(text[:2] + text[3:])

    def _seam(self) -> str:
        while True:
            i = self._lot.randrange(len(self._plain) - 1)
            before = re.search(f"[{HAN}]*$", self._plain[i][-8:])
            after = re.match(f"[{HAN}]*", self._plain[i + 1][:8])
            same = self._oracle.works[i] == self._oracle.works[i + 1]
            if same and before and after and before[0] and after[0]:
                left, right = self._lot.randrange(1, 5), self._lot.randrange(1, 5)
                return before[0][-left:] + after[0][:right]


_LATIN = (
    "Takao", "takao harbour", "1908", "TAKAO", "No", "Formosa", "anping", "x" * 300, "Tai-oan",
    "tak", "Tâi-oân", "7", "H. B. M.", "a", "_a_", "1:20,000",
)  # fmt: skip
