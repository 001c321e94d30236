"""The third tier: pages that may hold the query with reading errors in it."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from search.analysis import HAN, fold
from search.backend import Likeness
from search.locate import nearest
from search.query import PageMatch, atoms

if TYPE_CHECKING:
    from repository.catalogue import Catalogue
    from search.backend import SearchBackend
    from search.query import Atom, Filters, Node

_CANDIDATES = 400
_MOST = 200
_SHORTEST = 3
_SHORT = 4


def noisy_pages(
    backend: SearchBackend, catalogue: Catalogue, node: Node, filters: Filters, known: set[str]
) -> list[PageMatch]:
    """Return pages like the query that are not ``known``, the likest first, at most 200.

    Every phrase of three or more Han characters must have a likeness; shorter ones say too little
    for a likeness to mean anything, and quoted ones ask for themselves.
    """
    asked = [a for a in atoms(node) if not a.exact and not a.field and _han(a) >= _SHORTEST]
    if not asked or len(asked) < len(atoms(node)):
        return []
    likeness = _asked_for(asked)
    found = [m for m in backend.candidates(likeness, filters, _CANDIDATES) if m.page not in known]
    texts = catalogue.texts([m.page for m in found])
    likest: list[PageMatch] = []
    for match in found:
        row = texts.get(match.page)
        if row is None:
            continue
        scores = [_likeness(row.text, atom) for atom in asked]
        if min(scores) > 0:
            score = sum(scores) / len(scores)
            likest.append(PageMatch(match.page, match.work, match.n, score))
    likest.sort(key=lambda m: (-m.score, m.page))
    return likest[:_MOST]


def _han(atom: Atom) -> int:
    return len(HAN.findall(atom.text))


def _asked_for(asked: list[Atom]) -> Likeness:
    """Return bigrams, and for short phrases, whose every bigram one error may break, characters."""
    bigrams: list[str] = []
    together: list[tuple[str, ...]] = []
    for atom in asked:
        folded = HAN.findall(fold(atom.text))
        bigrams += [a + b for a, b in pairwise(folded)]
        if len(folded) <= _SHORT:
            together += combinations(dict.fromkeys(folded), len(folded) - 1)
    return Likeness(tuple(bigrams), tuple(together))


def _likeness(text: str, atom: Atom) -> float:
    """Return 0 to 1: how much of the atom stands together somewhere in the text."""
    length = _han(atom)
    allowed = 1 / 3 if length == _SHORTEST else 0.4
    span = nearest(text, atom, allowed + 0.01)
    if span is None:
        return 0.0
    from rapidfuzz.distance import Levenshtein

    window = fold(text[span.start : span.end])
    return 1.0 - Levenshtein.normalized_distance(fold(atom.text), "".join(window.split()))
