"""Glyph boxes as a small blob: one (x, y, w, h) per code point.

x and y column by column as differences, w and h as they are: neighbours on a line differ in one
coordinate only. As int16 when all fit, the low bytes of all before the high ones, then zstd: the
high bytes hardly take room. The first byte names the layout.
"""

from __future__ import annotations

from functools import cache
from threading import local
from typing import TYPE_CHECKING

import numpy as np
import zstandard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from repository.text import Box

_LEVEL = 9
_SHORT, _LONG = b"\x02", b"\x04"  # also the number of bytes of a value


def pack(boxes: Sequence[Box]) -> bytes:
    """Return the blob of ``boxes`` (upright master pixels, origin top-left)."""
    rows = np.array([(b.x, b.y, b.w, b.h) for b in boxes], dtype="<i4").reshape(-1, 4)
    kept = rows.copy()
    kept[1:, :2] -= rows[:-1, :2]
    short = not kept.size or (kept.min() >= -(2**15) and kept.max() < 2**15)
    layout, kind = (_SHORT, "<i2") if short else (_LONG, "<i4")
    values = np.ascontiguousarray(kept.T.astype(kind)).view("u1").reshape(-1, layout[0])
    planes = np.ascontiguousarray(values.T).tobytes()
    return layout + zstandard.ZstdCompressor(level=_LEVEL).compress(planes)


def unpack(blob: bytes) -> NDArray[np.int32]:
    """Return an (N, 4) array of x, y, w, h. Raises ``zstandard.ZstdError`` for a damaged blob."""
    if blob.startswith(zstandard.FRAME_HEADER):
        return _unpack_first(blob)
    planes = np.frombuffer(_decompressor().decompress(blob[1:]), "u1")
    size, kind = (2, "<i2") if blob[:1] == _SHORT else (4, "<i4")
    count = len(planes) // size
    kept = np.empty(count, kind)
    interleaved = kept.view("u1")
    for place in range(size):
        interleaved[place::size] = planes[place * count : (place + 1) * count]
    columns = kept.reshape(4, -1).astype(np.int32)
    np.cumsum(columns[:2], axis=1, out=columns[:2])
    return columns.T


def _unpack_first(blob: bytes) -> NDArray[np.int32]:
    """Read the first layout, which catalogues may still hold: int32 differences of all columns."""
    steps = np.frombuffer(_decompressor().decompress(blob), "<i4").reshape(4, -1)
    return np.cumsum(steps, axis=1, dtype=np.int32).T


@cache
def _of_threads() -> local:
    return local()


def _decompressor() -> zstandard.ZstdDecompressor:
    """Return this thread's own: it may not be shared, and to make one costs more than to use it."""
    held = _of_threads()
    if not hasattr(held, "decompressor"):
        held.decompressor = zstandard.ZstdDecompressor()
    found: zstandard.ZstdDecompressor = held.decompressor
    return found
