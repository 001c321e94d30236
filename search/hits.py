"""Matches made into what a reader sees: snippets with marks, boxes on the image."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from repository import rights
from search.locate import (
    SNIPPET_REACH,
    Excerpt,
    Span,
    boxes,
    excerpt,
    nearest,
    span_over,
    spans,
)
from search.results import Continuation, PageHit, TextMatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repository.catalogue import Catalogue
    from repository.model import PageTextRow, Work
    from repository.text import Box
    from search.query import Atom, PageMatch
    from search.results import Tier

_LIKENESS = 0.5
_MARGIN = 24


class HitMaker:
    """Reads texts and boxes from the catalogue, and finds the query in them."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def may_show(self, work: str, allowed: frozenset[str]) -> bool:
        """Tell whether a reader with these access levels may see a Work's text."""
        held = self._catalogue.get_works([work]).get(work)
        today = datetime.now(UTC).date()
        return held is not None and rights.level(held.record, today) in allowed

    def page_hit(
        self, match: PageMatch, tier: Tier, asked: Sequence[Atom], *, open_text: bool
    ) -> PageHit | None:
        """Return a page's hit; without text or the right to see it, the page alone."""
        row = self._catalogue.texts([match.page]).get(match.page) if open_text else None
        if row is None:
            return PageHit(match.page, match.work, match.n, tier, "", (), ())
        found = spans(row.text, asked)
        over = self._over(row, asked)
        if over is not None:
            found = [*found, over]
        if not found and tier == "noisy":
            found = _likenesses(row, asked)
        shown = excerpt(row.text, found)
        rectangles = tuple(b for s in shown.spans for b in boxes(row, s.start, s.end))
        return PageHit(
            page=match.page,
            work=match.work,
            n=match.n,
            tier=tier,
            snippet=shown.text,
            marks=shown.marks,
            boxes=rectangles,
            region=_region(row, shown.spans[0]) if shown.spans else None,
            continues=self._continuation(row, over) if over in shown.spans else None,
        )

    def text_matches(self, pages: Sequence[str], asked: Sequence[Atom]) -> list[TextMatch]:
        """Return every match on some pages, in page order."""
        rows = sorted(self._catalogue.texts(pages).values(), key=lambda r: r.n)
        found = []
        for row in rows:
            over = self._over(row, asked)
            for span in (*spans(row.text, asked), *([over] if over else ())):
                found.append(self._text_match(row, span))
        return found

    def likenesses(self, page: str, asked: Sequence[Atom]) -> list[TextMatch]:
        """Return what on a page is most like the query: it may contain reading errors."""
        row = self._catalogue.texts([page]).get(page)
        return [self._text_match(row, s) for s in _likenesses(row, asked)] if row else []

    def description(self, work: str, asked: Sequence[Atom]) -> Excerpt:
        """Return the piece of a Work's description in which the query stands; empty without."""
        held = self._catalogue.get_works([work]).get(work)
        for text in _descriptive_texts(held) if held else ():
            found = spans(text, asked)
            if found:
                return excerpt(text, found)
        return Excerpt("", (), ())

    def continuations(self, matches: Iterable[TextMatch], prefix: str) -> Counter[str]:
        """Count what follows a prefix: up to four more characters, or the rest of the word."""
        counted: Counter[str] = Counter()
        for match in matches:
            following = "".join(c for c in match.after[:4] if c.isalnum())
            counted[match.exact + following] += 1
        counted.pop(prefix, None)
        return counted

    def _text_match(self, row: PageTextRow, span: Span) -> TextMatch:
        reach = SNIPPET_REACH
        return TextMatch(
            page=row.page,
            n=row.n,
            before=row.text[max(0, span.start - reach) : span.start].replace("\n", " "),
            exact=row.text[span.start : span.end],
            after=row.text[span.end : span.end + reach].replace("\n", " "),
            boxes=boxes(row, span.start, span.end),
            continues=self._continuation(row, span),
            start=span.start,
            end=span.end,
        )

    def _over(self, row: PageTextRow, asked: Sequence[Atom]) -> Span | None:
        following = self._following(row)
        return span_over(row, following, asked) if following else None

    def _following(self, row: PageTextRow) -> PageTextRow | None:
        pages = self._catalogue.pages_of(row.work)
        after = next((p.id for p in pages if p.n == row.n + 1), None)
        return self._catalogue.texts([after]).get(after) if after else None

    def _continuation(self, row: PageTextRow, span: Span | None) -> Continuation | None:
        if span is None or not span.over:
            return None
        following = self._following(row)
        if following is None:
            return None
        return Continuation(following.n, boxes(following, following.running[0], span.over))


def _likenesses(row: PageTextRow, asked: Sequence[Atom]) -> list[Span]:
    found = (nearest(row.text, a, _LIKENESS) for a in asked if len(a.text) > 1 and not a.field)
    return sorted({s for s in found if s is not None}, key=lambda s: s.start)[:1]


def _region(row: PageTextRow, span: Span) -> Box | None:
    """Return the rectangle to show of a hit: its first line's neighbourhood."""
    lines = [s for s in row.lines if s.start < span.end and s.end > span.start]
    first = lines[0] if lines else None
    if first is None:
        return None
    reach = 12
    start, end = max(first.start, span.start - reach), min(first.end, span.end + reach)
    around = boxes(row, start, end)
    if not around:
        return None
    box = around[0]
    margin = max(_MARGIN, min(box.w, box.h) // 3)
    x, y = max(0, box.x - margin), max(0, box.y - margin)
    return type(box)(x, y, box.right + margin - x, box.bottom + margin - y)


def _descriptive_texts(work: Work) -> Iterable[str]:
    record = work.record
    yield from (t.value for t in record.titles)
    yield from (n.value for n in record.notes)
    yield from (a.name for a in record.agents)
    yield from (p.name for p in record.places)
    yield from (s.value for s in record.subjects)
