"""Citations to take away: RIS, BibTeX and CSL-JSON, with the year of the Republic beside CE."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from metadata.agents import is_corporate

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import Agent, Record

_RIS = {
    "map": "MAP",
    "photograph": "ART",
    "rubbing": "ART",
    "key-work": "ART",
    "audiovisual": "VIDEO",
}
_CSL = {
    "map": "map", "photograph": "graphic", "rubbing": "graphic", "key-work": "graphic",
    "audiovisual": "motion_picture",
}  # fmt: skip
_EDITORS = ("edt", "com")
_BIBTEX_SPECIAL = re.compile(r"([&%$#_{}])")


def ris(record: Record, context: WorkContext) -> str:
    """Return a RIS entry, lines ended by CR LF."""
    lines: list[tuple[str, str | None]] = [
        ("TY", _RIS.get(record.material, "BOOK")),
        ("TI", record.title),
    ]
    lines += [("T2", t.value) for t in record.titles if t.kind == "alternative"]
    lines += [("A2" if a.relator in _EDITORS else "AU", a.name) for a in record.agents]
    year = _year(record)
    if year is not None:
        lines += [("PY", str(year)), ("DA", f"{year}///")]
    lines += [("N1", d.as_written) for d in record.dates if d.as_written != str(year)]
    lines.append(("N1", _republican(record)))
    lines += [("PB", record.publisher), ("CY", record.place_of_publication)]
    lines += [("ET", record.edition), ("CN", record.call_number)]
    lines += [("LA", tag) for tag in record.languages]
    lines += [("KW", s.value) for s in record.subjects if s.scheme == "topic"]
    lines += [("AB", n.value) for n in record.notes if n.kind == "description"]
    lines += [("DB", context.institution), ("UR", context.url), ("ID", context.id)]
    entry = "".join(f"{tag}  - {_one_line(value)}\r\n" for tag, value in lines if value)
    return f"{entry}ER  - \r\n"


def bibtex(record: Record, context: WorkContext) -> str:
    """Return a BibTeX entry."""
    year = _year(record)
    kind = "misc" if record.material in _CSL else "book"
    written = "；".join(d.as_written for d in record.dates)
    values = [
        ("title", _bibtex(record.title)),
        ("author", _bibtex_names(record, editors=False)),
        ("editor", _bibtex_names(record, editors=True)),
        ("year", str(year) if year is not None else ""),
        ("date", next((d.edtf for d in record.dates if d.edtf), "")),
        ("publisher", _bibtex(record.publisher)),
        ("address", _bibtex(record.place_of_publication)),
        ("edition", _bibtex(record.edition)),
        ("library", _bibtex(context.institution)),
        ("url", context.url),
        ("note", _bibtex("；".join(filter(None, (written, _republican(record)))))),
    ]
    lines = [f"  {name} = {{{value}}}" for name, value in values if value]
    return f"@{kind}{{{context.id},\n" + ",\n".join(lines) + "\n}\n"


def csl(record: Record, context: WorkContext) -> dict[str, Any]:
    """Return a CSL-JSON item."""
    item: dict[str, Any] = {
        "id": context.id,
        "type": _CSL.get(record.material, "book"),
        "title": record.title,
        "author": [_csl_name(a) for a in record.agents if a.relator not in _EDITORS],
        "editor": [_csl_name(a) for a in record.agents if a.relator in _EDITORS],
        "issued": _issued(record),
        "publisher": record.publisher,
        "publisher-place": record.place_of_publication,
        "edition": record.edition,
        "call-number": record.call_number,
        "language": record.languages[0] if record.languages else None,
        "archive": context.institution,
        "URL": context.url,
        "note": "；".join(
            filter(None, (*(d.as_written for d in record.dates), _republican(record)))
        ),
    }
    return {name: value for name, value in item.items() if value}


def _year(record: Record) -> int | None:
    return next((d.first_year for d in record.dates if d.first_year is not None), None)


def _republican(record: Record) -> str | None:
    year = _year(record)
    return f"民國{year - 1911}年" if year is not None and year >= 1912 else None


def _issued(record: Record) -> dict[str, Any] | None:
    """Return CSL's date: parts for a whole date, the EDTF as written where it is not one."""
    for date in record.dates:
        if date.edtf and re.fullmatch(r"\d{4}(-(0\d|1[0-2])(-\d\d)?)?", date.edtf):
            return {"date-parts": [[int(part) for part in date.edtf.split("-")]]}
        if date.first_year is not None and date.last_year is not None:
            parts = [[date.first_year], [date.last_year]]
            issued: dict[str, Any] = {"date-parts": parts[: 1 + (parts[0] != parts[1])]}
            if date.edtf and ("~" in date.edtf or "?" in date.edtf):
                issued["circa"] = True
            return issued
    return {"literal": record.dates[0].as_written} if record.dates else None


def _csl_name(agent: Agent) -> dict[str, str]:
    return {"literal": agent.name}


def _bibtex_names(record: Record, *, editors: bool) -> str:
    agents = [a for a in record.agents if (a.relator in _EDITORS) is editors]
    names = [(_bibtex(a.name), is_corporate(a.name)) for a in agents]
    return " and ".join(f"{{{name}}}" if body else name for name, body in names)


def _bibtex(value: str | None) -> str:
    if not value:
        return ""
    return _BIBTEX_SPECIAL.sub(r"\\\1", _one_line(value).replace("\\", r"\textbackslash "))


def _one_line(text: str) -> str:
    return " ".join(text.split())
