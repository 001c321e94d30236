"""Presentation 3: stored manifests, and the collections that lead to them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response

from metadata import vocabulary
from repository import manifest as manifests
from repository.collection import collection_id
from repository.errors import NotFoundError
from repository.manifest_fields import bilingual, titles, untagged
from viewer.iiif.documents import HEADERS, PRESENTATION, answer, has, media_type
from viewer.reader import described_work

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from repository.model import Work
    from viewer.site import App

_PART = 500
_KEPT = 256  # compressed manifests: some 70 kB for 1,000 pages
_TYPE = "type-"
_After = Annotated[str | None, Query(max_length=64)]


def router(app: App) -> APIRouter:
    """Return the routes of manifests and collections."""
    routes = APIRouter(tags=["IIIF"])

    packed = _packer(app)

    @routes.get("/iiif/works/{work}/manifest.json")
    def manifest(work: str, request: Request) -> Response:
        """A Work's manifest, as it was stored at publication."""
        held = described_work(app, work)
        tag = f'W/"{work}-{held.changed:%Y%m%d%H%M%S%f}"'
        # FAIR Signposting, content resource: which landing page it belongs to.
        page = f'<{app.public_url}/works/{work}>; rel="collection"; type="text/html"'
        headers = {**HEADERS, "ETag": tag, "Link": page}
        if has(request, tag):
            return Response(status_code=304, headers=headers)
        body = packed(held)
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        else:
            body = gzip.decompress(body)
        return Response(body, 200, headers, media_type(PRESENTATION))

    @routes.get("/iiif/collections/{collection}.json")
    def collection(collection: str, after: _After = None) -> Response:
        """The top collection, or one of its members in parts of 500 Works."""
        found = _Collections(app)
        document = found.top() if collection == "top" else found.members(collection, after)
        return answer(orjson.dumps(document), PRESENTATION)

    return routes


def _packer(app: App) -> Callable[[Work], bytes]:
    """Return what gives a Work's manifest ready to send, compressed once for many requests."""

    @lru_cache(maxsize=_KEPT)
    def packed(work: str, changed: datetime | None) -> bytes:  # noqa: ARG001  # part of the key
        stored = app.works.manifest(work)
        if stored is None:
            raise NotFoundError(f"work {work} has no pages, so there is no manifest")
        body = manifests.served(stored, app.public_url, app.settings.repository_name)
        return gzip.compress(body, compresslevel=5, mtime=0)

    return lambda work: packed(work.id, work.changed)


@dataclass(frozen=True, slots=True)
class _Collections:
    """The collections by name and by material, each a document that lists manifests."""

    app: App

    def top(self) -> dict[str, Any]:
        names = self.app.changes.collection_names()
        items = [self._reference(collection_id(name), untagged([name])) for name in names]
        for set_spec in sorted(self.app.changes.set_counts()):
            kind, _, value = set_spec.partition(":")
            if kind == "type":
                items.append(self._reference(f"{_TYPE}{value}", _material(value)))
        label = untagged([self.app.settings.repository_name])
        return {"@context": PRESENTATION, **self._reference("top", label), "items": items}

    def members(self, collection: str, after: str | None) -> dict[str, Any]:
        set_spec, label = self._set_of(collection)
        works = self.app.works.list_works(after, _PART + 1, set_spec)
        shown = works[:_PART]
        items = [self._manifest(work) for work in shown if work.page_count]
        if len(works) > len(shown):
            more = bilingual("後續作品", "More works")
            items.append(self._reference(collection, more, shown[-1].id))
        top = self._reference("top", untagged([self.app.settings.repository_name]))
        this = self._reference(collection, label, after)
        return {"@context": PRESENTATION, **this, "partOf": [top], "items": items}

    def _set_of(self, collection: str) -> tuple[str, dict[str, list[str]]]:
        material = collection.removeprefix(_TYPE)
        if collection.startswith(_TYPE) and material in vocabulary.terms("material"):
            return f"type:{material}", _material(material)
        for name in self.app.changes.collection_names():
            if collection_id(name) == collection:
                return f"collection:{collection}", untagged([name])
        raise NotFoundError(f"no such collection: {collection}")

    def _reference(
        self, name: str, label: dict[str, list[str]], after: str | None = None
    ) -> dict[str, Any]:
        part = f"?after={after}" if after else ""
        url = f"{self.app.public_url}/iiif/collections/{name}.json{part}"
        return {"id": url, "type": "Collection", "label": label}

    def _manifest(self, work: Work) -> dict[str, Any]:
        url = f"{self.app.public_url}/iiif/works/{work.id}/manifest.json"
        return {"id": url, "type": "Manifest", "label": titles(work.record)}


def _material(value: str) -> dict[str, list[str]]:
    labels = vocabulary.labels("material", value)
    return bilingual(labels["zh-Hant"], labels["en"])
