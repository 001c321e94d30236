"""Matches on a page: pieces of text with marks, and the part of the image that shows a match.

Boxes are in upright master pixels, origin top-left; offsets are code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository.text import Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SHAPE = 2.2  # width ÷ height of a crop: two crops stand beside each other in a result
_GLYPHS_HIGH = 6.5
_MARGIN = 1.3


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A stretch of text; ``hit`` is the number of the match it belongs to, 0 for none."""

    text: str
    hit: int = 0

    @property
    def marked(self) -> bool:
        """Tell whether it belongs to a match."""
        return self.hit > 0


def pieces(text: str, marks: Iterable[tuple[int, int]], start: int = 0) -> list[MarkedText]:
    """Cut ``text`` at the [start, end) of its marks, which are numbered from 1 in their order.

    ``start`` is the offset of ``text`` in what the marks count in; a mark may lie partly or wholly
    outside, and marks may overlap: the earlier one keeps the shared characters.
    """
    end = start + len(text)
    cut: list[MarkedText] = []
    at = start
    for number, (first, last) in sorted(enumerate(marks, 1), key=lambda mark: (mark[1], mark[0])):
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            cut.append(MarkedText(text[at - start : first - start]))
        cut.append(MarkedText(text[first - start : last - start], number))
        at = last
    if at < end:
        cut.append(MarkedText(text[at - start :]))
    return cut


def excerpt(
    text: str, marks: Sequence[tuple[int, int]], before: int, after: int
) -> tuple[str, list[tuple[int, int]]]:
    """Return the text around the first mark with the marks moved along; cut ends show as "…"."""
    first = min(marks, default=(0, 0))
    start, end = max(0, first[0] - before), min(len(text), first[1] + after)
    head, tail = "…" if start else "", "…" if end < len(text) else ""
    shift = len(head) - start
    kept = [(max(a, start) + shift, min(b, end) + shift) for a, b in marks if a < end and b > start]
    return head + text[start:end] + tail, kept


def crop_region(boxes: Sequence[Box], width: int, height: int) -> Box:
    """Return the part of a ``width`` × ``height`` page that shows the first of ``boxes``.

    It has one shape for lines and columns alike, some characters of context on every side, and
    lies inside the page.
    """
    hit = boxes[0]
    glyph = max(1, min(hit.w, hit.h))
    tall = max(hit.h * _MARGIN, glyph * _GLYPHS_HIGH)
    wide = max(tall * _SHAPE, hit.w * _MARGIN)
    tall = max(tall, wide / _SHAPE)
    w = min(width, round(wide))
    h = min(height, round(max(w / _SHAPE, min(tall, hit.h * _MARGIN))))
    x = min(max(0, round(hit.x + hit.w / 2 - w / 2)), width - w)
    y = min(max(0, round(hit.y + hit.h / 2 - h / 2)), height - h)
    return Box(x, y, max(1, w), max(1, h))
