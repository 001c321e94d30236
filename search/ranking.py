"""The order of Works, the same on every engine.

By relevance: the better tier first; then Works whose title answers the question or that have more
matching pages; then by id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TITLE = 3.0


def scores(hits: NDArray[np.int64], titled: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each Work's relevance inside its tier: a title counts like 20 times the pages."""
    relevance: NDArray[np.float64] = np.log1p(hits.astype(np.float64)) + _TITLE * titled
    return np.round(relevance, 9)


def order(
    keys: Sequence[NDArray[np.int64] | NDArray[np.float64]], rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return ``rows`` sorted by ``keys``, the first the strongest; ties stay in their order."""
    if not keys:
        return rows
    return rows[np.lexsort(tuple(key[rows] for key in reversed(keys)))]
