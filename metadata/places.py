"""Kaohsiung's places: today's districts and historical names, with the dates of their use.

The table is ``gazetteer/names.csv``; each name has its source.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class PlaceName:
    """A name of a place. ``first`` and ``last`` are CE years of use; None when not known or open.

    ``place`` is the id of what it names; names of one place share it. ``district`` is a TOWNCODE.
    """

    id: str
    place: str
    name: str
    kind: str
    first: int | None
    last: int | None
    district: str | None
    source: str

    @property
    def dates(self) -> str:
        """Return the years of use as text, empty when unknown."""
        if self.first is None and self.last is None:
            return ""
        return f"{self.first or ''}–{self.last or ''}"


@cache
def names() -> tuple[PlaceName, ...]:
    """Return every name in the table."""
    file = resources.files("metadata").joinpath("gazetteer", "names.csv")
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return tuple(
        PlaceName(
            id=row["id"],
            place=row["place"],
            name=row["name"],
            kind=row["kind"],
            first=int(row["first"]) if row["first"] else None,
            last=int(row["last"]) if row["last"] else None,
            district=row["district"] or None,
            source=row["source"],
        )
        for row in rows
    )


def related_names(name: str) -> tuple[PlaceName, ...]:
    """Return the other names of every place that ``name`` has named."""
    places = {n.place for n in names() if n.name == name}
    return tuple(n for n in names() if n.place in places and n.name != name)


@dataclass(frozen=True, slots=True)
class District:
    """A district (行政區) of Kaohsiung today: TOWNCODE, names, centre in degrees (WGS 84)."""

    code: str
    name: str
    english: str
    longitude: float
    latitude: float


@cache
def districts() -> dict[str, District]:
    """Return the 38 districts by TOWNCODE (boundaries: Ministry of the Interior)."""
    file = resources.files("metadata").joinpath("gazetteer", "districts.csv")
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return {
        row["code"]: District(
            row["code"],
            row["name"],
            row["english"],
            float(row["longitude"]),
            float(row["latitude"]),
        )
        for row in rows
    }


def district_name(code: str) -> str:
    """Return a district's names in Chinese and English, or the code itself when it is none."""
    found = districts().get(code)
    return f"{found.name} {found.english}" if found else code


def suggest(name: str) -> PlaceName | None:
    """Return the one entry that a written name can mean, None when there is none or a choice.

    A district's name also stands for it without 區 or with the city's name before it.
    """
    plain = name.removeprefix("高雄市").removeprefix("臺灣").strip("·・ ，,、")
    found = [n for n in names() if plain in (n.name, f"{n.name}區") or n.name == name]
    places = {(n.place, n.district) for n in found}
    return found[0] if len(places) == 1 else None
