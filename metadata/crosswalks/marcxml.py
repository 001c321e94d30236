"""Records as MARC 21 in MARCXML (MARC21slim 1.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.agents import is_corporate
from metadata.elements import add, root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Agent, Note, Record

NAMESPACE = "http://www.loc.gov/MARC21/slim"
SCHEMA = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
# Field 003, and the source before an id of our own.
SOURCE = "takao"
Subfields = tuple[tuple[str, str | None], ...]
MarcxmlField = tuple[str, str, Subfields]

# Leader/06: language material, cartographic, two-dimensional graphic, projected medium.
_LEADER_TYPES = {
    "local-document": "a", "rare-book": "a", "map": "e", "rubbing": "k", "photograph": "k",
    "key-work": "k", "audiovisual": "g",
}  # fmt: skip


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``record`` element of a Record."""
    document = root(NAMESPACE, "record", {None: NAMESPACE}, SCHEMA)
    document.set("type", "Bibliographic")
    kind = _LEADER_TYPES[record.material]
    add(document, "leader", f"00000n{kind}m a2200000 i 4500")
    add(document, "controlfield", context.id, tag="001")
    add(document, "controlfield", SOURCE, tag="003")
    if context.changed:
        add(document, "controlfield", context.changed.strftime("%Y%m%d%H%M%S.0"), tag="005")
    add(document, "controlfield", _fixed(record, context), tag="008")
    for tag, indicators, subfields in sorted(_fields(record, context), key=lambda f: f[0]):
        element = add(document, "datafield", tag=tag, ind1=indicators[0], ind2=indicators[1])
        for code, value in subfields:
            if value:
                add(element, "subfield", value, code=code)
    return document


def _fixed(record: Record, context: WorkContext) -> str:
    """Return 008: entry date, date type and years, place, language; the rest not coded."""
    entered = context.changed.strftime("%y%m%d") if context.changed else "000000"
    first, last = "uuuu", "    "
    kind = "n"
    for date in record.dates:
        if date.first_year is not None:
            first = f"{date.first_year:04}"
            several = date.last_year is not None and date.last_year != date.first_year
            kind, last = ("q", f"{date.last_year:04}") if several else ("s", "    ")
            break
    language = next(filter(None, map(_marc_language, record.languages)), "und")
    return f"{entered}{kind}{first}{last}ch {'|' * 17}{language} d"


def _marc_language(tag: str) -> str | None:
    code = vocabulary.terms("language").get(tag, {}).get("marc")
    return str(code) if code else None


def _fields(record: Record, context: WorkContext) -> Iterator[MarcxmlField]:
    yield from _numbers(record)
    yield from _names(record)
    title = (("a", record.title),)
    yield "245", f"{'1' if record.agents else '0'}0", title
    main = [t for t in record.titles if t.kind == "main"]
    for other in (*main[1:], *(t for t in record.titles if t.kind == "alternative")):
        yield "246", "3 ", (("a", other.value),)
    yield from _edition_and_extent(record)
    for note in record.notes:
        yield _note(note)
    for kept in record.source_fields:
        yield "591", "  ", (("a", kept.value), ("3", kept.name))
    yield from _subjects(record)
    for label in vocabulary.labels("material", record.material).values():
        yield "655", " 7", (("a", label), ("2", "local"))
    for name in record.collections:
        yield "773", "0 ", (("t", name),)
    yield from _rights(record)
    if record.call_number:
        yield "852", "  ", (("a", context.institution), ("h", record.call_number))
    yield "856", "40", (("u", context.url),)
    if context.manifest_url:
        manifest = (("u", context.manifest_url), ("3", "IIIF manifest"))
        yield "856", "41", (*manifest, ("q", "application/ld+json"))


def _numbers(record: Record) -> Iterator[MarcxmlField]:
    for identifier in dict.fromkeys((record.identifier, *record.identifiers)):
        yield "024", "8 ", (("a", identifier),)
    if record.rare_book_number:
        yield "024", "8 ", (("a", record.rare_book_number), ("q", "書號"))
    codes = [(tag, _marc_language(tag)) for tag in record.languages]
    if coded := dict.fromkeys(code for _, code in codes if code):
        yield "041", "0 ", tuple(("a", code) for code in coded)
    for tag, _ in codes:
        yield "546", "  ", (("a", vocabulary.label("language", tag, "zh-Hant")), ("b", tag))
    for date in record.dates:
        if date.edtf:
            yield "046", "  ", (("k", date.edtf), ("2", "edtf"))
    for subject in record.subjects:
        if subject.scheme == "class":
            yield "084", "  ", (("a", subject.value), ("2", "ncsclt"))
        elif subject.scheme == "siku":
            yield "084", "  ", (("a", subject.value), ("2", "siku"))


def _names(record: Record) -> Iterator[MarcxmlField]:
    for position, agent in enumerate(record.agents):
        yield _name(agent, "1" if position == 0 else "7")


def _name(agent: Agent, hundreds: str) -> MarcxmlField:
    body = is_corporate(agent.name)
    return (
        f"{hundreds}{'10' if body else '00'}",
        "2 " if body else "0 ",
        (("a", agent.name), ("e", agent.role), ("0", agent.authority), ("4", agent.relator)),
    )


def _edition_and_extent(record: Record) -> Iterator[MarcxmlField]:
    if record.edition:
        yield "250", "  ", (("a", record.edition),)
    dates = tuple(("c", date.as_written) for date in record.dates)
    if record.publisher or record.place_of_publication or dates:
        place, publisher = record.place_of_publication, record.publisher
        yield "264", " 1", (("a", place), ("b", publisher), *dates)
    if record.extent:
        yield "300", "  ", (("a", record.extent),)
    if record.volumes:
        yield "500", "  ", (("a", record.volumes), ("3", "卷數"))
    if record.page_format:
        yield "500", "  ", (("a", record.page_format), ("3", "版式行款"))
    if record.binding:
        yield "563", "  ", (("a", record.binding),)


def _note(note: Note) -> MarcxmlField:
    term = vocabulary.terms("note").get(note.kind, {})
    tag = str(term.get("marc", "500"))
    part = None if note.kind in ("note", "description") or tag != "500" else note.kind
    if part and term:
        part = str(term["zh-Hant"])
    return tag, "  ", (("3", part), ("a", note.value))


def _subjects(record: Record) -> Iterator[MarcxmlField]:
    for subject in record.subjects:
        if subject.scheme == "topic":
            yield "650", " 4", (("a", subject.value), ("0", subject.authority))
    for place in record.places:
        yield "651", " 4", (("a", place.name), ("0", _control_number(place.authority)))


def _control_number(authority: str | None) -> str | None:
    """Return an id of our place table as $0 wants it, its source in parentheses."""
    if authority is None or authority.startswith(("(", "http")):
        return authority
    return f"({SOURCE}){authority}"


def _rights(record: Record) -> Iterator[MarcxmlField]:
    access = vocabulary.label("access", record.access, "zh-Hant")
    until = f"開放日期：{record.embargo_until}" if record.embargo_until else None
    yield "506", "0 " if record.access == "open" else "1 ", (("a", access), ("g", until))
    rights = record.rights
    if rights.uri or rights.label or rights.note:
        text = rights.label or rights.note or rights.uri
        more = rights.note if rights.label else None
        yield "540", "  ", (("a", text), ("n", more), ("u", rights.uri))
