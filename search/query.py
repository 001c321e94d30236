"""A reader's query as data: what was asked, before any engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scope = Literal["anywhere", "title", "creator", "place", "subject", "id"]


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase to find. ``quoted`` asks for the written form; ``scope`` for one field."""

    text: str
    quoted: bool = False
    scope: Scope = "anywhere"


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """All of ``all``, each by one of its alternatives, and none of ``none``.

    ``notes`` are codes of problems with their values, for what could not be read as it stands.
    """

    all: tuple[tuple[Word, ...], ...] = ()
    none: tuple[Word, ...] = ()
    notes: tuple[tuple[str, dict[str, object]], ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """Return every word that may be found."""
        return tuple(word for alternatives in self.all for word in alternatives)
