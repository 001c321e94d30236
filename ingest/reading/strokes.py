"""一 and the signs of the same shape, distinguished by their ink.

A dash runs along the line and 一 across a column; the corner of a bracket is not flat; in a row
the dash comes in twos (——), where the model wavers between it and 一.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from ingest.reading.lookalikes import words
from metadata.script import is_han

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.reading.engine import RawGlyph, RawLine

_STROKES = frozenset("一ー—－―–-|｜」』")
_DASHES = frozenset("一ー—－―")
_BRACKETS = "」』）"
# One side of a stroke's ink over the other.
_FLAT = 2.5
# Of the character size: what a 一 or a dash has at least of length; a hyphen has less.
_LONG = 0.6
# Of the first choice's score: from here the model wavers.
_WAVERS = 0.06
_PROBABLE = 0.25
_SURE = 0.5
# In characters' heights: strokes that are one, and a stroke that is no single character. On pages
# drawn with five fonts 一 is 0.09 thick or more, a dash 0.02 to 0.09.
_MEET, _TOO_LONG, _THIN = 0.06, 1.4, 0.08


def as_drawn(line: RawLine, texts: Sequence[str]) -> list[str]:
    """Return ``texts`` of the line's glyphs with 一, dashes and brackets as their ink is."""
    sizes = [max(g.x1 - g.x0, g.y1 - g.y0) for g in line.glyphs]
    if line.direction == "vertical":
        em = median(sizes)
        return [
            _down(g, t, em) if t in _STROKES else t for g, t in zip(line.glyphs, texts, strict=True)
        ]
    em = median(g.y1 - g.y0 for g in line.glyphs)
    return [_across(line.glyphs, texts, i, em) if t in _DASHES else t for i, t in enumerate(texts)]


def _runs_on(glyphs: Sequence[RawGlyph], texts: Sequence[str], i: int, em: float) -> bool:
    """Tell whether a stroke is thin or long for a character, or meets another without a gap.

    For engines that say nothing of what else it may be.
    """
    here = glyphs[i]
    met = (
        texts[n] in _DASHES and max(here.x0, glyphs[n].x0) - min(here.x1, glyphs[n].x1) < _MEET * em
        for n in (i - 1, i + 1)
        if 0 <= n < len(glyphs)
    )
    wide, high = here.x1 - here.x0, here.y1 - here.y0
    thin = high < _THIN * em and wide > _LONG * em
    return thin or any(met) or (wide > _TOO_LONG * em and wide > _FLAT * high)


def _down(glyph: RawGlyph, text: str, em: float) -> str:
    """Return what a stroke in a column is."""
    across, along = glyph.x1 - glyph.x0, glyph.y1 - glyph.y0
    if along > _FLAT * across:
        return "—" if along > _LONG * em else text
    if across > _FLAT * along:
        # A faded 一 may be as short as a hyphen: then the model's word counts.
        hyphen = across < _LONG * em and glyph.score < _SURE
        return ("-" if hyphen else "一") if text in _DASHES else text
    choices = (c for c, _ in glyph.choices if c in _BRACKETS)
    return next(choices, text) if text == "一" else text


def _across(glyphs: Sequence[RawGlyph], texts: Sequence[str], i: int, em: float) -> str:
    """Return what a flat stroke in a row is: a dash beside a dash, 一 where it makes a word."""
    before = texts[i - 1] if i else ""
    after = texts[i + 1] if i + 1 < len(texts) else ""
    chances = dict(glyphs[i].choices)
    if not chances:
        return "—" if _runs_on(glyphs, texts, i, em) else texts[i]
    if before in _DASHES or after in _DASHES:
        dash = chances.get("—", 0.0) > _WAVERS * glyphs[i].score
        return "—" if dash else texts[i]
    if not is_han(before) or not is_han(after):
        return texts[i]
    probable = chances.get("一", 0.0) > _PROBABLE * glyphs[i].score
    return "一" if probable and (before + "一" in words() or "一" + after in words()) else texts[i]
