"""The ``tesseract`` engine, through pytesseract: one run a page gives text and boxes (hOCR)."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.reading.engine import EngineError, RawGlyph, RawLine, RawReading, mean_score
from ingest.reading.ink import fit, ink_of, runs
from ingest.reading.latin import is_mixed
from metadata.script import is_latin
from repository.formats.errors import UnreadableTextError
from repository.formats.hocr import LINES, numbers, parse

if TYPE_CHECKING:
    from typing import Literal

    import numpy as np
    from lxml import html
    from numpy.typing import NDArray

    from repository.text import Direction

# Language data by BCP 47 tag and direction, and the Debian package that holds it.
MODELS: dict[tuple[str, str], str] = {
    ("zh-Hant", "horizontal"): "chi_tra",
    ("zh-Hant", "vertical"): "chi_tra_vert",
    ("ja", "horizontal"): "jpn",
    ("ja", "vertical"): "jpn_vert",
    ("en", "horizontal"): "eng",
    ("nan-Latn", "horizontal"): "eng",
}
# Reads Chinese and Latin letters on one line better, Chinese alone less well; may be missing
# (Debian: tesseract-ocr-script-hant).
MIXED = "HanT"
PACKAGES = {
    "chi_tra": "tesseract-ocr-chi-tra",
    "chi_tra_vert": "tesseract-ocr-chi-tra-vert",
    "jpn": "tesseract-ocr-jpn",
    "jpn_vert": "tesseract-ocr-jpn-vert",
    "eng": "tesseract-ocr-eng",
    "osd": "tesseract-ocr-osd",
}
_SETTINGS = "--psm {psm} --dpi 300 -c hocr_char_boxes=1"
_ANY_LAYOUT, _ONE_BLOCK = 1, 5
# Under this mean score of a column's characters tesseract took the page for one that lies on its
# side; read tier by tier, each as one block of columns, it comes right.
_LOST = 0.4
# Ink; of a usual row's ink, what a row between tiers has at most; of the page's height, the least
# gap between tiers and the least tier.
_INK, _HARDLY, _LEAST_GAP, _LEAST_TIER = 140, 0.25, 0.01, 0.15
# Ten times what the slowest page of the fixtures takes on one core.
TIME_LIMIT = 120.0


class Tesseract:
    """Tesseract's LSTM models behind the ``OcrEngine`` seam; one process a page, one thread."""

    name = "tesseract"

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self.version = ""
        self._time_limit = time_limit
        self._mixed: bool | None = None

    def recognise(
        self,
        image: NDArray[np.uint8],
        direction: Direction | Literal["unknown"],
        language: str,
    ) -> RawReading:
        """See ``OcrEngine``. The direction must be known: each has its own model."""
        down: Direction = "vertical" if direction == "vertical" else "horizontal"
        model = MODELS.get((language, down), MODELS["zh-Hant", down])
        if model == MODELS["zh-Hant", "horizontal"] and is_mixed(image) and self._has_mixed():
            model = MIXED
        lines, psm = self._lines(image, model, down, _ANY_LAYOUT), _ANY_LAYOUT
        if down == "vertical" and lines and mean_score(lines) < _LOST:
            again = [
                line for tier in tiers(image) for line in self._lines(tier, model, down, _ONE_BLOCK)
            ]
            if mean_score(again) > mean_score(lines):
                lines, psm = again, _ONE_BLOCK
        self.version = self.version or installed_version()
        settings = f"-l {model} {_SETTINGS.format(psm=psm)}"
        return RawReading(tuple(lines), f"{self.name} {self.version}", settings)

    def _lines(
        self, image: NDArray[np.uint8], model: str, direction: Direction, psm: int
    ) -> list[RawLine]:
        hocr = self._run(image, model, _SETTINGS.format(psm=psm))
        try:
            return _lines(hocr, image, direction)
        except UnreadableTextError as error:
            raise EngineError("tesseract gave something that is no hOCR") from error

    def _has_mixed(self) -> bool:
        if self._mixed is None:
            self._mixed = MIXED in _installed_models()
        return self._mixed

    def _run(self, image: NDArray[np.uint8], model: str, settings: str) -> bytes:
        import pytesseract
        from PIL import Image

        os.environ["OMP_THREAD_LIMIT"] = "1"  # noqa: TID251  # pytesseract hands it on
        page = Image.fromarray(image)
        page.format = "PPM"  # PNG, the default, costs as much as a tenth of the reading
        watch = _Watch(self._time_limit)
        try:
            with watch:
                hocr = pytesseract.image_to_pdf_or_hocr(
                    page, lang=model, config=settings, extension="hocr",
                    timeout=self._time_limit + 10,
                )  # fmt: skip
        except pytesseract.TesseractNotFoundError as error:
            raise EngineError("the tesseract program is not installed") from error
        except (pytesseract.TesseractError, RuntimeError, OSError) as error:
            if watch.ended:
                raise EngineError(f"tesseract took over {self._time_limit:.0f} s") from error
            raise EngineError(f"tesseract failed: {error}") from error
        if not isinstance(hocr, bytes) or b"ocr_page" not in hocr:
            raise EngineError("tesseract gave something that is no hOCR")
        return hocr


class _Watch:
    """Kills the processes that this thread starts, with all they started, after a time.

    pytesseract's own time-out ends only its direct child and leaves grandchildren running.
    What the thread had started before, such as a sandbox, is left alone.
    """

    def __init__(self, seconds: float) -> None:
        self.ended = False
        self._thread = Path(f"/proc/{os.getpid()}/task/{threading.get_native_id()}")
        self._before = _children(self._thread)
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._timer.join()

    def _end(self) -> None:
        self.ended = True
        for child in _children(self._thread) - self._before:
            for process in _family(child):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)


def _children(thread: Path) -> set[int]:
    """Return the processes that one thread started and that still run (Linux)."""
    try:
        return set(map(int, (thread / "children").read_text().split()))
    except OSError:
        return set()


def _family(process: int) -> list[int]:
    """Return all processes below one, the lowest first, and itself last."""
    threads = sorted(Path(f"/proc/{process}/task").glob("*"))
    below = [child for thread in threads for child in sorted(_children(thread))]
    return [member for child in below for member in _family(child)] + [process]


def installed_version() -> str:
    """Return tesseract's version; raises EngineError when it is not there."""
    import pytesseract

    try:
        return str(pytesseract.get_tesseract_version())
    except (pytesseract.TesseractNotFoundError, SystemExit) as error:
        raise EngineError("the tesseract program is not installed") from error


def _installed_models() -> list[str]:
    """Return the names of the installed models; pytesseract leaves those in capitals out."""
    program = shutil.which("tesseract")
    if program is None:
        return []
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command
            [program, "--list-langs"], capture_output=True, text=True, check=False, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.split()


def missing() -> list[str]:
    """Return what is not installed, as Debian packages: the program, or language data."""
    import pytesseract

    if shutil.which("tesseract") is None:
        return ["tesseract-ocr", *PACKAGES.values()]
    languages = pytesseract.get_languages()
    return [package for model, package in PACKAGES.items() if model not in languages]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    box: tuple[float, float, float, float]
    score: float
    centres: list[float]


def _lines(hocr: bytes, image: NDArray[np.uint8], direction: Direction) -> list[RawLine]:
    lines = []
    for line in parse(hocr).iter("span"):
        words = [w for span in line if (w := _word(span, direction))]
        box = numbers(line.get("title", ""), "bbox")
        if line.get("class") in LINES and words and len(box) == 4:
            lines.append(_line(words, box, image, direction))
    return lines


def tiers(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return one image for each tier of columns, of the page's size, the other tiers white.

    Tiers are parted by rows that hardly any column reaches into.
    """
    import numpy as np

    height = image.shape[0]
    ink = (image < _INK).sum(1).astype(np.float64)
    ink = np.convolve(ink, np.ones(5) / 5, "same")
    empty = ink < _HARDLY * float(np.percentile(ink, 75))
    joined: list[tuple[int, int]] = []
    for first, last in runs(~empty):
        if joined and first - joined[-1][1] < _LEAST_GAP * height:
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    large = [part for part in joined if part[1] - part[0] > _LEAST_TIER * height]
    cuts = [0, *((a[1] + b[0]) // 2 for a, b in pairwise(large)), height]
    shown = []
    for top, bottom in pairwise(cuts):
        tier = np.full_like(image, 255)
        tier[top:bottom] = image[top:bottom]
        shown.append(tier)
    return shown


def _word(span: html.HtmlElement, direction: Direction) -> _Word | None:
    box = numbers(span.get("title", ""), "bbox")
    score = numbers(span.get("title", ""), "x_wconf")
    cells = [c for c in span.iter("span") if c.get("class") == "ocrx_cinfo" and c.text]
    text = "".join(c.text for c in cells) or (span.text_content() or "").strip()
    if not text or len(box) != 4 or not score:
        return None
    first, last = (box[1], box[3]) if direction == "vertical" else (box[0], box[2])
    centres = [first + (last - first) * (i + 0.5) / len(text) for i in range(len(text))]
    return _Word(text, (box[0], box[1], box[2], box[3]), score[0] / 100, centres)


def _line(
    words: list[_Word], box: list[float], image: NDArray[np.uint8], direction: Direction
) -> RawLine:
    """Fit the boxes of a line's characters to the ink of its strip."""
    import numpy as np

    text = ""
    centres: list[float] = []
    scores: list[float] = []
    for word in words:
        if text and is_latin(text[-1]) and is_latin(word.text[0]):
            text, centres = text + " ", [*centres, (centres[-1] + word.centres[0]) / 2]
            scores.append(word.score)
        text += word.text
        centres += word.centres
        scores += [word.score] * len(word.text)
    height, width = image.shape
    x0, y0, x1, y1 = (round(v) for v in box)
    margin = max(2, round(0.08 * min(x1 - x0, y1 - y0)))
    x0, y0 = max(0, x0 - margin), max(0, y0 - margin)
    x1, y1 = min(width, x1 + margin), min(height, y1 + margin)
    strip = image[y0:y1, x0:x1]
    if direction == "vertical":
        boxes = fit(ink_of(np.ascontiguousarray(np.rot90(strip))), text, [c - y0 for c in centres])
        corners = [(x1 - b[3], y0 + b[0], x1 - b[1], y0 + b[2]) for b in boxes]
    else:
        boxes = fit(ink_of(np.ascontiguousarray(strip)), text, [c - x0 for c in centres])
        corners = [(x0 + b[0], y0 + b[1], x0 + b[2], y0 + b[3]) for b in boxes]
    glyphs = (RawGlyph(t, *c, score=s) for t, c, s in zip(text, corners, scores, strict=True))
    return RawLine(tuple(glyphs), direction)
