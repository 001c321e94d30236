"""The descriptive part of a manifest: a Record's fields as label and value in two languages.

Presentation 3.0 §3.1 and §4.4 (language maps).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from metadata import vocabulary
from metadata.calendar.edtf import bounds
from metadata.places import districts
from repository.display import date_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from metadata.places import District
    from metadata.record import Record, Rights

LanguageMap = dict[str, list[str]]

_LANGUAGE = re.compile("[A-Za-z]{2,8}(-[A-Za-z]{2,8})*")
_RIGHTS = re.compile(
    r"http://(creativecommons\.org/(licenses|publicdomain)|rightsstatements\.org/vocab)/\S+"
)
_LABELS: dict[str, tuple[str, str]] = {
    "alternative": ("其他題名", "Alternative title"),
    "agents": ("責任者", "Creator"),
    "dates": ("日期", "Date"),
    "places": ("地點", "Place"),
    "subjects": ("主題", "Subject"),
    "material": ("資料類型", "Type"),
    "languages": ("語言", "Language"),
    "collections": ("典藏系列", "Collection"),
    "publisher": ("出版者", "Publisher"),
    "place_of_publication": ("出版地", "Place of publication"),
    "extent": ("稽核項", "Extent"),
    "edition": ("版本", "Edition"),
    "page_format": ("版式行款", "Page format"),
    "binding": ("裝訂", "Binding"),
    "volumes": ("卷數", "Volumes"),
    "call_number": ("索書號", "Call number"),
    "rare_book_number": ("書號", "Rare-book number"),
    "identifier": ("識別號", "Identifier"),
}
_SINGLE = (
    "publisher", "place_of_publication", "extent", "edition", "page_format", "binding", "volumes",
    "call_number", "rare_book_number", "identifier",
)  # fmt: skip


def bilingual(chinese: str, english: str) -> LanguageMap:
    """Return a text of the site in both languages."""
    return {"zh-Hant": [chinese], "en": [english]}


def tagged(texts: Iterable[tuple[str, str]]) -> LanguageMap:
    """Return (language, text) pairs as a language map; what is no language counts as none."""
    found: LanguageMap = {}
    for language, text in texts:
        if text.strip():
            key = language if _LANGUAGE.fullmatch(language) else "none"
            found.setdefault(key, []).append(_plain(text))
    return found


def untagged(texts: Iterable[str]) -> LanguageMap:
    """Return names and terms, which keep their own language."""
    return tagged(("none", text) for text in texts)


def titles(record: Record) -> LanguageMap:
    """Return the main titles."""
    found = tagged((t.language, t.value) for t in record.titles if t.kind == "main")
    return found or untagged([record.title]) or untagged([record.identifier])


def summary(record: Record) -> LanguageMap:
    """Return the descriptions."""
    return tagged((n.language, n.value) for n in record.notes if n.kind == "description")


def rights_uri(rights: Rights) -> str | None:
    """Return the rights statement's URI when it is one that IIIF knows (§3.2, rights)."""
    return rights.uri if rights.uri and _RIGHTS.fullmatch(rights.uri) else None


def required_statement(rights: Rights) -> dict[str, LanguageMap] | None:
    """Return what has to be shown with every image, or None."""
    uri = rights.uri or ""
    known = uri in vocabulary.terms("rights")
    value = _by_language([vocabulary.labels("rights", uri)] if known else [])
    value = value or untagged([rights.label or uri])
    if note := (rights.note or "").strip():
        # A client shows the texts of one language only (§4.4), so the note stands in each.
        value = {lang: [*texts, _plain(note)] for lang, texts in (value or {"none": []}).items()}
    return {"label": bilingual("權利聲明", "Rights"), "value": value} if value else None


def nav_date(record: Record) -> str | None:
    """Return the first day of the first certain date, for ``navDate`` (Presentation 3.0 §3.1)."""
    days = (bounds(d.edtf)[0] for d in record.dates if d.edtf)
    return next((f"{day.isoformat()}T00:00:00Z" for day in days if day), None)


def nav_place(record: Record, manifest: str) -> dict[str, Any] | None:
    """Return the centres of a Record's districts as GeoJSON (navPlace extension 1.0)."""
    codes = dict.fromkeys(p.district for p in record.places if p.district in districts())
    if not codes:
        return None
    features = [_feature(districts()[str(code)], manifest) for code in codes]
    return {"id": f"{manifest}#places", "type": "FeatureCollection", "features": features}


def _feature(district: District, manifest: str) -> dict[str, Any]:
    return {
        "id": f"{manifest}#place-{district.code}",
        "type": "Feature",
        "properties": {"label": bilingual(district.name, district.english)},
        "geometry": {"type": "Point", "coordinates": [district.longitude, district.latitude]},
    }


def pairs(record: Record) -> Iterator[dict[str, LanguageMap]]:
    """Yield label and value of each field that the Record has (§3.1, metadata)."""
    agents = (f"{a.name}（{a.role}）" if a.role else a.name for a in record.agents)
    others = ((t.language, t.value) for t in record.titles if t.kind == "alternative")
    material = vocabulary.labels("material", record.material)
    values: list[tuple[str, LanguageMap]] = [
        ("alternative", tagged(others)),
        ("agents", untagged(agents)),
        ("dates", _by_language([date_texts(d) for d in record.dates])),
        ("places", untagged(p.name for p in record.places)),
        ("subjects", untagged(s.value for s in record.subjects)),
        ("material", _by_language([material])),
        ("languages", _by_language([vocabulary.labels("language", x) for x in record.languages])),
        ("collections", untagged(record.collections)),
        *((name, untagged([getattr(record, name) or ""])) for name in _SINGLE),
    ]
    for name, value in values:
        if value:
            yield {"label": bilingual(*_LABELS[name]), "value": value}
    for note in record.notes:
        value = tagged([(note.language, note.value)])
        if value and note.kind != "description":
            yield {"label": _note_label(note.kind), "value": value}


def _note_label(kind: str) -> LanguageMap:
    if kind not in vocabulary.terms("note"):
        return untagged([kind]) or bilingual("附註", "Note")
    return _by_language([vocabulary.labels("note", kind)])


def _by_language(texts: Iterable[Mapping[str, str]]) -> LanguageMap:
    return tagged((lang, text[lang]) for text in texts for lang in ("zh-Hant", "en"))


def _plain(text: str) -> str:
    """Return ``text`` so that no client takes it for HTML: a space after the last ``>`` (§4.5)."""
    return f"{text} " if text.startswith("<") and text.endswith(">") else text
