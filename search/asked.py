"""A query as read, with its other forms, and all that is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from metadata.problem import Problem, problem
from search import compile as clauses
from search.expand import Forms, expand
from search.locate import Finder
from search.noisy.candidates import Pattern, patterns_of
from search.parse import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from search.backend import Clause, FoundWork
    from search.query import ParsedQuery, Word
    from search.results import Expansion, Tier


@dataclass(frozen=True)
class Asked:
    """What a reader asks for."""

    query: ParsedQuery
    forms: Mapping[Word, Forms]
    expansions: tuple[Expansion, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked for."""
        return not self.query.all and not self.query.none

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Return what should be said of the query."""
        return tuple(problem(code, "q", **values) for code, values in self.query.notes)

    @cached_property
    def finder(self) -> Finder:
        """Return what finds the words in a text."""
        return Finder(self.query.words, self.forms)

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return the words that may stand in a text with reading errors."""
        words = self.query.words
        return tuple(one for word in words for one in patterns_of(word, self.forms.get(word)))

    def may_describe(self, work: FoundWork) -> bool:
        """Tell whether some word may stand in the description of a Work that was found."""
        return work.by_description or len(self.query.words) > 1

    @cached_property
    def tiers(self) -> tuple[tuple[Tier, Clause], ...]:
        """Return the clause of each tier."""
        return clauses.tier_clauses(self.query, self.forms)

    @cached_property
    def text(self) -> Clause:
        """Return what holds for pages with some word in their text."""
        return clauses.text_clause(self.query, self.forms)

    @cached_property
    def prefer(self) -> Clause:
        """Return what holds for Works whose title has every word."""
        return clauses.title_clause(self.query)

    @cached_property
    def within(self) -> Clause:
        """Return what holds for pages that match and have some word in their text."""
        return clauses.within_clause(self.query, self.forms)


def ask(q: str, off: Collection[str]) -> Asked:
    """Read a query; the expansions in ``off`` are left out."""
    query = parse(q)
    return Asked(query, *expand(query, off))
