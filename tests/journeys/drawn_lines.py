"""Where the samples' drawn lines stand: the truth that highlight boxes are measured against."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from repository.text import Box

_FILE = Path(__file__).parents[1] / "fixtures" / "sample-lines.json"


@dataclass(frozen=True)
class DrawnPart:
    """The part of an occurrence on one line, in pixels; ``along`` is 0 for rows, 1 for columns."""

    line: Box
    start: float
    end: float
    along: int
    character: int


def occurrences(page: str, word: str) -> list[DrawnPart]:
    """Return the parts of every occurrence of ``word`` on a page of the samples."""
    lines = _lines(page)
    pitch = median(_length(line) / _width(line["text"]) for line in lines)
    whole = "".join(line["text"] for line in lines)
    parts = []
    at = whole.find(word)
    while at >= 0:
        parts += _parts(lines, at, at + len(word), pitch)
        at = whole.find(word, at + 1)
    return parts


def _parts(lines, first: int, last: int, pitch: float) -> list[DrawnPart]:
    found = []
    begin = 0
    for line in lines:
        text, box = line["text"], Box(*line["box"])
        a, b = max(first, begin) - begin, min(last, begin + len(text)) - begin
        begin += len(text)
        if a >= b:
            continue
        along = int(box.h > box.w)
        # A paragraph's first line begins a character or two in; its box begins at the margin.
        indent = max(0, round(_length(line) / pitch - _width(text)))
        unit = _length(line) / (_width(text) + indent)
        origin = (box.y if along else box.x) + unit * indent
        start, end = (origin + unit * _width(text[:n]) for n in (a, b))
        found.append(DrawnPart(box, start, end, along, min(box.w, box.h)))
    return found


def on_a_line(page: str, box: Box) -> bool:
    """Tell whether a box lies on a line that was recorded; running heads were not."""
    return any(share_inside(box, Box(*line["box"])) >= 0.5 for line in _lines(page))


def _lines(page: str):
    return json.loads(_FILE.read_text("utf-8"))[page]


def _length(line) -> int:
    return max(line["box"][2:])


def _width(text: str) -> float:
    """Return a text's length in full-width characters: Latin ones take half, spaces a quarter."""
    return sum(0.25 if c == " " else 0.55 if c.isascii() else 1.0 for c in text)


def share_inside(box: Box, line: Box) -> float:
    """Return which part of a box lies inside a line."""
    w = min(box.right, line.right) - max(box.x, line.x)
    h = min(box.bottom, line.bottom) - max(box.y, line.y)
    return max(0, w) * max(0, h) / (box.w * box.h)


def fits(box: Box, part: DrawnPart) -> bool:
    """Tell whether half of a box lies inside the line and its ends are right within a character."""
    start, end = (box.y, box.bottom) if part.along else (box.x, box.right)
    return (
        share_inside(box, part.line) >= 0.5
        and abs(start - part.start) <= part.character
        and abs(end - part.end) <= part.character
    )
