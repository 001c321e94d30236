"""``App``: everything a route needs, built once by ``takao.py`` and handed down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repository.changes import Changes
    from repository.derivatives import Derivatives
    from repository.outbox import Outbox
    from repository.settings import Settings
    from repository.steps import Steps
    from repository.works import Works
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
