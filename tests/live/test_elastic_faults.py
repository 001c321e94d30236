"""Elasticsearch that is down, frozen or killed: readers are told at once, nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from drawn_library import Library
from elastic_transport import Transport

from bench.search import parity
from bench.search.oracle import cases
from repository.errors import SearchUnavailableError
from repository.sql.catalogue import open_catalogue
from search.elastic.client import READER_SECONDS
from search.elastic.engine import ElasticBackend
from search.results import SearchRequest
from search.searcher import Searcher

pytestmark = pytest.mark.live
ROOT = Path(__file__).parents[2]
DRAIN = """
import sys
from repository.sql.catalogue import open_catalogue
from search.elastic.engine import ElasticBackend
from search.indexer import Indexer
Indexer(open_catalogue(sys.argv[1]), ElasticBackend(sys.argv[2], "takao-")).drain()
"""


@pytest.fixture
def library(elasticsearch_node, tmp_path):
    file = tmp_path / "catalogue.sqlite"
    open_catalogue(f"sqlite:///{file}").close()
    made = Library(tmp_path, ElasticBackend(elasticsearch_node.url, "takao-"))
    yield made
    elasticsearch_node.signal(signal.SIGCONT)
    for state in made.backend.indices():
        made.backend.drop(state.name)
    made.close()


def patiently(library, q):
    """Search as a reader who tries again: the first searches of a cold server may be slow."""
    until = time.monotonic() + 60
    while True:
        try:
            return library.searcher.search(SearchRequest(q))
        except SearchUnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(1)


def test_a_frozen_server_costs_a_reader_two_seconds_once(library, elasticsearch_node):
    library.add(["打狗"])
    library.indexer.drain()
    patiently(library, "打狗")
    elasticsearch_node.signal(signal.SIGSTOP)
    waits = []
    for _ in range(2):
        begun = time.monotonic()
        with pytest.raises(SearchUnavailableError):
            library.searcher.search(SearchRequest("打狗"))
        waits.append(time.monotonic() - begun)
    elasticsearch_node.signal(signal.SIGCONT)
    assert waits[0] <= 2.0
    assert waits[1] <= 0.1
    assert patiently(library, "打狗").totals.pages == 1


class Slow(Transport):
    """A way to a server that takes most of a reader's patience for each request."""

    def perform_request(self, *arguments, **options):
        time.sleep(READER_SECONDS * 0.6)
        return super().perform_request(*arguments, **options)


def test_many_slow_answers_cost_a_reader_no_more_than_a_frozen_server(library, elasticsearch_node):
    library.add(["打狗"])
    library.indexer.drain()
    patiently(library, "打狗")
    backend = ElasticBackend(elasticsearch_node.url, "takao-", transport=Slow)
    begun = time.monotonic()
    with pytest.raises(SearchUnavailableError, match="in time"):
        Searcher(library.catalogue, backend).search(SearchRequest("打狗"))
    assert time.monotonic() - begun <= 2.0
    backend.close()


def test_a_killed_server_loses_nothing(library, elasticsearch_node):
    every, judgement = parity.corpus(600)
    library.catalogue.save(every)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # noqa: TID251
    uri = f"sqlite:///{library.catalogue_file}"
    indexer = subprocess.Popen(
        [sys.executable, "-c", DRAIN, uri, elasticsearch_node.url], env=environment
    )
    time.sleep(2.5)
    elasticsearch_node.kill()
    indexer.kill()
    indexer.wait()
    with pytest.raises(SearchUnavailableError, match="search engine"):
        library.indexer.drain()
    library.add(["鼂鼂鼂"], identifier="meanwhile", title="鼂")
    elasticsearch_node.start()
    library.indexer.drain()
    assert patiently(library, "鼂鼂鼂").totals.pages == 1
    asked = cases(judgement.oracle, 2)
    assert list(parity.wrongs(library.backend, judgement, asked)) == []
    (state,) = [s for s in library.backend.indices() if s.served]
    assert library.backend.count(state.name) == (len(every) + 1, 601)
    library.indexer.drain()  # feeds the index that the killed process was building, too
    assert library.indexer.drain() == 0


def test_a_server_that_is_something_else_is_named():
    import http.server
    import threading

    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET  # noqa: N815  # the name that http.server asks for

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    backend = ElasticBackend(f"http://127.0.0.1:{server.server_port}", "takao-")
    with pytest.raises(SearchUnavailableError, match="not Elasticsearch"):
        backend.indices()
    backend.close()
    server.shutdown()
    server.server_close()


def test_a_bulk_never_creates_an_index(library):
    library.add(["打狗"])
    from search.document import entry_of

    entries = [entry_of(item) for item in library.catalogue.everything(None, 10)]
    with pytest.raises(SearchUnavailableError):
        library.backend.write("takao-index-20200101000000-abc", entries)
    assert library.backend.indices() == []


def test_no_server_is_said_at_once():
    backend = ElasticBackend("http://127.0.0.1:9", "takao-")
    begun = time.monotonic()
    with pytest.raises(SearchUnavailableError):
        backend.health()
    assert time.monotonic() - begun < 1
    backend.close()
