"""XML descriptions: MARCXML, MODS, Dublin Core, METS, also inside an OAI-PMH answer.

No document type is accepted, so there are no entities to expand or fetch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from metadata.importers import dublin_core, marc, mets, mods
from metadata.problem import Problem, problem
from metadata.rows import ImportOptions, Sheet, SheetRow

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTROL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]"
    rb"|&#(?:[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));"
)
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_Read = "Callable[[int, etree._Element, ImportOptions], SheetRow]"


class XmlRefusedError(Exception):
    """A document is not read; ``found`` says why."""

    def __init__(self, found: Problem) -> None:
        super().__init__(found.code)
        self.found = found


def parse(content: bytes, name: str) -> tuple[etree._Element, list[Problem]]:
    """Return a document's root; control characters that XML forbids are removed and reported.

    Raises XmlRefusedError for one with a document type or that is not well-formed.
    """
    problems: list[Problem] = []
    if content.startswith(_UTF_16):
        content = re.sub(rb"encoding=(['\"])[^'\"]*\1", b"", content.decode("utf-16").encode())
    if _DOCTYPE.search(content):
        raise XmlRefusedError(problem("xml-doctype", name))
    readable, count = _CONTROL.subn(b"", content)
    if count:
        problems.append(problem("characters-removed", name, count=count))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True, huge_tree=False
    )
    try:
        return etree.fromstring(readable, parser), problems
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefusedError(problem("xml-unreadable", name, reason=str(error))) from None


def read_xml(content: bytes, options: ImportOptions) -> Sheet:
    """Return the rows of an XML file."""
    try:
        root, problems = parse(content, options.name)
    except XmlRefusedError as refused:
        return Sheet((), (refused.found,))
    found = list(_records(root))
    if not found:
        return Sheet((), (*problems, problem("format-unknown", options.name)))
    rows = [read(number, element, options) for number, (element, read) in enumerate(found, 1)]
    return Sheet(tuple(rows), tuple(problems))


def _records(root: etree._Element) -> list[tuple[etree._Element, Callable[..., SheetRow]]]:
    """Return the outermost records of any known format, in order, with their readers."""
    found: list[tuple[etree._Element, Callable[..., SheetRow]]] = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        read = _reader(element)
        if read is not None:
            found.append((element, read))
        else:
            waiting.extend(reversed(list(element.iterchildren(tag=etree.Element))))
    return found


def _reader(element: etree._Element) -> Callable[..., SheetRow] | None:
    name = etree.QName(element)
    is_marc = name.localname == "record" and element.find("{*}datafield") is not None
    if is_marc:
        return marc.read_element
    if name.localname == "mods" and name.namespace in (mods.NAMESPACE, None):
        return mods.read_element
    if name.localname == "mets":
        return mets.read_element
    return dublin_core.read_element if dublin_core.is_record(element) else None
