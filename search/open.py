"""Opens the engine that ``TAKAO_SEARCH`` names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repository.errors import SettingsError

if TYPE_CHECKING:
    from repository.settings import Settings
    from search.backend import SearchBackend


def open_backend(settings: Settings) -> SearchBackend:
    """Open ``embedded:`` or an Elasticsearch at ``http(s)://…``.

    Raises SettingsError for any other URI. Connects to nothing yet.
    """
    uri = settings.search
    if uri == "embedded:":
        from search.embedded.engine import EmbeddedBackend

        return EmbeddedBackend(settings.derivatives)
    if uri.startswith(("http://", "https://")):
        from search.elastic.engine import ElasticBackend

        return ElasticBackend(
            uri, settings.search_prefix, settings.search_ca, settings.search_api_key_file
        )
    raise SettingsError("TAKAO_SEARCH must be embedded: or http(s)://…, not " + uri)
