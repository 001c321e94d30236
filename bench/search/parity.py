"""Wrong answers: ``python -m bench.search.parity [PAGES=20000] [--each 100] [--engine NAME…]``.

Asks each engine some 2,000 queries of 21 kinds over pages with variants, mixed scripts, line breaks
and page breaks, and compares ids and counts with brute force (``search_oracle``), in the exact tier
and in all; the order of the two engines is compared by overlap only. The Elasticsearch is that of
TAKAO_TEST_ELASTICSEARCH, else a server of our own. Target: 0 wrong.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.search.corpus import generate, states
from bench.search.elastic import elasticsearch
from bench.search.oracle import Case, Oracle, cases, dress
from metadata.record import Title
from repository.sql.catalogue import open_catalogue
from search.asked import ask
from search.embedded.engine import EmbeddedBackend
from search.indexer import Indexer
from search.results import SearchRequest
from search.searcher import question_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repository.catalogue.works import WorkState
    from search.backend import SearchBackend

_MOST_IDS = 10_000
_FIRST_YEAR, _LAST_YEAR, _YEARS = 1680, 2020, 68


@dataclass(frozen=True)
class Judgement:
    """What brute force knows of a corpus: ``ids[i]`` is page ``i``, dated in ``dates[i]``."""

    oracle: Oracle
    ids: list[str]
    dates: list[int]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A query with what an engine says and what it should."""

    case: Case
    what: str
    found: object
    expected: object


def plain(state: WorkState) -> WorkState:
    """Return a Work whose description is its title, so that brute force need not read more."""
    record = state.work.record
    bare = replace(
        record,
        titles=(Title(record.title),),
        agents=(),
        places=(),
        subjects=(),
        publisher=None,
        collections=(),
        languages=(),
        dates=tuple(replace(date, as_written="") for date in record.dates),
    )
    return replace(state, work=replace(state.work, record=bare))


def corpus(pages: int, seed: int = 11) -> tuple[list[WorkState], Judgement]:
    """Return a dressed corpus, and what brute force knows of it."""
    made = generate(pages, seed)
    made.pages[:] = dress(made.pages, seed)
    every = [plain(state) for state in states(made)]
    rows = [(state, row) for state in every for row in state.texts]
    oracle = Oracle(
        [row.text for _, row in rows],
        [state.work.id for state, _ in rows],
        {state.work.id: state.work.record.title for state in every},
    )
    dates = [state.work.record.dates[0].first_year or 0 for state, _ in rows]
    return every, Judgement(oracle, [row.page for _, row in rows], dates)


def wrongs(backend: SearchBackend, judgement: Judgement, asked: Sequence[Case]) -> Iterator[Wrong]:
    """Yield every difference between an engine and brute force."""
    oracle = judgement.oracle
    for case in asked:
        exact, every = case.truth(oracle, judgement.dates)
        request = _request(case)
        answer = backend.search(question_of(request))
        works = [{oracle.works[i] for i in pages} for pages in (exact, every)]
        expected = {
            "exact": (len(works[0]), len(exact)),
            "folded": (len(works[1] - works[0]), len(every - exact)),
        }
        counted = dict.fromkeys(expected, (0, 0))
        counted |= {tier: (c.works, c.pages) for tier, c in answer.counts.items()}
        if counted != expected or answer.total_works != len(works[1]):
            yield Wrong(case, "counts", counted, expected)
        shown = [work.work for work in answer.works]
        if not works[1].issuperset(shown) or len(set(shown)) != min(20, len(works[1])):
            yield Wrong(case, "Works", shown, works[1])
        for number, pages in ((0, exact), (-1, every)):
            ids = _ids(backend, request, number)
            if ids != {judgement.ids[i] for i in pages}:
                yield Wrong(case, "ids", len(ids), len(pages))


def _request(case: Case) -> SearchRequest:
    """Return a request with every expansion switched off."""
    first, last = case.years or (None, None)
    off = tuple(expansion.key for expansion in ask(case.q, ()).expansions)
    return SearchRequest(case.q, year_from=first, year_to=last, off=off)


def _ids(backend: SearchBackend, request: SearchRequest, tier: int) -> set[str]:
    """Return the id of every page in a tier and those before it.

    An engine gives 10,000 at a time: the years of the corpus are asked for part by part.
    """
    question = question_of(request)
    one = replace(question, tiers=(question.tiers[tier],))
    filters = question.filters
    first = filters.year_from if filters.year_from is not None else _FIRST_YEAR
    last = filters.year_to if filters.year_to is not None else _LAST_YEAR
    parts = [
        replace(one, filters=replace(filters, year_from=year, year_to=min(last, year + _YEARS - 1)))
        for year in range(first, last + 1, _YEARS)
    ]
    return {page for part in parts for page, _ in backend.matching_pages(part, _MOST_IDS)}


def _overlap(backends: Sequence[SearchBackend], asked: Sequence[Case]) -> float:
    """Return how much of the first 20 Works of two engines is the same, on the mean."""
    shares = []
    for case in asked:
        question = question_of(SearchRequest(case.q))
        found = [{work.work for work in b.search(question).works} for b in backends]
        if found[0] | found[1]:
            shares.append(len(found[0] & found[1]) / len(found[0] | found[1]))
    return float(np.mean(shares))


def main() -> int:
    """Measure; return 1 when an answer is wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", type=int, nargs="?", default=20_000)
    options.add_argument("--each", type=int, default=100, help="queries of each kind")
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--engine", nargs="*", default=["embedded", "elasticsearch"])
    given = options.parse_args()
    every, judgement = corpus(given.pages, given.seed)
    asked = cases(judgement.oracle, given.each, given.seed)
    kinds = Counter(case.kind for case in asked)
    print(f"{given.pages} pages, {len(every)} works, {len(asked)} queries of {len(kinds)} kinds")
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="takao-bench-") as folder, ExitStack() as open_things:
        catalogue = open_catalogue(f"sqlite:///{folder}/catalogue.sqlite")
        open_things.callback(catalogue.close)
        for start in range(0, len(every), 50):
            catalogue.save(every[start : start + 50])
        backends: list[SearchBackend] = []
        for name in given.engine:
            engine = EmbeddedBackend(Path(folder)) if name == "embedded" else None
            backend = engine or open_things.enter_context(elasticsearch())
            Indexer(catalogue, backend).drain()
            wrong += _compare(name, backend, judgement, asked)
            backends.append(backend)
        if len(backends) > 1:
            print(f"first 20 Works of both engines: overlap {_overlap(backends, asked):.3f}")
    print("queries of each kind: " + ", ".join(f"{kind} {n}" for kind, n in kinds.items()))
    return int(wrong > 0)


def _compare(
    name: str,
    backend: SearchBackend,
    judgement: Judgement,
    asked: Sequence[Case],
) -> int:
    begun = time.perf_counter()
    found = list(wrongs(backend, judgement, asked))
    seconds = time.perf_counter() - begun
    print(f"{name}: {len(found)} wrong of {len(asked)} ({seconds:.0f} s)", flush=True)
    for wrong in found[:10]:
        print(f"  {wrong.case.kind} {wrong.case.q!r}: {wrong.what}", wrong.found, wrong.expected)
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
