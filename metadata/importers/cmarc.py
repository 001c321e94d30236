"""CMARC (中國機讀編目格式, 3rd edition, on UNIMARC) to Record fields; the rest is kept by tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.draft import language_of
from metadata.importers.marc21 import MATERIALS, place_reader, subject_reader, tidy
from metadata.record import Agent
from metadata.vocabulary import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from metadata.draft import Draft
    from metadata.importers.iso2709 import MarcField, MarcRecord

# UNIMARC relator codes (Manual, appendix C) and the MARC ones they stand for.
_RELATORS = {
    "070": "aut", "340": "edt", "220": "com", "600": "pht", "180": "ctg", "730": "trl",
    "440": "ill", "650": "pbl", "040": "art", "390": "fmo", "350": "egr", "080": "aui",
}  # fmt: skip
_NOTES = {"330": "description", "327": "contents", "317": "provenance", "345": "acquisition"}
_TITLE_TAGS = ("500", "501", "503", "510", "512", "513", "514", "515", "516", "517", "518", "532",
               "540", "541")  # fmt: skip
_NAME_TAGS = ("700", "701", "702", "710", "711", "712", "720", "721", "722")
_SUBJECT_TAGS = ("600", "601", "602", "604", "605", "606", "608", "610")


def read(record: MarcRecord, draft: Draft) -> str | None:
    """Put a record's fields into ``draft``; return its identifier."""
    kind = MATERIALS.get(record.leader[6:7])
    if kind and draft.profile is None:
        draft.material(kind, certain=False)
    for field in record.fields:
        target = _TARGETS.get(field.tag) or (_note if field.tag[0] == "3" else None)
        if target is not None:
            target(field, draft)
        if field.value and field.tag not in ("001", "005"):
            draft.keep(field.tag, field.value)
        for code, value in field.rest():
            draft.keep(f"{field.tag}${code}", value)
    number = next((f.value for f in record.of("001")), "").strip()
    return draft.tidy(number) or next(iter(draft.lists.get("identifiers", [])), None)


def _title(field: MarcField, draft: Draft) -> None:
    main = [tidy(text) for text in field.take("ahie")]
    draft.title(" ".join(filter(None, main)))
    for text in field.take("cd"):
        draft.title(tidy(text), "alternative")
    said = "；".join(filter(None, map(tidy, field.take("fg"))))
    draft.note(said, "responsibility")
    field.take("br")


def _other_title(field: MarcField, draft: Draft) -> None:
    parts = [tidy(text) for text in field.take("aehi")]
    draft.title(" ".join(filter(None, parts)), "alternative")


def _name(field: MarcField, draft: Draft) -> None:
    """Read a name; Chinese surnames and given names stand in $a and $b without a space."""
    parts = [tidy(text) for text in field.take("ab")]
    joined = "".join(parts)
    name = joined if language_of(joined) != "en" else ", ".join(filter(None, parts))
    code = field.first("4") or ""
    role = _RELATORS.get(code, code if code.isalpha() else "") or None
    written = field.first("c") if find("role", _peek(field, "c")) else None
    draft.agent(Agent(name, tidy(written) if written else None, role, field.first("3")))


def _peek(field: MarcField, code: str) -> str:
    return next((tidy(v) for c, v in field.subfields if c == code), "")


def _publication(field: MarcField, draft: Draft) -> None:
    for text in field.take("a"):
        draft.one("place_of_publication", tidy(text).strip("[]"))
    for text in field.take("c"):
        draft.one("publisher", tidy(text).strip("[]"))
    for text in field.take("d"):
        draft.date(tidy(text))


def _extent(field: MarcField, draft: Draft) -> None:
    parts = [tidy(text) for text in field.take("acde")]
    draft.one("extent", "；".join(filter(None, parts)))


def _edition(field: MarcField, draft: Draft) -> None:
    draft.one("edition", " ".join(map(tidy, field.take("abf"))))


def _class(field: MarcField, draft: Draft) -> None:
    number, book = field.first("a"), field.first("b")
    if number:
        draft.subject(number, "class")
    if number and book and "call_number" not in draft.singles:
        draft.one("call_number", f"{number} {book}")
    field.take("2v")


def _holding(field: MarcField, draft: Draft) -> None:
    """Read 805: class number $d, book number $e, year or volume $y $v."""
    number = " ".join(field.take("deyv"))
    if number:
        draft.singles["call_number"] = draft.tidy(number)
    for text in field.take("c"):
        draft.many("identifiers", text)


def _language(field: MarcField, draft: Draft) -> None:
    for text in field.take("a"):
        draft.language(text)


def _number(field: MarcField, draft: Draft) -> None:
    for text in field.take("a"):
        draft.many("identifiers", text)


def _note(field: MarcField, draft: Draft) -> None:
    draft.note(" ".join(field.take("abc")), _NOTES.get(field.tag, "note"))


def _series(field: MarcField, draft: Draft) -> None:
    draft.note(" ".join(map(tidy, field.take("aehiv"))), "series")


_TARGETS: dict[str, Callable[[MarcField, Draft], None]] = {
    "010": _number,
    "011": _number,
    "020": _number,
    "101": _language,
    "200": _title,
    "205": _edition,
    "210": _publication,
    "215": _extent,
    "225": _series,
    "607": place_reader("3", "jxyz"),
    "620": place_reader("3", "jxyz"),
    "681": _class,
    "805": _holding,
    **dict.fromkeys(_TITLE_TAGS, _other_title),
    **dict.fromkeys(_NAME_TAGS, _name),
    **dict.fromkeys(_SUBJECT_TAGS, subject_reader("3", "abfjtxyz")),
}
