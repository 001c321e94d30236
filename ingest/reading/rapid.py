"""The ``rapidocr`` engine: PP-OCRv6 small, whose weights lie in the rapidocr wheel; offline.

Detection and recognition run through onnxruntime directly: the wheel's own pipeline scales pages
down before recognition, turns good vertical columns over and keeps no second choices.
One thread; models load on first use.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import metadata, resources
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from ingest.reading.ctc import Read, best_path, with_one_ring, with_passed_over
from ingest.reading.engine import EngineError, RawGlyph, RawLine, RawReading
from ingest.reading.ink import fit, ink_of, largest_band
from ingest.reading.prepare import Affine, grey_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Literal

    from cv2.typing import MatLike
    from numpy.typing import NDArray

    from ingest.reading.ink import Ink
    from repository.text import Direction

MODELS = {"detect": "PP-OCRv6_det_small.onnx", "recognise": "PP-OCRv6_rec_small.onnx"}
_DETECT_SIDE = 1600
_INK_PROBABILITY, _TEXT_PROBABILITY = 0.3, 0.5
# Of a column's width: rows of the detector's map that stand across it.
_ACROSS = 1.5
# The detector marks the core of a line; its text reaches this much further (area / girth).
_GROW = 1.6
_HEIGHT = 48
_LEAST_WIDTH, _MOST_WIDTH = 320, 4800
_MOST_LINES = 1500
_LEAST_SCORE = 0.5


@dataclass(frozen=True, slots=True)
class TextStrip:
    """A line found on the page: centre, length along the reading, thickness, radians, pixels."""

    x: float
    y: float
    length: float
    thickness: float
    angle: float

    @property
    def direction(self) -> Direction:
        """Return vertical for a line that reads downwards."""
        return "vertical" if math.sin(self.angle) > 0.7 else "horizontal"

    def to_page(self) -> Affine:
        """Return the map from the strip's pixels, which read left to right, to the page."""
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x = self.x - cos * self.length / 2 + sin * self.thickness / 2
        y = self.y - sin * self.length / 2 - cos * self.thickness / 2
        return Affine(cos, -sin, x, sin, cos, y)


class Rapid:
    """PP-OCRv6 small behind the ``OcrEngine`` seam."""

    name = "rapidocr"

    def __init__(self) -> None:
        self.version = metadata.version("rapidocr")
        self._sessions: dict[str, Any] = {}
        self._characters: list[str] = []

    def recognise(
        self,
        image: NDArray[np.uint8],
        direction: Direction | Literal["unknown"],
        language: str,  # noqa: ARG002  # one model reads them all
    ) -> RawReading:
        """See ``OcrEngine``. Finds the direction of each line itself; short ones follow it."""
        strips = self.detect(image)
        if direction == "unknown":
            direction = majority(strips)
        lines = []
        for strip in strips:
            ways = [self._read(image, way) for way in _ways(image, strip, direction)]
            # The page's own direction comes first: it wins unless another is clearly better.
            line = max((w for w in ways if w), key=_plausible, default=None)
            if line is not None:
                lines.append(line)
        if direction == "vertical":
            lines = [piece for line in lines for piece in self._without_foot(image, line, lines)]
        return RawReading(tuple(lines), f"{self.name} {self.version}", "PP-OCRv6 small")

    def _without_foot(
        self, image: NDArray[np.uint8], line: RawLine, lines: Sequence[RawLine]
    ) -> list[RawLine]:
        """Divide a column from the page number below it, when the detector took them for one.

        The number stands across: read down, its two digits make one character that is none.
        """
        found = foot_of(line, lines)
        if found is None:
            return [line]
        cut, top = found
        foot = line.glyphs[cut:]
        em = median(g.x1 - g.x0 for g in line.glyphs)
        bottom = max(g.y1 for g in foot)
        x = sum(g.x0 + g.x1 for g in foot) / 2 / len(foot)
        strip = TextStrip(x, (top + bottom) / 2, 2.2 * em, bottom - top + 0.4 * em, 0.0)
        number = self._read(image, strip)
        column = RawLine(line.glyphs[:cut], line.direction)
        return [column, number or RawLine(foot, line.direction)]

    def detect(self, image: NDArray[np.uint8]) -> list[TextStrip]:
        """Return the lines of a grey page, unordered."""
        import cv2

        height, width = image.shape
        ratio = min(1.0, _DETECT_SIDE / max(height, width))
        shown = (max(32, round(width * ratio / 32) * 32), max(32, round(height * ratio / 32) * 32))
        small = grey_of(cv2.resize(image, shown, interpolation=cv2.INTER_AREA))
        probability = self._run("detect", _normal(small))[0, 0]
        return list(_text_strips(probability, width / shown[0], height / shown[1]))[:_MOST_LINES]

    def _read(self, image: NDArray[np.uint8], strip: TextStrip) -> RawLine | None:
        to_page = strip.to_page()
        pixels = _pixels(image, strip)
        ink = ink_of(pixels)
        read, frame = self._decode(pixels, ink)
        if not read or sum(r.score for r in read) / len(read) < _LEAST_SCORE:
            return None
        boxes = fit(ink, "".join(r.text for r in read), [r.at * frame for r in read])
        glyphs = (
            RawGlyph(r.text, *to_page.box(*box), score=r.score, choices=r.choices)
            for r, box in zip(read, boxes, strict=True)
        )
        return RawLine(tuple(glyphs), strip.direction)

    def _decode(self, pixels: NDArray[np.uint8], ink: Ink) -> tuple[list[Read], float]:
        """Return what a strip says from its pixels, and how many of them a frame is."""
        import cv2

        height, width = pixels.shape
        shown = min(_MOST_WIDTH, max(8, math.ceil(width * _HEIGHT / height)))
        small = grey_of(cv2.resize(pixels, (shown, _HEIGHT), interpolation=cv2.INTER_LINEAR))
        padded = np.zeros((1, 3, _HEIGHT, max(_LEAST_WIDTH, shown)), np.float32)
        padded[..., :shown] = _normal(small)
        chances = self._run("recognise", padded)[0]
        if chances.shape[1] != len(self._characters):
            raise EngineError("the recognition model and its characters do not fit together")
        chances = with_one_ring(chances, self._characters)
        frame = padded.shape[3] / chances.shape[0] * width / shown
        least: float = 0.0064 * height * height  # a full stop's ink

        def has_ink(start: float, end: float) -> bool:
            return ink.amount(start * frame, end * frame) > least

        read = best_path(chances, self._characters)
        return with_passed_over(read, chances, self._characters, has_ink), frame

    def _run(self, model: str, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        session = self._session(model)
        try:
            result: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: pixels})[
                0
            ]
        except RuntimeError as error:
            raise EngineError(f"onnxruntime: {error}") from error
        return result

    def _session(self, model: str) -> Any:  # noqa: ANN401  # onnxruntime has no types
        if model not in self._sessions:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.enable_cpu_mem_arena = False
            options.log_severity_level = 4
            path = resources.files("rapidocr").joinpath("models", MODELS[model])
            session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
            if model == "recognise":
                table = session.get_modelmeta().custom_metadata_map["character"]
                self._characters = ["", *table.splitlines(), " "]
            self._sessions[model] = session
        return self._sessions[model]


def majority(strips: list[TextStrip]) -> Direction:
    """Return the direction of most of the text by length in characters."""
    votes = {"horizontal": 0.0, "vertical": 0.0}
    for strip in strips:
        if strip.length > 1.5 * strip.thickness:
            votes[strip.direction] += strip.length / max(strip.thickness, 1.0)
    return "vertical" if votes["vertical"] > votes["horizontal"] else "horizontal"


def foot_of(line: RawLine, lines: Sequence[RawLine]) -> tuple[int, float] | None:
    """Return where a column's foot begins, and the y below which no other column reaches.

    A foot is one or two last characters, set apart.
    """
    ends = [
        max(g.y1 for g in other.glyphs)
        for other in lines
        if other is not line and other.direction == "vertical" and len(other.glyphs) > 4
    ]
    if not ends or line.direction != "vertical" or len(line.glyphs) < 4:
        return None
    em = median(g.x1 - g.x0 for g in line.glyphs)
    for cut in (len(line.glyphs) - 2, len(line.glyphs) - 1):
        first, before = line.glyphs[cut], line.glyphs[cut - 1]
        below = (first.y0 + first.y1) / 2 > max(ends) and first.text.isalnum()
        if below and first.y0 - before.y1 > 0.5 * em:
            return cut, max(ends)
    return None


def _ways(image: NDArray[np.uint8], strip: TextStrip, direction: Direction) -> list[TextStrip]:
    """Return how a strip may read: one or two characters of a number can stand either way."""
    if strip.length > 2 * strip.thickness:
        return [strip]
    quarter = -math.pi / 2 if strip.direction == "vertical" else math.pi / 2
    turned = TextStrip(strip.x, strip.y, strip.thickness, strip.length, strip.angle + quarter)
    ways = [strip, _one_row(image, turned)]
    return sorted(ways, key=lambda w: w.direction != direction)


def _one_row(image: NDArray[np.uint8], strip: TextStrip) -> TextStrip:
    """Return the strip without a second row that reaches in, such as the foot of a column."""
    first, last = largest_band(ink_of(_pixels(image, strip)))
    if last - first > 0.9 * strip.thickness:
        return strip
    margin = 0.1 * (last - first)
    x, y = strip.to_page().at(strip.length / 2, (first + last) / 2)
    return TextStrip(x, y, strip.length, last - first + 2 * margin, strip.angle)


def _plausible(line: RawLine) -> tuple[float, int]:
    """Order readings of one strip: the surest, then that of most characters (二八, not a 三)."""
    return round(sum(g.score for g in line.glyphs) / len(line.glyphs), 1), len(line.glyphs)


def _pixels(image: NDArray[np.uint8], strip: TextStrip) -> NDArray[np.uint8]:
    """Return the strip cut out of the page so that it reads from left to right."""
    import cv2

    to_page = strip.to_page()
    size = max(4, round(strip.length)), max(4, round(strip.thickness))
    c, f = to_page.at(0.5, 0.5)
    matrix = np.array([[to_page.a, to_page.b, c - 0.5], [to_page.d, to_page.e, f - 0.5]])
    pixels = cv2.warpAffine(
        image, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return grey_of(pixels)


def _normal(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 1 × 3 × height × width in −1…1, as both models were trained."""
    plane = grey.astype(np.float32) / 127.5 - 1.0
    return np.repeat(plane[None, None], 3, axis=1)


def _text_strips(probability: NDArray[np.float32], x: float, y: float) -> Iterator[TextStrip]:
    """Find the lines in the detector's map; ``x`` and ``y`` scale it to the page."""
    import cv2

    mask = cv2.dilate((probability > _INK_PROBABILITY).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in [piece for whole in contours for piece in _pieces(whole)]:
        (cx, cy), (w, h), degrees = cv2.minAreaRect(contour)
        if min(w, h) < 3 or _mean_inside(probability, contour) < _TEXT_PROBABILITY:
            continue
        grow = w * h * _GROW / (w + h)
        w, h, angle = w + grow, h + grow, math.radians(degrees)
        if w < h:
            w, h, angle = h, w, angle + math.pi / 2
        # Reading goes rightwards or downwards, never up or left.
        while angle > 0.75 * math.pi:
            angle -= math.pi
        while angle <= -0.25 * math.pi:
            angle += math.pi
        stretch = y if math.sin(angle) > 0.7 else x
        across = x if math.sin(angle) > 0.7 else y
        yield TextStrip(cx * x, cy * y, w * stretch, h * across, angle)


def _pieces(contour: MatLike) -> list[MatLike]:
    """Divide a column from a row that stands across its end, such as the page number at its foot.

    The detector's map joins them where they nearly touch.
    """
    import cv2

    x, y, w, h = cv2.boundingRect(contour)
    if h < 3 * w:
        return [contour]
    mask = _filled(contour)
    widths = mask.sum(1)
    wide = widths > _ACROSS * float(np.median(widths))
    head, foot = _run_of(wide), h - _run_of(wide[::-1])
    cuts = sorted({0, head, foot, h})
    if len(cuts) == 2 or max(head, h - foot) > w:
        return [contour]
    pieces: list[MatLike] = []
    for start, end in pairwise(cuts):
        found, _ = cv2.findContours(
            mask[start:end], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y + start)
        )
        pieces += found
    return pieces


def _run_of(flags: NDArray[np.bool_]) -> int:
    """Return how many are true before the first that is not."""
    return len(flags) if flags.all() else int(np.argmin(flags))


def _filled(contour: MatLike) -> NDArray[np.uint8]:
    """Return the contour's inside as ones in its bounding rectangle."""
    import cv2

    x, y, w, h = cv2.boundingRect(contour)
    mask = np.zeros((h, w), np.uint8)
    cv2.fillPoly(mask, [contour - np.array([x, y])], 1)
    return mask


def _mean_inside(probability: NDArray[np.float32], contour: MatLike) -> float:
    import cv2

    x, y, w, h = cv2.boundingRect(contour)
    return float(cv2.mean(probability[y : y + h, x : x + w], _filled(contour))[0])
