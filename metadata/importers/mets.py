"""METS packages as rows: the description inside, else what the package itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from metadata.draft import Draft
from metadata.importers import dublin_core, marc, mods
from metadata.rows import ImportOptions, SheetRow, finished

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_element(number: int, element: etree._Element, options: ImportOptions) -> SheetRow:
    """Return the row of a ``mets`` element; its OBJID is the folder and, first, the identifier."""
    name = (element.get("OBJID") or "").strip() or None
    for described in _descriptions(element):
        marc_record = described.find(".//{*}datafield/..")
        if marc_record is not None:
            row = marc.read_element(number, marc_record, options)
            return SheetRow(number, name, row.record, row.problems, row.unmapped, row.source)
        inner = described.find(".//{*}mods")
        fill = mods.fill
        if inner is None:
            inner = next((e for e in described.iter() if dublin_core.is_record(e)), None)
            fill = dublin_core.fill
        if inner is not None:
            draft = Draft(f"{options.name}:{number}", options.today, "mets", options.profile)
            return _row(number, name, fill(inner, draft), draft, element)
    draft = Draft(f"{options.name}:{number}", options.today, "mets", options.profile)
    if label := element.get("LABEL"):
        draft.title(label)
    return _row(number, name, None, draft, element)


def _descriptions(mets: etree._Element) -> Iterator[etree._Element]:
    """Yield the contents of dmdSecs, those that the whole structure names first."""
    sections = {s.get("ID"): s for s in mets.iterfind("{*}dmdSec")}
    named = [
        i for div in mets.iterfind("{*}structMap/{*}div") for i in (div.get("DMDID") or "").split()
    ]
    order = [*named, *(i for i in sections if i not in named)]
    for identifier in order:
        section = sections.get(identifier)
        if section is not None:
            yield from section.iterfind("{*}mdWrap/{*}xmlData")


def _row(
    number: int, name: str | None, identifier: str | None, draft: Draft, element: etree._Element
) -> SheetRow:
    if identifier and name and identifier != name:
        draft.many("identifiers", identifier)
    source: bytes = etree.tostring(element, encoding="UTF-8")
    return finished(number, draft, name or identifier, source, name)
