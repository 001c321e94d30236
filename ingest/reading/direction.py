"""Does a page read across or down? From its ink alone, without recognising anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ingest.reading.prepare import grey_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from repository.text import Direction

_SIDE = 1500
_LEAST_PARTS = 20
# Pixels of ink across a rule, on average.
_THIN = 6
# Between these ratios the ink alone does not tell.
_SURE_ACROSS, _SURE_DOWN = 1.6, 0.6


@dataclass(frozen=True, slots=True)
class InkDirection:
    """``ratio``: how much longer runs of characters are across than down; None without text."""

    direction: Direction
    ratio: float | None

    @property
    def sure(self) -> bool:
        """Tell whether the ratio is clear enough to choose a model by it."""
        return self.ratio is not None and not _SURE_DOWN < self.ratio < _SURE_ACROSS


def ink_direction(image: NDArray[np.uint8]) -> InkDirection:
    """Return the direction in which the characters of a prepared page stand closest.

    Closing gaps of about half a character, across and then down, makes long runs in the true
    direction of the lines.
    """
    import cv2

    ratio = min(1.0, _SIDE / max(image.shape))
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    _, mask = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    mask = _without_long_runs(grey_of(mask))
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    parts = stats[1:]
    parts = parts[(parts[:, 4] > 6) & (parts[:, 2] < 150) & (parts[:, 3] < 150)]
    if len(parts) < _LEAST_PARTS:
        return InkDirection("horizontal", None)
    em = float(np.percentile(np.maximum(parts[:, 2], parts[:, 3]), 85))
    gap = max(2, int(em * 0.2))
    whole = grey_of(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8)))
    reach = max(3, int(em * 0.6))
    across = _run_length(whole, (1, reach), 2)
    down = _run_length(whole, (reach, 1), 3)
    found = across / max(down, 1e-6)
    return InkDirection("horizontal" if found > 1 else "vertical", found)


def _without_long_runs(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Take out rules and frames, whose direction says nothing of the text's."""
    import cv2

    height, width = mask.shape
    rules = np.zeros_like(mask)
    for shape in ((1, max(2, height // 12)), (max(2, width // 8), 1)):
        kernel = cv2.getStructuringElement(cv2.MORPH_RECT, shape)
        rules |= grey_of(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel))
    mask = grey_of(np.where(cv2.dilate(rules, np.ones((5, 5), np.uint8)) > 0, 0, mask))
    # What leans has no long runs, and is thin over its whole length.
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    length = stats[:, 2:4].max(axis=1)
    thin = (length > height // 20) & (stats[:, 4] < _THIN * length)
    thin[0] = False
    return grey_of(np.where(thin[labels], 0, mask))


def _run_length(mask: NDArray[np.uint8], kernel: tuple[int, int], column: int) -> float:
    """Return the mean extent of the closed parts, weighted by their ink."""
    import cv2

    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones(kernel, np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed)
    area = stats[1:, 4].astype(np.float64)
    return float((stats[1:, column] * area).sum() / max(area.sum(), 1.0))
