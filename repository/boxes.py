"""Glyph boxes as a small blob: one (x, y, w, h) per code point.

Little-endian int32, column by column, each column as differences, then zstd: neighbours on a line
differ in one coordinate only, which is what makes it small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import zstandard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from repository.text import Box


def pack(boxes: Sequence[Box]) -> bytes:
    """Return the blob of ``boxes`` (upright master pixels, origin top-left)."""
    rows = np.array([(b.x, b.y, b.w, b.h) for b in boxes], dtype="<i4").reshape(-1, 4)
    steps = np.diff(rows, axis=0, prepend=np.zeros((1, 4), "<i4")).astype("<i4")
    return zstandard.ZstdCompressor(level=9).compress(np.ascontiguousarray(steps.T).tobytes())


def unpack(blob: bytes) -> NDArray[np.int32]:
    """Return an (N, 4) array of x, y, w, h. Raises ``zstandard.ZstdError`` for a damaged blob."""
    steps = np.frombuffer(zstandard.ZstdDecompressor().decompress(blob), "<i4").reshape(4, -1)
    return np.cumsum(steps, axis=1, dtype=np.int32).T
