"""Spreadsheets of descriptions: CSV and XLSX with Chinese or English headings (interfaces §3)."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from metadata.dates import read_date
from metadata.fields import (
    find_material,
    read_access,
    read_agent,
    read_day,
    read_rights,
    split_values,
)
from metadata.problem import Problem, problem
from metadata.record import MaterialType, Note, Place, Record, SourceField, Subject, Title
from metadata.vocabulary import find

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

HEADINGS: dict[str, tuple[str, ...]] = {
    "identifier": ("識別號", "識別碼"),
    "folder": ("資料夾",),
    "title": ("題名",),
    "alternative title": ("其他題名",),
    "creator": ("責任者",),
    "date": ("日期", "出版年"),
    "place": ("地點",),
    "subject": ("主題",),
    "classification": ("分類號",),
    "type": ("資料類型",),
    "publisher": ("出版者",),
    "place of publication": ("出版地",),
    "description": ("說明",),
    "note": ("附註",),
    "collection": ("典藏系列",),
    "language": ("語言",),
    "rights": ("權利聲明",),
    "access": ("取用層級",),
    "embargo until": ("開放日期",),
    "call number": ("索書號",),
    "extent": ("稽核項",),
    "edition": ("版本",),
    "page format": ("版式行款",),
    "binding": ("裝訂",),
    "volumes": ("卷數",),
    "prefaces": ("序跋",),
    "seals": ("收藏印記",),
    "provenance": ("來源",),
    "acquisition": ("入藏方式",),
    "status": ("狀態",),
    "page labels": ("頁標",),
    "rare-book number": ("書號",),
    "siku class": ("四部分類",),
}
_ENCODINGS = ("utf-8-sig", "cp950", "big5hkscs")
_NOTES = ("description", "note", "prefaces", "seals", "provenance", "acquisition")
_SINGLE = {
    "publisher": "publisher",
    "place of publication": "place_of_publication",
    "call number": "call_number",
    "extent": "extent",
    "edition": "edition",
    "page format": "page_format",
    "binding": "binding",
    "volumes": "volumes",
    "rare-book number": "rare_book_number",
}
_WITHDRAWN = {"撤除", "withdrawn"}


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A described row. ``number`` counts from 1 below the headings; no Record when it is unusable.

    ``unmapped`` names the columns that have no field of their own; their values are kept.
    """

    number: int
    folder: str | None
    record: Record | None
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a file, and what is to be said of the file."""

    rows: tuple[SheetRow, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Draft:
    """A Record in the making."""

    where: str
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_sheet(path: Path, profile: MaterialType | None = None) -> Sheet:
    """Return the rows of a CSV or XLSX file; ``profile`` is the type of rows that give none."""
    problems: list[Problem] = []
    table = _xlsx(path, problems) if path.suffix.lower() == ".xlsx" else _csv(path, problems)
    if not table:
        return Sheet((), (*problems, problem("sheet-empty", path.name)))
    columns = [_column(cell) for cell in table[0]]
    if "identifier" not in columns and "title" not in columns:
        return Sheet((), (*problems, problem("sheet-without-headings", path.name)))
    today = datetime.now(UTC).date()
    rows = tuple(
        _row(number, columns, cells, _Draft(f"{path.name}:{number + 1}"), (profile, today))
        for number, cells in enumerate(table[1:], 1)
        if any(cell.strip() for cell in cells)
    )
    return Sheet(rows, tuple(problems))


def template() -> bytes:
    """Return an empty spreadsheet with every heading: CSV in UTF-8 with a mark, for Excel."""
    out = io.StringIO()
    csv.writer(out).writerow([names[0] for names in HEADINGS.values()])
    return out.getvalue().encode("utf-8-sig")


def _column(heading: str) -> str:
    plain = unicodedata.normalize("NFKC", heading).strip().casefold()
    for name, also in HEADINGS.items():
        if plain == name or plain in also:
            return name
    return f"?{heading.strip()}"


def _csv(path: Path, problems: list[Problem]) -> list[list[str]]:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = _ENCODINGS
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            problems.append(problem("sheet-encoding", path.name, encoding=encoding))
        first = text.partition("\n")[0]
        delimiter = "\t" if first.count("\t") > first.count(",") else ","
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    problems.append(problem("sheet-unreadable", path.name, reason="UTF-8, UTF-16, Big5"))
    return []


def _xlsx(path: Path, problems: list[Problem]) -> list[list[str]]:
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        problems.append(problem("sheet-unreadable", path.name, reason=str(error)))
        return []
    sheet = book.worksheets[0]
    rows = [[_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    return rows


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _row(
    number: int,
    columns: list[str],
    cells: list[str],
    draft: _Draft,
    defaults: tuple[MaterialType | None, date],
) -> SheetRow:
    given: dict[str, list[str]] = {}
    kept: list[SourceField] = []
    for column, cell in zip(columns, cells, strict=False):
        text = unicodedata.normalize("NFC", cell).strip()
        if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
            text = text[1:]  # how a spreadsheet is told that a value is no formula
        if not text:
            continue
        if column.startswith("?"):
            kept.append(SourceField(column[1:], text))
        else:
            given.setdefault(column, []).append(text)
    folder = given.get("folder", [None])[0]
    identifier = (given.get("identifier") or [folder or ""])[0]
    if not identifier:
        reason = problem("record-without-identifier", draft.where)
        return SheetRow(number, folder, None, (*draft.problems, reason))
    draft.values = {"source_format": "spreadsheet", "source_fields": tuple(kept)}
    record = _record(identifier, given, draft, defaults)
    unmapped = tuple(field.name for field in kept)
    if unmapped:
        names = "、".join(unmapped)
        draft.problems.append(problem("columns-kept", draft.where, names=names))
    return SheetRow(number, folder, record, tuple(draft.problems), unmapped)


def _record(
    identifier: str,
    given: dict[str, list[str]],
    draft: _Draft,
    defaults: tuple[MaterialType | None, date],
) -> Record:
    profile, today = defaults
    titles = [Title(t) for t in given.get("title", [])]
    if not titles:
        titles = [Title(identifier)]
        draft.problems.append(problem("title-missing", draft.where))
    titles += [Title(t, kind="alternative") for t in _many(given, "alternative title")]
    values = draft.values
    values["titles"] = tuple(titles)
    values["agents"] = tuple(read_agent(t) for t in _many(given, "creator"))
    values["dates"] = tuple(read_date(t, today) for t in _many(given, "date"))
    for date_statement in values["dates"]:
        if date_statement.flagged:
            where = draft.where
            draft.problems.append(problem("date-flagged", where, text=date_statement.as_written))
    values["places"] = tuple(Place(t) for t in _many(given, "place"))
    values["subjects"] = tuple(_subjects(given))
    values["notes"] = tuple(Note(t, kind) for kind in _NOTES for t in given.get(kind, ()))
    values["collections"] = tuple(_many(given, "collection"))
    values["languages"] = tuple(find("language", t) or t for t in _many(given, "language"))
    values["page_labels"] = tuple(_many(given, "page labels"))
    values["withdrawn"] = any(s.casefold() in _WITHDRAWN for s in given.get("status", ()))
    for column, name in _SINGLE.items():
        if column in given:
            values[name] = "；".join(given[column])
    _controlled(given, draft, profile)
    return Record(identifier=identifier, **values)


def _controlled(given: dict[str, list[str]], draft: _Draft, profile: MaterialType | None) -> None:
    """Read the fields whose values are terms: type, rights, access, opening day."""
    values, where = draft.values, draft.where
    if profile:
        values["material"] = profile
    if "type" in given:
        material = find_material(given["type"][0])
        if material is None:
            draft.problems.append(problem("type-unknown", where, text=given["type"][0]))
        else:
            values["material"] = material
    found: list[Problem] = []
    if "rights" in given:
        values["rights"], found = read_rights(given["rights"][0], where)
        draft.problems.extend(found)
    if "access" in given:
        values["access"], found = read_access(given["access"][0], where)
        draft.problems.extend(found)
    if "embargo until" in given:
        values["embargo_until"], found = read_day(given["embargo until"][0], where)
        draft.problems.extend(found)


def _subjects(given: dict[str, list[str]]) -> Iterable[Subject]:
    yield from (Subject(t) for t in _many(given, "subject"))
    yield from (Subject(t, "class") for t in _many(given, "classification"))
    yield from (Subject(t, "siku") for t in _many(given, "siku class"))


def _many(given: dict[str, list[str]], column: str) -> list[str]:
    return [value for text in given.get(column, ()) for value in split_values(text)]
