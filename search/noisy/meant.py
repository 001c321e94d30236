"""What a reader may have meant, when nothing was found: other words that the index does hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from metadata.places import names
from metadata.script import is_han_or_kana
from search import analysis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from search.noisy.tier import NoisyPage
    from search.query import ParsedQuery

_MOST_ERRORS = 2
_MOST_CHANGES, _SHARE = 1.0, 0.2  # what differs in more was not meant
_SHORTEST_NAME = 5


def other_queries(query: ParsedQuery, noisy: Sequence[NoisyPage]) -> Iterator[str]:
    """Yield queries of one word in place of a query of one word, the closest first.

    They are what pages have where they are closest to the word, the commonest first, and names of
    places that are spelt nearly so.
    """
    words = query.words
    if len(words) != 1 or query.none or words[0].scope != "anywhere":
        return
    most = max(_MOST_CHANGES, _SHARE * len(words[0].text))
    least = min((page.cost for page in noisy), default=0.0)
    read = Counter(page.read for page in noisy if page.cost <= min(least + 1, most))
    for text, _ in read.most_common():
        if is_han_or_kana(text) and analysis.fold(text) != analysis.fold(words[0].text):
            yield text
    if words[0].text.isascii() and len(words[0].text) >= _SHORTEST_NAME:
        known = [name.name for name in names() if name.name.isascii()]
        for name, errors, _ in process.extract(
            words[0].text,
            known,
            scorer=DamerauLevenshtein.distance,
            processor=str.casefold,
            score_cutoff=_MOST_ERRORS,
        ):
            if errors:
                yield name
