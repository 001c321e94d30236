"""A Record in the making, from any format: each value goes to its field or is kept by name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from metadata.calendar.dates import read_date
from metadata.elements import clean
from metadata.fields import find_material, read_access, read_day, read_rights
from metadata.places import suggest
from metadata.problem import Problem, problem
from metadata.profiles import check
from metadata.record import (
    Agent,
    DateStatement,
    MaterialType,
    Note,
    Place,
    Record,
    SourceField,
    Subject,
    Title,
)
from metadata.script import language_of_text
from metadata.vocabulary import find

if TYPE_CHECKING:
    from datetime import date
    from typing import Literal

    from metadata.record import Access, Rights


@dataclass(slots=True)
class Draft:
    """Collects the fields of one Record and what is to be said of them.

    ``where`` names the file and row or record, ``profile`` the material type when none is given.
    """

    where: str
    today: date
    source_format: str
    profile: MaterialType | None = None
    problems: list[Problem] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    dates: list[DateStatement] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    kept: list[SourceField] = field(default_factory=list)
    lists: dict[str, list[str]] = field(default_factory=dict)
    singles: dict[str, Any] = field(default_factory=dict)

    def report(self, code: str, **values: object) -> None:
        """Add a Problem of this record."""
        self.problems.append(problem(code, self.where, **values))

    def tidy(self, text: str) -> str:
        """Return text in NFC without the characters that no XML can hold, which is reported."""
        whole = unicodedata.normalize("NFC", text).strip()
        readable = clean(whole)
        if readable != whole:
            self.report("characters-removed", count=len(whole) - len(readable))
        return readable.strip()

    def title(
        self,
        text: str,
        kind: Literal["main", "alternative"] = "main",
        language: str | None = None,
    ) -> None:
        """Add a title."""
        if value := self.tidy(text):
            self.titles.append(Title(value, language or language_of(value), kind))

    def agent(self, agent: Agent) -> None:
        """Add an agent; its relator code comes from its role when it has none."""
        name, role = self.tidy(agent.name), self.tidy(agent.role or "") or None
        relator = agent.relator or (find("role", role) if role else None)
        made = Agent(name, role, relator, agent.authority)
        if name and made not in self.agents:
            self.agents.append(made)

    def date(self, text: str) -> None:
        """Add a date statement; one without certain reading is a Problem."""
        if not (value := self.tidy(text)):
            return
        statement = read_date(value, self.today)
        self.dates.append(statement)
        if statement.flagged:
            self.report("date-flagged", text=value)

    def place(self, text: str, authority: str | None = None) -> None:
        """Add a place; the gazetteer links a name that it knows for certain."""
        if value := self.tidy(text):
            found = suggest(value)
            district = found.district if found else None
            self.places.append(Place(value, authority or (found.id if found else None), district))

    def subject(
        self,
        text: str,
        scheme: Literal["topic", "class", "siku"] = "topic",
        authority: str | None = None,
    ) -> None:
        """Add a subject term or class number."""
        made = Subject(self.tidy(text), scheme, authority)
        if made.value and made not in self.subjects:
            self.subjects.append(made)

    def note(self, text: str, kind: str = "note", language: str | None = None) -> None:
        """Add a note."""
        if value := self.tidy(text):
            self.notes.append(Note(value, kind, language or language_of(value)))

    def many(self, name: str, text: str) -> None:
        """Add a value to a repeated field of texts: identifiers, collections, page_labels."""
        values = self.lists.setdefault(name, [])
        value = self.tidy(text)
        if value and (value not in values or name == "page_labels"):
            values.append(value)

    def language(self, text: str) -> None:
        """Add a language by name or code."""
        if value := self.tidy(text):
            self.many("languages", find("language", value) or value)

    def one(self, name: str, text: str) -> None:
        """Set a single field of text; a further value is joined to it."""
        value = self.tidy(text)
        before = self.singles.get(name)
        if value and value != before:
            self.singles[name] = f"{before}；{value}" if before else value

    def material(self, text: str, *, certain: bool = True) -> None:
        """Set the material type by its name; an unknown one is a Problem when it is ``certain``."""
        found = find_material(self.tidy(text))
        if found is not None:
            self.singles["material"] = found
        elif certain:
            self.report("type-unknown", text=text)

    def rights(self, text: str) -> None:
        """Set the rights statement; a further one stands as its note."""
        value = self.tidy(text)
        if not value:
            return
        rights, found = read_rights(value, self.where)
        before: Rights | None = self.singles.get("rights")
        if before is None:
            self.problems += found
            self.singles["rights"] = rights
        elif before.uri is not None and rights.uri == before.uri:
            pass  # the same statement by another of its names
        elif before.uri is None and rights.uri is not None:
            self.singles["rights"] = replace(rights, note=before.note)
        elif before.note is None and value not in (before.uri, before.label):
            self.singles["rights"] = replace(before, note=value)
        elif value not in (before.uri, before.label, before.note):
            self.note(value, "rights")

    def access(self, text: str) -> None:
        """Set the access level."""
        level: Access
        level, found = read_access(self.tidy(text), self.where)
        self.singles["access"] = level
        self.problems += found

    def embargo(self, text: str) -> None:
        """Set the opening day."""
        day, found = read_day(self.tidy(text), self.where, self.today)
        self.singles["embargo_until"] = day
        self.problems += found

    def keep(self, name: str, text: str) -> None:
        """Keep a value that has no field of its own, and list its name."""
        if value := self.tidy(text):
            self.kept.append(SourceField(name, value))
            if name not in self.unmapped:
                self.unmapped.append(name)

    def record(self, identifier: str) -> Record:
        """Return the Record; its identifier stands in for a title that is missing."""
        if not any(t.kind == "main" for t in self.titles):
            self.report("title-missing")
            self.titles.insert(0, Title(identifier, language_of(identifier)))
        if self.unmapped:
            self.report("columns-kept", names="、".join(self.unmapped))
        if self.profile:
            self.singles.setdefault("material", self.profile)
        values: dict[str, Any] = {name: tuple(found) for name, found in self.lists.items()}
        numbers = values.get("identifiers", ())
        values["identifiers"] = tuple(n for n in numbers if n != identifier)
        record = Record(
            identifier=identifier,
            titles=tuple(self.titles),
            agents=tuple(self.agents),
            dates=tuple(self.dates),
            places=tuple(self.places),
            subjects=tuple(self.subjects),
            notes=tuple(self.notes),
            source_format=self.source_format,
            source_fields=tuple(self.kept),
            **values,
            **self.singles,
        )
        self.problems += check(record, self.where)
        return record


def language_of(text: str) -> str:
    """Return the language that a text's script shows: ja, zh-Hant, en; zh-Hant without letters."""
    return language_of_text(text) if any(c.isalpha() for c in text) else "zh-Hant"
