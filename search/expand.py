"""Other forms of what a reader asks for: the same year in other eras, a place's other names.

Each expansion is shown and has a key that switches it off. Quoted words stand for themselves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from metadata.calendar.eras import ERAS, VARIANTS, era, sexagenary, year_forms
from metadata.calendar.numerals import CHARACTERS, read_number, write_number
from metadata.places import names, related_names
from metadata.script import is_han_or_kana
from search.analysis import fold
from search.results import Expansion

if TYPE_CHECKING:
    from collections.abc import Collection

    from metadata.places import PlaceName
    from search.query import ParsedQuery, Word

_NAMES = "|".join(sorted([*(e.name for e in ERAS), *VARIANTS], key=len, reverse=True))
_ERA_YEAR = re.compile(rf"(?P<era>{_NAMES})(?P<number>[{CHARACTERS}]+)年")
_BEFORE = re.compile(rf"(?:民國前|民前)(?P<number>[{CHARACTERS}]+)年")
_COMMON = re.compile(r"(?:西元|公元)?(?P<year>\d{4}|[〇零一二三四五六七八九]{4})年")
_FIRST, _LAST = 1600, 2100
_DIGITS = "〇一二三四五六七八九"
_LONGEST_TAIL = 2


@dataclass(frozen=True, slots=True)
class Forms:
    """Other forms of a word, and the CE years in which a Work may be dated instead.

    ``printed`` are the forms in which old prints have a year: 昭和十年.
    """

    texts: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    printed: tuple[str, ...] = ()


def expand(
    query: ParsedQuery, off: Collection[str]
) -> tuple[dict[Word, Forms], tuple[Expansion, ...]]:
    """Return the other forms of each word but for the keys in ``off``, and what they are."""
    forms: dict[Word, Forms] = {}
    expansions: dict[str, Expansion] = {}
    for word in query.words:
        found = None if word.quoted else _year(word) or _place(word)
        if found is not None and found[1].key not in off:
            forms[word] = found[0]
            expansions[found[1].key] = found[1]
    return forms, tuple(expansions.values())


def year_in(text: str) -> tuple[int, int, int] | None:
    """Return (CE year, start, end) of the year in a word; a bare number must be the whole word."""
    plain = text.translate(
        {c: unicodedata.normalize("NFKC", chr(c)) for c in range(0xFF10, 0xFF1A)}
    )
    bare = f"{plain}年"
    for pattern, candidate in (
        (_ERA_YEAR, plain), (_BEFORE, plain), (_COMMON, plain),
        (_ERA_YEAR, bare), (_BEFORE, bare), (_COMMON, bare),
    ):  # fmt: skip
        whole = candidate is bare
        match = pattern.fullmatch(candidate) if whole else pattern.search(candidate)
        year = _year_of(match) if match else None
        if match and year is not None:
            return year, match.start(), min(match.end(), len(text))
    return None


def _year_of(match: re.Match[str]) -> int | None:
    groups = match.groupdict()
    number = read_number(groups.get("number") or groups["year"])
    if number is None:
        return None
    if "era" in groups:
        found = era(groups["era"])
        return found.year(number) if found else None
    year = number if "year" in groups else 1912 - number
    return year if _FIRST <= year <= _LAST else None


def _year(word: Word) -> tuple[Forms, Expansion] | None:
    found = year_in(word.text)
    if found is None or word.scope not in ("anywhere", "title"):
        return None
    year, start, end = found
    before, after = word.text[:start], word.text[end:]
    alone = not before and not after
    texts = [f"{before}{form}{after}" for form in year_phrases(year, alone=alone)]
    texts = [text for text in texts if fold(text) != fold(word.text)]
    dated = (year,) if alone and word.scope == "anywhere" else ()
    printed = [f"{before}{form}{after}" for form in _printed(year)]
    forms = Forms(tuple(texts), dated, tuple(printed))
    shown = [form for form in year_forms(year) if form != word.text]
    return forms, Expansion("era", f"era:{year}", word.text, tuple(shown))


def year_phrases(year: int, *, alone: bool) -> list[str]:
    """Return how a year may be printed: 民國24年, 民國二十四年, 民國廿四年, 昭和十年, 1935.

    A year ``alone`` also stands as a bare number, and in a lunar era by its 干支.
    """
    forms: list[str] = []
    end = "" if alone else "年"
    for form in year_forms(year):
        match = re.fullmatch(r"(\D*)(\d+)年", form)
        if match is None:
            continue
        name, number = match[1], int(match[2])
        if not name:
            forms += [f"{number}{end}", f"{_by_digits(number)}{end}"]
            continue
        forms += [f"{name}{written}年" for written in _numbers(number)]
        if name == "民前":
            forms += [f"民國前{written}年" for written in _numbers(number)]
    if alone:
        reigns = [e for e in ERAS if e.calendar == "lunar" and e.year(year - e.first + 1) == year]
        forms += [f"{reign.name}{sexagenary(year)}" for reign in reigns]
    return list(dict.fromkeys(forms))


def _printed(year: int) -> list[str]:
    found = [re.fullmatch(r"(\D+)(\d+)年", form) for form in year_forms(year)]
    parts = [(match[1], int(match[2])) for match in found if match and match[1] != "民前"]
    return [f"{name}{'元' if number == 1 else write_number(number)}年" for name, number in parts]


def _numbers(number: int) -> list[str]:
    written = [str(number), write_number(number)]
    if number == 1:
        written.append("元")
    for tens, sign in ((2, "廿"), (3, "卅")):
        if number // 10 == tens:
            written.append(sign + (_DIGITS[number % 10] if number % 10 else ""))
    if 20 < number < 100:
        written.append(_by_digits(number))
    return list(dict.fromkeys(written))


def _by_digits(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _place(word: Word) -> tuple[Forms, Expansion] | None:
    if word.scope not in ("anywhere", "title", "place"):
        return None
    folded = fold(word.text)
    known = _known_names()
    name, tail = known.get(folded), ""
    for length in range(1, _LONGEST_TAIL + 1):
        stem, rest = folded[:-length], word.text[-length:]
        if name is None and len(stem) > 1 and is_han_or_kana(folded) and stem in known:
            name, tail = known[stem], rest
    if name is None:
        return None
    others = [n for n in related_names(name) if not tail or is_han_or_kana(fold(n.name))]
    texts = [n.name + tail for n in others if fold(n.name + tail) != folded]
    if not texts:
        return None
    remark = "；".join(_dated(n) for n in others if n.dates)
    return Forms(tuple(texts)), Expansion("place", f"place:{name}", word.text, tuple(texts), remark)


def _dated(name: PlaceName) -> str:
    return f"{name.name} {name.dates}"


@cache
def _known_names() -> dict[str, str]:
    """Return the written form of every known name by its folded form."""
    return {fold(n.name): n.name for n in reversed(names())}
