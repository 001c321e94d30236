"""Records as unqualified Dublin Core in the oai_dc container (OAI-PMH 2.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from metadata import vocabulary
from metadata.elements import XSI, escape, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Note, Record

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
_DC = "http://purl.org/dc/elements/1.1/"
_OPEN = (
    f'<oai_dc:dc xmlns:oai_dc="{NAMESPACE}" xmlns:dc="{_DC}" xmlns:xsi="{XSI}"'
    f' xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
# DCMI Type vocabulary.
_DCMI_TYPES = {
    "local-document": "Text", "rare-book": "Text", "map": "StillImage", "rubbing": "StillImage",
    "photograph": "StillImage", "key-work": "PhysicalObject", "audiovisual": "MovingImage",
}  # fmt: skip
_CREATORS = (None, "aut", "cre", "com", "pht", "ctg", "art", "cll", "cmp", "drt")


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``oai_dc:dc`` element of a Record."""
    return etree.fromstring(write_text(record, context))


def write_text(record: Record, context: WorkContext) -> str:
    """Return the ``oai_dc:dc`` element as text: the format that is harvested most, made fast."""
    statements = list(_statements(record, context))
    # One look at all texts together: most Records have nothing to escape.
    if not is_plain("".join([text + (language or "") for _, text, language in statements])):
        statements = [(n, escape(t), escape(lang) if lang else lang) for n, t, lang in statements]
    lines = [
        f'<dc:{name} xml:lang="{language}">{text}</dc:{name}>'
        if language
        else f"<dc:{name}>{text}</dc:{name}>"
        for name, text, language in statements
    ]
    return f"{_OPEN}{''.join(lines)}</oai_dc:dc>"


def _statements(record: Record, context: WorkContext) -> Iterator[tuple[str, str, str | None]]:
    """Yield (element, text, language); what DC has no element for is repeated with its label."""
    for title in record.titles:
        yield "title", title.value, title.language
    for agent in record.agents:
        name = f"{agent.name}（{agent.role}）" if agent.role else agent.name
        yield "creator" if agent.relator in _CREATORS else "contributor", name, None
    yield from (("subject", subject.value, None) for subject in record.subjects)
    yield from map(_note, record.notes)
    for kept in record.source_fields:
        yield "description", f"{kept.name}：{kept.value}", None
    published = [text for text in (record.place_of_publication, record.publisher) if text]
    if published:
        yield "publisher", "：".join(published), None
    yield from _dates_and_type(record)
    yield from _physical(record)
    yield "identifier", context.url, None
    yield from _identifiers(record)
    yield from (("language", tag, None) for tag in record.languages)
    related = (*record.collections, context.manifest_url)
    yield from (("relation", text, None) for text in related if text)
    yield from (("coverage", place.name, None) for place in record.places)
    yield from _rights(record)


def _note(note: Note) -> tuple[str, str, str | None]:
    if note.kind in ("description", "note"):
        return "description", note.value, note.language
    label = vocabulary.label("note", note.kind, "zh-Hant")
    name = "source" if note.kind == "provenance" else "description"
    return name, f"{label}：{note.value}", note.language


def _dates_and_type(record: Record) -> Iterator[tuple[str, str, str | None]]:
    for date in record.dates:
        yield "date", date.edtf or date.as_written, None
        if date.edtf and date.edtf != date.as_written:
            yield "date", date.as_written, "zh-Hant"
    yield "type", _DCMI_TYPES[record.material], None
    for language, label in vocabulary.labels("material", record.material).items():
        yield "type", label, language


def _physical(record: Record) -> Iterator[tuple[str, str, str | None]]:
    if record.extent:
        yield "format", record.extent, None
    for label, value in (
        ("版本", record.edition),
        ("版式行款", record.page_format),
        ("裝訂", record.binding),
        ("卷數", record.volumes),
    ):
        if value:
            yield "format", f"{label}：{value}", "zh-Hant"


def _identifiers(record: Record) -> Iterator[tuple[str, str, str | None]]:
    for identifier in dict.fromkeys((record.identifier, *record.identifiers)):
        yield "identifier", identifier, None
    if record.call_number:
        yield "identifier", f"索書號：{record.call_number}", "zh-Hant"
    if record.rare_book_number:
        yield "identifier", f"書號：{record.rare_book_number}", "zh-Hant"


def _rights(record: Record) -> Iterator[tuple[str, str, str | None]]:
    for text in (record.rights.uri, record.rights.label, record.rights.note):
        if text:
            yield "rights", text, None
    for language, label in vocabulary.labels("access", record.access).items():
        yield "rights", label, language
    if record.embargo_until:
        yield "rights", f"開放日期：{record.embargo_until}", "zh-Hant"
