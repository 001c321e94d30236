"""The text of a page with a box for every character.

Boxes are integers in pixels of the master as shown upright, origin top-left; offsets are code
points.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from metadata.script import is_latin

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["horizontal", "vertical"]
BlockKind = Literal[
    "running-text", "header", "footer", "page-number", "running-title",
    "caption", "note", "seal", "table", "advertisement",
]  # fmt: skip

KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
NEVER_SEARCHED: frozenset[str] = frozenset({"running-title", "seal"})


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in upright master pixels, origin top-left."""

    x: int
    y: int
    w: int
    h: int

    @property
    def right(self) -> int:
        """Return x + w."""
        return self.x + self.w

    @property
    def bottom(self) -> int:
        """Return y + h."""
        return self.y + self.h

    def union(self, other: Box) -> Box:
        """Return the smallest box that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)


@dataclass(frozen=True, slots=True)
class Glyph:
    """One printed character: a base code point with its combining marks. ``score`` is 0 to 1."""

    text: str
    box: Box
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line in reading order. A space between Latin words is a Glyph too."""

    glyphs: tuple[Glyph, ...]
    direction: Direction = "horizontal"
    language: str | None = None

    @property
    def text(self) -> str:
        """Return the line's text."""
        return "".join(g.text for g in self.glyphs)

    @property
    def box(self) -> Box:
        """Return the smallest box that holds all glyphs; the line must have one."""
        box = self.glyphs[0].box
        for glyph in self.glyphs[1:]:
            box = box.union(glyph.box)
        return box


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind that belong together, in reading order."""

    lines: tuple[Line, ...]
    kind: BlockKind = "running-text"


@dataclass(frozen=True, slots=True)
class PageText:
    """All that was read on a page, in reading order. ``width`` × ``height`` are master pixels."""

    width: int
    height: int
    blocks: tuple[Block, ...] = ()
    direction: Direction = "horizontal"
    languages: tuple[str, ...] = ()
    processing: tuple[dict[str, str], ...] = field(default=())

    def flat(self) -> FlatText:
        """Return the page's text as ``text.txt`` and search know it (interfaces §4)."""
        return flatten(self)


@dataclass(frozen=True, slots=True)
class LineSpan:
    """A printed line as [start, end) code points of the flat text, for the transcript."""

    start: int
    end: int
    kind: BlockKind
    direction: Direction


@dataclass(frozen=True, slots=True)
class FlatText:
    """A page's text as one string with one box per code point.

    ``boxes[i]`` belongs to ``text[i]``; a joining space or line feed has its predecessor's box.
    ``running`` is the (start, end) of the running text: only it joins over a page break.
    """

    text: str
    boxes: tuple[Box, ...]
    running: tuple[int, int]
    lines: tuple[LineSpan, ...] = ()


def needs_space(before: str, after: str) -> bool:
    """Tell whether two pieces join with a space: Latin letters or digits stand on both sides."""
    return bool(before and after and is_latin(before[-1]) and is_latin(after[0]))


def flatten(page: PageText) -> FlatText:
    """Join blocks: header, running text with notes, captions and tables, footer, page number."""
    flat = _Joiner()
    running = (0, 0)
    for part in ("header", "body", "footer", "page-number"):
        start = flat.begin_part()
        for block in page.blocks:
            if _part(block.kind) == part:
                flat.add(block)
        if part == "body" and len(flat.text) > start:
            running = (start + (flat.text[start] == "\n"), len(flat.text))
    return FlatText("".join(flat.text), tuple(flat.boxes), running, tuple(flat.lines))


def _part(kind: str) -> str:
    if kind in NEVER_SEARCHED:
        return "left-out"
    return kind if kind in ("header", "footer", "page-number") else "body"


def _without_idle_space(glyphs: tuple[Glyph, ...]) -> Iterator[Glyph]:
    """Leave out white space beside a Han, kana or full-width character (interfaces §4, §5)."""
    last, space = "", None
    for glyph in glyphs:
        if glyph.text.isspace():
            space = space or glyph
            continue
        if space is not None and last and not _is_wide(last[0]) and not _is_wide(glyph.text[0]):
            yield Glyph(" ", space.box, space.score)
        yield glyph
        last, space = glyph.text, None


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


class _Joiner:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.boxes: list[Box] = []
        self.lines: list[LineSpan] = []
        self._glue = ""

    def begin_part(self) -> int:
        self._glue = "\n" if self.text else ""
        return len(self.text)

    def add(self, block: Block) -> None:
        for line in block.lines:
            content = line.text.strip()
            if not content:
                continue
            if self._glue or (self.text and needs_space(self.text[-1], content)):
                self.text.append(self._glue or " ")
                self.boxes.append(self.boxes[-1])
            self._glue = ""
            start = len(self.text)
            for glyph in _without_idle_space(line.glyphs):
                self.text.extend(glyph.text)
                self.boxes.extend([glyph.box] * len(glyph.text))
            self.lines.append(LineSpan(start, len(self.text), block.kind, line.direction))
