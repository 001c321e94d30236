"""What we add to Elasticsearch: ``python -m bench.search.beside_elastic [PAGES=20000]``.

Each request of ``search_speed`` goes through ``Searcher``, with counts, tiers, facets, snippets and
boxes of 20 Works. The time that the client waits for the server (all round trips of the request)
is the raw query; the rest is ours. Target: ours at most 10 ms, or all at most 1.5 times the raw
query, whichever is larger (p50 of each class). What a frozen server costs a reader is tested in
``tests/live/test_elastic_faults.py``.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from elastic_transport import Transport

from bench.search.corpus import catalogue_of, generate
from bench.search.elastic import elasticsearch
from bench.search.speed import queries
from search.indexer import Indexer
from search.searcher import Searcher

if TYPE_CHECKING:
    from search.results import SearchRequest

_OURS_MS, _RATIO = 10.0, 1.5


class Waiting(Transport):
    """A transport that adds up the seconds spent in round trips."""

    seconds = 0.0

    def perform_request(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  # as its base
        """Make a request, timed."""
        begun = time.perf_counter()
        try:
            return super().perform_request(*arguments, **options)
        finally:
            Waiting.seconds += time.perf_counter() - begun


def measure(searcher: Searcher, asked: list[SearchRequest]) -> tuple[list[float], list[float]]:
    """Return milliseconds of each request, and those of them spent waiting for the server."""
    searcher.search(asked[0])
    whole, raw = [], []
    for request in asked:
        Waiting.seconds = 0.0
        begun = time.perf_counter()
        searcher.search(request)
        whole.append((time.perf_counter() - begun) * 1e3)
        raw.append(Waiting.seconds * 1e3)
    return whole, raw


def main() -> int:
    """Measure; return 1 when a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", type=int, nargs="?", default=20_000)
    given = options.parse_args()
    corpus = generate(given.pages)
    missed = False
    with (
        tempfile.TemporaryDirectory(prefix="takao-bench-") as folder,
        elasticsearch(transport=Waiting) as backend,
    ):
        catalogue = catalogue_of(Path(folder), corpus)
        Indexer(catalogue, backend).drain()
        searcher = Searcher(catalogue, backend)
        gc.collect()
        gc.freeze()  # as a server does
        print(f"{given.pages} pages; ms, p50 / p95")
        print(f"{'class':16}{'raw query':>16}{'whole':>16}{'ours':>14}{'ratio':>7}")
        for name, asked in queries(corpus, 60).items():
            whole, raw = (np.array(times) for times in measure(searcher, asked))
            columns = [np.percentile(times, (50, 95)) for times in (raw, whole, whole - raw)]
            ratio = columns[1][0] / columns[0][0]
            cells = [f"{p50:.1f} / {p95:.1f}" for p50, p95 in columns]
            print(f"{name:16}{cells[0]:>16}{cells[1]:>16}{cells[2]:>14}{ratio:7.2f}", flush=True)
            missed |= columns[2][0] > _OURS_MS and ratio > _RATIO
        catalogue.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
