"""The order of Works, the same on every engine.

By relevance: the better tier first; then Works whose title answers the question; then those with
more matching pages, and a larger share of their pages; then by id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TITLE = 3.0


def scores(
    hits: NDArray[np.int64], pages: NDArray[np.int64], titled: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return each Work's relevance inside its tier."""
    share = hits / np.maximum(pages, 1)
    relevance: NDArray[np.float64] = np.log1p(hits.astype(np.float64)) + share + _TITLE * titled
    return np.round(relevance, 9)


def order(
    keys: Sequence[NDArray[np.int64] | NDArray[np.float64]], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return ``rows`` sorted by ``keys``, the first the strongest; ties stay in their order."""
    if not keys:
        return rows
    return rows[np.lexsort(tuple(key[rows] for key in reversed(keys)))]
