"""Where a query stands in a page's text, and which boxes that is on the image.

The one resolver for page view, result crops and Content Search. Offsets are code points of the
page's flat text; boxes are in upright master pixels, origin top-left.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING

from metadata.script import is_han_or_kana
from repository.boxes import unpack
from repository.text import Box, LineSpan
from search import analysis
from search.row import Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from repository.model import PageTextRow
    from search.expand import Forms
    from search.query import Word

SNIPPET_REACH = 40
_CROP_REACH = 12
_CROP_MARGIN = 24
_LONGEST_OVER = 16


@dataclass(frozen=True, slots=True)
class Span:
    """A match as [start, end). ``over`` is where it ends on the next page; 0 without."""

    start: int
    end: int
    over: int = 0


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of text around the first matches; ``marks`` are code points of ``text``."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()
    spans: tuple[Span, ...] = ()


class Finder:
    """Finds every form of some words in texts, exactly where the index finds them."""

    def __init__(self, words: Sequence[Word], forms: Mapping[Word, Forms]) -> None:
        sought: dict[bool, list[str]] = {False: [], True: []}
        for word in words:
            if word.scope == "anywhere":
                others = forms[word].texts if word in forms else ()
                sought[word.quoted] += [word.text, *others]
        self._phrases = {
            is_written: [piece for piece in Row(texts, written=is_written).pieces if piece]
            for is_written, texts in sought.items()
            if texts
        }
        self._over = [
            (phrase, is_written)
            for is_written, phrases in self._phrases.items()
            for phrase in phrases
            if 2 <= len(phrase) <= _LONGEST_OVER and is_han_or_kana(phrase)
        ]

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return where the words stand in each text, in order, overlapping ones joined."""
        found: list[list[tuple[int, int]]] = [[] for _ in texts]
        for is_written, phrases in self._phrases.items():
            row = Row(texts, written=is_written)
            for phrase in phrases:
                for number, start, end in row.occurrences(phrase):
                    found[number].append((start, end))
        return [_joined(places) for places in found]

    def running_over(self, rows: Sequence[PageTextRow]) -> list[PageTextRow]:
        """Return the pages that end as one of the words begins."""
        tails = [row.text[slice(*row.running)][-4 * analysis.SEAM_REACH :] for row in rows]
        ending: set[int] = set()
        for is_written in (False, True):
            begins = tuple(
                phrase[:cut]
                for phrase, as_written in self._over
                if as_written == is_written
                for cut in range(1, len(phrase))
            )
            if begins:
                pieces = Row(tails, written=is_written).pieces
                ending |= {number for number, tail in enumerate(pieces) if tail.endswith(begins)}
        return [rows[number] for number in sorted(ending)]

    def over(self, row: PageTextRow, following: PageTextRow) -> Span | None:
        """Return the match that begins on a page and ends on the next, if there is one."""
        ends = self._ends(row)
        head = following.text[following.running[0] : following.running[1]]
        head = head[: 4 * analysis.SEAM_REACH]
        starts = {
            False: analysis.head(analysis.fold(head)),
            True: analysis.head(analysis.written(head)),
        }
        for plain, written in self._over:
            for cut in range(1, len(plain)):
                if ends[written].endswith(plain[:cut]) and starts[written].startswith(plain[cut:]):
                    start = _back(row.text, row.running[1], cut)
                    end = _forth(following.text, following.running[0], len(plain) - cut)
                    return Span(start, row.running[1], end)
        return None

    def _ends(self, row: PageTextRow) -> dict[bool, str]:
        tail = row.text[row.running[0] : row.running[1]][-4 * analysis.SEAM_REACH :]
        return {
            False: analysis.tail(analysis.fold(tail)),
            True: analysis.tail(analysis.written(tail)),
        }


def _joined(places: list[tuple[int, int]]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(places):
        if joined and start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Span(start, end))
    return joined


def _back(text: str, end: int, count: int) -> int:
    """Return where the last ``count`` characters before ``end`` begin, white space not counted."""
    while count and end:
        end -= 1
        count -= bool(analysis.compact(text[end]))
    return end


def _forth(text: str, start: int, count: int) -> int:
    """Return where the first ``count`` characters from ``start`` end, white space not counted."""
    while count and start < len(text):
        count -= bool(analysis.compact(text[start]))
        start += 1
    return start


class BoxedText:
    """A page's text with its boxes unpacked once."""

    def __init__(self, row: PageTextRow) -> None:
        self.row = row

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        return unpack(self.row.boxes)

    def boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """Return one rectangle for each printed line in [start, end), in reading order."""
        return tuple(self._around(first, last) for first, last in self._parts(start, end))

    def texts(self, start: int, end: int) -> tuple[str, ...]:
        """Return what stands in each of ``boxes``."""
        return tuple(self.row.text[first:last] for first, last in self._parts(start, end))

    def _parts(self, start: int, end: int) -> list[tuple[int, int]]:
        lines = self.row.lines or (LineSpan(0, len(self.row.text), "running-text", "horizontal"),)
        known = len(self._table)
        first = max(0, bisect_right(lines, start, key=attrgetter("start")) - 1)
        parts = []
        for line in islice(lines, first, None):
            if line.start >= end:
                break
            part = max(start, line.start), min(end, line.end, known)
            if part[0] < part[1]:
                parts.append(part)
        return parts

    def region(self, span: Span) -> Box | None:
        """Return the rectangle to show of a match: its first line, some characters around it."""
        lines = [x for x in self.row.lines if x.start < span.end and x.end > span.start]
        if not lines:
            return None
        line = lines[0]
        start = max(line.start, span.start - _CROP_REACH)
        end = min(line.end, span.end + _CROP_REACH, len(self._table))
        if start >= end:
            return None
        box = self._around(start, end)
        margin = max(_CROP_MARGIN, min(box.w, box.h) // 3)
        x, y = max(0, box.x - margin), max(0, box.y - margin)
        return Box(x, y, box.right + margin - x, box.bottom + margin - y)

    def _around(self, first: int, last: int) -> Box:
        part = self._table[first:last].tolist()
        x, y = min(row[0] for row in part), min(row[1] for row in part)
        right, bottom = max(row[0] + row[2] for row in part), max(row[1] + row[3] for row in part)
        return Box(x, y, right - x, bottom - y)


def excerpt(text: str, found: Sequence[Span]) -> Excerpt:
    """Return the text around the first match, with every match that lies in it marked."""
    if not found:
        return Excerpt(_one_line(text[: 2 * SNIPPET_REACH]))
    start = max(0, found[0].start - SNIPPET_REACH)
    end = min(len(text), max(found[0].end, start + 2 * SNIPPET_REACH) + SNIPPET_REACH)
    inside = tuple(span for span in found if span.end <= end)
    start, end = _whole_words(text, start, found[0].start, max(s.end for s in inside), end)
    marks = tuple((span.start - start, span.end - start) for span in inside)
    return Excerpt(_one_line(text[start:end]), marks, inside)


def _whole_words(text: str, start: int, first: int, last: int, end: int) -> tuple[int, int]:
    """Return ``start`` and ``end`` without the piece of a Latin word that they cut through."""
    while 0 < start < first and analysis.is_letter(text[start - 1 : start + 1]):
        start += 1
    while last < end < len(text) and analysis.is_letter(text[end - 1 : end + 1]):
        end -= 1
    return start, end


def context(text: str, span: Span) -> tuple[str, str, str]:
    """Return what stands before, in and after a match."""
    start, end = max(0, span.start - SNIPPET_REACH), span.end + SNIPPET_REACH
    parts = text[start : span.start], text[span.start : span.end], text[span.end : end]
    before, exact, after = map(_one_line, parts)
    return before, exact, after


def first_excerpts(texts: Sequence[Sequence[str]], finder: Finder) -> list[Excerpt]:
    """Return, for each row of texts, the excerpt of the first in which a word stands, or none."""
    every = [text for several in texts for text in several]
    spans = iter(finder.spans(every))
    excerpts = []
    for several in texts:
        found = [(text, places) for text in several if (places := next(spans))]
        excerpts.append(excerpt(*found[0]) if found else Excerpt(""))
    return excerpts


def _one_line(text: str) -> str:
    return re.sub(r"[\n\r\t\v\f]", " ", text)
