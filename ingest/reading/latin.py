"""Is a horizontal page half in Latin letters? From its ink alone, before a model is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ingest.reading.ink import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 1750
_INK = 160
_LEAST_LINE = 8
# A letter is narrower than this part of its line's height, a Chinese character is not.
_NARROW = 0.6
# Of the ink's length: from a third of the text in Latin on; over the second, strokes are broken.
_MIXED = (0.45, 0.8)


def is_mixed(image: NDArray[np.uint8]) -> bool:
    """Tell whether much of an upright page is in Latin letters; no where its strokes are broken."""
    return _MIXED[0] < narrow_share(image) < _MIXED[1]


def narrow_share(image: NDArray[np.uint8]) -> float:
    """Return how much of the length of a page's text is in runs of ink narrower than a character.

    ``image`` is grey, prepared, its lines along the axis.
    """
    import cv2

    ratio = min(1.0, _SIDE / max(image.shape))
    small = cv2.resize(image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA)
    mask = np.asarray(small < _INK, dtype=np.bool_)
    lines = [(a, b) for a, b in runs(mask.any(1)) if b - a > _LEAST_LINE]
    if not lines:
        return 0.0
    usual = float(np.median([b - a for a, b in lines]))
    narrow = whole = 0
    for first, last in lines:
        if 0.6 * usual < last - first < 1.7 * usual:
            widths = [b - a for a, b in runs(mask[first:last].any(0))]
            whole += sum(widths)
            narrow += sum(w for w in widths if w < _NARROW * (last - first))
    return narrow / whole if whole else 0.0
