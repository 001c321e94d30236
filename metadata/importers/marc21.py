"""MARC 21 bibliographic fields to Record fields; what has no target is kept by tag and code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from metadata.record import Agent
from metadata.vocabulary import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from metadata.draft import Draft
    from metadata.importers.iso2709 import MarcField, MarcRecord

OURS = "takao"
# Leader/06, the same in both dialects.
MATERIALS = {"e": "map", "f": "map", "g": "audiovisual", "i": "audiovisual", "j": "audiovisual",
          "k": "photograph"}  # fmt: skip
_NOTES = {
    "505": "contents", "520": "description", "541": "acquisition", "561": "provenance",
    "562": "seals",
}  # fmt: skip
_SUBJECT_TAGS = ("600", "610", "611", "630", "647", "648", "650", "653")
_TITLE_TAGS = ("130", "210", "222", "240", "242", "243", "246", "247", "730", "740")
_NAME_TAGS = ("100", "110", "111", "700", "710", "711", "720")
_ISBD = re.compile(r"[\s/:;,=.]+$")


def tidy(text: str) -> str:
    """Return a value without the ISBD punctuation that leads to the next subfield."""
    return _ISBD.sub("", text).strip() if not re.search(r"\b\w\.$", text) else text.strip()


def read(record: MarcRecord, draft: Draft) -> str | None:
    """Put a record's fields into ``draft``; return its identifier."""
    kind = MATERIALS.get(record.leader[6:7])
    if kind and draft.profile is None:
        draft.material(kind, certain=False)
    _linked(record)
    identifier = _identifier(record, draft)
    dates = [
        f for tag in ("264", "260") for f in record.of(tag) for c, _ in f.subfields if c == "c"
    ]
    for field in record.fields:
        if field.tag == "046" and dates:
            field.take("k2")  # the coded form of a date that stands in 264 as it is written
            _keep(field, draft)
            continue
        target = _TARGETS.get(field.tag) or (_any_note if field.tag[0] == "5" else None)
        if target is not None:
            target(field, draft)
        _keep(field, draft)
    _coded(record, draft, dated=bool(dates))
    return identifier


def _linked(record: MarcRecord) -> None:
    """Give each 880 (another script) the tag of the field that it belongs to, in its place."""
    for field in record.fields:
        link = next((v for c, v in field.subfields if c == "6"), "")
        if field.tag == "880" and link[:3].isdigit():
            field.tag = link[:3]
        field.take("6")


def _identifier(record: MarcRecord, draft: Draft) -> str | None:
    """Return 001; for records that Takao wrote, the source's own identifier in 024."""
    numbers = {tag: next((f.value for f in record.of(tag)), "") for tag in ("001", "003")}
    if numbers["003"] == OURS:
        own = next((f for f in record.of("024") if "q" not in dict(f.subfields)), None)
        if own is not None and (value := own.first("a")):
            return draft.tidy(value)
    if numbers["001"].strip():
        return draft.tidy(numbers["001"])
    for tag in ("035", "024", "020"):
        for field in record.of(tag):
            if value := field.first("a"):
                return draft.tidy(value)
    return None


def _keep(field: MarcField, draft: Draft) -> None:
    if field.value and field.tag not in ("001", "003", "005"):
        draft.keep(field.tag, field.value)
    for code, value in field.rest():
        draft.keep(f"{field.tag}${code}", value)


def _coded(record: MarcRecord, draft: Draft, *, dated: bool) -> None:
    """Read what only 008 says: the language, and the year when no other field has one."""
    fixed = next((f.value for f in record.of("008")), "")
    language = fixed[35:38]
    if "languages" not in draft.lists and find("language", language):
        draft.language(language)
    year = fixed[7:11]
    if not dated and not draft.dates and fixed[6:7] == "s" and year.isdigit() and int(year):
        draft.date(year)


def _title(field: MarcField, draft: Draft) -> None:
    parts = [tidy(text) for text in field.take("abnp")]
    draft.title(" ".join(filter(None, parts)))
    for text in field.take("c"):
        draft.note(text, "responsibility")


def _other_title(field: MarcField, draft: Draft) -> None:
    parts = [tidy(text) for text in field.take("abnpt")]
    draft.title(" ".join(filter(None, parts)), "alternative")


def _name(field: MarcField, draft: Draft) -> None:
    name = tidy(" ".join(filter(None, map(tidy, field.take("abq")))))
    role = field.first("e")
    relator = field.first("4")
    draft.agent(Agent(name, tidy(role) if role else None, relator, field.first("0")))


def _publication(field: MarcField, draft: Draft) -> None:
    for text in field.take("a"):
        draft.one("place_of_publication", tidy(text).strip("[]"))
    for text in field.take("b"):
        draft.one("publisher", tidy(text).strip("[]"))
    for text in field.take("c"):
        draft.date(tidy(text))


def _coded_date(field: MarcField, draft: Draft) -> None:
    for text in field.take("k"):
        field.take("2")
        draft.date(text)


def _extent(field: MarcField, draft: Draft) -> None:
    parts = [tidy(text) for text in field.take("abce")]
    draft.one("extent", "；".join(filter(None, parts)))


def subject_reader(authority: str, parts: str) -> Callable[[MarcField, Draft], None]:
    """Return a reader of headings whose authority number and parts are in these subfields."""

    def read(field: MarcField, draft: Draft) -> None:
        number = field.first(authority)
        field.take("2")
        found = [tidy(text) for text in field.take(parts)]
        draft.subject("--".join(filter(None, found)), "topic", number)

    return read


def place_reader(authority: str, divisions: str) -> Callable[[MarcField, Draft], None]:
    """Return a reader of place names; one with subdivisions is a subject too."""

    def read(field: MarcField, draft: Draft) -> None:
        number = field.first(authority)
        field.take("2")
        place = field.first("a")
        parts = [tidy(text) for text in field.take(divisions)]
        if place:
            draft.place(tidy(place), number and number.removeprefix("(takao)"))
            if parts:
                draft.subject("--".join([tidy(place), *parts]))

    return read


def _genre(field: MarcField, draft: Draft) -> None:
    field.take("2")
    for text in field.take("a"):
        value = tidy(text)
        if find("material", value):
            draft.material(value)
        else:
            draft.subject(value)


def _class(field: MarcField, draft: Draft) -> None:
    scheme = field.first("2") or ""
    for text in field.take("a"):
        draft.subject(text, "siku" if scheme == "siku" else "class")


def _number(field: MarcField, draft: Draft) -> None:
    qualifier = field.first("q")
    for text in field.take("a"):
        if qualifier == "書號":
            draft.one("rare_book_number", text)
        else:
            draft.many("identifiers", text)


def _language(field: MarcField, draft: Draft) -> None:
    field.take("2")
    for text in field.take("ad"):
        for code in [text[i : i + 3] for i in range(0, len(text), 3)] if len(text) > 3 else [text]:
            draft.language(code)


def _language_note(field: MarcField, draft: Draft) -> None:
    tag, text = field.first("b"), field.first("a")
    if tag and find("language", tag):
        draft.lists.setdefault("languages", [])
        known = [
            v for v in draft.lists["languages"] if v.partition("-")[0] != tag.partition("-")[0]
        ]
        draft.lists["languages"] = [*known, tag]
    elif text:
        draft.note(text)


def _call_number(field: MarcField, draft: Draft) -> None:
    field.take("ab" if field.tag == "852" else "")
    number = " ".join(field.take("hi" if field.tag == "852" else "ab"))
    draft.one("call_number", number)


def _any_note(field: MarcField, draft: Draft) -> None:
    part = field.first("3")
    text = " ".join(field.take("abcdnuy"))
    target = {"卷數": "volumes", "版式行款": "page_format"}.get(part or "")
    if target:
        draft.one(target, text)
        return
    named = find("note", part) if part else None
    label = f"{part}：" if part and not named else ""
    draft.note(label + text, _NOTES.get(field.tag) or named or "note")


def _local(field: MarcField, draft: Draft) -> None:
    name = field.first("3")
    for text in field.take("a"):
        draft.keep(name or "591", text)


def _access(field: MarcField, draft: Draft) -> None:
    until = field.first("g")
    for text in field.take("a"):
        if find("access", tidy(text)):
            draft.access(tidy(text))
        else:
            draft.note(text, "access")
    if until:
        draft.embargo(until.removeprefix("開放日期："))


def _rights(field: MarcField, draft: Draft) -> None:
    for text in (*field.take("u"), *field.take("a"), *field.take("n")):
        draft.rights(text)


def _single(name: str, codes: str = "a") -> Callable[[MarcField, Draft], None]:
    def read(field: MarcField, draft: Draft) -> None:
        for text in field.take(codes):
            draft.one(name, tidy(text))

    return read


def _collection(field: MarcField, draft: Draft) -> None:
    for text in field.take("t"):
        draft.many("collections", tidy(text))


def _series(field: MarcField, draft: Draft) -> None:
    draft.note(" ".join(field.take("anpv")), "series")


_TARGETS: dict[str, Callable[[MarcField, Draft], None]] = {
    "245": _title,
    "264": _publication,
    "260": _publication,
    "046": _coded_date,
    "300": _extent,
    "651": place_reader("0", "vxyz"),
    "751": place_reader("0", "vxyz"),
    "655": _genre,
    "084": _class,
    "041": _language,
    "546": _language_note,
    "852": _call_number,
    "099": _call_number,
    "090": _call_number,
    "506": _access,
    "540": _rights,
    "250": _single("edition", "ab"),
    "340": _single("page_format"),
    "563": _single("binding"),
    "591": _local,
    "773": _collection,
    "440": _series,
    "490": _series,
    "830": _series,
    **dict.fromkeys(_TITLE_TAGS, _other_title),
    **dict.fromkeys(_NAME_TAGS, _name),
    **dict.fromkeys(_SUBJECT_TAGS, subject_reader("0", "abcdtvxyz")),
    **dict.fromkeys(("010", "020", "022", "024", "035"), _number),
}
