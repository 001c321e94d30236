"""Talking to Elasticsearch: two clients, and every failure by its name.

A reader's question has 1.5 s for all its requests and is not tried again; after a time-out the
server is not even asked for some seconds, so that a frozen one costs one reader one wait. The
indexer's client has time, and backs off by itself.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from repository.errors import SearchUnavailableError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from elastic_transport import Transport
    from elasticsearch import Elasticsearch

READER_SECONDS = 1.5
INDEXER_SECONDS = 60.0
_SILENT_SECONDS = 5.0
_NEARLY = 0.9


class Asking:
    """The client for one question: a request waits for what is left of its time, or little more."""

    def __init__(self, client: Elasticsearch, seconds: float) -> None:
        self._client = client
        self._limit = seconds
        self._until = time.monotonic() + seconds

    def __call__(self) -> Elasticsearch:
        """Return the client for the next request. Raises ConnectionTimeout when time is up."""
        from elastic_transport import ConnectionTimeout

        left = self._until - time.monotonic()
        if left <= 0:
            raise ConnectionTimeout("no time is left")
        if left < _NEARLY * self._limit:  # another limit makes another client, which takes time
            self._limit = left
            self._client = self._client.options(request_timeout=left)
        return self._client


class Connections:
    """The clients of one server, made when they are first needed."""

    def __init__(
        self,
        uri: str,
        ca: Path | None,
        api_key_file: Path | None,
        reader_seconds: float,
        transport: type[Transport] | None = None,
    ) -> None:
        self._uri = uri
        self._reader_seconds = reader_seconds
        self._ca = ca
        self._api_key_file = api_key_file
        self._transport = transport
        self._clients: dict[float, Elasticsearch] = {}
        self._silent_until = 0.0

    @contextmanager
    def reading(self) -> Iterator[Asking]:
        """Give what asks a reader's question. Raises SearchUnavailableError."""
        from elastic_transport import ConnectionTimeout

        if time.monotonic() < self._silent_until:
            raise SearchUnavailableError("搜尋引擎剛才沒有回應 the search engine did not answer")
        with named_failures():
            try:
                yield Asking(self._client(self._reader_seconds), self._reader_seconds)
            except ConnectionTimeout:
                self._silent_until = time.monotonic() + _SILENT_SECONDS
                raise

    @contextmanager
    def indexing(self) -> Iterator[Elasticsearch]:
        """Give the client for the indexer. Raises SearchUnavailableError."""
        with named_failures():
            yield self._client(INDEXER_SECONDS)

    def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, seconds: float) -> Elasticsearch:
        if seconds not in self._clients:
            from elasticsearch import Elasticsearch

            options: dict[str, Any] = {"ca_certs": str(self._ca)} if self._ca else {}
            if self._transport is not None:
                options["transport_class"] = self._transport
            self._clients[seconds] = Elasticsearch(
                self._uri,
                request_timeout=seconds,
                max_retries=0,
                retry_on_timeout=False,
                api_key=self._api_key(),
                **options,
            )
        return self._clients[seconds]

    def _api_key(self) -> str | None:
        if self._api_key_file is None:
            return None
        try:
            return self._api_key_file.read_text("utf-8").strip()
        except OSError as error:
            raise SettingsError(f"TAKAO_SEARCH_API_KEY_FILE cannot be read: {error}") from None


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn the client's exceptions into SearchUnavailableError, saying what can be done."""
    from elastic_transport import TransportError
    from elasticsearch import ApiError, UnsupportedProductError

    try:
        yield
    except UnsupportedProductError as error:
        raise SearchUnavailableError(
            "TAKAO_SEARCH 的伺服器不是 Elasticsearch"
            " the server at TAKAO_SEARCH is not Elasticsearch"
        ) from error
    except (TransportError, ApiError) as error:
        raise SearchUnavailableError(explain(error)) from error


def explain(error: Exception) -> str:
    """Return what a failure of the client means, and what to do."""
    from elastic_transport import ConnectionTimeout, TlsError
    from elasticsearch import ApiError

    status = error.status_code if isinstance(error, ApiError) else 0
    if isinstance(error, TlsError):
        return "TLS 憑證無法驗證，請設定 TAKAO_SEARCH_CA the certificate: set TAKAO_SEARCH_CA"
    if isinstance(error, ConnectionTimeout):
        return "搜尋引擎沒有在時限內回應 the search engine did not answer in time"
    if status in (401, 403):
        return f"搜尋引擎拒絕這個帳號 the search engine refuses this user or key: {error}"
    if status == 404:
        return "搜尋索引還沒有建立，請執行 takao reindex there is no index yet: run takao reindex"
    if status == 429:
        return f"搜尋引擎過載或磁碟已滿 the search engine is overloaded or its disk full: {error}"
    return f"搜尋引擎沒有回應 the search engine does not answer: {error}"
