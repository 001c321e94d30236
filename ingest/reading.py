"""Read a page: choose the engine, prepare, recognise, set in order, say why."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.direction import ink_direction
from ingest.engine import EngineError, Reading
from ingest.layout_kinds import arrange
from ingest.prepare import Prepared, deskew, prepare, to_box, without_rules
from ingest.script import page_language, settle
from metadata.problem import Problem, problem
from repository.text import Block, Glyph, Line, PageText

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.engine import OcrEngine, RawLine, RawReading, ReadingHints
    from repository.text import Direction

SPECS = ("auto", "tesseract", "rapidocr", "none")
# Mean score of a page's characters below which it is read again, or reported.
_DOUBTFUL = {"rapidocr": 0.80, "tesseract": 0.60}
_CONVINCING = {"rapidocr": 0.90, "tesseract": 0.80}


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
        from ingest.replay import Replay

        return Engines(spec, Replay(Path(spec.removeprefix("replay:"))))
    if spec not in SPECS:
        raise ValueError(f"TAKAO_OCR cannot be {spec!r}")
    from ingest.rapid import Rapid
    from ingest.tesseract import Tesseract

    if spec == "tesseract":
        return Engines(spec, Tesseract())
    if spec == "rapidocr":
        return Engines(spec, Rapid())
    if _has_rapid():
        return Engines(spec, Rapid(), Tesseract())
    return Engines(spec, Tesseract())


def _has_rapid() -> bool:
    return all(importlib.util.find_spec(name) for name in ("rapidocr", "onnxruntime"))


def configuration(spec: str) -> str:
    """Return what decides how a page is read: the engines and their versions."""
    engines = make_engines(spec)
    used = [f"{e.name} {e.version}" for e in (engines.first, engines.second) if e is not None]
    return "; ".join([spec, *used])


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
        from ingest.tesseract import missing

        found += [problem("ocr-package-missing", name, package=name) for name in missing()]
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
    raw, page, direction, choices = _recognise(page, hints, engines)
    language = page_language(raw, _hinted(hints))
    text = _page_text(raw, page, size, direction, language)
    return Reading(text, tuple(choices))


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


def _recognise(
    page: Prepared, hints: ReadingHints, engines: Engines
) -> tuple[RawReading, Prepared, Direction, list[str]]:
    assert engines.first is not None  # noqa: S101  # read_page has seen to it
    first, second = engines.first, engines.second
    language = _hinted(hints) or "zh-Hant"
    try:
        raw, seen, direction = _run(first, page, language)
    except EngineError as error:
        if second is None:
            raise
        raw, seen, direction = _run(second, page, language)
        return raw, seen, direction, [f"{first.name} failed ({error}); {second.name} read it"]
    score = mean_score(raw)
    choices = [f"{raw.engine} read a {direction} page, mean score {score:.2f}"]
    if second is not None and score < _DOUBTFUL.get(first.name, 0.0):
        again, seen2, direction2 = _run(second, page, language)
        other = mean_score(again)
        if other > _CONVINCING.get(second.name, 1.0):
            choices.append(f"read again with {again.engine}, mean score {other:.2f}: taken")
            return again, seen2, direction2, choices
        choices.append(f"read again with {again.engine}, mean score {other:.2f}: not taken")
    return raw, seen, direction, choices


def _run(
    engine: OcrEngine, page: Prepared, language: str
) -> tuple[RawReading, Prepared, Direction]:
    """Prepare the page as the engine needs it, and read."""
    if engine.name == "tesseract":
        direction = ink_direction(page.image).direction
        page = deskew(page, direction)
        if direction == "vertical":
            cleaned, ruled = without_rules(page.image)
            if ruled:
                page = Prepared(cleaned, page.to_master, (*page.steps, "rules removed"))
        return engine.recognise(page.image, direction, language), page, direction
    raw = engine.recognise(page.image, "unknown", language)
    return raw, page, reading_direction(raw.lines)


def reading_direction(lines: tuple[RawLine, ...]) -> Direction:
    """Return the direction of most characters."""
    down = sum(len(line.glyphs) for line in lines if line.direction == "vertical")
    return "vertical" if 2 * down > sum(len(line.glyphs) for line in lines) else "horizontal"


def mean_score(raw: RawReading) -> float:
    """Return the mean score of all characters, 0 to 1; 1 for a page without text."""
    scores = [g.score for line in raw.lines for g in line.glyphs]
    return sum(scores) / len(scores) if scores else 1.0


def _page_text(
    raw: RawReading, page: Prepared, size: tuple[int, int], direction: Direction, language: str
) -> PageText:
    lines = settle(raw.lines, language)
    ruled = direction == "vertical" and without_rules(page.image)[1]
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
