"""What a line is: running text, header, footer, page number, 版心, caption, note.

Geometry decides, helped by the words where they are sure (a number alone in the margin).
"""

from __future__ import annotations

import re
from statistics import median
from typing import TYPE_CHECKING

from ingest.reading.layout import Ordered, body_size, in_order, place, rows, tilt, with_notes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.reading.engine import RawLine
    from ingest.reading.layout import Piece
    from repository.text import BlockKind, Direction

_NUMBER = re.compile(
    r"[\W_]*(?:第|頁|p\.?|[-–—~(（〔\[])*"
    r"(?:[0-9０-９]{1,5}|[〇一二三四五六七八九十百千廿卅]{1,6}|[ivxlcIVXLC]{1,7})"
    r"(?:頁|葉|[-–—~)）〕\]])*[\W_]*"
)
_CAPTION = re.compile(
    r"[\W_]*(?:圖|附圖|照片|相片|表|附表|圖版|插圖|Fig(?:ure)?\.?|Table|Photo|Plate)"
    r"\s*[-0-9０-９〇一二三四五六七八九十]+"
)
# Of the running text's character size.
_SMALL = 0.92


def arrange(
    lines: Sequence[RawLine], direction: Direction, *, ruled: bool = False
) -> list[Ordered]:
    """Return the page's text in reading order, each block with its kind.

    ``ruled`` tells that the page has a frame or column rules: then a narrow column of small type
    beside the text is its 版心.
    """
    lean = tilt(lines, direction)
    pieces = [place(line, direction, lean) for line in lines if line.glyphs]
    if not pieces:
        return []
    em = body_size([i for i in pieces if _along(i, direction)] or pieces)
    margins, body = _margins(pieces, em, direction)
    if direction == "vertical":
        body = with_notes(body, em)
        titles = _running_titles(body, em) if ruled else []
        margins += [(i, "running-title") for i in titles]
        body = [i for i in body if i not in titles]
    found = [_block(piece, em) for piece in in_order(body, em)]
    found += [Ordered(i.lines, kind) for i, kind in sorted(margins, key=lambda m: m[0].v0)]
    return _merged(found)


def _along(piece: Piece, direction: Direction) -> bool:
    return piece.lines[0].direction == direction


def _block(piece: Piece, em: float) -> Ordered:
    text = _text(piece)
    if len(piece.lines) > 1:
        return Ordered(piece.lines, "note")
    if piece.size < 1.05 * em and len(text) < 40 and _CAPTION.match(text):
        return Ordered(piece.lines, "caption")
    return Ordered(piece.lines)


def _merged(blocks: Sequence[Ordered]) -> list[Ordered]:
    """Put neighbours of one kind together."""
    merged: list[Ordered] = []
    for block in blocks:
        if merged and merged[-1].kind == block.kind and block.kind in ("running-text", "header"):
            merged[-1] = Ordered((*merged[-1].lines, *block.lines), block.kind)
        else:
            merged.append(block)
    return merged


def _text(piece: Piece) -> str:
    return "".join(g.text for line in piece.lines for g in line.glyphs)


def _box(piece: Piece) -> tuple[float, float, float, float]:
    glyphs = [g for line in piece.lines for g in line.glyphs]
    return (
        min(g.x0 for g in glyphs), min(g.y0 for g in glyphs),
        max(g.x1 for g in glyphs), max(g.y1 for g in glyphs),
    )  # fmt: skip


def _margins(
    pieces: list[Piece], em: float, direction: Direction
) -> tuple[list[tuple[Piece, BlockKind]], list[Piece]]:
    """Divide headers, footers and page numbers from the body."""
    body = [i for i in pieces if _along(i, direction) and i.length > 4 * em] or pieces
    boxes = [_box(i) for i in body]
    left, top = min(b[0] for b in boxes), min(b[1] for b in boxes)
    right, bottom = max(b[2] for b in boxes), max(b[3] for b in boxes)
    margins: list[tuple[Piece, BlockKind]] = []
    rest: list[Piece] = []
    for piece in pieces:
        x0, y0, x1, y1 = _box(piece)
        above, below = y1 <= top + 0.3 * em, y0 >= bottom - 0.3 * em
        beside = x1 < left - 0.5 * em or x0 > right + 0.5 * em
        number = _NUMBER.fullmatch(_text(piece)) is not None
        if number and (above or below or beside) and piece not in body:
            margins.append((piece, "page-number"))
        elif above and piece not in body and (direction == "vertical" or piece.size < _SMALL * em):
            margins.append((piece, "header"))
        elif below and piece not in body and (direction == "vertical" or piece.size < _SMALL * em):
            margins.append((piece, "footer"))
        else:
            rest.append(piece)
    if direction == "horizontal":
        _edge_rows(rest, margins, em)
    return margins, rest


def _edge_rows(rest: list[Piece], margins: list[tuple[Piece, BlockKind]], em: float) -> None:
    """Move a first or last row of smaller type, or set well apart, out of ``rest``."""
    lines = rows(rest)
    if len(lines) < 4:
        return
    tops = [min(i.v0 for i in row) for row in lines]
    bottoms = [max(i.v1 for i in row) for row in lines]
    gaps = [after - before for before, after in zip(bottoms[:-1], tops[1:], strict=True)]
    usual = max(median(gaps), 0.2 * em)
    ends: tuple[tuple[list[Piece], float, BlockKind], ...] = (
        (lines[0], gaps[0], "header"),
        (lines[-1], gaps[-1], "footer"),
    )
    for row, gap, kind in ends:
        small = max(i.size for i in row) < _SMALL * em
        number = all(_NUMBER.fullmatch(_text(i)) for i in row)
        apart = gap > 3 * usual and max(i.size for i in row) < 1.15 * em  # no title
        if gap > 1.2 * usual and (small or number or apart):
            for piece in row:
                rest.remove(piece)
                alone = _NUMBER.fullmatch(_text(piece)) is not None
                margins.append((piece, "page-number" if alone else kind))


def _running_titles(body: Sequence[Piece], em: float) -> list[Piece]:
    """Return what stands in the 版心: a column of smaller type that is not a column of text."""
    columns = rows(body)
    if len(columns) < 3:
        return []
    starts = sorted(min(i.u0 for i in column) for column in columns)
    start, end = starts[len(starts) // 2], max(i.u1 for i in body)
    found: list[Piece] = []
    for n, column in enumerate(columns):
        if any(len(i.lines) > 1 for i in column):
            continue
        sizes = [i.size for i in column for _ in _text(i)]
        filled = sum(i.length for i in column) / max(end - start, 1.0)
        raised = min(i.u0 for i in column) < start - 0.3 * em
        at_edge = n in (0, len(columns) - 1)
        if median(sizes) < 0.9 * em and filled < 0.75 and (at_edge or raised):
            found += column
    return found
