"""A real Elasticsearch for measurements: the one given, or one as the tests start it."""

from __future__ import annotations

import importlib.util
import os
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from elastic_transport import Transport

from search.elastic.engine import ElasticBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

_NODE = Path(__file__).parents[2] / "tests" / "live" / "elastic_node.py"
_PATIENCE = 30.0  # seconds: what is measured is not the limit for readers


@contextmanager
def elasticsearch(transport: type[Transport] = Transport) -> Iterator[ElasticBackend]:
    """Give an engine on a server, under a prefix of its own that is dropped.

    The server is that of TAKAO_TEST_ELASTICSEARCH, else one of our own (Maven and a JDK).
    """
    given = os.environ.get("TAKAO_TEST_ELASTICSEARCH")  # noqa: TID251  # a setting of the tests
    spec = importlib.util.spec_from_file_location("elastic_node", _NODE)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(_NODE)
    node = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(node)
    server = None if given else node.Server(heap="2g").start()
    prefix = f"takao-{uuid.uuid4().hex[:8]}-"
    backend = ElasticBackend(
        given or server.url, prefix, reader_seconds=_PATIENCE, transport=transport
    )
    try:
        yield backend
    finally:
        for state in backend.indices():
            backend.drop(state.name)
        backend.close()
        if server is not None:
            server.stop()
