"""The Record: the descriptive metadata of a Work. Frozen, pure, engine- and format-neutral."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Access = Literal["open", "onsite", "restricted"]
MaterialType = Literal[
    "local-document", "rare-book", "map", "rubbing", "photograph", "key-work", "audiovisual"
]


@dataclass(frozen=True, slots=True)
class Title:
    """A title; ``kind`` is main or alternative."""

    value: str
    language: str = "zh-Hant"
    kind: Literal["main", "alternative"] = "main"


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or body with its role: ``role`` as written, ``relator`` the MARC relator code."""

    name: str
    role: str | None = None
    relator: str | None = None
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class DateStatement:
    """A date as written and as read.

    ``edtf`` is None exactly when ``flagged``; ``proposed`` may stand beside a flag.
    ``first_year`` and ``last_year`` are CE years, inclusive; None when open or unknown.
    """

    as_written: str
    edtf: str | None = None
    flagged: bool = False
    proposed: str | None = None
    first_year: int | None = None
    last_year: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place; ``authority`` is an id of our place table, ``district`` a TOWNCODE of today."""

    name: str
    authority: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject term or class number."""

    value: str
    scheme: Literal["topic", "class", "siku"] = "topic"
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A note; ``kind`` is description, note, or a kind such as provenance, seals, prefaces."""

    value: str
    kind: str = "note"
    language: str = "zh-Hant"


@dataclass(frozen=True, slots=True)
class Rights:
    """A rights statement: a CC or rightsstatements.org URI (http form), or a note."""

    uri: str | None = None
    label: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SourceField:
    """A field of the source that has no place of its own: kept, never dropped."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """The descriptive metadata of one Work.

    ``identifier`` is the source's own (識別號), unique in its source; Work ids are made from it.
    ``access`` and ``embargo_until`` (ISO date) follow ``interfaces`` §6.
    """

    identifier: str
    titles: tuple[Title, ...]
    material: MaterialType = "local-document"
    agents: tuple[Agent, ...] = ()
    dates: tuple[DateStatement, ...] = ()
    places: tuple[Place, ...] = ()
    subjects: tuple[Subject, ...] = ()
    identifiers: tuple[str, ...] = ()
    call_number: str | None = None
    rare_book_number: str | None = None
    publisher: str | None = None
    place_of_publication: str | None = None
    languages: tuple[str, ...] = ()
    extent: str | None = None
    edition: str | None = None
    page_format: str | None = None
    binding: str | None = None
    volumes: str | None = None
    notes: tuple[Note, ...] = ()
    collections: tuple[str, ...] = ()
    rights: Rights = Rights()
    access: Access = "open"
    embargo_until: str | None = None
    withdrawn: bool = False
    page_labels: tuple[str, ...] = ()
    source_format: str | None = None
    source_fields: tuple[SourceField, ...] = ()

    @property
    def title(self) -> str:
        """Return the first main title."""
        return next((t.value for t in self.titles if t.kind == "main"), self.identifier)
