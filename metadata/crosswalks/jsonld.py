"""Records as schema.org JSON-LD, for the head of a Work's page and for ``record.jsonld``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metadata import vocabulary
from metadata.agents import is_corporate

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import Agent, Record

CONTEXT = "https://schema.org"
TYPES = {
    "local-document": "Book", "rare-book": "Book", "map": "Map", "rubbing": "VisualArtwork",
    "photograph": "Photograph", "key-work": "CreativeWork", "audiovisual": "VideoObject",
}  # fmt: skip
_PROPERTIES = {
    "edt": "editor", "com": "editor", "trl": "translator", "ill": "illustrator",
    "pbl": "publisher", "isb": "publisher",
}  # fmt: skip


def write(record: Record, context: WorkContext) -> dict[str, Any]:
    """Return the JSON-LD object of a Record; empty properties are left out."""
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": TYPES[record.material],
        "@id": context.url,
        "url": context.url,
        "name": [_text(t.value, t.language) for t in record.titles if t.kind == "main"],
        "alternateName": [_text(t.value, t.language) for t in record.titles if t.kind != "main"],
        "identifier": _identifiers(record),
        "temporalCoverage": [d.edtf for d in record.dates if d.edtf],
        "dateCreated": [d.as_written for d in record.dates],
        "spatialCoverage": [{"@type": "Place", "name": p.name} for p in record.places],
        "locationCreated": _place(record.place_of_publication),
        "about": [_subject(s.value, s.scheme) for s in record.subjects],
        "inLanguage": list(record.languages),
        "genre": [
            _text(label, language)
            for language, label in vocabulary.labels("material", record.material).items()
        ],
        "description": [_text(n.value, n.language) for n in _notes(record, "description")],
        "material": record.binding,
        "bookEdition": record.edition,
        "size": record.extent,
        "license": record.rights.uri,
        "usageInfo": record.rights.note or record.rights.label,
        "conditionsOfAccess": vocabulary.label("access", record.access, "zh-Hant"),
        "isAccessibleForFree": record.access == "open" and not record.embargo_until,
        "isPartOf": [{"@type": "Collection", "name": name} for name in record.collections],
        "additionalProperty": _properties(record),
        "thumbnailUrl": context.thumbnail_url,
        "image": [page.image for page in context.pages[:1]],
        "numberOfPages": len(context.pages) or None,
        "provider": {"@type": "Library", "name": context.institution}
        if context.institution
        else None,
        "dateModified": context.changed.isoformat() if context.changed else None,
        "encoding": _manifest(context),
    }
    _agents(document, record)
    return {name: value for name, value in document.items() if value not in (None, [], "")}


def _text(value: str, language: str) -> dict[str, str]:
    return {"@value": value, "@language": language}


def _notes(record: Record, kind: str) -> list[Any]:
    return [note for note in record.notes if note.kind == kind]


def _identifiers(record: Record) -> list[Any]:
    found: list[Any] = list(dict.fromkeys((record.identifier, *record.identifiers)))
    for name, value in (("索書號", record.call_number), ("書號", record.rare_book_number)):
        if value:
            found.append({"@type": "PropertyValue", "propertyID": name, "value": value})
    return found


def _subject(value: str, scheme: str) -> object:
    if scheme == "topic":
        return value
    name = "中文圖書分類法" if scheme == "class" else "四部分類"
    return {"@type": "DefinedTerm", "termCode": value, "inDefinedTermSet": name}


def _place(name: str | None) -> dict[str, str] | None:
    return {"@type": "Place", "name": name} if name else None


def _properties(record: Record) -> list[dict[str, str]]:
    """Return what schema.org has no property for: notes by kind and the rare-book fields."""
    pairs = [("版式行款", record.page_format), ("卷數", record.volumes)]
    pairs += [("開放日期", record.embargo_until)]
    for note in record.notes:
        if note.kind != "description":
            pairs.append((vocabulary.label("note", note.kind, "zh-Hant"), note.value))
    pairs += [(kept.name, kept.value) for kept in record.source_fields]
    return [{"@type": "PropertyValue", "name": name, "value": v} for name, v in pairs if v]


def _agents(document: dict[str, Any], record: Record) -> None:
    if record.publisher:
        document["publisher"] = [{"@type": "Organization", "name": record.publisher}]
    for agent in record.agents:
        default = "creator" if agent.relator in (None, "cre", "aut") else "contributor"
        name = _PROPERTIES.get(agent.relator or "", default)
        document.setdefault(name, []).append(_agent(agent))


def _agent(agent: Agent) -> dict[str, Any]:
    kind = "Organization" if is_corporate(agent.name) else "Person"
    described: dict[str, Any] = {"@type": kind, "name": agent.name}
    if agent.authority:
        described["sameAs"] = agent.authority
    if agent.role:
        return {"@type": "Role", "roleName": agent.role, "creator": described}
    return described


def _manifest(context: WorkContext) -> dict[str, str] | None:
    if not context.manifest_url:
        return None
    return {
        "@type": "MediaObject",
        "contentUrl": context.manifest_url,
        "encodingFormat": "application/ld+json",
    }
