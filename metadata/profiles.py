"""Profiles: which fields a description of each material should have (``vocab/profiles.toml``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.fields import HEADINGS
from metadata.problem import Problem, problem
from metadata.vocabulary import labels, terms

if TYPE_CHECKING:
    from metadata.record import Record

_SCHEMES = {"subject": "topic", "classification": "class", "siku class": "siku"}
_TUPLES = {"creator": "agents", "date": "dates", "place": "places", "language": "languages"}


def check(record: Record, where: str) -> list[Problem]:
    """Return what a Record lacks, or has too often, by the profile of its material."""
    profile = terms("profiles")[record.material]
    found = [
        (code, [field for field in profile[level] if not _has(record, field)])
        for code, level in (("fields-required", "required"), ("fields-recommended", "recommended"))
    ]
    found.append(("fields-repeated", [f for f in profile["single"] if _count(record, f) > 1]))
    material = " ".join(labels("material", record.material).values())
    return [
        problem(code, where, material=material, names="、".join(map(_name, fields)))
        for code, fields in found
        if fields
    ]


def _name(field: str) -> str:
    """Return a field by its headings: 日期 date; for a choice 責任者/出版者 creator/publisher."""
    parts = field.split("|")
    return f"{'/'.join(HEADINGS[part][0] for part in parts)} {'/'.join(parts)}"


def _has(record: Record, field: str) -> bool:
    return any(_count(record, part) for part in field.split("|"))


def _count(record: Record, column: str) -> int:
    """Return how many values a Record has in a column; for titles, main ones in a language."""
    if column == "title":
        languages = [t.language for t in record.titles if t.kind == "main"]
        return max((languages.count(tag) for tag in languages), default=0)
    if column == "rights":
        return int(any((record.rights.uri, record.rights.label, record.rights.note)))
    if column in _SCHEMES:
        return sum(s.scheme == _SCHEMES[column] for s in record.subjects)
    if column in _TUPLES:
        return len(getattr(record, _TUPLES[column]))
    return int(bool(getattr(record, column.replace(" ", "_").replace("-", "_"))))
