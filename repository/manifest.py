"""A Work as an IIIF Presentation 3 manifest: a plain document, stored once, served as bytes.

``{base}`` stands for the public URL and ``{institution}`` for the name of the holding institution:
``served`` puts them in, so neither setting needs a new ingest when it changes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from repository import manifest_fields as fields
from repository.collection import collection_id
from repository.manifest_fields import bilingual, untagged
from repository.model import right_to_left
from storage.images import geometry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repository.model import Page, Work

BASE = "{base}"
INSTITUTION = "{institution}"
CONTEXT = "http://iiif.io/api/presentation/3/context.json"
NAV_PLACE = "http://iiif.io/api/extension/navplace/context.json"
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
_LOOSE = ("map", "photograph", "rubbing", "audiovisual")  # materials that are no bound volumes
_FORMATS = (
    ("mods", "application/mods+xml", "http://www.loc.gov/mods/v3", "MODS"),
    ("marcxml", "application/marcxml+xml", "http://www.loc.gov/MARC21/slim", "MARCXML"),
    ("mets", "application/mets+xml", "http://www.loc.gov/METS/", "METS"),
    ("edm", "application/rdf+xml", "http://www.europeana.eu/schemas/edm/", "EDM"),
    ("dc", "application/xml", "http://www.openarchives.org/OAI/2.0/oai_dc/", "Dublin Core"),
    ("jsonld", "application/ld+json", "https://schema.org/", "schema.org"),
)


def served(stored: bytes, public_url: str, institution: str) -> bytes:
    """Return a stored manifest with the public URL and the institution's name in it."""
    name = json.dumps(institution, ensure_ascii=False)[1:-1]
    filled = stored.replace(BASE.encode(), public_url.encode())
    return filled.replace(INSTITUTION.encode(), name.encode())


def build(work: Work, pages: Sequence[Page]) -> dict[str, Any]:
    """Return the manifest of a Work with at least one page (Presentation 3.0 §5.2).

    Canvases have the pages' upright master pixels.
    """
    record = work.record
    url = f"{BASE}/works/{work.id}"
    iiif = f"{BASE}/iiif/works/{work.id}"
    bound = len(pages) > 1 and record.material not in _LOOSE
    institution = untagged([INSTITUTION])
    optional = {
        "summary": fields.summary(record),
        "rights": fields.rights_uri(record.rights),
        "requiredStatement": fields.required_statement(record.rights),
        "viewingDirection": "right-to-left" if right_to_left(pages) else None,
        "navDate": fields.nav_date(record),
        "navPlace": fields.nav_place(record, f"{iiif}/manifest.json"),
    }
    return {
        "@context": [NAV_PLACE, CONTEXT] if optional["navPlace"] else CONTEXT,
        "id": f"{iiif}/manifest.json",
        "type": "Manifest",
        "label": fields.titles(record),
        "metadata": list(fields.pairs(record)),
        **{name: value for name, value in optional.items() if value},
        "provider": [
            {
                "id": f"{BASE}/",
                "type": "Agent",
                "label": institution,
                "homepage": [_homepage(f"{BASE}/", institution)],
            }
        ],
        "behavior": ["paged" if bound else "individuals"],
        "thumbnail": [_thumbnail(pages[0])],
        "homepage": [_homepage(url, fields.titles(record))],
        "seeAlso": [_description(url, *form) for form in _FORMATS],
        "rendering": list(_downloads(url, pages)),
        "partOf": [_collection(name) for name in dict.fromkeys(record.collections)] or [_top()],
        "service": [_search(iiif), _search_1(iiif)],
        "items": [_canvas(work, page) for page in pages],
    }


def _homepage(url: str, label: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "id": url,
        "type": "Text",
        "label": label,
        "format": "text/html",
        "language": ["zh-Hant", "en"],
    }


def _description(url: str, name: str, media_type: str, profile: str, label: str) -> dict[str, Any]:
    return {
        "id": f"{url}/record.{name}",
        "type": "Dataset",
        "format": media_type,
        "profile": profile,
        "label": {"none": [label]},
    }


def _downloads(url: str, pages: Sequence[Page]) -> Iterator[dict[str, Any]]:
    if any(page.has_text for page in pages):
        yield _text(f"{url}/text.txt", "text/plain", bilingual("全文", "Full text"))
    yield _text(f"{url}/work.pdf", "application/pdf", {"none": ["PDF"]})


def _text(url: str, media_type: str, label: dict[str, list[str]]) -> dict[str, Any]:
    return {"id": url, "type": "Text", "format": media_type, "label": label}


def _collection(name: str) -> dict[str, Any]:
    url = f"{BASE}/iiif/collections/{collection_id(name)}.json"
    return {"id": url, "type": "Collection", "label": untagged([name])}


def _top() -> dict[str, Any]:
    label = bilingual("全部典藏", "All collections")
    return {"id": f"{BASE}/iiif/collections/top.json", "type": "Collection", "label": label}


def _search(iiif: str) -> dict[str, Any]:
    complete = {"id": f"{iiif}/autocomplete/2", "type": "AutoCompleteService2"}
    return {"id": f"{iiif}/search/2", "type": "SearchService2", "service": [complete]}


def _search_1(iiif: str) -> dict[str, Any]:
    context = "http://iiif.io/api/search/1/context.json"
    complete = {
        "@id": f"{iiif}/autocomplete/1",
        "@type": "AutoCompleteService1",
        "profile": "http://iiif.io/api/search/1/autocomplete",
    }
    return {
        "@context": context,
        "@id": f"{iiif}/search/1",
        "@type": "SearchService1",
        "profile": "http://iiif.io/api/search/1/search",
        "service": [complete],
    }


def _canvas(work: Work, page: Page) -> dict[str, Any]:
    url = f"{BASE}/works/{work.id}"
    canvas = canvas_id(work.id, page.id)
    painting = {
        "id": f"{canvas}/image",
        "type": "Annotation",
        "motivation": "painting",
        "target": canvas,
        "body": _image(page),
    }
    document: dict[str, Any] = {
        "id": canvas,
        "type": "Canvas",
        "label": untagged([page.label or ""]) or untagged([str(page.n)]),
        "width": page.width,
        "height": page.height,
        "thumbnail": [_thumbnail(page)],
        "items": [{"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}],
    }
    at = f"{url}/pages/{page.n}"
    document["rendering"] = [_text(f"{at}/page.pdf", "application/pdf", {"none": ["PDF"]})]
    if page.has_text:
        text = _text(f"{at}/text.txt", "text/plain", bilingual("本頁全文", "Text of the page"))
        document["rendering"].insert(0, text)
        document["seeAlso"] = [
            {
                "id": f"{url}/alto/{page.n}.xml",
                "type": "Dataset",
                "format": "application/xml",
                "profile": ALTO,
                "label": {"none": ["ALTO"]},
            }
        ]
    return document


def canvas_id(work: str, page: str) -> str:
    """Return the canvas of a page, with ``{base}``."""
    return f"{BASE}/iiif/works/{work}/canvas/{page}"


def _services(page: Page) -> list[dict[str, Any]]:
    three = {"id": f"{BASE}/iiif/image/3/{page.id}", "type": "ImageService3", "profile": "level2"}
    two = {
        "@id": f"{BASE}/iiif/image/2/{page.id}",
        "@type": "ImageService2",
        "profile": "http://iiif.io/api/image/2/level2.json",
    }
    return [three, two]


def _image(page: Page) -> dict[str, Any]:
    return {**_picture(page, page.width, page.height), "service": _services(page)}


def _thumbnail(page: Page) -> dict[str, Any]:
    """Return the largest stored size that is one tile: it is sent without any decoding."""
    size = geometry.levels(page.width, page.height)[-1]
    return {**_picture(page, *size), "service": _services(page)[:1]}


def _picture(page: Page, width: int, height: int) -> dict[str, Any]:
    whole = (width, height) == (page.width, page.height)
    size = "max" if whole else f"{width},{height}"
    return {
        "id": f"{BASE}/iiif/image/3/{page.id}/full/{size}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
    }
