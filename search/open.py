"""A search engine by its address: ``embedded:`` or ``http(s)://…`` for Elasticsearch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repository.errors import SettingsError
from search.embedded import EmbeddedSearch

if TYPE_CHECKING:
    from repository.settings import Settings
    from search.backend import SearchBackend


def open_backend(settings: Settings) -> SearchBackend:
    """Return the engine of ``TAKAO_SEARCH``. Raises SettingsError for another kind of address."""
    if settings.search == "embedded:":
        return EmbeddedSearch(settings.derivatives / "search.sqlite")
    raise SettingsError(f"TAKAO_SEARCH must be embedded:, not {settings.search!r}")
