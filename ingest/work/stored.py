"""A Work planned from what the preservation store holds of it: for ``retry`` and ``rebuild``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.intake.plan import PlannedPage, PlannedWork
from ingest.stored_file import StoredFile
from repository import preserved

if TYPE_CHECKING:
    from repository.model import Page
    from storage.ocfl.store import ObjectStore


def planned_from_store(
    objects: ObjectStore, storage: str, work: str, *, adopted: bool
) -> PlannedWork:
    """Return a Work with all pages that were ever received for it.

    To be ``adopted`` it keeps its preserved ALTO; else its pages are read again.
    ``storage`` is the store's URI. Raises KeyError when there is no such object, ValueError when
    its documents are damaged.
    """
    held = preserved.load(objects, work)
    version = objects.version(preserved.object_id(work))
    paths = version.state if version and adopted else {}

    def stored(path: str) -> StoredFile:
        return StoredFile(storage, preserved.object_id(work), path)

    def planned(page: Page) -> PlannedPage:
        alto = preserved.alto_path(page.id)
        return PlannedPage(
            id=page.id,
            work=work,
            name=page.file,
            frame=page.frame,
            source=stored(page.master),
            digest=page.digest,
            media_type=page.media_type,
            width=page.width,
            height=page.height,
            alto=stored(alto) if alto in paths else None,
        )

    pages = tuple(planned(p) for p in (*held.pages, *held.unpublished))
    return PlannedWork(work, held.work.record, None, pages, describes="nothing", adopted=adopted)
