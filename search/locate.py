"""Where a query stands in a page's text, and which boxes that is on the image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository.boxes import unpack
from repository.text import Box
from search.analysis import HAN, fold, phrase, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from repository.model import PageTextRow
    from search.query import Atom

SNIPPET_REACH = 40


@dataclass(frozen=True, slots=True)
class Span:
    """A match as [start, end) code points of the page's text.

    ``over`` is the end of the part on the next page, in code points of its text; 0 without.
    """

    start: int
    end: int
    over: int = 0


@dataclass(frozen=True, slots=True)
class _Squeezed:
    """A text without what does not count, and where each character of it comes from."""

    text: str
    origin: tuple[int, ...]


def _squeeze(text: str, *, exact: bool) -> _Squeezed:
    plain = written(text) if exact else fold(text)
    kept: list[str] = []
    origin: list[int] = []
    for i, character in enumerate(plain):
        if character.isspace():
            following = next((c for c in plain[i + 1 :] if not c.isspace()), "")
            beside_han = (kept and HAN.match(kept[-1])) or HAN.match(following)
            if not kept or kept[-1] == " " or beside_han:
                continue
            character = " "  # any white space between two words is one space
        elif not exact and "\u0300" <= character <= "\u036f":
            continue
        kept.append(character)
        origin.append(i)
    return _Squeezed("".join(kept), tuple(origin))


def _is_word(character: str) -> bool:
    return character.isalnum() and not HAN.match(character)


def _found(needle: str, hay: str) -> Iterator[int]:
    """Yield where ``needle`` stands in ``hay`` as whole words."""
    at = hay.find(needle)
    while at >= 0:
        end = at + len(needle)
        cut_left = at > 0 and _is_word(needle[0]) and _is_word(hay[at - 1])
        cut_right = end < len(hay) and _is_word(needle[-1]) and _is_word(hay[end])
        if not cut_left and not cut_right:
            yield at
        at = hay.find(needle, at + 1)


def _needle(atom: Atom) -> str:
    return _squeeze(atom.text.strip(), exact=atom.exact).text.strip()


def spans(text: str, atoms: Sequence[Atom]) -> list[Span]:
    """Return where the atoms stand in a page's text, in order, overlapping ones joined."""
    found: list[tuple[int, int]] = []
    for exact in (False, True):
        asked = [a for a in atoms if a.exact == exact and a.field is None]
        if not asked:
            continue
        hay = _squeeze(text, exact=exact)
        for atom in asked:
            needle = _needle(atom)
            if not phrase(needle, marks=exact):
                continue
            for at in _found(needle, hay.text):
                last = hay.origin[at + len(needle) - 1]
                found.append((hay.origin[at], last + 1))
    joined: list[Span] = []
    for start, end in sorted(found):
        if joined and start < joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(end, joined[-1].end))
        else:
            joined.append(Span(start, end))
    return joined


def span_over(text: PageTextRow, following: PageTextRow, atoms: Sequence[Atom]) -> Span | None:
    """Return the match that begins on a page and ends on the next, if there is one."""
    before, after = text.text[: text.running[1]], following.text[following.running[0] :]
    for atom in atoms:
        needle = _needle(atom)
        if atom.field is not None or not 2 <= len(needle) <= 16 or not all(map(HAN.match, needle)):
            continue
        left, right = _squeeze(before, exact=atom.exact), _squeeze(after, exact=atom.exact)
        for cut in range(1, len(needle)):
            if left.text.endswith(needle[:cut]) and right.text.startswith(needle[cut:]):
                start = left.origin[len(left.text) - cut]
                end = right.origin[len(needle) - cut - 1] + 1
                return Span(start, text.running[1], following.running[0] + end)
    return None


def nearest(text: str, atom: Atom, furthest: float) -> Span | None:
    """Return the place most like an atom when its edit distance is within ``furthest`` of it."""
    from rapidfuzz.fuzz import partial_ratio_alignment

    hay, needle = _squeeze(text, exact=False), _needle(atom)
    found = partial_ratio_alignment(needle, hay.text)
    if found is None or found.score < 100 * (1 - furthest) or found.dest_end <= found.dest_start:
        return None
    return Span(hay.origin[found.dest_start], hay.origin[found.dest_end - 1] + 1)


def boxes(row: PageTextRow, start: int, end: int) -> tuple[Box, ...]:
    """Return one rectangle per printed line for [start, end) of a page's text, in master pixels."""
    table = unpack(row.boxes)
    lines = [(line.start, line.end) for line in row.lines] or [(0, len(row.text))]
    rectangles = []
    for line_start, line_end in lines:
        first, last = max(start, line_start), min(end, line_end)
        if first >= last:
            continue
        part = table[first:last]
        x, y = int(part[:, 0].min()), int(part[:, 1].min())
        right = int((part[:, 0] + part[:, 2]).max())
        bottom = int((part[:, 1] + part[:, 3]).max())
        rectangles.append(Box(x, y, right - x, bottom - y))
    return tuple(rectangles)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A piece of a page's text around its first matches; ``marks`` are code points in ``text``."""

    text: str
    marks: tuple[tuple[int, int], ...]
    spans: tuple[Span, ...]


def excerpt(text: str, found: Sequence[Span]) -> Excerpt:
    """Return the text around the first match, with every match that lies in it marked."""
    if not found:
        return Excerpt(text[: 2 * SNIPPET_REACH].replace("\n", " "), (), ())
    start = max(0, found[0].start - SNIPPET_REACH)
    end = min(len(text), max(found[0].end, start + 2 * SNIPPET_REACH) + SNIPPET_REACH)
    inside = tuple(s for s in found if s.end <= end)
    marks = tuple((s.start - start, s.end - start) for s in inside)
    return Excerpt(text[start:end].replace("\n", " "), marks, inside)
