"""Record → MODS 3.8 (Library of Congress)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.crosswalks.context import XSI, Element

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import DateStatement, Record

MODS = "http://www.loc.gov/mods/v3"
XLINK = "http://www.w3.org/1999/xlink"
SCHEMA = f"{MODS} http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
LOST: dict[str, str] = {"page_labels": "頁標 page labels"}
_GENRES = {
    "local-document": "text",
    "rare-book": "text",
    "map": "cartographic",
    "rubbing": "still image",
    "photograph": "still image",
    "key-work": "mixed material",
    "audiovisual": "moving image",
}


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``mods`` element."""
    out = Element("", {"": MODS, "xlink": XLINK, "xsi": XSI}, "mods")
    out.schema(SCHEMA)
    out.node.set("version", "3.8")
    _titles_and_names(out, record)
    _origin(out, record)
    _physical(out, record)
    _notes(out, record)
    _subjects(out, record)
    _links(out, record, context)
    return out.node


def _titles_and_names(out: Element, record: Record) -> None:
    for title in record.titles:
        kind = "alternative" if title.kind == "alternative" else None
        info = out.add(out.node, "titleInfo", type=kind, xml_lang=title.language)
        out.add(info, "title", title.value)
    for agent in record.agents:
        name = out.add(out.node, "name", valueURI=agent.authority)
        out.add(name, "namePart", agent.name)
        if agent.role or agent.relator:
            role = out.add(name, "role")
            if agent.relator:
                code = agent.relator
                out.add(role, "roleTerm", code, type="code", authority="marcrelator")
            if agent.role:
                out.add(role, "roleTerm", agent.role, type="text")
    out.add(out.node, "typeOfResource", _GENRES[record.material])
    for language in ("zh-Hant", "en"):
        label = vocabulary.label("material", record.material, language)
        out.add(out.node, "genre", label, xml_lang=language)


def _origin(out: Element, record: Record) -> None:
    if not any((record.publisher, record.place_of_publication, record.edition, record.dates)):
        return
    origin = out.add(out.node, "originInfo")
    if record.place_of_publication:
        place = out.add(origin, "place")
        out.add(place, "placeTerm", record.place_of_publication, type="text")
    if record.publisher:
        out.add(origin, "publisher", record.publisher)
    for number, statement in enumerate(record.dates):
        _date(out, origin, statement, is_key=number == 0)
    if record.edition:
        out.add(origin, "edition", record.edition)


def _date(out: Element, origin: etree._Element, statement: DateStatement, *, is_key: bool) -> None:
    if statement.edtf:
        key = "yes" if is_key else None
        out.add(origin, "dateCreated", statement.edtf, encoding="edtf", keyDate=key)
    if statement.edtf != statement.as_written:
        out.add(origin, "dateCreated", statement.as_written)


def _physical(out: Element, record: Record) -> None:
    for tag in record.languages:
        language = out.add(out.node, "language")
        out.add(language, "languageTerm", tag, type="code", authority="rfc5646")
    notes = (
        ("page format", record.page_format),
        ("binding", record.binding),
    )
    if record.extent or any(value for _, value in notes):
        physical = out.add(out.node, "physicalDescription")
        if record.extent:
            out.add(physical, "extent", record.extent)
        for kind, value in notes:
            if value:
                out.add(physical, "note", value, type=kind)


def _notes(out: Element, record: Record) -> None:
    for note in record.notes:
        if note.kind == "description":
            out.add(out.node, "abstract", note.value, xml_lang=note.language)
        else:
            kind = "ownership" if note.kind == "provenance" else note.kind
            kind_or_none = None if kind == "note" else kind
            out.add(out.node, "note", note.value, type=kind_or_none, xml_lang=note.language)
    if record.volumes:
        out.add(out.node, "note", record.volumes, type="volumes")
    for kept in record.source_fields:
        out.add(out.node, "note", f"{kept.name}：{kept.value}", type="source field")


def _subjects(out: Element, record: Record) -> None:
    for subject in record.subjects:
        if subject.scheme == "topic":
            element = out.add(out.node, "subject", valueURI=subject.authority)
            out.add(element, "topic", subject.value)
        else:
            scheme = "ncsclt" if subject.scheme == "class" else "sibu"
            out.add(out.node, "classification", subject.value, authority=scheme)
    for place in record.places:
        element = out.add(out.node, "subject", valueURI=place.authority)
        out.add(element, "geographic", place.name)


def _links(out: Element, record: Record, context: WorkContext) -> None:
    for name in record.collections:
        related = out.add(out.node, "relatedItem", type="host", displayLabel="collection")
        out.add(out.add(related, "titleInfo"), "title", name)
    out.add(out.node, "identifier", record.identifier, type="local")
    for identifier in record.identifiers:
        out.add(out.node, "identifier", identifier)
    if record.rare_book_number:
        out.add(out.node, "identifier", record.rare_book_number, type="rare-book number")
    location = out.add(out.node, "location")
    out.add(location, "physicalLocation", context.provider)
    if record.call_number:
        out.add(location, "shelfLocator", record.call_number)
    location = out.add(out.node, "location")
    out.add(location, "url", context.url, usage="primary display", access="object in context")
    if context.manifest:
        out.add(location, "url", context.manifest, note="IIIF manifest")
    rights = record.rights
    statement = rights.note or rights.label or rights.uri
    if statement:
        kind = "use and reproduction"
        out.add(out.node, "accessCondition", statement, type=kind, xlink_href=rights.uri)
    access = vocabulary.label("access", record.access, "zh-Hant")
    until = f"（{record.embargo_until} 起開放）" if record.embargo_until else ""
    out.add(out.node, "accessCondition", access + until, type="restriction on access")
    info = out.add(out.node, "recordInfo")
    out.add(info, "recordIdentifier", context.id)
    changed = f"{context.changed:%Y-%m-%dT%H:%M:%SZ}"
    out.add(info, "recordChangeDate", changed, encoding="w3cdtf")
