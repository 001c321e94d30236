"""Record → unqualified Dublin Core, as OAI-PMH's ``oai_dc`` wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.crosswalks.context import XSI, Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
SCHEMA = f"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
LOST: dict[str, str] = {
    "agents.role": "角色寫在 description，不在 creator 內 the role stands in description",
    "page_labels": "頁標 page labels",
    "access": "取用層級 the access level",
    "embargo_until": "開放日期 the opening day",
}
_CREATORS = {None, "aut", "com", "cre", "art", "pht", "ctg", "cll", "edt"}
_KIND_LABELS = {
    "prefaces": "序跋",
    "seals": "收藏印記",
    "provenance": "來源",
    "acquisition": "入藏方式",
}


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``oai_dc:dc`` element."""
    out = Element("dc", {"oai_dc": OAI_DC, "dc": DC, "xsi": XSI}, "oai_dc:dc")
    out.schema(SCHEMA)
    for name, text, language in _elements(record, context):
        out.add(out.node, name, text, xml_lang=language)
    return out.node


_Triple = tuple[str, str, str | None]


def _elements(record: Record, context: WorkContext) -> Iterator[_Triple]:
    yield from (("title", t.value, t.language) for t in record.titles)
    for agent in record.agents:
        yield "creator" if agent.relator in _CREATORS else "contributor", agent.name, None
    yield from (("subject", s.value, None) for s in record.subjects)
    yield from _descriptions(record)
    if record.publisher:
        yield "publisher", record.publisher, None
    for statement in record.dates:
        written = dict.fromkeys((statement.edtf or statement.as_written, statement.as_written))
        yield from (("date", text, None) for text in written)
    for language in ("zh-Hant", "en"):
        yield "type", vocabulary.label("material", record.material, language), language
    if record.extent:
        yield "format", record.extent, None
    numbers = (context.url, record.identifier, *record.identifiers)
    yield from (("identifier", number, None) for number in numbers)
    related = (context.manifest, *record.collections)
    yield from (("relation", text, None) for text in related if text)
    yield from (("language", tag, None) for tag in record.languages)
    yield from (("coverage", place.name, None) for place in record.places)
    rights = (record.rights.uri, record.rights.label, record.rights.note)
    yield from (("rights", text, None) for text in rights if text)


def _descriptions(record: Record) -> Iterator[_Triple]:
    for note in record.notes:
        label = _KIND_LABELS.get(note.kind)
        yield "description", f"{label}：{note.value}" if label else note.value, note.language
    roles = [f"{a.name}（{a.role}）" for a in record.agents if a.role]
    labelled = (
        ("責任者", "；".join(roles)),
        ("版本", record.edition),
        ("卷數", record.volumes),
        ("版式行款", record.page_format),
        ("裝訂", record.binding),
        ("書號", record.rare_book_number),
        ("索書號", record.call_number),
        ("出版地", record.place_of_publication),
        *((kept.name, kept.value) for kept in record.source_fields),
    )
    yield from (("description", f"{a}：{b}", "zh-Hant") for a, b in labelled if b)
