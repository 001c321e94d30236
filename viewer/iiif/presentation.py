"""Presentation 3: stored manifests, and the collections that lead to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from metadata import vocabulary
from repository.collection import collection_id
from repository.errors import NotFoundError, WithdrawnError
from repository.manifest import CONTEXT

if TYPE_CHECKING:
    from repository.model import Work
    from viewer.site import App

MEDIA_TYPE = 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"'
_PAGE = 500
_SHARED = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}


def router(app: App) -> APIRouter:
    """Return the routes of manifests and collections."""
    routes = APIRouter(tags=["IIIF"])

    @routes.api_route("/iiif/works/{work}/manifest.json", methods=["GET", "HEAD"])
    def manifest(work: str, request: Request) -> Response:
        """A Work's manifest, as it was stored at publication."""
        held = app.catalogue.get_works([work]).get(work)
        if held is None:
            raise NotFoundError(f"no such work: {work}")
        if held.withdrawal is not None:
            raise WithdrawnError(held.withdrawal.reason)
        stored = app.catalogue.manifest(work)
        if stored is None:
            raise NotFoundError(f"work {work} has no pages, so there is no manifest")
        tag = f'"{work}-{held.changed:%Y%m%d%H%M%S%f}"'
        headers = {**_SHARED, "ETag": tag, "Cache-Control": "public, max-age=60"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(
            stored.replace(b"{base}", app.public_url.encode()), 200, headers, MEDIA_TYPE
        )

    @routes.api_route("/iiif/collections/{collection}.json", methods=["GET", "HEAD"])
    def collection(collection: str, after: str | None = Query(None)) -> Response:
        """The top collection, or one of its members, with at most 500 manifests a part."""
        document = _top(app) if collection == "top" else _members(app, collection, after)
        return Response(orjson.dumps(document), 200, _SHARED, MEDIA_TYPE)

    return routes


def _top(app: App) -> dict[str, Any]:
    names = app.catalogue.collection_names()
    items = [_reference(app, collection_id(name), {"zh-Hant": [name]}) for name in sorted(names)]
    for set_spec in sorted(app.catalogue.set_counts()):
        kind, _, value = set_spec.partition(":")
        if kind == "type":
            label = {k: [v] for k, v in vocabulary.labels("material", value).items()}
            items.append(_reference(app, f"type-{value}", label))
    label = {"zh-Hant": [app.settings.repository_name], "en": ["All collections"]}
    return _document(app, "top", label, items)


def _members(app: App, collection: str, after: str | None) -> dict[str, Any]:
    set_spec, label = _set_of(app, collection)
    works = app.catalogue.list_works(after, _PAGE + 1, set_spec)
    shown = works[:_PAGE]
    items = [_manifest_reference(app, work) for work in shown if work.page_count]
    if len(works) > _PAGE:
        more = {"zh-Hant": ["續"], "en": ["More"]}
        items.append(_reference(app, collection, more, f"?after={shown[-1].id}"))
    return _document(app, collection, label, items, f"?after={after}" if after else "")


def _set_of(app: App, collection: str) -> tuple[str, dict[str, list[str]]]:
    kind, _, value = collection.partition("-")
    if kind == "type" and value in vocabulary.terms("material"):
        labels = vocabulary.labels("material", value)
        return f"type:{value}", {k: [v] for k, v in labels.items()}
    for name in app.catalogue.collection_names():
        if collection_id(name) == collection:
            return f"collection:{collection}", {"zh-Hant": [name]}
    raise NotFoundError(f"no such collection: {collection}")


def _document(
    app: App, name: str, label: dict[str, list[str]], items: list[dict[str, Any]], query: str = ""
) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": f"{app.public_url}/iiif/collections/{name}.json{query}",
        "type": "Collection",
        "label": label,
        "items": items,
    }


def _reference(app: App, name: str, label: dict[str, list[str]], query: str = "") -> dict[str, Any]:
    url = f"{app.public_url}/iiif/collections/{name}.json{query}"
    return {"id": url, "type": "Collection", "label": label}


def _manifest_reference(app: App, work: Work) -> dict[str, Any]:
    url = f"{app.public_url}/iiif/works/{work.id}/manifest.json"
    return {"id": url, "type": "Manifest", "label": {"zh-Hant": [work.record.title]}}
