"""Matches made into what a reader sees: snippets with marks, boxes on the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.document import descriptive_texts
from search.locate import BoxedText, Excerpt, Finder, Span, context, excerpt, first_excerpts
from search.noisy.alignment import Texts
from search.results import Continuation, MatchesWithin, PageHit, TextMatch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from repository.catalogue.works import Works
    from repository.model import PageTextRow, Work
    from search.backend import FoundPage
    from search.noisy.candidates import Pattern


class HitMaker:
    """Reads texts and boxes from the catalogue, and finds one query in them."""

    def __init__(self, works: Works, finder: Finder, patterns: Sequence[Pattern] = ()) -> None:
        self._works = works
        self._finder = finder
        self._patterns = patterns
        self._following: dict[str, PageTextRow] = {}
        self._known: dict[str, list[Span]] = {}

    def page_hits(self, found: Sequence[tuple[str, FoundPage]]) -> dict[str, PageHit]:
        """Return the hits of (Work, page) by page id; texts are read in one go."""
        rows = self._works.texts([page.page for _, page in found])
        self._prepare(rows.values())
        return {page.page: self._page_hit(work, page, rows.get(page.page)) for work, page in found}

    def text_matches(self, rows: Iterable[PageTextRow]) -> list[TextMatch]:
        """Return every match on some pages, in page order; the closest places where none is."""
        return [self._text_match(boxed, span) for boxed, span in self.places(rows)]

    def some_matches(self, rows: Iterable[PageTextRow], start: int, limit: int) -> MatchesWithin:
        """Return ``limit`` of all matches on some pages, and how many there are."""
        places = self.places(rows)
        shown = places[start : start + limit]
        return MatchesWithin(tuple(self._text_match(*place) for place in shown), len(places), start)

    def places(self, rows: Iterable[PageTextRow]) -> list[tuple[BoxedText, Span]]:
        """Return where the words stand on some pages, in page order."""
        ordered = sorted(rows, key=lambda row: row.n)
        self._prepare(ordered)
        texts = map(BoxedText, ordered)
        return [(boxed, span) for boxed in texts for span in self._spans(boxed.row)]

    def described(self, works: Sequence[Work]) -> dict[str, Excerpt]:
        """Return the piece of each Work's description in which the query stands; empty without."""
        excerpts = first_excerpts([descriptive_texts(work) for work in works], self._finder)
        return dict(zip((work.id for work in works), excerpts, strict=True))

    def _page_hit(self, work: str, page: FoundPage, row: PageTextRow | None) -> PageHit:
        if row is None:
            return PageHit(page.page, work, page.n, page.tier, "", (), ())
        boxed = BoxedText(row)
        shown = excerpt(row.text, self._spans(row))
        over = next((span for span in shown.spans if span.over), None)
        return PageHit(
            page=page.page,
            work=work,
            n=page.n,
            tier=page.tier,
            snippet=shown.text,
            marks=shown.marks,
            boxes=tuple(box for span in shown.spans for box in boxed.boxes(span.start, span.end)),
            region=boxed.region(shown.spans[0]) if shown.spans else None,
            continues=self._continuation(row, over),
        )

    def _text_match(self, boxed: BoxedText, span: Span) -> TextMatch:
        before, exact, after = context(boxed.row.text, span)
        return TextMatch(
            page=boxed.row.page,
            n=boxed.row.n,
            before=before,
            exact=exact,
            after=after,
            boxes=boxed.boxes(span.start, span.end),
            continues=self._continuation(boxed.row, span),
            start=span.start,
            end=span.end,
            texts=boxed.texts(span.start, span.end),
        )

    def _spans(self, row: PageTextRow) -> list[Span]:
        return self._known[row.page]

    def _prepare(self, rows: Collection[PageTextRow]) -> None:
        """Find where the words stand; the closest places on pages where they do not."""
        self._read_following(rows)
        found = self._finder.spans([row.text for row in rows])
        self._known = {
            row.page: self._with_over(row, spans) for row, spans in zip(rows, found, strict=True)
        }
        if self._patterns:
            self._find_closest([row for row in rows if not self._known[row.page]])

    def _with_over(self, row: PageTextRow, found: list[Span]) -> list[Span]:
        following = self._following.get(row.page)
        over = self._finder.over(row, following) if following else None
        if over is None:
            return found
        return sorted([*found, over], key=lambda span: span.start)

    def _find_closest(self, rows: Sequence[PageTextRow]) -> None:
        texts = Texts([row.text for row in rows])
        for pattern in self._patterns:
            for number, found in texts.cheapest(pattern.phrase, pattern.most_errors):
                self._known[rows[number].page].append(Span(found.start, found.end))
        for row in rows:
            self._known[row.page].sort(key=lambda span: span.start)

    def _read_following(self, rows: Collection[PageTextRow]) -> None:
        """Read in one go what follows each page that may end with the beginning of a match."""
        pages = [row.page for row in self._finder.running_over(list(rows))]
        if pages:
            self._following |= self._works.following_texts(pages)

    def _continuation(self, row: PageTextRow, span: Span | None) -> Continuation | None:
        if span is None or not span.over:
            return None
        following = self._following.get(row.page)
        if following is None:
            return None
        boxed, start = BoxedText(following), following.running[0]
        return Continuation(
            following.n, boxed.boxes(start, span.over), boxed.texts(start, span.over)
        )
