"""``App``: everything a route needs, built once by ``takao.py`` and handed down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repository.catalogue.changes import Changes
    from repository.catalogue.outbox import Outbox
    from repository.catalogue.steps import Steps
    from repository.catalogue.works import Works
    from repository.derivatives import Derivatives
    from repository.settings import Settings
    from search.searcher import Searching
    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class App:
    """The back-ends of a running site. ``public_url`` has no trailing slash."""

    settings: Settings
    public_url: str
    works: Works
    changes: Changes
    outbox: Outbox
    steps: Steps
    objects: ObjectStore
    derivatives: Derivatives
    searcher: Searching
