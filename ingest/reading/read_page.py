"""Read a page: choose the engine, prepare, recognise, set in order, say why."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.reading.direction import ink_direction
from ingest.reading.engine import EngineError, Reading, mean_score
from ingest.reading.layout_kinds import arrange
from ingest.reading.prepare import Prepared, deskew, prepare, to_box, without_rules
from ingest.reading.script import page_language, settle
from ingest.reading.taiwanese import with_marks
from metadata.problem import Problem, problem
from repository.text import Block, Glyph, Line, PageText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.reading.engine import OcrEngine, RawLine, RawReading, ReadingHints
    from repository.text import Direction

SPECS = ("auto", "tesseract", "rapidocr", "none")
# Mean score of a page's characters below which it is read again; above which another engine, or
# another way, is believed. The engines' scores differ in kind.
_DOUBTFUL = {"rapidocr": 0.80, "tesseract": 0.62}
_CONVINCING = {"rapidocr": 0.90, "tesseract": 0.80}
# Below this the reader is warned: tesseract is sure of itself down a column, and wrong.
_WARNED = {("tesseract", "horizontal"): 0.72, ("tesseract", "vertical"): 0.82}
# Under this a sure direction is doubted too.
_HOPELESS = 0.4
# rapidocr needs 0.8 GB a process; with less than this on the machine tesseract reads alone.
_LEAST_MEMORY = 2 << 30
_JAPANESE_ERA = (1895, 1945)


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of a process: ``first`` reads every page, ``second`` what the first cannot."""

    spec: str
    first: OcrEngine | None
    second: OcrEngine | None = None


def make_engines(spec: str) -> Engines:
    """Return the engines of a ``TAKAO_OCR`` value; models load on first use.

    Raises ValueError for a value that is none.
    """
    if spec == "none":
        return Engines(spec, None)
    if spec.startswith("replay:"):
        from ingest.reading.replay import Replay

        return Engines(spec, Replay(Path(spec.removeprefix("replay:"))))
    if spec not in SPECS:
        raise ValueError(f"TAKAO_OCR cannot be {spec!r}")
    from ingest.reading.rapid import Rapid
    from ingest.reading.tesseract import Tesseract

    if spec == "tesseract":
        return Engines(spec, Tesseract())
    if spec == "rapidocr":
        return Engines(spec, Rapid())
    if _has_rapid() and _memory() >= _LEAST_MEMORY:
        return Engines(spec, Rapid(), Tesseract())
    return Engines(spec, Tesseract())


def _has_rapid() -> bool:
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def configuration(spec: str) -> str:
    """Return what decides how a page is read: the engines and their versions."""
    engines = make_engines(spec)
    used = [f"{e.name} {e.version}" for e in (engines.first, engines.second) if e is not None]
    return "; ".join([spec, *used])


def _memory() -> int:
    """Return the machine's memory in bytes."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return _LEAST_MEMORY


def check_engines(spec: str) -> list[Problem]:
    """Return what is missing to read with ``spec``, before anything starts."""
    if spec == "none":
        return []
    if spec.startswith("replay:"):
        file = Path(spec.removeprefix("replay:"))
        return [] if file.is_file() else [problem("ocr-replay-missing", str(file))]
    if spec not in SPECS:
        return [problem("ocr-spec-unknown", "TAKAO_OCR", spec=spec)]
    found = []
    if spec in ("auto", "rapidocr") and not _has_rapid():
        code = "ocr-rapidocr-missing" if spec == "rapidocr" else "ocr-rapidocr-absent"
        found.append(problem(code, "TAKAO_OCR"))
    if spec in ("auto", "tesseract"):
        from ingest.reading.tesseract import missing

        # Beside rapidocr tesseract is only the second reader.
        code = "ocr-package-absent" if spec == "auto" and _has_rapid() else "ocr-package-missing"
        found += [problem(code, name, package=name) for name in missing()]
    return found


def read_page(
    image: NDArray[np.uint8], size: tuple[int, int], hints: ReadingHints, engines: Engines
) -> Reading:
    """Return the text of a page with boxes in the master's pixels, and why it was read so.

    ``image`` (uint8, height × width or height × width × 3, upright) may be smaller than the
    master, whose (width, height) is ``size``. Raises EngineError when no engine could read it.
    """
    if engines.first is None:
        return Reading(PageText(*size), ("not read: TAKAO_OCR is none",))
    page = prepare(image, size)
    if _is_blank(page.image):
        return Reading(PageText(*size), ("blank page: no ink",))
    attempt, choices = _recognise(page, hints, engines)
    language = page_language(attempt.raw, _hinted(hints))
    text = _page_text(attempt, size, language)
    problems: tuple[Problem, ...] = ()
    doubtful = _DOUBTFUL.get(attempt.engine, 0.0)
    least = _WARNED.get((attempt.engine, attempt.direction), doubtful)
    if attempt.has_text and attempt.score < least:
        score = f"{attempt.score:.2f}"
        problems = (problem("reading-doubtful", "", engine=attempt.engine, score=score),)
        choices.append(f"the text is doubtful (mean score {score})")
    return Reading(text, tuple(choices), problems)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One engine's reading of the page as it was prepared for it."""

    engine: str
    raw: RawReading
    page: Prepared
    direction: Direction

    @property
    def score(self) -> float:
        return mean_score(self.raw.lines)

    @property
    def has_text(self) -> bool:
        return any(line.glyphs for line in self.raw.lines)

    @property
    def summary(self) -> str:
        if not self.has_text:
            return f"{self.raw.engine} found no text"
        return f"{self.raw.engine} read a {self.direction} page, mean score {self.score:.2f}"


def _is_blank(image: NDArray[np.uint8]) -> bool:
    """Tell whether there is no more ink than dust leaves."""
    return float((image < 140).mean()) < 2e-5


def _hinted(hints: ReadingHints) -> str | None:
    tags = {"zh": "zh-Hant", "chi": "zh-Hant", "ja": "ja", "jpn": "ja", "en": "en", "eng": "en"}
    for language in hints.languages:
        if language.startswith("nan"):
            return "nan-Latn"
        return tags.get(language.split("-")[0], language)
    return None


def _recognise(page: Prepared, hints: ReadingHints, engines: Engines) -> tuple[_Attempt, list[str]]:
    """Read with the first engine, and again where that failed, doubts, or wrote Simplified."""
    assert engines.first is not None  # noqa: S101  # read_page has seen to it
    first, second = engines.first, engines.second
    why = [_why(engines, hints)]
    try:
        attempt = _attempt(first, page, hints)
    except EngineError as error:
        if second is None:
            raise
        attempt = _attempt(second, page, hints)
        return attempt, [*why, f"{first.name} failed ({error})", attempt.summary]
    why.append(attempt.summary)
    reason = _why_again(attempt, hints)
    if second is None or reason is None:
        return attempt, why
    try:
        other = _attempt(second, page, hints)
    except EngineError as error:
        return attempt, [*why, f"{reason}; {second.name} failed ({error})"]
    if other.score >= _CONVINCING.get(other.engine, 1.0):
        return other, [*why, f"{reason}: read again", other.summary]
    return attempt, [*why, f"{reason}: {other.summary}, not taken"]


def _why(engines: Engines, hints: ReadingHints) -> str:
    """Return why the first engine is the first, for the page's event."""
    if engines.spec != "auto":
        return f"TAKAO_OCR is {engines.spec}"
    if engines.second is None:
        return "tesseract alone: rapidocr is not installed or memory is short"
    named = ", ".join((hints.material, *hints.languages))
    return f"rapidocr first, both directions and old print ({named})"


def _why_again(attempt: _Attempt, hints: ReadingHints) -> str | None:
    """Return why a page must be read with the other engine too, or None."""
    if not attempt.has_text:
        return None
    if attempt.score < _DOUBTFUL.get(attempt.engine, 0.0):
        return f"mean score under {_DOUBTFUL[attempt.engine]:.2f}"
    simplified = page_language(attempt.raw, _hinted(hints)) == "zh-Hans"
    if simplified and not any(_is_simplified(language) for language in hints.languages):
        return "Simplified characters on a page that is not known to be in Simplified writing"
    return None


def _is_simplified(language: str) -> bool:
    return language in ("zh-Hans", "zh-CN", "zh-SG")


def _attempt(engine: OcrEngine, page: Prepared, hints: ReadingHints) -> _Attempt:
    language = _hinted(hints) or "zh-Hant"
    if engine.name != "tesseract":
        raw = engine.recognise(page.image, "unknown", language)
        return _Attempt(engine.name, raw, page, reading_direction(raw.lines))
    ink = ink_direction(page.image)
    best = _along(engine, page, ink.direction, language)
    if not best.has_text:
        return best
    if best.score < _DOUBTFUL["tesseract"] and (best.score < _HOPELESS or not ink.sure):
        turned = _along(engine, page, _other(ink.direction), language)
        best = max(best, turned, key=lambda a: a.score)
    if best.score < _CONVINCING["tesseract"] and not hints.languages and _may_be_japanese(hints):
        japanese = _along(engine, page, best.direction, "ja")
        best = max(best, japanese, key=lambda a: a.score)
    return best


def _other(direction: Direction) -> Direction:
    return "horizontal" if direction == "vertical" else "vertical"


def _may_be_japanese(hints: ReadingHints) -> bool:
    first, last = _JAPANESE_ERA
    return hints.years is not None and hints.years[0] <= last and hints.years[1] >= first


def _along(engine: OcrEngine, page: Prepared, direction: Direction, language: str) -> _Attempt:
    """Turn the page upright, take rules out of a vertical one, and read it in a direction."""
    page = deskew(page, direction)
    if direction == "vertical":
        cleaned, ruled = without_rules(page.image)
        if ruled:
            page = Prepared(cleaned, page.to_master, (*page.steps, "rules removed"))
    raw = engine.recognise(page.image, direction, language)
    return _Attempt(engine.name, raw, page, direction)


def reading_direction(lines: tuple[RawLine, ...]) -> Direction:
    """Return the direction of most characters."""
    down = sum(len(line.glyphs) for line in lines if line.direction == "vertical")
    return "vertical" if 2 * down > sum(len(line.glyphs) for line in lines) else "horizontal"


def _page_text(attempt: _Attempt, size: tuple[int, int], language: str) -> PageText:
    raw, page, direction = attempt.raw, attempt.page, attempt.direction
    lines = settle(raw.lines, language)
    if language == "nan-Latn":
        lines = with_marks(lines, page.image)
    ruled = direction == "vertical" and (
        "rules removed" in page.steps or without_rules(page.image)[1]
    )
    blocks = tuple(
        Block(tuple(_line(line, page, size, language) for line in piece.lines), piece.kind)
        for piece in arrange(lines, direction, ruled=ruled)
    )
    processing = (
        {"category": "preOperation", "description": "; ".join(page.steps), "software": "Takao"},
        {
            "category": "contentGeneration",
            "description": "text recognition",
            "settings": raw.parameters,
            "software": raw.engine,
        },
    )
    return PageText(size[0], size[1], blocks, direction, (language,) if blocks else (), processing)


def _line(line: RawLine, page: Prepared, size: tuple[int, int], language: str) -> Line:
    glyphs = tuple(
        Glyph(
            g.text,
            to_box(page.to_master.box(g.x0, g.y0, g.x1, g.y1), size),
            round(min(1.0, max(0.0, g.score)), 3),
        )
        for g in line.glyphs
    )
    return Line(glyphs, line.direction, language)
