"""What a crosswalk needs to know of a Work besides its Record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from datetime import datetime

    from metadata.record import Record

XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class PageContext:
    """A page as METS lists it; addresses are absolute, sizes in pixels."""

    id: str
    n: int
    label: str
    image: str
    alto: str | None
    digest: str
    media_type: str


@dataclass(frozen=True, slots=True)
class WorkContext:
    """A Work's addresses, absolute, and its pages. ``changed`` is UTC."""

    id: str
    url: str
    changed: datetime
    provider: str
    manifest: str | None = None
    thumbnail: str | None = None
    pages: tuple[PageContext, ...] = ()


class Element:
    """A document in the making: names are ``prefix:local``, text and attributes are escaped."""

    def __init__(self, prefix: str, namespaces: dict[str, str], name: str) -> None:
        self._prefix = prefix  # of names that carry none
        self._namespaces = namespaces
        self.node = etree.Element(self._tag(name), nsmap=default_namespace(namespaces))

    def _tag(self, name: str) -> str:
        prefix, _, local = name.rpartition(":")
        return f"{{{self._namespaces[prefix or self._prefix]}}}{local}"

    def add(
        self, parent: etree._Element, name: str, text: str | None = None, **attributes: str | None
    ) -> etree._Element:
        """Add a child; attributes that are None are left out, ``xml_lang`` is ``xml:lang``."""
        child = etree.SubElement(parent, self._tag(name))
        if text is not None:
            child.text = printable(text)
        for key, value in attributes.items():
            if value is not None:
                child.set(_attribute(key), printable(value))
        return child

    def schema(self, pairs: str) -> None:
        """State where the schema is."""
        self.node.set(f"{{{XSI}}}schemaLocation", pairs)


def default_namespace(namespaces: dict[str, str]) -> dict[str, str]:
    """Return a namespace map for lxml, whose default namespace has the key None, here ""."""
    mapped: dict[Any, str] = {prefix or None: uri for prefix, uri in namespaces.items()}
    return mapped


def _attribute(key: str) -> str:
    if key == "xml_lang":
        return "{http://www.w3.org/XML/1998/namespace}lang"
    if key.startswith("xlink_"):
        return f"{{http://www.w3.org/1999/xlink}}{key.removeprefix('xlink_')}"
    if key.startswith("rdf_"):
        return f"{{http://www.w3.org/1999/02/22-rdf-syntax-ns#}}{key.removeprefix('rdf_')}"
    return key.rstrip("_")


def printable(text: str) -> str:
    """Return ``text`` without the characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))


def to_bytes(node: etree._Element) -> bytes:
    """Return a document with its declaration."""
    content: bytes = etree.tostring(node, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content


def field_names(record: Record) -> list[str]:
    """Return the fields of a Record that hold something, notes by their kind."""
    from dataclasses import fields

    filled = [
        f.name
        for f in fields(record)
        if getattr(record, f.name) not in (None, (), "", False) and f.name != "notes"
    ]
    return filled + sorted({f"note:{n.kind}" for n in record.notes})
