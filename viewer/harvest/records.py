"""Descriptions to take away: a Work's record in each format, citations, and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from metadata import vocabulary
from metadata.crosswalks import citations, dublin_core, edm, jsonld, marcxml, mets, mods
from metadata.elements import to_bytes
from repository.display import date_texts
from repository.errors import NotFoundError
from viewer.harvest.partners import context_of
from viewer.reader import described_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml import etree

    from metadata.crosswalks.context import PageContext, WorkContext
    from metadata.record import Record
    from repository.model import Work
    from viewer.site import App

_XML: dict[str, Callable[[Record, WorkContext], etree._Element]] = {
    "dc": dublin_core.write,
    "mods": mods.write,
    "marcxml": marcxml.write,
    "mets": mets.write,
    "edm": edm.write,
}
MEDIA_TYPES = {
    "dc": "application/xml",
    "mods": "application/mods+xml",
    "marcxml": "application/marcxml+xml",
    "mets": "application/mets+xml",
    "edm": "application/rdf+xml",
}
PROFILES = {
    "dc": dublin_core.NAMESPACE,
    "mods": mods.NAMESPACE,
    "marcxml": marcxml.NAMESPACE,
    "mets": mets.NAMESPACE,
    "edm": edm.NAMESPACE,
    "jsonld": f"{jsonld.CONTEXT}/",
}
JSON_LD = "application/ld+json"
_RIS = "application/x-research-info-systems"
_BIBTEX = "application/x-bibtex; charset=utf-8"
_CSL = "application/vnd.citationstyles.csl+json"


def router(app: App) -> APIRouter:
    """Return the routes of records and citations, and ``/api/works/{id}``."""
    routes = APIRouter(tags=["records"])

    @routes.get("/works/{work_id}/record.jsonld", summary="The description as schema.org JSON-LD")
    def json_ld(work_id: str) -> Response:
        work, context = _whole(app, work_id)
        return _json(jsonld.write(work.record, context), JSON_LD, _of(context) | _headers(work))

    @routes.get(
        "/works/{work_id}/record.{form}", summary="The description: marcxml, mods, mets, edm, dc"
    )
    def record(work_id: str, form: str) -> Response:
        work, context = _whole(app, work_id)
        if form not in _XML:
            raise NotFoundError(f"record.{form}")
        content = to_bytes(_XML[form](work.record, context))
        headers = _of(context) | _headers(work)
        return Response(content, headers=headers, media_type=MEDIA_TYPES[form])

    @routes.get("/works/{work_id}/cite.ris", summary="A citation for reference managers: RIS")
    def ris(work_id: str) -> Response:
        work, context = _whole(app, work_id)
        return Response(citations.ris(work.record, context), media_type=_RIS)

    @routes.get("/works/{work_id}/cite.bib", summary="A citation: BibTeX")
    def bibtex(work_id: str) -> Response:
        work, context = _whole(app, work_id)
        return Response(citations.bibtex(work.record, context), media_type=_BIBTEX)

    @routes.get("/works/{work_id}/cite.json", summary="A citation: CSL-JSON")
    def csl(work_id: str) -> Response:
        work, context = _whole(app, work_id)
        return _json([citations.csl(work.record, context)], _CSL, _headers(work))

    @routes.get("/api/works/{work_id}", summary="A Work with its dates, pages and links")
    def work_json(work_id: str) -> JSONResponse:
        work, context = _whole(app, work_id)
        return JSONResponse(describe(work, context), headers=_headers(work))

    return routes


def describe(work: Work, context: WorkContext) -> dict[str, Any]:
    """Return the shape of interfaces §6."""
    record = work.record
    titles: dict[str, list[str]] = {}
    for title in record.titles:
        titles.setdefault(title.language, []).append(title.value)
    return {
        "id": work.id,
        "identifiers": list(dict.fromkeys((record.identifier, *record.identifiers))),
        "title": titles,
        "type": record.material,
        "dates": [
            {
                "as_written": date.as_written,
                "edtf": date.edtf,
                "flagged": date.flagged,
                "proposed": date.proposed,
                "display": date_texts(date),
            }
            for date in record.dates
        ],
        **_details(record),
        "pages": [_page(page) for page in context.pages],
        "rights": {
            "uri": record.rights.uri,
            "label": record.rights.label,
            "note": record.rights.note,
        },
        "access": record.access,
        "embargo_until": record.embargo_until,
        "changed": context.changed.isoformat() if context.changed else None,
        "links": _links(context),
    }


def _details(record: Record) -> dict[str, Any]:
    return {
        "creators": [
            {"name": a.name, "role": a.role, "relator": a.relator, "authority": a.authority}
            for a in record.agents
        ],
        "places": [
            {"name": p.name, "authority": p.authority, "district": p.district}
            for p in record.places
        ],
        "subjects": [{"value": s.value, "scheme": s.scheme} for s in record.subjects],
        "languages": list(record.languages),
        "collections": list(record.collections),
        "publisher": record.publisher,
        "place_of_publication": record.place_of_publication,
        "call_number": record.call_number,
        "rare_book_number": record.rare_book_number,
        "extent": record.extent,
        "edition": record.edition,
        "page_format": record.page_format,
        "binding": record.binding,
        "volumes": record.volumes,
        "notes": [
            {
                "kind": note.kind,
                "label": vocabulary.labels("note", note.kind),
                "value": note.value,
                "language": note.language,
            }
            for note in record.notes
        ],
        "source_fields": [{"name": f.name, "value": f.value} for f in record.source_fields],
    }


def _page(page: PageContext) -> dict[str, Any]:
    return {
        "n": page.n,
        "id": page.id,
        "label": page.label,
        "width": page.width,
        "height": page.height,
        "image": page.image.partition("/full/")[0],
        "alto": page.alto,
        "text": page.text,
    }


def _links(context: WorkContext) -> dict[str, str | None]:
    formats = {name: f"{context.url}/record.{name}" for name in (*_XML, "jsonld")}
    cites = {name: f"{context.url}/cite.{name}" for name in ("ris", "bib", "json")}
    return {
        "html": context.url,
        "manifest": context.manifest_url,
        "thumbnail": context.thumbnail_url,
        **formats,
        **{f"cite_{name}": address for name, address in cites.items()},
    }


def _whole(app: App, work_id: str) -> tuple[Work, WorkContext]:
    """Return a described Work with all its pages and events. Descriptions are open to all."""
    work = described_work(app, work_id)
    pages, events = app.works.pages_of(work.id), app.changes.events(work.id)
    return work, context_of(app, work, pages, events=events)


def _headers(work: Work) -> dict[str, str]:
    return {"last-modified": f"{work.changed:%a, %d %b %Y %H:%M:%S GMT}"} if work.changed else {}


def _of(context: WorkContext) -> dict[str, str]:
    """Return ``Link`` from a description to the page of what it describes (Signposting)."""
    return {"link": f'<{context.url}>; rel="describes"; type="text/html"'}


def _json(document: object, media_type: str, headers: dict[str, str]) -> Response:
    content = json.dumps(document, ensure_ascii=False, indent=1).encode()
    return Response(content, headers=headers, media_type=media_type)
