"""What ``verify``, ``doctor`` and ``status`` found (interfaces §1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metadata.problem import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """A Problem with the file, Work and page number that it concerns."""

    problem: Problem
    path: str | None = None
    work: str | None = None
    page: int | None = None

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1."""
        place = {"path": self.path, "work": self.work, "page": self.page}
        return {**self.problem.to_json(), **place}


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of a check over ``checked`` things; notices leave it ok."""

    checked: int
    entries: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether nothing worse than a notice was found."""
        return all(e.problem.severity == "notice" for e in self.entries)

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1."""
        found = [e.to_json() for e in self.entries]
        return {"ok": self.ok, "checked": self.checked, "findings": found}
