"""Fit a box to the ink of every character of a line.

Engines say roughly where along a line a character stands; the ink says exactly. Works on a strip:
the line cut out of the page so that it reads from left to right (a vertical line is turned a
quarter counter-clockwise). Strip coordinates are pixel edges, origin top-left.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Corners = tuple[float, float, float, float]

# Weights of the cut search, in squared em: crossing ink, uneven width, distance from the engine's
# own place. Found on pages drawn with known boxes (bench/ocr).
_CROSSING = 1.5
_WIDTH = {"full": 1.0, "half": 0.25, "space": 0.05}
_PLACE = 0.15
# Characters whose places are this many em apart do not touch.
_GAP = 1.6
# Of a strip's height: rows without ink that part two lines.
_APART = 0.4
# Of the way from the paper to the darkest ink.
_FAINT = 0.35


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of a line's strip: a mask, and its connected parts as x0, y0, x1, y1."""

    mask: NDArray[np.bool_]
    parts: NDArray[np.int32]

    def amount(self, start: float, end: float) -> int:
        """Return how many pixels of ink stand between two places along the strip."""
        first, last = max(0, round(start)), min(self.mask.shape[1], round(end))
        return int(self.mask[:, first:last].sum()) if last > first else 0


def ink_of(strip: NDArray[np.uint8]) -> Ink:
    """Return the ink that belongs to the line: no rules, no neighbours' edges, no dust."""
    import cv2

    height = strip.shape[0]
    level, _ = cv2.threshold(strip, 0, 255, cv2.THRESH_OTSU)
    darkest = float(np.percentile(strip, 2))
    # Faded strokes count where they hang together with dark ones.
    faint = (strip <= 255 - _FAINT * (255 - darkest)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(faint, connectivity=8)
    dark = np.zeros(len(stats), bool)
    dark[np.unique(labels[strip <= min(max(level, 90), 190)])] = True
    _, y, w, h, area = stats.T
    thin = (h < 0.15 * height) & ((y == 0) | (y + h == height))
    rule = (w > 3 * height) & (h < 0.25 * height) & ((y < 0.2 * height) | (y + h > 0.8 * height))
    keep = dark & ~(thin | rule | (area < max(3, (height / 24) ** 2)))
    keep[0] = False
    kept = stats[keep]
    parts = np.stack([kept[:, 0], kept[:, 1], kept[:, 0] + kept[:, 2], kept[:, 1] + kept[:, 3]], 1)
    return Ink(keep[labels], parts)


def largest_band(ink: Ink) -> tuple[float, float]:
    """Return the rows (first, last + 1) of the strip's main line.

    Ink parted from it by two fifths of the strip's height belongs to something else.
    """
    height = ink.mask.shape[0]
    amounts = ink.mask.sum(1)
    rows = np.flatnonzero(amounts)
    if not rows.size:
        return 0.0, float(height)
    bands = np.split(rows, np.flatnonzero(np.diff(rows) > _APART * height) + 1)
    main = max(bands, key=lambda band: int(amounts[band].sum()))
    return float(main[0]), float(main[-1] + 1)


def fit(ink: Ink, text: str, centres: Sequence[float]) -> list[Corners]:
    """Return x0, y0, x1, y1 of each character of ``text`` in the strip.

    ``centres`` are the engine's places along the strip, increasing, one per character. A character
    without ink (a space, a faded one) gets its cell over the line's height.
    """
    if not text:
        return []
    places = np.asarray(centres, dtype=np.float64)
    height = ink.mask.shape[0]
    em = _em(text, places, height)
    text, places, own = _with_gaps(text, places, em)
    cuts = _cuts(ink.mask.sum(0) / height, text, places, em)
    rows = np.flatnonzero(ink.mask.any(1))
    band = (float(rows[0]), float(rows[-1] + 1)) if rows.size else (0.0, float(height))
    boxes = _boxes(ink.parts, cuts, band, em)
    return [boxes[i] for i in own]


def _with_gaps(
    text: str, places: NDArray[np.float64], em: float
) -> tuple[str, NDArray[np.float64], list[int]]:
    """Put a space into every wide gap, so that no character stretches over it.

    Returns the text, its places, and which of its characters were there before.
    """
    spread, where, own = "", [], []
    for n, (character, at) in enumerate(zip(text, places, strict=True)):
        if n and at - places[n - 1] > _GAP * em:
            spread += " "
            where.append((at + places[n - 1]) / 2)
        own.append(len(spread))
        spread += character
        where.append(at)
    return spread, np.asarray(where, dtype=np.float64), own


def _kind(character: str) -> str:
    if character.isspace():
        return "space"
    return "full" if unicodedata.east_asian_width(character[0]) in "WFA" else "half"


def _em(text: str, places: NDArray[np.float64], height: int) -> float:
    """Return the pitch of full-width characters along the strip."""
    full = np.array([_kind(c) == "full" for c in text])
    steps = np.diff(places)[full[:-1] & full[1:]] if len(text) > 1 else np.empty(0)
    plausible = steps[(steps > 0.4 * height) & (steps < 1.6 * height)]
    return float(np.median(plausible)) if plausible.size > 2 else 0.85 * height


def _cuts(
    crossing: NDArray[np.float64], text: str, places: NDArray[np.float64], em: float
) -> NDArray[np.float64]:
    """Return the N + 1 cuts between characters: the cheapest way along the strip."""
    kinds = [_kind(c) for c in text]
    ranges = _ranges(len(crossing), places, em)
    cost = _CROSSING * _cost_at(crossing, ranges[0])
    back: list[NDArray[np.intp]] = []
    for i, kind in enumerate(kinds):
        starts, ends = ranges[i][:, None], ranges[i + 1][None, :]
        widths = (ends - starts) / em
        expected = 1.0 if kind == "full" else 0.55
        step = _WIDTH[kind] * (widths - expected) ** 2
        step = step + _PLACE * (((starts + ends) / 2 - places[i]) / em) ** 2
        step = np.where(widths > 0, step, 1e6)
        total = cost[:, None] + step + _CROSSING * _cost_at(crossing, ranges[i + 1])[None, :]
        back.append(np.argmin(total, axis=0))
        cost = total[back[-1], np.arange(total.shape[1])]
    at = int(np.argmin(cost))
    cuts = [ranges[-1][at]]
    for i in range(len(kinds) - 1, -1, -1):
        at = int(back[i][at])
        cuts.append(ranges[i][at])
    return np.array(cuts[::-1], dtype=np.float64)


def _cost_at(crossing: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ink that a cut at each edge touches: that of the clearer of its two columns."""
    padded = np.concatenate([[0.0], crossing, [0.0]])
    index = at.astype(np.intp)
    cost: NDArray[np.float64] = np.minimum(padded[index], padded[index + 1])
    return cost


def _ranges(length: int, places: NDArray[np.float64], em: float) -> list[NDArray[np.float64]]:
    """Return where each cut may lie, in whole pixels, some sixty places at most."""
    before = np.concatenate([[places[0] - em], places])
    after = np.concatenate([places, [places[-1] + em]])
    ranges: list[NDArray[np.float64]] = []
    for low, high in zip(before, after, strict=True):
        slack = 0.15 * em
        first, last = max(0.0, min(low, high) - slack), min(float(length), max(low, high) + slack)
        first, last = min(first, length - 1.0), max(last, 1.0)
        step = max(1.0, (last - first) / 60)
        at = np.arange(first, last + 0.5 * step, step, dtype=np.float64)
        ranges.append(np.unique(np.round(at)))
    return ranges


def _boxes(
    parts: NDArray[np.int32], cuts: NDArray[np.float64], band: tuple[float, float], em: float
) -> list[Corners]:
    """Give every connected part to the cell that holds most of it; cut those of two cells."""
    cells: list[list[Corners]] = [[] for _ in cuts[1:]]
    outside: list[Corners] = []
    for x0, y0, x1, y1 in parts.astype(np.float64):
        shares = np.minimum(x1, cuts[1:]) - np.maximum(x0, cuts[:-1])
        best = int(np.argmax(shares))
        if shares[best] <= 0:
            outside.append((x0, y0, x1, y1))
            continue
        if shares[best] >= 0.7 * (x1 - x0) and x1 - x0 < 1.4 * em:
            cells[best].append((x0, y0, x1, y1))
            continue
        for i in np.flatnonzero(shares > 0.08 * em):
            cells[int(i)].append((max(x0, cuts[i]), y0, min(x1, cuts[i + 1]), y1))
    for part in outside:
        # It belongs to the first or last character as far as that stays one character wide.
        cell = cells[0 if part[2] <= cuts[0] else -1]
        wide = [*cell, part]
        if cell and max(x1 for _, _, x1, _ in wide) - min(x0 for x0, *_ in wide) <= em:
            cell.append(part)
    boxes: list[Corners] = []
    for n, cell in enumerate(cells):
        if cell:
            x0s, y0s, x1s, y1s = zip(*cell, strict=True)
            boxes.append((min(x0s), min(y0s), max(x1s), max(y1s)))
        else:
            boxes.append((float(cuts[n]), band[0], float(cuts[n + 1]), band[1]))
    return boxes


def runs(marked: ArrayLike) -> list[tuple[int, int]]:
    """Return the start and end of every run of marked places."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], np.asarray(marked, np.int8), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
