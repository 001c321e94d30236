"""A page's text by printed lines, with its matches and each line's box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository import boxes
from repository.text import Box, LineSpan
from viewer.pages.marks import MarkedText, pieces

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from repository.model import PageTextRow
    from search.results import TextMatch


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """A printed line; ``box`` surrounds its characters in upright master pixels."""

    kind: str
    pieces: list[MarkedText]
    box: Box


def transcribe(row: PageTextRow | None, matches: tuple[TextMatch, ...]) -> list[TranscriptLine]:
    """Return the printed lines of a page's text, matches marked by their number from 1."""
    if row is None or not row.text:
        return []
    table = boxes.unpack(row.boxes)
    spans = row.lines or (LineSpan(0, len(row.text), "running-text", "horizontal"),)
    marks = [(match.start, match.end) for match in matches]
    return [
        TranscriptLine(
            kind=span.kind,
            pieces=pieces(row.text[span.start : span.end], marks, span.start),
            box=_around(table[span.start : span.end]),
        )
        for span in spans
        if span.end > span.start
    ]


def _around(table: NDArray[np.int32]) -> Box:
    left, top = table[:, 0].min(), table[:, 1].min()
    right, bottom = (table[:, 0] + table[:, 2]).max(), (table[:, 1] + table[:, 3]).max()
    return Box(int(left), int(top), int(right - left), int(bottom - top))
