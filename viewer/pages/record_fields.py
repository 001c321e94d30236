"""A Record as labelled fields, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.script import language_of_text
from repository.display import date_texts
from viewer.language import Voice
from viewer.language import marked as _
from viewer.pages.describe import material

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metadata.record import Agent, DateStatement, Note, Record, Subject
    from viewer.addresses import Addresses

NOTE_LABELS = {
    "description": _("Summary"),
    "note": _("Note"),
    "provenance": _("Provenance"),
    "acquisition": _("Acquisition"),
    "seals": _("Collectors' seals"),
    "prefaces": _("Prefaces and colophons"),
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its language, where it leads and what is to be said of it."""

    text: str
    lang: str = ""
    href: str = ""
    rel: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class LabelledField:
    """A label (an English message id) with one value or more."""

    label: str
    values: list[Value]


def fields(record: Record, to: Addresses, language: str) -> list[LabelledField]:
    """Return the fields of a Record that hold something, in the order of reading."""
    maker = _FieldMaker(to, language)
    return [LabelledField(label, values) for label, values in maker.all(record) if values]


class _FieldMaker:
    def __init__(self, to: Addresses, language: str) -> None:
        self._to = to
        self._language = language
        self._voice = Voice(language)

    def all(self, record: Record) -> Iterator[tuple[str, list[Value]]]:
        yield _("Creator"), [self._agent(a) for a in record.agents]
        yield _("Date"), [self._date(d) for d in record.dates]
        yield _("Published by"), _plain(_joined(record.place_of_publication, record.publisher))
        yield from self._notes(record, "description")
        kind = material(record.material, self._language)
        yield (
            _("Kind of material"),
            [Value(kind, self._language, self._to.search(type=record.material))],
        )
        yield _("Subject"), [self._subject(s) for s in record.subjects if s.scheme == "topic"]
        yield _("Class"), [self._subject(s) for s in record.subjects if s.scheme != "topic"]
        yield (
            _("Place"),
            [
                Value(p.name, language_of_text(p.name), self._to.search(place=p.name))
                for p in record.places
            ],
        )
        yield (
            _("Language"),
            [Value(vocabulary.label("language", c, self._language)) for c in record.languages],
        )
        yield from _physical(record)
        yield from self._notes(record, "")
        yield (
            _("Collection"),
            [
                Value(c, language_of_text(c), self._to.search(collection=c))
                for c in record.collections
            ],
        )
        yield _("Call number"), _plain(record.call_number)
        yield _("Rare-book number"), _plain(record.rare_book_number)
        yield _("Identifier"), [Value(i) for i in (record.identifier, *record.identifiers)]
        yield _("Rights"), self._rights(record)
        yield _("Access"), self._access(record)

    def _agent(self, agent: Agent) -> Value:
        role = f"（{agent.role}）" if agent.role and self._language == "zh-Hant" else ""
        if agent.role and not role:
            role = f" ({agent.role})"
        href = self._to.search(creator=agent.name)
        return Value(agent.name, language_of_text(agent.name), href, remark=role.strip())

    def _date(self, date: DateStatement) -> Value:
        shown = date_texts(date)[self._language]
        if not date.flagged:
            return Value(shown)
        remark = self._voice.say("as written; not read as a date")
        if date.proposed:
            remark = self._voice.say("as written; perhaps %(date)s", date=date.proposed)
        return Value(date.as_written, language_of_text(date.as_written), remark=remark)

    def _subject(self, subject: Subject) -> Value:
        href = self._to.search(subject=subject.value)
        return Value(subject.value, language_of_text(subject.value), href)

    def _notes(self, record: Record, wanted: str) -> Iterator[tuple[str, list[Value]]]:
        """Yield the notes of one kind, or with "" all but descriptions."""
        by_kind: dict[str, list[Note]] = {}
        for note in record.notes:
            if (note.kind == wanted) if wanted else (note.kind != "description"):
                by_kind.setdefault(note.kind, []).append(note)
        for kind, notes in by_kind.items():
            label = NOTE_LABELS.get(kind, NOTE_LABELS["note"])
            yield label, [Value(n.value, n.language) for n in notes]

    def _rights(self, record: Record) -> list[Value]:
        rights = record.rights
        values = []
        if rights.uri:
            label = vocabulary.label("rights", rights.uri, self._language)
            values.append(Value(label, "", rights.uri, "license external"))
        elif rights.label:
            values.append(Value(rights.label, language_of_text(rights.label)))
        if rights.note:
            values.append(Value(rights.note, language_of_text(rights.note)))
        return values

    def _access(self, record: Record) -> list[Value]:
        label = vocabulary.label("access", record.access, self._language)
        remark = ""
        if record.embargo_until:
            remark = self._voice.say("from %(day)s", day=record.embargo_until)
        return [Value(label, remark=remark)]


def _physical(record: Record) -> Iterator[tuple[str, list[Value]]]:
    yield _("Extent"), _plain(record.extent)
    yield _("Volumes"), _plain(record.volumes)
    yield _("Edition"), _plain(record.edition)
    yield _("Page format"), _plain(record.page_format)
    yield _("Binding"), _plain(record.binding)


def _joined(place: str | None, name: str | None) -> str | None:
    return "：".join(part for part in (place, name) if part) or None


def _plain(text: str | None) -> list[Value]:
    return [Value(text, language_of_text(text))] if text else []
