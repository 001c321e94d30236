"""New versions of Works: the one way in which anybody changes what is held.

A change is made from the Work as it stands. When somebody else saved it meanwhile, nothing is
written and the change is made again from what stands then: no edit is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from repository import manifest, preserved
from repository.catalogue.works import WorkState
from repository.errors import NotFoundError, StaleWorkError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from repository.catalogue.changes import Changes
    from repository.catalogue.works import Works
    from repository.model import Event, Page, PageTextRow, Work
    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class HeldWork:
    """A Work with its pages, as it stands."""

    work: Work
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A Work as it shall stand.

    ``message`` is what the store notes of the version; ``events`` say who changed what and why, the
    first one the whole of it. ``texts`` are those of pages whose text is new, ``files`` what they
    leave in the object, by logical path.
    """

    work: Work
    pages: tuple[Page, ...]
    message: str
    events: tuple[Event, ...]
    texts: tuple[PageTextRow, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a change did: ``before`` is None for a new Work, ``written`` False without effect."""

    before: HeldWork | None
    version: NewVersion
    written: bool


class Versions:
    """Saves Works in the catalogue and, inside the same transaction, in their objects."""

    def __init__(
        self,
        works: Works,
        changes: Changes,
        objects: ObjectStore,
        gate: Callable[[dict[str, Any]], None],
    ) -> None:
        """``gate`` raises unless a manifest is one that may be stored."""
        self._works = works
        self._changes = changes
        self._objects = objects
        self._gate = gate

    def held(self, work: str) -> HeldWork | None:
        """Return a Work as it stands, withdrawn or not."""
        found = self._works.get_works([work]).get(work)
        return HeldWork(found, self._works.pages_of(work)) if found else None

    def save(self, work: str, change: Callable[[HeldWork | None], NewVersion]) -> Saved:
        """Save what ``change`` makes of a Work as it stands.

        ``change`` is called again whenever somebody else saved the Work first; it must depend on
        nothing of the Work but what it is given. What makes no difference is not written.

        Raises whatever ``change`` and the manifest gate raise, and what ``ObjectStore.update``
        does; nothing is saved then.
        """
        while True:
            held = self.held(work)
            version = change(held)
            if _makes_no_difference(version, held):
                return Saved(held, version, written=False)
            try:
                self._write(version, held)
            except StaleWorkError:
                continue
            return Saved(held, version, written=True)

    def change(self, work: str, change: Callable[[HeldWork], NewVersion]) -> Saved:
        """Save what ``change`` makes of a Work that is held. Raises NotFoundError, else as save."""

        def of_held(held: HeldWork | None) -> NewVersion:
            if held is None:
                raise NotFoundError(f"沒有這件作品 no such work: {work}")
            return change(held)

        return self.save(work, of_held)

    def adopt(
        self, held: HeldWork, texts: tuple[PageTextRow, ...], events: tuple[Event, ...]
    ) -> None:
        """Take a Work over as its object holds it, when the catalogue does not have it yet."""
        document = self._manifest(held.work, held.pages)
        self._works.adopt([WorkState(held.work, held.pages, texts, document, events)])

    def _write(self, version: NewVersion, held: HeldWork | None) -> None:
        work = replace(version.work, changed=held.work.changed if held else None)
        name = preserved.object_id(work.id)

        def preserve(saved: Sequence[Work]) -> None:
            files = {**self._documents(replace(version, work=saved[0])), **version.files}
            self._objects.update(name, files, message=version.message, user=version.events[0].agent)

        document = self._manifest(work, version.pages)
        state = WorkState(work, version.pages, version.texts, document, version.events)
        self._works.save([state], preserve)

    def _documents(self, version: NewVersion) -> dict[str, bytes]:
        told = (*self._changes.events(version.work.id), *version.events)
        waiting = preserved.unpublished(self._objects, version.work.id, version.pages)
        return preserved.documents(
            preserved.PreservedWork(version.work, version.pages, told, waiting)
        )

    def _manifest(self, work: Work, pages: tuple[Page, ...]) -> bytes | None:
        """Return the manifest to store, checked as a whole; None without pages."""
        if not pages:
            return None
        document = manifest.build(work, pages)
        self._gate(document)
        return orjson.dumps(document)


def _makes_no_difference(version: NewVersion, held: HeldWork | None) -> bool:
    if held is None or version.texts:
        return False
    return replace(version.work, changed=held.work.changed) == held.work and (
        version.pages == held.pages
    )
