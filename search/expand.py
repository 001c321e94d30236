"""Other forms of what a reader asks for: the same year in other eras, a place's other names."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metadata.eras import ERAS, VARIANTS, era, year_forms
from metadata.numerals import CHARACTERS, read_number, write_number
from metadata.places import related_names
from search.query import And, Atom, Node, Or
from search.results import Expansion

if TYPE_CHECKING:
    from collections.abc import Collection

_NAMES = "|".join(sorted([*(e.name for e in ERAS), *VARIANTS], key=len, reverse=True))
_ERA_YEAR = re.compile(rf"(?P<era>{_NAMES})(?P<number>[{CHARACTERS}]+)年?")
_BEFORE = re.compile(rf"(?:民國)?(?:民)?前(?P<number>[{CHARACTERS}]+)年")
_COMMON = re.compile(r"(?:西元|公元)?(?P<year>\d{4}|[〇零一二三四五六七八九]{4})年?")
_FIRST, _LAST = 1600, 2100


@dataclass(frozen=True, slots=True)
class Expanded:
    """A query with its other forms; ``expansions`` says which."""

    node: Node
    expansions: tuple[Expansion, ...]


def expand(node: Node, off: Collection[str]) -> Expanded:
    """Return ``node`` with eras and places expanded, but for those whose key is in ``off``."""
    found: dict[str, Expansion] = {}

    def visit(part: Node) -> Node:
        if isinstance(part, Atom):
            return part if part.exact or part.field else _atom(part, off, found)
        if isinstance(part, Or):
            return Or(tuple(visit(p) for p in part.parts))
        return And(tuple(visit(p) for p in part.parts), part.without)

    return Expanded(visit(node), tuple(found.values()))


def year_of(text: str) -> int | None:
    """Return the CE year that a whole query word names, in any era or as a bare number."""
    plain = unicodedata.normalize("NFKC", text)
    if match := _ERA_YEAR.fullmatch(plain):
        number, found = read_number(match["number"]), era(match["era"])
        return found.year(number) if found and number else None
    if match := _BEFORE.fullmatch(plain):
        number = read_number(match["number"])
        return 1912 - number if number else None
    if match := _COMMON.fullmatch(plain):
        year = read_number(match["year"])
        return year if year is not None and _FIRST <= year <= _LAST else None
    return None


def _atom(atom: Atom, off: Collection[str], found: dict[str, Expansion]) -> Node:
    year = year_of(atom.text)
    if year is not None:
        key = f"era:{year}"
        forms = _year_phrases(year, atom.text)
        found[key] = Expansion("era", key, atom.text, forms)
        if key in off:
            return atom
        dated = replace(atom, or_years=(year,))
        return Or((dated, *(Atom(form) for form in forms)))
    names = related_names(atom.text)
    if names:
        key = f"place:{atom.text}"
        remark = "；".join(f"{n.name} {n.dates}" for n in names if n.dates)
        forms = tuple(n.name for n in names)
        found[key] = Expansion("place", key, atom.text, forms, remark)
        if key not in off:
            return Or((atom, *(Atom(form) for form in forms)))
    return atom


def _year_phrases(year: int, asked: str) -> tuple[str, ...]:
    """Return how the year may be printed: 民國24年, 民國二十四年, 民國廿四年, 昭和十年, 1935."""
    forms: dict[str, None] = {}
    for form in year_forms(year):
        match = re.fullmatch(r"(\D*)(\d+)年", form)
        if match is None:
            continue
        name, number = match[1], int(match[2])
        if not name:
            forms[str(number)] = None
            forms["".join("〇一二三四五六七八九"[int(d)] for d in str(number))] = None
            continue
        for written in _numbers(number):
            forms[f"{name}{written}年"] = None
    forms.pop(asked, None)
    return tuple(forms)


def _numbers(number: int) -> list[str]:
    written = [str(number), write_number(number)]
    if number == 1:
        written.append("元")
    if 20 < number < 30:
        written.append("廿" + write_number(number)[2:])
    if 30 < number < 40:
        written.append("卅" + write_number(number)[2:])
    if 20 < number < 100 and number % 10:
        written.append("".join("〇一二三四五六七八九"[int(d)] for d in str(number)))
    return list(dict.fromkeys(written))
