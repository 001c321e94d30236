"""MARC records, MARC 21 and CMARC, from ISO 2709 and MARCXML, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from metadata.draft import Draft
from metadata.importers import cmarc, marc21
from metadata.importers.iso2709 import DamagedRecordError, MarcField, MarcRecord, parse, split
from metadata.problem import Problem, problem
from metadata.rows import ImportOptions, Sheet, SheetRow, finished

if TYPE_CHECKING:
    from collections.abc import Iterable

_CMARC_TITLE, _MARC21_TITLE = "200", "245"
_CMARC_TAGS = frozenset(
    {"205", "210", "215", "225", "330", "606", "607", "681", "701", "711", "805"}
)
_MARC21_TAGS = frozenset({"250", "260", "264", "300", "500", "520", "650", "651", "100", "110"})


def read_exchange(content: bytes, options: ImportOptions) -> Sheet:
    """Return the rows of an ISO 2709 file; each damaged record is a row with its reason."""
    rows = []
    encodings: dict[str, int] = {}
    for number, piece in enumerate(split(content), 1):
        where = f"{options.name}:{number}"
        try:
            record = parse(piece)
        except DamagedRecordError as error:
            rows.append(_damaged(number, where, piece, str(error)))
            continue
        encodings[record.encoding] = encodings.get(record.encoding, 0) + 1
        rows.append(read_record(number, record, options, piece))
    problems = [
        problem("marc-encoding", options.name, encoding=name, count=count)
        for name, count in sorted(encodings.items())
        if name != "utf-8"
    ]
    return Sheet(tuple(rows), tuple(problems))


def read_element(number: int, element: etree._Element, options: ImportOptions) -> SheetRow:
    """Return the row of a MARCXML ``record``."""
    record = MarcRecord(element.findtext("{*}leader") or "", [])
    for child in element.iterchildren("{*}controlfield", "{*}datafield"):
        tag = child.get("tag", "")
        if child.get("ind1") is None and child.find("{*}subfield") is None:
            record.fields.append(MarcField(tag, child.text or ""))
            continue
        indicators = f"{child.get('ind1') or ' '}{child.get('ind2') or ' '}"
        subfields = tuple(
            (part.get("code", " "), part.text or "") for part in child.iterfind("{*}subfield")
        )
        record.fields.append(MarcField(tag, "", indicators, subfields))
    source: bytes = etree.tostring(element, encoding="UTF-8")
    return read_record(number, record, options, source)


def read_record(number: int, record: MarcRecord, options: ImportOptions, source: bytes) -> SheetRow:
    """Return the row of a record taken apart, by the rules of its dialect."""
    where = f"{options.name}:{number}"
    draft = Draft(where, options.today, "cmarc" if is_cmarc(record) else "marc21", options.profile)
    if record.unreadable:
        draft.report("characters-unreadable", count=record.unreadable, encoding=record.encoding)
    read = cmarc.read if draft.source_format == "cmarc" else marc21.read
    return finished(number, draft, read(record, draft), source)


def is_cmarc(record: MarcRecord) -> bool:
    """Tell CMARC (UNIMARC's tags) from MARC 21: by the title's tag, else by most others."""
    tags = {field.tag for field in record.fields}
    if (_CMARC_TITLE in tags) != (_MARC21_TITLE in tags):
        return _CMARC_TITLE in tags
    return len(tags & _CMARC_TAGS) > len(tags & _MARC21_TAGS)


def _damaged(number: int, where: str, source: bytes, reason: str) -> SheetRow:
    found: Iterable[Problem] = (problem("record-damaged", where, reason=reason),)
    return SheetRow(number, None, None, tuple(found), (), source)
