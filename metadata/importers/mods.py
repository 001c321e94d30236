"""MODS 3 records as rows; elements without a target are kept by name."""

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

NAMESPACE = "http://www.loc.gov/mods/v3"
_XLINK = "{http://www.w3.org/1999/xlink}href"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_RESOURCES = {"cartographic": "map", "still image": "photograph", "moving image": "audiovisual"}
_DATES = ("dateCreated", "dateIssued", "copyrightDate", "dateCaptured", "dateOther", "displayDate")


def read_element(number: int, element: etree._Element, options: ImportOptions) -> SheetRow:
    """Return the row of a ``mods`` element."""
    draft = Draft(f"{options.name}:{number}", options.today, "mods", options.profile)
    return finished(number, draft, fill(element, draft), etree.tostring(element, encoding="UTF-8"))


def fill(element: etree._Element, draft: Draft) -> str | None:
    """Put a ``mods`` element into ``draft``; return its identifier."""
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        target = _TARGETS.get(name)
        if target is not None:
            target(child, draft)
        else:
            draft.keep(name, text_of(child))
    numbers = draft.lists.get("identifiers", [])
    if numbers:
        return numbers.pop(0)
    return next((text_of(e) for e in element.iterfind(".//{*}recordIdentifier")), None)


def _title(element: etree._Element, draft: Draft) -> None:
    parts = [text_of(element.find(f"{{*}}{name}")) for name in ("nonSort", "title", "subTitle")]
    parts += [text_of(e) for e in element.iterfind("{*}partNumber")]
    parts += [text_of(e) for e in element.iterfind("{*}partName")]
    kind = "alternative" if element.get("type") else "main"
    text = " ".join(filter(None, parts))
    draft.title(text, kind, element.get(_LANG))  # type: ignore[arg-type]  # one of the two


def _name(element: etree._Element, draft: Draft) -> None:
    parts = [text_of(e) for e in element.iterfind("{*}namePart") if e.get("type") != "date"]
    role = relator = None
    for term in element.iterfind("{*}role/{*}roleTerm"):
        if term.get("type") == "code":
            relator = text_of(term)
        else:
            role = text_of(term)
    authority = element.get("valueURI") or element.get("authorityURI")
    draft.agent(Agent(" ".join(filter(None, parts)), role, relator, authority))
    for date in element.iterfind("{*}namePart[@type='date']"):
        draft.keep("name/namePart[date]", text_of(date))


def _resource(element: etree._Element, draft: Draft) -> None:
    kind = _RESOURCES.get(text_of(element))
    if kind and draft.profile is None and "material" not in draft.singles:
        draft.material(kind, certain=False)


def _genre(element: etree._Element, draft: Draft) -> None:
    if find("material", text_of(element)):
        draft.material(text_of(element))
    else:
        draft.subject(text_of(element))


def _origin(element: etree._Element, draft: Draft) -> None:
    for place in element.iterfind("{*}place/{*}placeTerm"):
        if place.get("type") != "code":
            draft.one("place_of_publication", text_of(place))
    for publisher in element.iterfind("{*}publisher"):
        draft.one("publisher", text_of(publisher))
    for edition in element.iterfind("{*}edition"):
        draft.one("edition", text_of(edition))
    for text in _dates(element):
        draft.date(text)
    known = {"place", "publisher", "edition", *_DATES}
    for child in element.iterchildren(tag=etree.Element):
        if etree.QName(child).localname not in known:
            draft.keep(f"originInfo/{etree.QName(child).localname}", text_of(child))


def _dates(origin: etree._Element) -> list[str]:
    """Return date texts: as written where there is one, else as coded; ranges joined."""
    coded, written, start = [], [], ""
    for child in origin.iterchildren(tag=etree.Element):
        if etree.QName(child).localname not in _DATES:
            continue
        text, point = text_of(child), child.get("point")
        if point == "start":
            start = text
        elif point == "end":
            coded.append(f"{start}/{text}")
            start = ""
        elif child.get("encoding"):
            coded.append(text)
        else:
            written.append(text)
    coded += [start] if start else []
    return [*written, *coded[len(written) :]] if written else coded


def _language(element: etree._Element, draft: Draft) -> None:
    for term in element.iterfind("{*}languageTerm"):
        draft.language(text_of(term))


def _physical(element: etree._Element, draft: Draft) -> None:
    targets = {"page format": "page_format", "binding": "binding", "volumes": "volumes"}
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        if name == "extent":
            draft.one("extent", text_of(child))
        elif name in ("note", "form") and (target := targets.get(child.get("type") or "")):
            draft.one(target, text_of(child))
        else:
            draft.keep(f"physicalDescription/{name}", text_of(child))


def _abstract(element: etree._Element, draft: Draft) -> None:
    draft.note(text_of(element), "description", element.get(_LANG))


def _contents(element: etree._Element, draft: Draft) -> None:
    draft.note(text_of(element), "contents", element.get(_LANG))


def _note(element: etree._Element, draft: Draft) -> None:
    kind = element.get("type") or "note"
    if kind == "source field":
        draft.keep(element.get("displayLabel") or kind, text_of(element))
        return
    if kind == "volumes":
        draft.one("volumes", text_of(element))
        return
    ours = next((name for name, term in terms("note").items() if term.get("mods") == kind), kind)
    draft.note(text_of(element), ours, element.get(_LANG))


def _subject(element: etree._Element, draft: Draft) -> None:
    authority = element.get("valueURI") or element.get("authorityURI")
    parts = []
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        if name == "geographic":
            draft.place(text_of(child), authority)
        elif name == "hierarchicalGeographic":
            draft.place(text_of(child[-1]) if len(child) else "", authority)
        elif name == "cartographics":
            draft.keep("subject/cartographics", text_of(child))
        else:
            parts.append(text_of(child))
    if parts:
        draft.subject("--".join(filter(None, parts)), "topic", authority)


def _class(element: etree._Element, draft: Draft) -> None:
    draft.subject(text_of(element), "siku" if element.get("authority") == "siku" else "class")


def _related(element: etree._Element, draft: Draft) -> None:
    title = text_of(element.find("{*}titleInfo/{*}title"))
    if element.get("type") in ("host", "series") and title:
        draft.many("collections", title)
    else:
        draft.keep(f"relatedItem[{element.get('type') or ''}]", text_of(element))


def _identifier(element: etree._Element, draft: Draft) -> None:
    kind, text = element.get("type") or "", text_of(element)
    if kind in ("rare-book-number", "rare-book number"):
        draft.one("rare_book_number", text)
    elif kind in ("iiif-manifest", "uri"):
        draft.keep(f"identifier[{kind}]", text)
    else:
        draft.many("identifiers", text)


def _location(element: etree._Element, draft: Draft) -> None:
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        if name == "shelfLocator":
            draft.one("call_number", text_of(child))
        else:
            draft.keep(f"location/{name}", text_of(child))


def _condition(element: etree._Element, draft: Draft) -> None:
    address, text, kind = element.get(_XLINK), text_of(element), element.get("type") or ""
    if "restriction" in kind:
        level, _, until = text.partition("（開放日期：")
        if find("access", level):
            draft.access(level)
            if until:
                draft.embargo(until.rstrip("）"))
        else:
            draft.note(text, "access")
        return
    for value in filter(None, (address, text)):
        draft.rights(value)


def _record_info(element: etree._Element, draft: Draft) -> None:
    for child in element.iterchildren(tag=etree.Element):
        name = etree.QName(child).localname
        if name not in ("recordIdentifier", "recordChangeDate", "recordCreationDate"):
            draft.keep(f"recordInfo/{name}", text_of(child))


_TARGETS: dict[str, Callable[[etree._Element, Draft], None]] = {
    "titleInfo": _title,
    "name": _name,
    "typeOfResource": _resource,
    "genre": _genre,
    "originInfo": _origin,
    "language": _language,
    "physicalDescription": _physical,
    "abstract": _abstract,
    "tableOfContents": _contents,
    "note": _note,
    "subject": _subject,
    "classification": _class,
    "relatedItem": _related,
    "identifier": _identifier,
    "location": _location,
    "accessCondition": _condition,
    "recordInfo": _record_info,
}
