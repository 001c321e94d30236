"""白話字, Taiwanese in Latin letters: marks that no recognition model has a letter for.

The models know á à â ā ê ń ⁿ but neither o͘ nor a̍ nor m̄. The spelling says where a̍ must be: a
syllable that ends in p, t, k or h is unmarked or has the upright stroke, never another mark. The
ink says the rest: a dot to the upper right of o, a stroke or bar above a letter read without one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from metadata.script import LATIN_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ingest.reading.engine import RawGlyph, RawLine

STROKE, DOT, MACRON = "\u030d", "\u0358", "\u0304"
_ACUTE, _GRAVE, _CIRCUMFLEX = "\u0301", "\u0300", "\u0302"
_SYLLABLE = re.compile(f"[{LATIN_LETTERS}]+")
_CHECKED = re.compile(r"[aeiou][ptkh]\u207f?$", re.IGNORECASE)
_LEAST_SYLLABLES = 6
_MARKED, _HYPHENS = 0.25, 0.15
# Letters of one height, whose ink tells the line's.
_LOW = frozenset("acemnorsuvwxz")
_INK = 140


def is_taiwanese(text: str) -> bool:
    """Tell whether a text in Latin letters is 白話字: marked syllables, joined by hyphens."""
    syllables = _SYLLABLE.findall(text)
    if len(syllables) < _LEAST_SYLLABLES:
        return False
    marked = sum(_base(s) != s for s in syllables)
    own = "ⁿ" in text or MACRON in unicodedata.normalize("NFD", text)
    enough = len(syllables) * _HYPHENS
    return own and marked >= len(syllables) * _MARKED and text.count("-") >= enough


def _base(text: str) -> str:
    """Return the letters without their marks."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def with_marks(lines: Sequence[RawLine], image: NDArray[np.uint8]) -> tuple[RawLine, ...]:
    """Return the lines with their marks as spelling and ink have them.

    ``image`` is the page the glyphs' boxes lie on (height × width, ink dark).
    """
    return tuple(_marked_line(line, image) for line in lines)


def _marked_line(line: RawLine, image: NDArray[np.uint8]) -> RawLine:
    if line.direction != "horizontal":
        return line
    texts = [g.text for g in line.glyphs]
    checked = _checked(texts)
    height = _low_height(line.glyphs)
    for i, glyph in enumerate(line.glyphs):
        letter = _base(texts[i])
        if letter.lower() not in tuple("aeioumn"):
            continue
        marks = _marks(glyph, line.glyphs[i + 1 : i + 2], image, height) if height else _Marks()
        texts[i] = _written(texts[i], letter, marks, checked=i in checked)
    glyphs = (
        g if g.text == t else replace(g, text=t) for g, t in zip(line.glyphs, texts, strict=True)
    )
    return replace(line, glyphs=tuple(glyphs))


def _written(text: str, letter: str, marks: _Marks, *, checked: bool) -> str:
    """Return a letter with what was read over it, what the spelling asks and what the ink shows."""
    tone = "".join(c for c in unicodedata.normalize("NFD", text)[1:] if c != DOT)
    if checked and letter.lower() in tuple("aeiou"):
        tone = STROKE if tone or marks.above == STROKE else ""
    elif not tone and letter.lower() in tuple("mn"):
        tone = marks.above
    dot = DOT if marks.dot and letter.lower() == "o" else ""
    return unicodedata.normalize("NFC", letter + tone + dot)


def _checked(texts: Sequence[str]) -> frozenset[int]:
    """Return the places of the letters in syllables that end in p, t, k or h."""
    found: set[int] = set()
    start = 0
    for n in range(len(texts) + 1):
        if n < len(texts) and _SYLLABLE.fullmatch(texts[n]):
            continue
        if _CHECKED.search(_base("".join(texts[start:n]))):
            found.update(range(start, n))
        start = n + 1
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What the ink shows over a letter: a tone mark, and the dot at its upper right."""

    above: str = ""
    dot: bool = False


def _low_height(glyphs: Sequence[RawGlyph]) -> float:
    """Return the height of the line's low letters in pixels, or 0 when it has too few."""
    heights = [g.y1 - g.y0 for g in glyphs if g.text in _LOW]
    return median(heights) if len(heights) > 2 else 0.0


def _marks(
    glyph: RawGlyph, after: Sequence[RawGlyph], image: NDArray[np.uint8], height: float
) -> _Marks:
    """Find the small parts above and beside a letter's body."""
    left = max(0, round(glyph.x0 - 0.2 * height))
    top = max(0, round(glyph.y1 - 2.2 * height))
    right, bottom = round(glyph.x1 + 0.6 * height), round(glyph.y1 + 0.1 * height)
    parts = list(_parts(image[top:bottom, left:right], left, top))
    middle = (glyph.x0 + min(glyph.x1, glyph.x0 + 1.8 * height)) / 2
    bodies = [p for p in parts if p.h > 0.8 * height and p.x0 - 1 <= middle <= p.x1 + 1]
    if not bodies:
        return _Marks()
    body = max(bodies, key=lambda p: p.area)
    above, dot = "", False
    for part in parts:
        if part is body or part.h > 0.7 * height or part.area < 0.01 * height * height:
            continue
        if part.y1 <= body.y0 + 1 and abs(part.x - body.x) < 0.3 * body.w:
            above = above or part.tone(height)
        beside = part.x > body.x + 0.35 * body.w and part.x < body.x1 + 0.45 * height
        high = body.y0 - 0.75 * height < part.y < body.y0 + 0.3 * height
        foreign = any(abs(part.x - (g.x0 + g.x1) / 2) < 0.15 * height for g in after)
        dot = dot or (beside and high and part.is_round(height) and not foreign)
    return _Marks(above, dot)


@dataclass(frozen=True, slots=True)
class _Part:
    """A connected part of the ink, in page pixels; a ``slope`` above 0 falls to the right."""

    x0: float
    y0: float
    x1: float
    y1: float
    area: float
    slope: float

    @property
    def w(self) -> float:
        return self.x1 - self.x0

    @property
    def h(self) -> float:
        return self.y1 - self.y0

    @property
    def x(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        return (self.y0 + self.y1) / 2

    def is_round(self, height: float) -> bool:
        return max(self.w, self.h) < 0.35 * height and 0.6 < self.w / self.h < 1.6

    def tone(self, height: float) -> str:
        """Return the tone mark of this shape above a letter, or nothing for a dot."""
        if self.is_round(height):
            return ""
        if self.h > 1.5 * self.w and abs(self.slope) < 0.5:
            return STROKE
        if self.w > 2.2 * self.h and abs(self.slope) < 0.4:
            return MACRON
        if abs(self.slope) < 0.4:
            return _CIRCUMFLEX
        return _GRAVE if self.slope > 0 else _ACUTE


def _parts(area: NDArray[np.uint8], left: int, top: int) -> Iterator[_Part]:
    import cv2

    if not area.size:
        return
    ink = (area < _INK).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    for n in range(1, count):
        x, y, w, h, amount = (int(v) for v in stats[n])
        ys, xs = np.nonzero(labels[y : y + h, x : x + w] == n)
        varied = xs.std() > 0 and ys.std() > 0
        slope = float(np.corrcoef(xs, ys)[0, 1]) if varied else 0.0
        yield _Part(left + x, top + y, left + x + w, top + y + h, amount, slope)
