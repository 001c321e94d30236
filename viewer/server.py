"""A running site: uvicorn in front, the indexer draining the outbox behind."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from repository.errors import SearchUnavailableError

if TYPE_CHECKING:
    from search.indexer import Indexer
    from viewer.site import App

_IDLE_SECONDS = 2.0
_log = logging.getLogger("takao.indexer")


def serve_site(app: App, indexer: Indexer, host: str, port: int) -> None:
    """Serve until interrupted; whatever other processes publish is indexed meanwhile."""
    import uvicorn

    from viewer.app import create_app

    stop = threading.Event()
    drainer = threading.Thread(target=_drain_until, args=(indexer, stop), daemon=True)
    drainer.start()
    try:
        uvicorn.run(create_app(app), host=host, port=port, log_level="warning", access_log=False)
    finally:
        stop.set()
        drainer.join(timeout=5)


def _drain_until(indexer: Indexer, stop: threading.Event) -> None:
    while not stop.wait(_IDLE_SECONDS):
        try:
            indexer.drain()
        except SearchUnavailableError as error:
            _log.warning(
                "搜尋引擎沒有回應，稍後再試 search does not answer, will try again: %s", error
            )
