"""Record → MARC 21 in MARCXML (slim), UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from metadata import vocabulary
from metadata.crosswalks.context import XSI, default_namespace, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

MARC = "http://www.loc.gov/MARC21/slim"
SCHEMA = f"{MARC} http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
LOST: dict[str, str] = {"page_labels": "頁標 page labels"}
Field = tuple[str, str, list[tuple[str, str]]]
_LEADER_TYPES = {
    "map": "e", "photograph": "k", "rubbing": "k", "audiovisual": "g", "key-work": "k",
}  # fmt: skip
_LANGUAGES = {"zh-Hant": "chi", "zh-Hans": "chi", "ja": "jpn", "en": "eng", "nl": "dut"}
_FIXED = 40


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``record`` element."""
    node = etree.Element(f"{{{MARC}}}record", nsmap=default_namespace({"": MARC, "xsi": XSI}))
    node.set(f"{{{XSI}}}schemaLocation", SCHEMA)
    kind = _LEADER_TYPES.get(record.material, "a")
    _add(node, "leader", f"00000n{kind}m a2200000 i 4500")
    _control(node, "001", context.id)
    _control(node, "005", f"{context.changed:%Y%m%d%H%M%S.0}")
    _control(node, "008", _fixed(record, context))
    for tag, indicators, subfields in sorted(_fields(record, context), key=lambda f: f[0]):
        field = _add(node, "datafield", None)
        field.set("tag", tag)
        field.set("ind1", indicators[0])
        field.set("ind2", indicators[1])
        for code, value in subfields:
            _add(field, "subfield", value).set("code", code)
    return node


def _add(parent: etree._Element, name: str, text: str | None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{MARC}}}{name}")
    if text is not None:
        child.text = printable(text)
    return child


def _control(node: etree._Element, tag: str, text: str) -> None:
    _add(node, "controlfield", text).set("tag", tag)


def _fixed(record: Record, context: WorkContext) -> str:
    """Return field 008: date entered, type of date, two dates, place, language."""
    statement = next((d for d in record.dates if d.first_year is not None), None)
    first = f"{statement.first_year:04}" if statement and statement.first_year else "uuuu"
    last = f"{statement.last_year:04}" if statement and statement.last_year else "uuuu"
    kind = "s" if first == last != "uuuu" else "q" if statement else "n"
    dates = first + ("    " if kind == "s" else last)
    language = _LANGUAGES.get(record.languages[0], "und") if record.languages else "chi"
    text = f"{context.changed:%y%m%d}{kind}{dates}ch " + " " * 17 + language + " d"
    return text[:_FIXED].ljust(_FIXED)


def _fields(record: Record, context: WorkContext) -> Iterator[Field]:
    yield from _identities(record)
    yield from _titles_and_names(record)
    yield from _publication(record)
    for note in record.notes:
        tag = {"description": "520", "provenance": "561", "acquisition": "541", "seals": "590"}
        yield tag.get(note.kind, "500"), "  ", [("a", note.value)]
    for kept in record.source_fields:
        yield "591", "  ", [("a", kept.name), ("b", kept.value)]
    for subject in record.subjects:
        if subject.scheme == "topic":
            yield "650", " 4", [("a", subject.value)]
        else:
            scheme = "ncsclt" if subject.scheme == "class" else "sibu"
            yield "084", "  ", [("a", subject.value), ("2", scheme)]
    for place in record.places:
        yield "651", " 4", [("a", place.name)]
    for name in record.collections:
        yield "830", " 0", [("a", name)]
    yield from _access(record, context)


def _identities(record: Record) -> Iterator[Field]:
    for identifier in (record.identifier, *record.identifiers):
        yield "024", "8 ", [("a", identifier)]
    if record.rare_book_number:
        yield "035", "  ", [("a", f"(書號){record.rare_book_number}")]
    if record.languages:
        yield "041", "07", [*(("a", tag) for tag in record.languages), ("2", "rfc5646")]
    if record.call_number:
        yield "099", "  ", [("a", record.call_number)]
    for statement in record.dates:
        if statement.edtf:
            yield "046", "  ", [("k", statement.edtf), ("2", "edtf")]


def _titles_and_names(record: Record) -> Iterator[Field]:
    mains = [t.value for t in record.titles if t.kind == "main"] or [record.identifier]
    said = "；".join(f"{a.name}{a.role or ''}" for a in record.agents)
    yield "245", "00", [("a", mains[0]), *([("c", said)] if said else [])]
    for other in mains[1:]:
        yield "246", "31", [("a", other)]
    for title in record.titles:
        if title.kind == "alternative":
            yield "246", "3 ", [("a", title.value)]
    for agent in record.agents:
        role = [("e", agent.role)] if agent.role else []
        code = [("4", agent.relator)] if agent.relator else []
        yield "700", "1 ", [("a", agent.name), *role, *code]
    if record.edition:
        yield "250", "  ", [("a", record.edition)]


def _publication(record: Record) -> Iterator[Field]:
    parts = [("a", record.place_of_publication), ("b", record.publisher)]
    subfields = [(code, value) for code, value in parts if value]
    subfields += [("c", d.as_written) for d in record.dates]
    if subfields:
        yield "264", " 1", subfields
    physical = [("a", value) for value in (record.extent, record.volumes) if value]
    if physical:
        yield "300", "  ", physical
    if record.page_format:
        yield "340", "  ", [("a", record.page_format)]
    if record.binding:
        yield "563", "  ", [("a", record.binding)]
    label = vocabulary.label("material", record.material, "zh-Hant")
    yield "655", " 7", [("a", label), ("2", "local")]


def _access(record: Record, context: WorkContext) -> Iterator[Field]:
    level = vocabulary.label("access", record.access, "zh-Hant")
    until = [("g", record.embargo_until)] if record.embargo_until else []
    yield "506", "0 " if record.access == "open" else "1 ", [("a", level), *until]
    rights = record.rights
    statement = [("a", text) for text in (rights.label, rights.note) if text]
    if rights.uri:
        statement.append(("u", rights.uri))
    if statement:
        yield "540", "  ", statement
    yield "856", "40", [("u", context.url)]
    if context.manifest:
        yield "856", "40", [("u", context.manifest), ("3", "IIIF manifest")]
