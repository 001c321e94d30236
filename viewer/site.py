"""``App``: everything a route needs, built once by ``takao.py`` and handed down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from repository.catalogue import Catalogue
    from repository.derivatives import Derivatives
    from repository.settings import Settings
    from search.searcher import Searching
    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class App:
    """The back-ends of a running site. ``public_url`` has no trailing slash."""

    settings: Settings
    public_url: str
    catalogue: Catalogue
    objects: ObjectStore
    derivatives: Derivatives
    searcher: Searching
