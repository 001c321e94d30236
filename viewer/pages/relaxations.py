"""Where nothing was found: wider searches that find something."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from viewer.language import Voice
from viewer.pages.search_form import FILTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from search.results import SearchRequest
    from viewer.pages.facets import Narrowing
    from viewer.site import App

_MOST_SEARCHES = 6
_LONG = 4


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A wider search, with the number of Works it finds."""

    label: str
    href: str
    works: int


def relaxations(
    app: App, request: SearchRequest, narrowing: Narrowing, language: str
) -> list[Relaxation]:
    """Return the wider searches that find something, nearest to the question first."""
    found = []
    for tried, (label, wider) in enumerate(_wider(request, Voice(language))):
        if tried == _MOST_SEARCHES:
            break
        works = app.searcher.search(wider).totals.works
        if works:
            found.append(Relaxation(label, narrowing.href(wider), works))
    return found


def _wider(request: SearchRequest, voice: Voice) -> Iterator[tuple[str, SearchRequest]]:
    first = replace(request, page=1)
    if request.page > 1:
        yield voice.say("the first results of this search"), first
    bare = replace(first, year_from=None, year_to=None, **dict.fromkeys(FILTERS))  # type: ignore[arg-type]  # all take None
    if bare != first:
        yield voice.say("the same words without filters"), bare
    words = request.q.replace('"', " ").replace("“", " ").replace("”", " ").split()
    unquoted = " ".join(words)
    if unquoted != request.q and unquoted:
        yield voice.say("without quotation marks: %(q)s", q=unquoted), replace(bare, q=unquoted)
    if len(words) > 1:
        for word in words:
            yield voice.say("only %(q)s", q=word), replace(bare, q=word)
    elif len(unquoted) >= _LONG:
        middle = (len(unquoted) + 1) // 2
        for half in (unquoted[:middle], unquoted[middle:]):
            yield voice.say("only %(q)s", q=half), replace(bare, q=half)
