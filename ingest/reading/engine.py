"""The reading seam: ``OcrEngine``. Imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from metadata.problem import Problem
    from repository.text import Direction, PageText


@dataclass(frozen=True, slots=True)
class ReadingHints:
    """What the Record says of a page, to choose how to read it.

    ``languages`` are BCP 47 tags; ``years`` the span of the Work's dates in CE years.
    """

    material: str = "local-document"
    languages: tuple[str, ...] = ()
    years: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class RawGlyph:
    """A character as an engine gives it: corners in pixels of the image it was shown.

    ``choices`` are what else it may be, best first, each with its score from 0 to 1.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    score: float
    choices: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as an engine gives it, before layout: glyphs in reading order along the line."""

    glyphs: tuple[RawGlyph, ...]
    direction: Direction


@dataclass(frozen=True, slots=True)
class RawReading:
    """All lines of one run over one prepared image, unordered."""

    lines: tuple[RawLine, ...]
    engine: str
    parameters: str = ""


def mean_score(lines: Iterable[RawLine]) -> float:
    """Return the mean score of all characters, 0 to 1; 0 for none: the worst reading of all."""
    scores = [glyph.score for line in lines for glyph in line.glyphs]
    return sum(scores) / len(scores) if scores else 0.0


class OcrEngine(Protocol):
    """Reads prepared page images, from one thread; models load with the first.

    ``version`` is known when it has read one. The same image gives the same reading again.
    """

    name: str
    version: str

    def recognise(
        self, image: NDArray[np.uint8], direction: Direction | Literal["unknown"], language: str
    ) -> RawReading:
        """Return the lines of a grey image (height × width, ink dark), which stays as it is.

        Any size from 1 × 1 is read, any memory layout, any ``language``, a BCP 47 tag: zh-Hant,
        ja, en, nan-Latn; one that the engine does not know it reads as zh-Hant. Glyphs lie inside
        the image, have text, a size above 0 and a score from 0 to 1. No text is an empty reading.

        Raises ``EngineError`` alone, for a crash, a time-out or garbage; nothing that it started
        then still runs, and the next image can be read.
        """


class EngineError(Exception):
    """An engine crashed, ran out of time or gave something that is no reading."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The outcome of ``read_page``: boxes in master pixels, and why it was so.

    ``problems`` are notices on a page that could not be read well; their ``where`` is empty.
    """

    text: PageText
    choices: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
