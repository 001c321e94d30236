"""Which field of a Record each format carries: found by writing a Record of marked values."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lxml import etree

from metadata.crosswalks import citations, dublin_core, edm, jsonld, marcxml, mets, mods
from metadata.crosswalks.context import PageContext, WorkContext
from metadata.record import (
    Agent,
    DateStatement,
    Note,
    Place,
    Record,
    Rights,
    SourceField,
    Subject,
    Title,
)
from metadata.sheets.export import write_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    Writer = Callable[[Record, WorkContext], str]

# Each value stands nowhere else, so that finding it in a document shows that it was carried.
_PROBE = Record(
    identifier="m-identifier",
    titles=(Title("m-title", "zh-Hant"), Title("m-alternative", "nl", "alternative")),
    material="rubbing",
    agents=(Agent("m-agent", "m-role", "egr", "urn:m-agent-authority"),),
    dates=(DateStatement("m-written", "1777-07-07", first_year=1777, last_year=1777),),
    places=(Place("m-place", "m-place-authority", "64000120"),),
    subjects=(
        Subject("m-topic", "topic", "urn:m-topic-authority"),
        Subject("m-class", "class"),
        Subject("m-siku", "siku"),
    ),
    identifiers=("m-other-identifier",),
    call_number="m-call-number",
    rare_book_number="m-rare-book-number",
    publisher="m-publisher",
    place_of_publication="m-published-at",
    languages=("hak",),
    extent="m-extent",
    edition="m-edition",
    page_format="m-page-format",
    binding="m-binding",
    volumes="m-volumes",
    notes=tuple(
        Note(f"m-{kind}", kind)
        for kind in (
            "description", "note", "provenance", "acquisition", "prefaces", "seals", "contents",
        )
    ),
    collections=("m-collection",),
    rights=Rights("http://rightsstatements.org/vocab/InC-RUU/1.0/", "m-rights", "m-rights-note"),
    access="onsite",
    embargo_until="2077-07-07",
    page_labels=("m-page-label",),
    source_fields=(SourceField("m-source-name", "m-source-value"),),
)  # fmt: skip
# Field: (heading, the texts of which one must be found).
_FIELDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("識別號 identifier", ("m-identifier",)),
    ("其他識別號 other identifiers", ("m-other-identifier",)),
    ("題名 title", ("m-title",)),
    ("其他題名 alternative title", ("m-alternative",)),
    ("題名的語言 language of a title", ('"nl"',)),
    ("資料類型 type", ("rubbing", "Rubbing", "金石拓片")),
    ("責任者 creator", ("m-agent",)),
    ("角色 role as written", ("m-role",)),
    ("角色代碼 relator code", (">egr<", "egr")),
    ("責任者權威 authority of a creator", ("urn:m-agent-authority",)),
    ("日期（原文） date as written", ("m-written",)),
    ("日期（EDTF） date as read", ("1777-07-07",)),
    ("年 year", ("1777",)),
    ("地點 place", ("m-place",)),
    ("地點權威 authority of a place", ("m-place-authority",)),
    ("主題 subject", ("m-topic",)),
    ("主題權威 authority of a subject", ("urn:m-topic-authority",)),
    ("分類號 classification", ("m-class",)),
    ("四部分類 siku class", ("m-siku",)),
    ("索書號 call number", ("m-call-number",)),
    ("書號 rare-book number", ("m-rare-book-number",)),
    ("出版者 publisher", ("m-publisher",)),
    ("出版地 place of publication", ("m-published-at",)),
    ("語言 language", ("hak", "客語")),
    ("稽核項 extent", ("m-extent",)),
    ("版本 edition", ("m-edition",)),
    ("版式行款 page format", ("m-page-format",)),
    ("裝訂 binding", ("m-binding",)),
    ("卷數 volumes", ("m-volumes",)),
    ("說明 description", ("m-description",)),
    ("附註 note", ("m-note",)),
    ("來源 provenance", ("m-provenance",)),
    ("入藏方式 acquisition", ("m-acquisition",)),
    ("序跋 prefaces", ("m-prefaces",)),
    ("收藏印記 seals", ("m-seals",)),
    ("目次 contents", ("m-contents",)),
    ("典藏系列 collection", ("m-collection",)),
    ("權利聲明網址 rights URI", ("InC-RUU",)),
    ("權利聲明 rights label", ("m-rights",)),
    ("權利附註 rights note", ("m-rights-note",)),
    ("取用層級 access", ("館內", "On site")),
    ("開放日期 embargo", ("2077-07-07",)),
    ("頁標 page labels", ("m-page-label",)),
    ("其他來源欄位 source fields", ("m-source-value",)),
)


def _xml(write: Callable[[Record, WorkContext], etree._Element]) -> Writer:
    def text(record: Record, context: WorkContext) -> str:
        written: str = etree.tostring(write(record, context), encoding="unicode")
        return written

    return text


def _json(write: Callable[[Record, WorkContext], object]) -> Writer:
    return lambda record, context: json.dumps(write(record, context), ensure_ascii=False)


_FORMATS: dict[str, Writer] = {
    "oai_dc": dublin_core.write_text,
    "MODS": _xml(mods.write),
    "MARCXML": _xml(marcxml.write),
    "METS": _xml(mets.write),
    "EDM": _xml(edm.write),
    "JSON-LD": _json(jsonld.write),
    "CSV": lambda record, _: write_sheet([(record, None)]).decode("utf-8-sig"),
    "RIS": citations.ris,
    "BibTeX": citations.bibtex,
    "CSL-JSON": _json(citations.csl),
}


def carried() -> dict[str, dict[str, bool]]:
    """Return for each field which formats carry it."""
    page = PageContext(
        1,
        "p1",
        "m-page-label",
        1,
        1,
        "https://example.org/p1.jpg",
        "image/tiff",
        "0" * 128,
        "1.tif",
    )
    context = WorkContext(
        "work",
        "https://example.org/works/work",
        datetime(2026, 1, 1, tzinfo=UTC),
        "m-holder",
        pages=(page,),
    )
    written = {name: write(_PROBE, context) for name, write in _FORMATS.items()}
    return {
        heading: {name: any(t in text for t in texts) for name, text in written.items()}
        for heading, texts in _FIELDS
    }


def table() -> str:
    """Return the loss table in Markdown: ✓ for a field that a format carries, — for one lost."""
    rows = [f"| | {' | '.join(_FORMATS)} |", f"|---|{'---|' * len(_FORMATS)}"]
    for heading, found in carried().items():
        rows.append(f"| {heading} | {' | '.join('✓' if f else '—' for f in found.values())} |")
    return "\n".join(rows) + "\n"
