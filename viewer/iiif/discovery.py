"""Change Discovery 1.0: which manifests were published, changed or withdrawn, in order.

Level 2 with the last activity of each manifest only (§2.1.3 lets the earlier ones be left out): a
Work that changes moves to the end. So a consumer that walks backwards from the last page while
Works change may see one twice, but never misses one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import orjson
from fastapi import APIRouter, Path, Response

from repository.catalogue.changes import ChangeFilter
from repository.errors import NotFoundError
from viewer.iiif.documents import DISCOVERY, answer

if TYPE_CHECKING:
    from repository.catalogue.changes import Change
    from viewer.site import App

_PER_PAGE = 100
_MANIFESTS = ChangeFilter(with_pages=True)
_Number = Annotated[int, Path(ge=0, le=10**9)]


def router(app: App) -> APIRouter:
    """Return the routes of the activity stream."""
    routes = APIRouter(tags=["IIIF"])
    activities = _Activities(app)

    @routes.get("/iiif/activity/all.json")
    def everything() -> Response:
        """The whole stream: where its first and last pages are."""
        return answer(orjson.dumps(activities.collection()), DISCOVERY)

    @routes.get("/iiif/activity/page/{number}.json")
    def page(number: _Number) -> Response:
        """One page of activities, the most recent last; pages count from 0."""
        return answer(orjson.dumps(activities.page(number)), DISCOVERY)

    return routes


@dataclass(frozen=True, slots=True)
class _Activities:
    app: App

    def collection(self) -> dict[str, Any]:
        """Return the OrderedCollection (§3.1)."""
        total = self.app.changes.count_changes(_MANIFESTS)
        return {
            "@context": DISCOVERY,
            **self._all(),
            "totalItems": total,
            "first": self._link(0),
            "last": self._link(_last(total)),
        }

    def page(self, number: int) -> dict[str, Any]:
        """Return an OrderedCollectionPage (§3.2). Raises NotFoundError beyond the last."""
        last = _last(self.app.changes.count_changes(_MANIFESTS))
        if number > last:
            raise NotFoundError(f"no such page of activities: {number}")
        start = number * _PER_PAGE
        changes = self.app.changes.changes(None, _PER_PAGE, _MANIFESTS, start)
        document = {
            "@context": DISCOVERY,
            **self._link(number),
            "partOf": self._all(),
            "startIndex": start,
            "orderedItems": [self._activity(change) for change in changes],
        }
        if number > 0:
            document["prev"] = self._link(number - 1)
        if number < last:
            document["next"] = self._link(number + 1)
        return document

    def _activity(self, change: Change) -> dict[str, Any]:
        work = change.work
        base = self.app.public_url
        manifest: dict[str, Any] = {
            "id": f"{base}/iiif/works/{work.id}/manifest.json",
            "type": "Manifest",
        }
        if work.withdrawal is None:
            manifest["seeAlso"] = [
                {
                    "id": f"{base}/works/{work.id}/record.mods",
                    "type": "Dataset",
                    "format": "application/mods+xml",
                    "profile": "http://www.loc.gov/mods/v3",
                }
            ]
        return {
            "type": "Update" if work.withdrawal is None else "Delete",
            "object": manifest,
            "endTime": f"{change.changed:%Y-%m-%dT%H:%M:%S.%fZ}",
        }

    def _all(self) -> dict[str, str]:
        url = f"{self.app.public_url}/iiif/activity/all.json"
        return {"id": url, "type": "OrderedCollection"}

    def _link(self, number: int) -> dict[str, str]:
        url = f"{self.app.public_url}/iiif/activity/page/{number}.json"
        return {"id": url, "type": "OrderedCollectionPage"}


def _last(total: int) -> int:
    return max(0, (total - 1) // _PER_PAGE)
