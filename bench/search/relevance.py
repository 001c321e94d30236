"""What reading errors cost: ``python -m bench.search.relevance [20000] [--seed N] [--text FILE]``.

Asks the embedded engine through ``Searcher``, as a reader does, for phrases from clean text;
the index holds the same pages with 0, 2, 5 and 10 % of their characters misread. Prints, by kind of
query, recall@20 of pages (as listed, and with the better tiers first) and of Works, and the mean
reciprocal rank of the first result that is not labelled as a guess. ``--text`` gives files whose
characters make another kind of corpus; ``--seed`` another corpus and other queries.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.search.corpus import (
    Corpus,
    catalogue_of,
    entity_names,
    generate,
    put_in,
    work_id_of,
    work_numbers,
)
from bench.search.noise import Judge, Judged, misread, walk
from search.embedded.engine import EmbeddedBackend
from search.indexer import Indexer
from search.results import SearchRequest
from search.searcher import Searcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from search.results import SearchResults, Tier

_TOP = 20
_ORDER: tuple[Tier, ...] = ("exact", "folded", "expanded", "noisy")
_KINDS = ("known4", "known6", "known8", "name3", "variant5", "simplified5", "era")
# At 5 % of errors, and without any.
_LEAST = {
    "known8": 0.99, "known4": 0.98, "variant5": 0.98, "simplified5": 0.98,
    "name3": 0.95, "era": 0.90,
}  # fmt: skip
_LEAST_CLEAN = 0.99


def main() -> int:
    """Measure at each rate of errors; return 1 when a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", type=int, nargs="?", default=20_000)
    options.add_argument("--seed", type=int, default=11)
    options.add_argument("--each", type=int, default=120, help="queries of each kind")
    options.add_argument("--text", type=Path, nargs="*", default=[])
    options.add_argument("--errors", type=float, nargs="*", default=[0.0, 0.02, 0.05, 0.10])
    given = options.parse_args()
    corpus = _corpus(given.pages, given.seed, given.text)
    asked = Judge(corpus.pages, corpus.works, corpus.entities, given.seed + 1).queries(given.each)
    counts = {kind: sum(j.kind == kind for j in asked) for kind in _KINDS}
    kind_of_text = "walk over " + ", ".join(f.name for f in given.text) if given.text else "words"
    print(f"{given.pages} pages, {kind_of_text}, seed {given.seed}; queries: {counts}")
    print(f"{'errors':8}{'figure':22}" + "".join(f"{kind:>12}" for kind in _KINDS))
    missed = False
    for errors in given.errors:
        figures = measure(corpus, asked, errors, given.seed + 2)
        for name, values in figures.items():
            line = "".join(f"{values.get(kind, np.nan):12.3f}" for kind in _KINDS)
            print(f"{errors:<8.0%}{name:22}{line}", flush=True)
        missed |= _misses(errors, figures)
    return int(missed)


def _corpus(pages: int, seed: int, files: Sequence[Path]) -> Corpus:
    if not files:
        return generate(pages, seed)
    lot = random.Random(seed)
    texts = walk("".join(file.read_text("utf-8") for file in files), pages, seed)
    entities = entity_names(lot)
    return Corpus(put_in(texts, entities, lot), work_numbers(pages, lot), entities)


def measure(
    corpus: Corpus, asked: Sequence[Judged], errors: float, seed: int
) -> dict[str, dict[str, float]]:
    """Return each figure by kind of query."""
    pages = misread(corpus.pages, errors, seed) if errors else corpus.pages
    noisy = Corpus(list(pages), corpus.works, corpus.entities)
    folder = Path(tempfile.mkdtemp(prefix="takao-bench-"))
    catalogue = catalogue_of(folder, noisy, quiet=True, describe=False)
    backend = EmbeddedBackend(folder / "derivatives")
    try:
        Indexer(catalogue, backend).drain()
        searcher = Searcher(catalogue, backend)
        places = _places(noisy)
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for judged in asked:
            results = searcher.search(SearchRequest(judged.q))
            for name, value in _judge(judged, results, places, corpus.works).items():
                found[name][judged.kind].append(value)
    finally:
        backend.close()
        catalogue.close()
        shutil.rmtree(folder)
    return {
        name: {kind: float(np.mean(values)) for kind, values in by_kind.items()}
        for name, by_kind in found.items()
    }


def _places(corpus: Corpus) -> dict[tuple[str, int], int]:
    """Return the place in the corpus of each (Work, page number)."""
    numbers: dict[int, int] = defaultdict(int)
    places = {}
    for i, work in enumerate(corpus.works):
        numbers[work] += 1
        places[work_id_of(work), numbers[work]] = i
    return places


def _judge(
    judged: Judged,
    results: SearchResults,
    places: dict[tuple[str, int], int],
    works: Sequence[int],
) -> dict[str, float]:
    listed = [(p.tier, places[p.work, p.n]) for hit in results.results for p in hit.pages]
    tiered = sorted(listed, key=lambda page: _ORDER.index(page[0]))
    right_works = {works[i] for i in judged.relevant}
    shown = [works[places[hit.work, 1]] for hit in results.results][:_TOP]
    figures = {
        "recall@20 as listed": _recall([i for _, i in listed], judged.relevant),
        "recall@20 by tier": _recall([i for _, i in tiered], judged.relevant),
        "recall@20 of Works": len(right_works & set(shown)) / min(_TOP, len(right_works)),
    }
    sure = [i for tier, i in tiered if tier != "noisy"]
    if sure:
        first = next((n for n, i in enumerate(sure, 1) if i in judged.relevant), 0)
        figures["MRR of sure tiers"] = 1 / first if first else 0.0
    return figures


def _recall(found: Sequence[int], relevant: frozenset[int]) -> float:
    return len(relevant & set(found[:_TOP])) / min(_TOP, len(relevant))


def _misses(errors: float, figures: dict[str, dict[str, float]]) -> bool:
    """Say which targets are missed at a rate for which there are some."""
    least = _LEAST if errors == 0.05 else dict.fromkeys(_LEAST, _LEAST_CLEAN) if not errors else {}
    found = figures["recall@20 by tier"]
    low = [kind for kind, value in least.items() if found[kind] < value]
    for kind in low:
        print(f"missed: {kind} {found[kind]:.3f}, to be {least[kind]}")
    return bool(low)


if __name__ == "__main__":
    sys.exit(main())
