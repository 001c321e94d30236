"""A parsed query, neutral of every engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Field = Literal["title", "creator", "place", "subject", "id"]


@dataclass(frozen=True, slots=True)
class Atom:
    """A phrase. ``exact`` asks for the written form; ``field`` for a field of the description.

    ``or_years``: a Work whose Record is dated in one of these CE years matches too.
    """

    text: str
    exact: bool = False
    field: Field | None = None
    or_years: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    """One of several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class And:
    """All of ``parts``, and none of ``without``."""

    parts: tuple[Node, ...]
    without: tuple[Node, ...] = ()


Node = Atom | Or | And


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions on Works; years are CE, inclusive. ``allowed`` are access levels."""

    year_from: int | None = None
    year_to: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    allowed: frozenset[str] = frozenset({"open"})
    work: str | None = None


@dataclass(frozen=True, slots=True)
class PageMatch:
    """A page that matched. ``n`` is 0 for a Work without pages; ``score`` grows with relevance."""

    page: str
    work: str
    n: int
    score: float


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What a Work is filtered, counted and sorted by."""

    work: str
    title: str
    first_year: int | None
    last_year: int | None
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)


def atoms(node: Node) -> list[Atom]:
    """Return the atoms that a match must or may hold: not those behind a minus."""
    if isinstance(node, Atom):
        return [node]
    return [atom for part in node.parts for atom in atoms(part)]


def exactly(node: Node) -> Node:
    """Return the query with every atom in its written form."""
    if isinstance(node, Atom):
        return Atom(node.text, exact=True, field=node.field)
    if isinstance(node, Or):
        return Or(tuple(exactly(p) for p in node.parts))
    return And(tuple(exactly(p) for p in node.parts), node.without)
