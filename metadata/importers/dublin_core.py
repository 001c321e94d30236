"""Dublin Core, simple and qualified, as rows: oai_dc, RDF, any element with dc children."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from metadata.draft import Draft
from metadata.elements import text_of
from metadata.record import Agent
from metadata.rows import ImportOptions, SheetRow, finished
from metadata.vocabulary import find, terms

if TYPE_CHECKING:
    from collections.abc import Callable

_NAMESPACES = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_LABELS = {
    "版本": "edition", "版式行款": "page_format", "裝訂": "binding", "卷數": "volumes",
    "索書號": "call_number", "書號": "rare_book_number",
}  # fmt: skip
_DCMI = {"StillImage": "photograph", "Image": "photograph", "MovingImage": "audiovisual",
         "Sound": "audiovisual", "Text": None, "PhysicalObject": None}  # fmt: skip


def is_record(element: etree._Element) -> bool:
    """Tell whether an element holds Dublin Core elements."""
    return any(
        isinstance(child.tag, str) and etree.QName(child).namespace in _NAMESPACES
        for child in element
    )


def read_element(number: int, element: etree._Element, options: ImportOptions) -> SheetRow:
    """Return the row of an element that holds Dublin Core."""
    draft = Draft(f"{options.name}:{number}", options.today, "dublin-core", options.profile)
    identifier = fill(element, draft) or element.get(
        "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
    )
    return finished(number, draft, identifier, etree.tostring(element, encoding="UTF-8"))


def fill(element: etree._Element, draft: Draft) -> str | None:
    """Put Dublin Core elements into ``draft``; return the identifier, preferably no address."""
    for child in element.iterchildren(tag=etree.Element):
        name, text = etree.QName(child).localname, text_of(child)
        target = _TARGETS.get(name)
        if not text:
            continue
        if target is None or etree.QName(child).namespace not in _NAMESPACES:
            draft.keep(name, text)
        else:
            target(text, child, draft)
    numbers = draft.lists.get("identifiers", [])
    chosen = next((n for n in numbers if "://" not in n), next(iter(numbers), None))
    if chosen:
        numbers.remove(chosen)
    return chosen


def _title(text: str, child: etree._Element, draft: Draft) -> None:
    draft.title(text, "main", child.get(_LANG))


def _alternative(text: str, child: etree._Element, draft: Draft) -> None:
    draft.title(text, "alternative", child.get(_LANG))


def _agent(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001  # one shape
    from metadata.fields import read_agent

    agent = read_agent(text)
    draft.agent(agent if agent.relator else Agent(text))


def _contributor(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    from metadata.fields import read_agent

    agent = read_agent(text)
    draft.agent(agent if agent.role else Agent(text, None, "ctb"))


def _publisher(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    place, mark, name = text.partition("：")
    if mark and name:
        draft.one("place_of_publication", place)
        draft.one("publisher", name)
    else:
        draft.one("publisher", text)


def _date(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    """Add a date; one that says the same as the one before, in another form, is not repeated."""
    before = draft.dates[-1] if draft.dates else None
    draft.date(text)
    added = draft.dates[-1]
    if before and before is not added and before.edtf and added.edtf == before.edtf:
        draft.dates.pop(-2)


def _type(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    if find("material", text):
        draft.material(text)
    elif text in _DCMI:
        kind = _DCMI[text]
        if kind and draft.profile is None and "material" not in draft.singles:
            draft.material(kind, certain=False)
    else:
        draft.keep("type", text)


def _labelled(text: str, draft: Draft) -> bool:
    """Take a value that carries its label before a full-width colon; tell whether it did."""
    label, mark, value = text.partition("：")
    if mark and label in _LABELS:
        draft.one(_LABELS[label], value)
        return True
    kind = next((k for k, term in terms("note").items() if term["zh-Hant"] == label), None)
    if mark and kind and kind not in ("note", "description"):
        draft.note(value, kind)
        return True
    return False


def _description(text: str, child: etree._Element, draft: Draft) -> None:
    if not _labelled(text, draft):
        draft.note(text, "description", child.get(_LANG))


def _format(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    if not _labelled(text, draft):
        draft.one("extent", text)


def _identifier(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    if not _labelled(text, draft):
        draft.many("identifiers", text)


def _source(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    if not _labelled(text, draft):
        draft.note(text, "provenance")


def _rights(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    label, _, value = text.partition("：")
    if label == "開放日期":
        draft.embargo(value)
    elif find("access", text):
        draft.access(text)
    else:
        draft.rights(text)


def _relation(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    if "://" in text:
        draft.keep("relation", text)
    else:
        draft.many("collections", text)


def _place(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    draft.place(text)


def _subject(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    draft.subject(text)


def _language(text: str, child: etree._Element, draft: Draft) -> None:  # noqa: ARG001
    draft.language(text)


_TARGETS: dict[str, Callable[[str, etree._Element, Draft], None]] = {
    "title": _title,
    "alternative": _alternative,
    "creator": _agent,
    "contributor": _contributor,
    "subject": _subject,
    "description": _description,
    "abstract": _description,
    "tableOfContents": _description,
    "publisher": _publisher,
    "date": _date,
    "created": _date,
    "issued": _date,
    "type": _type,
    "format": _format,
    "extent": _format,
    "medium": _format,
    "identifier": _identifier,
    "source": _source,
    "provenance": _source,
    "language": _language,
    "relation": _relation,
    "isPartOf": _relation,
    "coverage": _place,
    "spatial": _place,
    "rights": _rights,
    "license": _rights,
    "accessRights": _rights,
}
