"""Record → RIS, BibTeX and CSL-JSON, with the CE year and the date as written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import DateStatement, Record

_RIS = {"rare-book": "BOOK", "map": "MAP", "photograph": "ART", "rubbing": "ART"}
_CSL = {"rare-book": "book", "map": "map", "photograph": "graphic", "rubbing": "graphic"}
_EDITORS = ("edt", "com")


def ris(record: Record, context: WorkContext) -> str:
    """Return the RIS record."""
    lines = [("TY", _RIS.get(record.material, "GEN")), ("TI", record.title)]
    lines += [("A2" if a.relator in _EDITORS else "AU", a.name) for a in record.agents]
    if (date := _dated(record)) is not None:
        lines += [("PY", str(date.first_year)), ("DA", date.as_written)]
    lines += [
        (tag, text)
        for tag, text in (
            ("PB", record.publisher),
            ("CY", record.place_of_publication),
            ("ET", record.edition),
            ("CN", record.call_number),
        )
        if text
    ]
    lines += [("KW", s.value) for s in record.subjects]
    lines += [("DB", context.provider), ("UR", context.url), ("ER", "")]
    return "".join(f"{tag}  - {_line(text)}\r\n" for tag, text in lines)


def bibtex(record: Record, context: WorkContext) -> str:
    """Return the BibTeX entry."""
    date = _dated(record)
    fields = {
        "title": record.title,
        "author": " and ".join(f"{{{_tex(a.name)}}}" for a in record.agents),
        "year": str(date.first_year) if date else "",
        "date": date.as_written if date else "",
        "publisher": record.publisher or "",
        "address": record.place_of_publication or "",
        "edition": record.edition or "",
        "note": context.provider,
        "url": context.url,
    }
    raw = {"author", "url"}
    body = "".join(
        f"  {name} = {{{value if name in raw else _tex(value)}}},\n"
        for name, value in fields.items()
        if value
    )
    kind = "book" if record.material == "rare-book" else "misc"
    return f"@{kind}{{{context.id},\n{body}}}\n"


def csl(record: Record, context: WorkContext) -> str:
    """Return the CSL-JSON item."""
    date = _dated(record)
    item: dict[str, object] = {
        "id": context.id,
        "type": _CSL.get(record.material, "document"),
        "title": record.title,
        "author": [{"literal": a.name} for a in record.agents],
        "publisher": record.publisher,
        "publisher-place": record.place_of_publication,
        "edition": record.edition,
        "call-number": record.call_number,
        "archive": context.provider,
        "URL": context.url,
    }
    if date is not None:
        item["issued"] = {"date-parts": [[date.first_year]], "literal": date.as_written}
    kept = {name: value for name, value in item.items() if value}
    return json.dumps([kept], ensure_ascii=False, indent=1)


def _dated(record: Record) -> DateStatement | None:
    return next((d for d in record.dates if d.first_year is not None), None)


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _tex(text: str) -> str:
    return re.sub(r"([\\{}%$#&_~^])", lambda m: "\\" + m[1], _line(text))
