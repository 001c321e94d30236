"""A Work as an IIIF Presentation 3 manifest: a plain document, stored once, served as bytes.

``{base}`` stands for the public URL: whoever serves the document puts it in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metadata import vocabulary
from repository.collection import collection_id
from repository.display import date_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metadata.record import Record
    from repository.model import Page, Work

BASE = "{base}"
CONTEXT = "http://iiif.io/api/presentation/3/context.json"
ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
_THUMBNAIL = 400
_LABELS = {
    "alternative": {"zh-Hant": ["其他題名"], "en": ["Alternative title"]},
    "agents": {"zh-Hant": ["責任者"], "en": ["Creator"]},
    "dates": {"zh-Hant": ["日期"], "en": ["Date"]},
    "places": {"zh-Hant": ["地點"], "en": ["Place"]},
    "subjects": {"zh-Hant": ["主題"], "en": ["Subject"]},
    "material": {"zh-Hant": ["資料類型"], "en": ["Type"]},
    "languages": {"zh-Hant": ["語言"], "en": ["Language"]},
    "publisher": {"zh-Hant": ["出版者"], "en": ["Publisher"]},
    "place_of_publication": {"zh-Hant": ["出版地"], "en": ["Place of publication"]},
    "extent": {"zh-Hant": ["稽核項"], "en": ["Extent"]},
    "edition": {"zh-Hant": ["版本"], "en": ["Edition"]},
    "page_format": {"zh-Hant": ["版式行款"], "en": ["Page format"]},
    "binding": {"zh-Hant": ["裝訂"], "en": ["Binding"]},
    "volumes": {"zh-Hant": ["卷數"], "en": ["Volumes"]},
    "call_number": {"zh-Hant": ["索書號"], "en": ["Call number"]},
    "rare_book_number": {"zh-Hant": ["書號"], "en": ["Rare-book number"]},
    "identifier": {"zh-Hant": ["識別號"], "en": ["Identifier"]},
    "collections": {"zh-Hant": ["典藏系列"], "en": ["Collection"]},
    "note": {"zh-Hant": ["附註"], "en": ["Note"]},
    "prefaces": {"zh-Hant": ["序跋"], "en": ["Prefaces"]},
    "seals": {"zh-Hant": ["收藏印記"], "en": ["Seals"]},
    "provenance": {"zh-Hant": ["來源"], "en": ["Provenance"]},
    "acquisition": {"zh-Hant": ["入藏方式"], "en": ["Acquisition"]},
}
_SINGLE = (
    "publisher", "place_of_publication", "extent", "edition", "page_format", "binding", "volumes",
    "call_number", "rare_book_number", "identifier",
)  # fmt: skip
_RIGHTS_LABEL = {"zh-Hant": ["權利聲明"], "en": ["Rights"]}


def build(work: Work, pages: Sequence[Page], provider: str = "") -> dict[str, Any]:
    """Return the manifest of a Work with at least one page (Presentation 3.0 §5.2).

    Canvases have the pages' upright master pixels. ``provider`` names the holding institution.
    """
    record = work.record
    url = f"{BASE}/works/{work.id}"
    iiif = f"{BASE}/iiif/works/{work.id}"
    document: dict[str, Any] = {
        "@context": CONTEXT,
        "id": f"{iiif}/manifest.json",
        "type": "Manifest",
        "label": _titles(record),
        "metadata": list(_metadata(record)),
    }
    if summary := [n.value for n in record.notes if n.kind == "description"]:
        document["summary"] = {"zh-Hant": summary}
    if record.rights.uri:
        document["rights"] = record.rights.uri
    statement = record.rights.note or record.rights.label
    if statement:
        value = {"none": [statement]}
        document["requiredStatement"] = {"label": _RIGHTS_LABEL, "value": value}
    if provider:
        agent = {"id": f"{BASE}/", "type": "Agent", "label": {"zh-Hant": [provider]}}
        document["provider"] = [{**agent, "homepage": [_homepage(f"{BASE}/", provider)]}]
    if all(p.direction == "vertical" for p in pages):
        document["viewingDirection"] = "right-to-left"
    document["behavior"] = ["individuals" if len(pages) == 1 else "paged"]
    document["thumbnail"] = [_thumbnail(pages[0])]
    document["homepage"] = [_homepage(url, record.title)]
    document["seeAlso"] = list(_descriptions(url))
    document["rendering"] = list(_downloads(url, any(p.has_text for p in pages)))
    document["partOf"] = [_collection(name) for name in record.collections] or [_top()]
    document["service"] = [_search(iiif), _search_1(iiif)]
    document["items"] = [_canvas(work, page) for page in pages]
    return document


def _titles(record: Record) -> dict[str, list[str]]:
    titles: dict[str, list[str]] = {}
    for title in record.titles:
        if title.kind == "main":
            titles.setdefault(title.language, []).append(title.value)
    return titles or {"zh-Hant": [record.title]}


def _metadata(record: Record) -> Iterator[dict[str, Any]]:
    """Yield label and value of every field; what is a name or term keeps its own language."""
    others = [t.value for t in record.titles if t.kind == "alternative"]
    agents = [f"{a.name}（{a.role}）" if a.role else a.name for a in record.agents]
    pairs: list[tuple[str, dict[str, list[str]]]] = [
        ("alternative", {"none": others}),
        ("agents", {"none": agents}),
        ("dates", _by_language([date_texts(d) for d in record.dates])),
        ("places", {"none": [p.name for p in record.places]}),
        ("subjects", {"none": [s.value for s in record.subjects]}),
        ("material", _by_language([vocabulary.labels("material", record.material)])),
        ("languages", _by_language([vocabulary.labels("language", x) for x in record.languages])),
        ("collections", {"none": list(record.collections)}),
    ]
    pairs += [(name, {"none": [v] if (v := getattr(record, name)) else []}) for name in _SINGLE]
    for note in record.notes:
        if note.kind != "description":
            pairs.append((note.kind, {note.language: [note.value]}))
    for name, value in pairs:
        value = {language: texts for language, texts in value.items() if texts}
        if value:
            yield {"label": _LABELS.get(name, {"none": [name]}), "value": value}


def _by_language(texts: list[dict[str, str]]) -> dict[str, list[str]]:
    return {lang: [t[lang] for t in texts] for lang in ("zh-Hant", "en")} if texts else {}


def _homepage(url: str, label: str) -> dict[str, Any]:
    return {
        "id": url,
        "type": "Text",
        "label": {"zh-Hant": [label]},
        "format": "text/html",
        "language": ["zh-Hant", "en"],
    }


def _descriptions(url: str) -> Iterator[dict[str, Any]]:
    formats = (
        ("mods", "application/xml", "http://www.loc.gov/mods/v3", "MODS"),
        ("marcxml", "application/xml", "http://www.loc.gov/MARC21/slim", "MARCXML"),
        ("dc", "application/xml", "http://www.openarchives.org/OAI/2.0/oai_dc/", "Dublin Core"),
        ("jsonld", "application/ld+json", "https://schema.org/", "schema.org"),
    )
    for name, media_type, profile, label in formats:
        yield {
            "id": f"{url}/record.{name}",
            "type": "Dataset",
            "format": media_type,
            "profile": profile,
            "label": {"none": [label]},
        }


def _downloads(url: str, has_text: bool) -> Iterator[dict[str, Any]]:  # noqa: FBT001  # a fact
    if has_text:
        text = {"zh-Hant": ["全文"], "en": ["Full text"]}
        yield {"id": f"{url}/text.txt", "type": "Text", "format": "text/plain", "label": text}
    pdf = {"zh-Hant": ["PDF"], "en": ["PDF"]}
    yield {"id": f"{url}/work.pdf", "type": "Text", "format": "application/pdf", "label": pdf}


def _collection(name: str) -> dict[str, Any]:
    url = f"{BASE}/iiif/collections/{collection_id(name)}.json"
    return {"id": url, "type": "Collection", "label": {"zh-Hant": [name]}}


def _top() -> dict[str, Any]:
    label = {"zh-Hant": ["全部典藏"], "en": ["All collections"]}
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
        "label": {"none": [page.label or str(page.n)]},
        "width": page.width,
        "height": page.height,
        "thumbnail": [_thumbnail(page)],
        "items": [{"id": f"{canvas}/page", "type": "AnnotationPage", "items": [painting]}],
    }
    renderings = [
        {
            "id": f"{url}/pages/{page.n}/page.pdf",
            "type": "Text",
            "format": "application/pdf",
            "label": {"none": ["PDF"]},
        }
    ]
    if page.has_text:
        document["seeAlso"] = [
            {
                "id": f"{url}/alto/{page.n}.xml",
                "type": "Dataset",
                "format": "application/xml",
                "profile": ALTO,
                "label": {"none": ["ALTO"]},
            }
        ]
        text = {"zh-Hant": ["本頁全文"], "en": ["Text of the page"]}
        address = f"{url}/pages/{page.n}/text.txt"
        renderings.insert(0, {"id": address, "type": "Text", "format": "text/plain", "label": text})
    document["rendering"] = renderings
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
    return {
        "id": f"{BASE}/iiif/image/3/{page.id}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": page.width,
        "height": page.height,
        "service": _services(page),
    }


def _thumbnail(page: Page) -> dict[str, Any]:
    scale = min(1.0, _THUMBNAIL / max(page.width, page.height))
    width, height = max(1, round(page.width * scale)), max(1, round(page.height * scale))
    return {
        "id": f"{BASE}/iiif/image/3/{page.id}/full/{width},{height}/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": width,
        "height": height,
        "service": _services(page)[:1],
    }
