"""XML elements with text that XML can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

XSI = "http://www.w3.org/2001/XMLSchema-instance"
XLINK = "http://www.w3.org/1999/xlink"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# XML 1.0 §2.2: these can stand in no document, not even as references.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile('[&<>"\r]|[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


def clean(text: str) -> str:
    """Return ``text`` without the characters that XML 1.0 forbids."""
    return _FORBIDDEN.sub("", text)


def is_plain(text: str) -> bool:
    """Tell whether ``escape`` would leave ``text`` as it is."""
    return _SPECIAL.search(text) is None


def escape(text: str) -> str:
    """Return ``text`` as it may stand in an element or a double-quoted attribute."""
    if is_plain(text):
        return text
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\r", "&#13;")


def text_of(element: etree._Element | None) -> str:
    """Return all text in an element, white space as single spaces."""
    if element is None:
        return ""
    return " ".join("".join(str(part) for part in element.itertext()).split())


def add(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str | None
) -> etree._Element:
    """Append an element in its parent's namespace; attributes that are None are left out."""
    namespace = str(parent.tag).partition("}")[0]
    child = etree.SubElement(parent, name if name.startswith("{") else f"{namespace}}}{name}")
    if text is not None:
        child.text = clean(text)
    for key, value in attributes.items():
        if value is not None:
            child.set(key.rstrip("_"), clean(value))
    return child


def root(
    namespace: str, name: str, nsmap: Mapping[Any, str], schema: str | None = None
) -> etree._Element:
    """Return a root element; ``schema`` is the address of the namespace's XSD."""
    prefixes: dict[str | None, str] = {**nsmap, "xsi": XSI}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=prefixes)  # type: ignore[arg-type]  # the stubs leave out None
    if schema:
        element.set(f"{{{XSI}}}schemaLocation", f"{namespace} {schema}")
    return element


def to_bytes(element: etree._Element) -> bytes:
    """Return a document in UTF-8 with its declaration."""
    out: bytes = etree.tostring(element, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return out
