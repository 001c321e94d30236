"""Records as MODS 3.8 (Library of Congress)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.agents import is_corporate
from metadata.elements import XLINK, XML_LANG, add, root

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Agent, DateStatement, Note, Record

NAMESPACE = "http://www.loc.gov/mods/v3"
SCHEMA = "http://www.loc.gov/standards/mods/v3/mods-3-8.xsd"
_RESOURCE_TYPES = {
    "local-document": "text", "rare-book": "text", "map": "cartographic",
    "rubbing": "still image", "photograph": "still image", "key-work": "still image",
    "audiovisual": "moving image",
}  # fmt: skip


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``mods`` element of a Record."""
    mods = root(NAMESPACE, "mods", {None: NAMESPACE, "xlink": XLINK}, SCHEMA)
    mods.set("version", "3.8")
    for title in record.titles:
        kind = "alternative" if title.kind == "alternative" else None
        info = add(mods, "titleInfo", type=kind)
        info.set(XML_LANG, title.language)
        add(info, "title", title.value)
    for agent in record.agents:
        _name(mods, agent)
    add(mods, "typeOfResource", _RESOURCE_TYPES[record.material])
    for language, label in vocabulary.labels("material", record.material).items():
        add(mods, "genre", label).set(XML_LANG, language)
    _origin(mods, record)
    for tag in record.languages:
        language_element = add(mods, "language")
        add(language_element, "languageTerm", tag, type="code", authority="rfc5646")
    _physical(mods, record)
    for note in record.notes:
        _note(mods, note)
    for kept in record.source_fields:
        add(mods, "note", kept.value, type="source field", displayLabel=kept.name)
    _subjects(mods, record)
    for name in record.collections:
        host = add(mods, "relatedItem", type="host", displayLabel="典藏系列")
        add(add(host, "titleInfo"), "title", name)
    _identifiers(mods, record, context)
    _location(mods, record, context)
    _rights(mods, record)
    info = add(mods, "recordInfo")
    if context.institution:
        add(info, "recordContentSource", context.institution)
    if context.changed:
        stamp = context.changed.strftime("%Y-%m-%dT%H:%M:%SZ")
        add(info, "recordChangeDate", stamp, encoding="iso8601")
    add(info, "recordIdentifier", context.id, source="takao")
    return mods


def _name(mods: etree._Element, agent: Agent) -> None:
    kind = "corporate" if is_corporate(agent.name) else "personal"
    name = add(mods, "name", type=kind, authorityURI=agent.authority)
    add(name, "namePart", agent.name)
    if agent.relator or agent.role:
        role = add(name, "role")
        if agent.relator:
            add(role, "roleTerm", agent.relator, type="code", authority="marcrelator")
        if agent.role:
            add(role, "roleTerm", agent.role, type="text")


def _origin(mods: etree._Element, record: Record) -> None:
    filled = (record.place_of_publication, record.publisher, record.dates, record.edition)
    if not any(filled):
        return
    origin = add(mods, "originInfo")
    if record.place_of_publication:
        add(add(origin, "place"), "placeTerm", record.place_of_publication, type="text")
    if record.publisher:
        add(origin, "publisher", record.publisher)
    for number, date in enumerate(record.dates):
        _date(origin, date, "yes" if number == 0 else None)
    if record.edition:
        add(origin, "edition", record.edition)


def _date(origin: etree._Element, date: DateStatement, key: str | None) -> None:
    """Write a date as read (EDTF carries ~ and ? itself) and as written."""
    if date.edtf:
        add(origin, "dateCreated", date.edtf, encoding="edtf", keyDate=key)
    if date.as_written != date.edtf:
        add(origin, "dateCreated", date.as_written)


def _physical(mods: etree._Element, record: Record) -> None:
    parts = (
        ("binding", "裝訂", record.binding),
        ("page format", "版式行款", record.page_format),
        ("volumes", "卷數", record.volumes),
    )
    if not record.extent and not any(value for _, _, value in parts):
        return
    physical = add(mods, "physicalDescription")
    if record.extent:
        add(physical, "extent", record.extent)
    for kind, label, value in parts:
        if value:
            add(physical, "note", value, type=kind, displayLabel=label)


def _note(mods: etree._Element, note: Note) -> None:
    if note.kind == "description":
        element = add(mods, "abstract", note.value)
    else:
        term = vocabulary.terms("note").get(note.kind, {})
        kind = None if note.kind == "note" else str(term.get("mods", note.kind))
        label = str(term["zh-Hant"]) if term and kind else None
        element = add(mods, "note", note.value, type=kind, displayLabel=label)
    element.set(XML_LANG, note.language)


def _subjects(mods: etree._Element, record: Record) -> None:
    for subject in record.subjects:
        if subject.scheme == "topic":
            add(add(mods, "subject", authorityURI=subject.authority), "topic", subject.value)
    for place in record.places:
        add(add(mods, "subject"), "geographic", place.name)
    for subject in record.subjects:
        if subject.scheme != "topic":
            authority = "ncsclt" if subject.scheme == "class" else "siku"
            add(mods, "classification", subject.value, authority=authority)


def _identifiers(mods: etree._Element, record: Record, context: WorkContext) -> None:
    for identifier in dict.fromkeys((record.identifier, *record.identifiers)):
        add(mods, "identifier", identifier, type="local")
    if record.rare_book_number:
        add(mods, "identifier", record.rare_book_number, type="rare-book-number")
    if context.manifest_url:
        add(mods, "identifier", context.manifest_url, type="iiif-manifest")


def _location(mods: etree._Element, record: Record, context: WorkContext) -> None:
    location = add(mods, "location")
    if context.institution:
        add(location, "physicalLocation", context.institution)
    if record.call_number:
        add(location, "shelfLocator", record.call_number)
    add(location, "url", context.url, usage="primary display", access="object in context")
    if context.thumbnail_url:
        add(location, "url", context.thumbnail_url, access="preview")


def _rights(mods: etree._Element, record: Record) -> None:
    rights = record.rights
    if rights.uri:
        condition = add(
            mods, "accessCondition", rights.label or rights.uri, type="use and reproduction"
        )
        condition.set(f"{{{XLINK}}}href", rights.uri)
    elif rights.label:
        add(mods, "accessCondition", rights.label, type="use and reproduction")
    if rights.note:
        add(mods, "accessCondition", rights.note, type="use and reproduction")
    access = vocabulary.label("access", record.access, "zh-Hant")
    until = f"（開放日期：{record.embargo_until}）" if record.embargo_until else ""
    add(mods, "accessCondition", access + until, type="restriction on access")
