"""A page image made ready for reading, and the way back to the master's pixels.

Coordinates are edges, not pixel centres: the image's top-left corner is (0, 0), its bottom-right
corner (width, height). Scaling and turning are then exact in both directions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from repository.text import Box

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from repository.text import Direction

# Long side shown to the engines: 300 ppi of an A4 page. More costs time and brings nothing.
LONG_SIDE = 3500
_MOST_SKEW = 3.0
_LEAST_SKEW = 0.15


@dataclass(frozen=True, slots=True)
class Affine:
    """(x, y) → (a·x + b·y + c, d·x + e·y + f), in edge coordinates."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where the point (x, y) goes."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, other: Affine) -> Affine:
        """Return this map followed by ``other``."""
        c, f = other.at(self.c, self.f)
        return Affine(
            other.a * self.a + other.b * self.d,
            other.a * self.b + other.b * self.e,
            c,
            other.d * self.a + other.e * self.d,
            other.d * self.b + other.e * self.e,
            f,
        )

    def inverse(self) -> Affine:
        """Return the way back. Raises ZeroDivisionError when there is none."""
        det = self.a * self.e - self.b * self.d
        a, b, d, e = self.e / det, -self.b / det, -self.d / det, self.a / det
        return Affine(a, b, -(a * self.c + b * self.f), d, e, -(d * self.c + e * self.f))

    def box(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        """Return x0, y0, x1, y1 of the upright rectangle that holds the mapped one."""
        points = [self.at(x, y) for x in (x0, x1) for y in (y0, y1)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return min(xs), min(ys), max(xs), max(ys)


def scaling(x: float, y: float) -> Affine:
    """Return the map that stretches by ``x`` and ``y``."""
    return Affine(x, 0.0, 0.0, 0.0, y, 0.0)


def turning(degrees: float, width: float, height: float) -> Affine:
    """Return the turn by ``degrees`` (counter-clockwise as seen) about the image's centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = width / 2, height / 2
    return Affine(cos, sin, x - cos * x - sin * y, -sin, cos, y + sin * x - cos * y)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A grey image (height × width, ink dark on white) and ``to_master``: its pixels' way back."""

    image: NDArray[np.uint8]
    to_master: Affine
    steps: tuple[str, ...] = ()


def prepare(image: NDArray[np.uint8], size: tuple[int, int]) -> Prepared:
    """Return ``image`` in grey, at most ``LONG_SIDE`` long, its background made even and white.

    ``image`` is height × width or height × width × 3 (RGB), upright; ``size`` the master's
    (width, height), of which ``image`` may be a smaller copy.
    """
    import cv2

    cv2.setNumThreads(1)  # pages are read side by side, a thread each
    grey = image if image.ndim == 2 else grey_of(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    height, width = grey.shape
    steps = ["grey"]
    ratio = LONG_SIDE / max(height, width)
    if ratio < 1:
        smaller = max(1, round(width * ratio)), max(1, round(height * ratio))
        grey = grey_of(cv2.resize(grey, smaller, interpolation=cv2.INTER_AREA))
        steps.append(f"scaled to {smaller[0]} × {smaller[1]}")
    if float(np.median(grey[::8, ::8])) < 90:
        # A rubbing or a negative: white characters on black.
        grey = 255 - grey
        steps.append("inverted")
    grey = even_background(grey)
    steps.append("background divided")
    back = scaling(size[0] / grey.shape[1], size[1] / grey.shape[0])
    return Prepared(np.ascontiguousarray(grey), back, tuple(steps))


def grey_of(array: ArrayLike) -> NDArray[np.uint8]:
    """Return an array of whole numbers 0 to 255 under that type, without a copy."""
    return np.asarray(array, dtype=np.uint8)


def even_background(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Divide by the paper's own brightness: stains, yellowing and shadows turn white."""
    import cv2

    height, width = grey.shape
    small = (max(1, width // 4), max(1, height // 4))
    paper = cv2.dilate(cv2.resize(grey, small, interpolation=cv2.INTER_AREA), np.ones((9, 9)))
    paper = cv2.resize(cv2.medianBlur(paper, 31), (width, height), interpolation=cv2.INTER_LINEAR)
    return grey_of(cv2.divide(grey, np.maximum(paper, 1), scale=255))


def deskew(page: Prepared, direction: Direction) -> Prepared:
    """Return the page turned so that its lines lie along the axes."""
    angle = skew(page.image, direction)
    if abs(angle) < _LEAST_SKEW:
        return page
    return turned(page, angle)


def turned(page: Prepared, degrees: float) -> Prepared:
    """Return the page turned by ``degrees`` counter-clockwise, corners filled with white."""
    import cv2

    height, width = page.image.shape
    turn = turning(degrees, width, height)
    # OpenCV maps pixel centres, which lie half a pixel inside the edges.
    c, f = turn.at(0.5, 0.5)
    matrix = np.array([[turn.a, turn.b, c - 0.5], [turn.d, turn.e, f - 0.5]])
    image = cv2.warpAffine(
        page.image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=255
    )
    back = turn.inverse().then(page.to_master)
    return Prepared(grey_of(image), back, (*page.steps, f"turned by {degrees:.2f}°"))


def skew(image: NDArray[np.uint8], direction: Direction) -> float:
    """Return the degrees (counter-clockwise) that bring the lines onto the axis.

    The right angle is the one whose profile across the lines has the sharpest steps.
    """
    import cv2

    height, width = image.shape
    ratio = min(1.0, 1000 / max(height, width))
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    # Grey, not black: faded lines count too. Paper's own grain does not.
    ink = np.clip(235.0 - small.astype(np.float32), 0, 160)
    rows, columns = ink.shape
    axis = 1 if direction == "horizontal" else 0

    def sharpness(degrees: float) -> float:
        matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
        profile = cv2.warpAffine(ink, matrix, (columns, rows)).sum(axis)
        return float((np.diff(profile) ** 2).sum())

    coarse = np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.25)
    best = coarse[int(np.argmax([sharpness(a) for a in coarse]))]
    fine = np.arange(best - 0.2, best + 0.21, 0.05)
    return float(fine[int(np.argmax([sharpness(a) for a in fine]))])


def without_rules(image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], bool]:
    """Return the image with frame and column rules painted white, and whether there were any."""
    import cv2

    height, width = image.shape
    ink = (image < 128).astype(np.uint8)
    rules = np.zeros_like(ink)
    for shape in ((1, max(40, height // 12)), (max(40, width // 8), 1)):
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, shape)
        rules |= grey_of(cv2.morphologyEx(ink, cv2.MORPH_OPEN, kernel))
    if not rules.any():
        return image, False
    cleaned = image.copy()
    cleaned[cv2.dilate(rules, np.ones((5, 5), np.uint8)) > 0] = 255
    return cleaned, True


def to_box(corners: tuple[float, float, float, float], size: tuple[int, int]) -> Box:
    """Return the integer Box of x0, y0, x1, y1, clipped to ``size`` and at least one pixel."""
    width, height = size
    x0, x1 = (min(max(v, 0.0), float(width)) for v in (corners[0], corners[2]))
    y0, y1 = (min(max(v, 0.0), float(height)) for v in (corners[1], corners[3]))
    x, y = min(math.floor(x0 + 1e-6), width - 1), min(math.floor(y0 + 1e-6), height - 1)
    return Box(x, y, max(1, math.ceil(x1 - 1e-6) - x), max(1, math.ceil(y1 - 1e-6) - y))
