"""Record → schema.org JSON-LD, for the head of a Work's page and ``record.jsonld``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metadata import vocabulary

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

LOST: dict[str, str] = {
    "page_labels": "頁標 page labels",
    "binding": "裝訂 binding",
    "page_format": "版式行款 page format",
    "volumes": "卷數 volumes",
}
_TYPES = {
    "local-document": "CreativeWork",
    "rare-book": "Book",
    "map": "Map",
    "rubbing": "VisualArtwork",
    "photograph": "Photograph",
    "key-work": "VisualArtwork",
    "audiovisual": "MediaObject",
}


def write(record: Record, context: WorkContext) -> dict[str, Any]:
    """Return the JSON-LD document."""
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": _TYPES[record.material],
        "@id": context.url,
        "url": context.url,
        "name": [{"@value": t.value, "@language": t.language} for t in record.titles],
        "identifier": [record.identifier, *record.identifiers],
        "genre": vocabulary.label("material", record.material, "zh-Hant"),
        "holdingArchive": {"@type": "ArchiveOrganization", "name": context.provider},
        "dateModified": context.changed.isoformat(timespec="seconds"),
        "isAccessibleForFree": record.access == "open",
    }
    optional: dict[str, Any] = {
        "creator": [{"@type": "Person", "name": a.name} for a in record.agents],
        "temporalCoverage": [d.edtf for d in record.dates if d.edtf],
        "dateCreated": [d.as_written for d in record.dates],
        "spatialCoverage": [{"@type": "Place", "name": p.name} for p in record.places],
        "about": [s.value for s in record.subjects],
        "description": [n.value for n in record.notes],
        "publisher": record.publisher,
        "locationCreated": record.place_of_publication,
        "inLanguage": list(record.languages),
        "bookEdition": record.edition if record.material == "rare-book" else None,
        "isPartOf": [{"@type": "Collection", "name": name} for name in record.collections],
        "license": record.rights.uri,
        "usageInfo": record.rights.note,
        "materialExtent": record.extent,
        "thumbnailUrl": context.thumbnail,
        "subjectOf": context.manifest,
        "additionalProperty": [
            {"@type": "PropertyValue", "name": name, "value": value}
            for name, value in (
                ("索書號", record.call_number),
                ("書號", record.rare_book_number),
                *((kept.name, kept.value) for kept in record.source_fields),
            )
            if value
        ],
    }
    return document | {name: value for name, value in optional.items() if value}
