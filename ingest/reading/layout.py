"""Reading order: from an engine's unordered lines to blocks as a reader reads them.

Works on both engines' boxes, for both directions at once, in *flow* coordinates: ``u`` runs along
the lines, ``v`` from line to line. Horizontal: u = x, v = y. Vertical: u = y, v = −x, so that
columns go from right to left and tiers (上下欄) from top to bottom.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.reading.engine import RawGlyph, RawLine
    from repository.text import BlockKind, Direction

# In characters of the running text.
_BAND_GAP = 3.0
_GUTTER = 0.6
_FOLD = 3.0
_LEAST_COLUMN = 6.0
_MOST_CROSSING = 0.12
# Between the columns that one line was read over: the gap between their letters, by how well the
# second begins where its column does, and the letters that make a column.
_ALIGNED, _BREAK, _WIDE_BREAK, _COLUMN_LETTERS = 1.2, 0.4, 2.0, 4
# Interlinear notes are set at most this large beside the text they stand in.
_NOTE_SIZE = 0.85


@dataclass(frozen=True, slots=True)
class Piece:
    """A line, or the two half columns of an interlinear note, in flow coordinates (pixels).

    ``size`` is the extent of its characters across the line.
    """

    lines: tuple[RawLine, ...]
    u0: float
    v0: float
    u1: float
    v1: float
    size: float

    @property
    def length(self) -> float:
        """Return the extent along the reading."""
        return self.u1 - self.u0

    @property
    def middle(self) -> float:
        """Return the middle across the reading."""
        return (self.v0 + self.v1) / 2


@dataclass(frozen=True, slots=True)
class Ordered:
    """A piece of text of one kind, its lines in reading order."""

    lines: tuple[RawLine, ...]
    kind: BlockKind = "running-text"


def tilt(lines: Sequence[RawLine], direction: Direction) -> float:
    """Return the radians by which the lines of ``direction`` lean: the median of the long ones."""
    slopes: list[float] = []
    for line in lines:
        if line.direction != direction or len(line.glyphs) < 8:
            continue
        third = len(line.glyphs) // 3
        (x0, y0), (x1, y1) = (_middle(line.glyphs[:third]), _middle(line.glyphs[-third:]))
        run, rise = (x1 - x0, y1 - y0) if direction == "horizontal" else (y1 - y0, x0 - x1)
        if run > 0:
            slopes += [math.atan2(rise, run)] * len(line.glyphs)
    return median(slopes) if slopes else 0.0


def _middle(glyphs: Sequence[RawGlyph]) -> tuple[float, float]:
    return (
        median((g.x0 + g.x1) / 2 for g in glyphs),
        median((g.y0 + g.y1) / 2 for g in glyphs),
    )


def place(line: RawLine, direction: Direction, lean: float) -> Piece:
    """Return the line in flow coordinates of a page in ``direction`` that leans by ``lean``."""
    cos, sin = math.cos(lean), math.sin(lean)
    us, vs, sizes = [], [], []
    for g in line.glyphs:
        x, y = (g.x0 + g.x1) / 2, (g.y0 + g.y1) / 2
        x, y = cos * x + sin * y, cos * y - sin * x
        w, h = g.x1 - g.x0, g.y1 - g.y0
        u, v, along, across = (x, y, w, h) if direction == "horizontal" else (y, -x, h, w)
        us += [u - along / 2, u + along / 2]
        vs += [v - across / 2, v + across / 2]
        if _is_wide(g.text):
            sizes.append(across)
    sizes = sizes or [max(g.y1 - g.y0 for g in line.glyphs)]
    return Piece((line,), min(us), min(vs), max(us), max(vs), median(sizes))


def _is_wide(text: str) -> bool:
    return unicodedata.east_asian_width(text[0]) in "WF" and not unicodedata.category(
        text[0]
    ).startswith("P")


def body_size(pieces: Sequence[Piece]) -> float:
    """Return the character size of the running text, in pixels.

    Two thirds of the characters may be smaller: a page can hold more of notes than of text.
    """
    sizes = sorted(i.size for i in pieces for line in i.lines for _ in line.glyphs)
    return sizes[2 * len(sizes) // 3] if sizes else 1.0


def in_order(pieces: Sequence[Piece], em: float) -> list[Piece]:
    """Return the pieces as they are read; ``em`` is the size of the running text."""
    ordered: list[Piece] = []
    for band in _bands(pieces, _BAND_GAP * em):
        gutter = find_gutter(band, em)
        if gutter is None:
            ordered += [piece for row in rows(band) for piece in row]
            continue
        for part in _around(band, gutter):
            before = [i for i in part if (i.u0 + i.u1) / 2 < gutter]
            after = [i for i in part if (i.u0 + i.u1) / 2 >= gutter]
            if len(part) == 1 or not before or not after:
                ordered += part if len(part) == 1 else in_order(part, em)
            else:
                ordered += in_order(before, em) + in_order(after, em)
    return ordered


def _bands(pieces: Sequence[Piece], gap: float) -> list[list[Piece]]:
    """Divide where nothing stands for ``gap`` pixels across the reading."""
    bands: list[list[Piece]] = []
    end = -math.inf
    for piece in sorted(pieces, key=lambda i: i.v0):
        if piece.v0 - end > gap:
            bands.append([])
        bands[-1].append(piece)
        end = max(end, piece.v1)
    return bands


def find_gutter(pieces: Sequence[Piece], em: float) -> float | None:
    """Return the u of a gap between columns (or tiers), crossed by few lines, or None.

    Both sides must hold columns of text: aligned starts, lines of some length. Tables, whose cells
    are short, are read row by row.
    """
    if len(pieces) < 6:
        return None
    start, end = min(i.u0 for i in pieces), max(i.u1 for i in pieces)
    step = em / 8
    best: tuple[int, float, float] | None = None
    low = start + 3 * em
    while low < end - 3 * em:
        crossing = sum(1 for i in pieces if i.u0 + 0.2 * em < low < i.u1 - 0.2 * em)
        high = low
        while high < end and crossing == sum(
            1 for i in pieces if i.u0 + 0.2 * em < high < i.u1 - 0.2 * em
        ):
            high += step
        candidate = (crossing, -(high - low), (low + high) / 2)
        clear = high - low >= _GUTTER * em and crossing <= _MOST_CROSSING * len(pieces)
        better = clear and (best is None or candidate < best)
        fold = crossing == 0 and high - low >= _FOLD * em
        if better and _is_gutter(pieces, candidate[2], em, fold=fold):
            best = candidate
        low = high
    return best[2] if best else None


def _is_gutter(pieces: Sequence[Piece], at: float, em: float, *, fold: bool) -> bool:
    """Tell whether columns of text stand on both sides.

    Over the fold of a spread (``fold``) a side may also hold a table, as long as half of its text
    stands in lines.
    """
    sides = (
        [i for i in pieces if i.u1 - 0.2 * em <= at],
        [i for i in pieces if i.u0 + 0.2 * em >= at],
    )
    for side in sides:
        usual = _usual_length(side) if fold else median([i.length for i in side] or [0.0])
        if len(side) < 2 or usual < _LEAST_COLUMN * em:
            return False
    if fold:
        return True
    after = sides[1]
    first = min(i.u0 for i in after)
    # A real column begins at one edge, but for indents.
    return sum(1 for i in after if i.u0 - first < 2.5 * em) >= 0.6 * len(after)


def _usual_length(pieces: Sequence[Piece]) -> float:
    """Return the length that half of the text stands in lines of at least: cells weigh little."""
    lengths = sorted((i.length for i in pieces), reverse=True)
    left = sum(lengths) / 2
    for length in lengths:
        left -= length
        if left <= 0:
            return length
    return 0.0


def _around(pieces: Sequence[Piece], gutter: float) -> list[list[Piece]]:
    """Divide at the lines that cross the gutter: titles over all columns."""
    after = min(i.u0 for i in pieces if not _crosses(i, gutter) and i.u0 > gutter)
    divided = [[p for piece in row for p in _cut(piece, gutter, after)] for row in rows(pieces)]
    over = [any(_crosses(i, gutter) for i in row) for row in divided]
    start = min(i.u0 for i in pieces)
    parts: list[list[Piece]] = [[]]
    for n, row in enumerate(divided):
        # One line of the text's own size, begun where the column begins, is two lines read as one.
        alone = over[n] and not any(over[max(0, n - 1) : n] + over[n + 1 : n + 2])
        if over[n] and not (alone and _is_text_line(row, start, pieces)):
            parts += [[i] for i in row] + [[]]
        else:
            parts[-1] += row
    return [p for p in parts if p]


def _is_text_line(row: Sequence[Piece], start: float, pieces: Sequence[Piece]) -> bool:
    usual = median(i.size for i in pieces)
    return row[0].u0 - start < 0.5 * usual and abs(row[0].size - usual) < 0.1 * usual


def _crosses(piece: Piece, gutter: float) -> bool:
    reach = 0.2 * piece.size
    return piece.u0 + reach < gutter < piece.u1 - reach


def _cut(piece: Piece, gutter: float, after: float) -> list[Piece]:
    """Divide a line that the engine took for one over two columns, where the second begins."""
    if not _crosses(piece, gutter) or len(piece.lines) != 1:
        return [piece]
    line = piece.lines[0]
    across = line.direction == "horizontal"
    spans = [(g.x0, g.x1) if across else (g.y0, g.y1) for g in line.glyphs]
    offset = piece.u0 - min(s[0] for s in spans)
    second = [n for n, span in enumerate(spans) if sum(span) / 2 + offset >= after]
    cut = second[0] if second else 0
    letters = [n for n, g in enumerate(line.glyphs) if g.text.isalnum()]
    ends = [spans[n][1] + offset for n in letters if n < cut]
    starts = [spans[n][0] + offset for n in letters if n >= cut]
    if not ends or not starts or not _is_break(piece.size, ends, starts, after):
        return [piece]
    first = replace(line, glyphs=line.glyphs[:cut])
    rest = replace(line, glyphs=line.glyphs[cut:])
    return [
        replace(piece, lines=(first,), u1=min(gutter, spans[cut - 1][1] + offset)),
        replace(piece, lines=(rest,), u0=max(gutter, spans[cut][0] + offset)),
    ]


def _is_break(size: float, ends: Sequence[float], starts: Sequence[float], after: float) -> bool:
    """Tell whether a line of ``size`` breaks between letters that end and letters that start.

    A column begins at ``after``, or its first signs were not read. A title runs on, however wide.
    """
    gap = starts[0] - ends[-1]
    if abs(starts[0] - after) < _ALIGNED * size:
        return gap > _BREAK * size
    return gap > _WIDE_BREAK * size and min(len(ends), len(starts)) >= _COLUMN_LETTERS


def rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Put the pieces of one printed line together, lines in order across the reading."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda i: i.middle):
        for row in reversed(found[-4:]):
            if _same_row(row, piece):
                row.append(piece)
                break
        else:
            found.append([piece])
    found.sort(key=lambda row: max(row, key=lambda i: i.length).middle)
    return [sorted(row, key=lambda i: i.u0) for row in found]


def _same_row(row: Sequence[Piece], piece: Piece) -> bool:
    for other in row:
        beside = min(piece.v1, other.v1) - max(piece.v0, other.v0)
        over = min(piece.u1, other.u1) - max(piece.u0, other.u0)
        if over > 0.5 * min(piece.length, other.length):
            return False
        if beside > 0.5 * min(piece.v1 - piece.v0, other.v1 - other.v0):
            continue
        return False
    return True


def with_notes(pieces: Sequence[Piece], em: float) -> list[Piece]:
    """Join the two half columns of each interlinear note (雙行夾註): first one, then the other."""
    large = [i for i in pieces if i.size >= _NOTE_SIZE * em]
    small = _chained([i for i in pieces if i.size < _NOTE_SIZE * em])
    paired: list[Piece] = []
    while small:
        first = small.pop(0)
        second = next((s for s in small if _is_note(first, s, em)), None)
        if second is not None:
            small.remove(second)
        paired.append(_joined(first, second) if second else first)
    return [*large, *paired]


def _chained(pieces: Sequence[Piece]) -> list[Piece]:
    """Join pieces of one half column that stand one after the other; sorted across the reading."""
    chains: list[Piece] = []
    for piece in sorted(pieces, key=lambda i: i.u0):
        for n, chain in enumerate(chains):
            near = 0 <= piece.u0 - chain.u1 + 0.3 * piece.size < 1.5 * piece.size
            if near and abs(piece.middle - chain.middle) < 0.35 * piece.size:
                chains[n] = _in_line(chain, piece)
                break
        else:
            chains.append(piece)
    return sorted(chains, key=lambda i: i.middle)


def _in_line(first: Piece, second: Piece) -> Piece:
    """Return one piece of one line: the second's characters follow the first's."""
    whole = _joined(first, second)
    glyphs = tuple(g for line in whole.lines for g in line.glyphs)
    return replace(whole, lines=(replace(whole.lines[0], glyphs=glyphs),))


def _is_note(first: Piece, second: Piece, em: float) -> bool:
    apart = second.middle - first.middle
    size = (first.size + second.size) / 2
    return (
        0.6 * size < apart < 1.6 * size
        and abs(first.u0 - second.u0) < 1.2 * size
        and abs(first.size - second.size) < 0.25 * em
        and apart < 1.15 * em
    )


def _joined(first: Piece, second: Piece) -> Piece:
    return Piece(
        (*first.lines, *second.lines),
        min(first.u0, second.u0),
        min(first.v0, second.v0),
        max(first.u1, second.u1),
        max(first.v1, second.v1),
        (first.size + second.size) / 2,
    )
