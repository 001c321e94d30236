"""The catalogue as OAI-PMH asks for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.oai.source import OaiRecord, OaiSet
from metadata.places import district_name
from repository.catalogue.changes import ChangeFilter, ChangePoint
from repository.collection import collection_id, set_specs
from viewer.harvest.partners import context_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from metadata.oai.request import Selection
    from repository.model import Page, Work
    from viewer.site import App

_PARENTS = (
    OaiSet("type", "資料類型 Types"),
    OaiSet("collection", "典藏系列 Collections"),
    OaiSet("district", "行政區 Districts"),
)
_MARGIN = 0.01


class CatalogueSource:
    """``metadata.oai.source.RecordSource`` on the catalogue."""

    def __init__(self, app: App) -> None:
        self._app = app

    def horizon(self) -> datetime:
        """Return the moment up to which the list of changes is complete."""
        return self._app.changes.horizon()

    def settled(self) -> datetime:
        """Return the horizon, after a wait of up to a second if it leaves out a Record."""
        horizon = self.horizon()
        second = horizon.replace(microsecond=0)
        if self._app.changes.count_changes(ChangeFilter(since=second)) == 0:
            return horizon
        time.sleep(1 - horizon.microsecond / 1_000_000 + _MARGIN)
        return self.horizon()

    def earliest(self) -> datetime | None:
        """Return the earliest datestamp."""
        return self._app.changes.earliest_change()

    def sets(self) -> list[OaiSet]:
        """Return the sets that have a Work, under their parents."""
        names = {collection_id(name): name for name in self._app.changes.collection_names()}
        members = [_set(spec, names) for spec in self._app.changes.set_counts()]
        return sorted([*_PARENTS, *members], key=lambda one: one.spec)

    def has(self, work: str) -> bool:
        """Tell whether there is, or was, a Work with this id."""
        return work in self._app.works.get_works([work])

    def get(self, work: str, prefix: str) -> OaiRecord | None:
        """Return one Work, a withdrawn one too."""
        found = self._app.works.get_works([work]).get(work)
        return (
            None if found is None else self._oai_record(found, prefix, self._first([found], prefix))
        )

    def records(
        self, selection: Selection, after: tuple[datetime, str] | None, limit: int
    ) -> list[OaiRecord]:
        """Return Works by (changed, id), withdrawn ones too."""
        point = ChangePoint(*after) if after else None
        changes = self._app.changes.changes(point, limit, _filter(selection))
        works = [change.work for change in changes]
        first = self._first(works, selection.prefix)
        return [self._oai_record(work, selection.prefix, first) for work in works]

    def count(self, selection: Selection) -> int:
        """Return how many Works a selection has."""
        return self._app.changes.count_changes(_filter(selection))

    def _first(self, works: Sequence[Work], prefix: str) -> dict[str, Page]:
        if prefix not in ("mods", "edm"):
            return {}
        return self._app.works.first_pages([w.id for w in works if w.page_count])

    def _oai_record(self, work: Work, prefix: str, first: dict[str, Page]) -> OaiRecord:
        context = None
        if work.withdrawal is None:
            whole = prefix in ("mets", "edm") and work.page_count
            pages = self._app.works.pages_of(work.id) if whole else ()
            events = self._app.changes.events(work.id) if prefix == "mets" else ()
            context = context_of(self._app, work, pages, first.get(work.id), events)
        if work.changed is None:
            raise ValueError(f"work {work.id} has no datestamp")
        return OaiRecord(work.id, work.changed, set_specs(work.record), work.record, context)


def _filter(selection: Selection) -> ChangeFilter:
    return ChangeFilter(selection.since, selection.until, selection.set_spec)


def _set(spec: str, names: dict[str, str]) -> OaiSet:
    kind, _, value = spec.partition(":")
    if kind == "type":
        return OaiSet(spec, " ".join(vocabulary.labels("material", value).values()))
    return OaiSet(spec, names.get(value, value) if kind == "collection" else district_name(value))
