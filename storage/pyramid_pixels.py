"""Pixels out of a pyramid: only the tiles that are needed are decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from storage.pyramid import Pyramid


def read_pixels(pyramid: Pyramid, level: int, box: geometry.Region) -> NDArray[np.uint8]:
    """Return ``box`` (pixels of the level) as height × width × 1 (grey) or 3 (sRGB).

    Raises ValueError when a tile is damaged.
    """
    import simplejpeg

    columns = geometry.ceil_div(pyramid.levels[level][0], geometry.TILE)
    space = "GRAY" if pyramid.bands == 1 else "RGB"
    out = np.empty((box.h, box.w, pyramid.bands), np.uint8)
    for row in range(box.y // geometry.TILE, (box.y + box.h - 1) // geometry.TILE + 1):
        for column in range(box.x // geometry.TILE, (box.x + box.w - 1) // geometry.TILE + 1):
            address = geometry.TileAddress(level, row * columns + column)
            jpeg = pyramid.read(pyramid.tile_place(address))
            pixels = simplejpeg.decode_jpeg(jpeg, space, strict=False)
            left, top = column * geometry.TILE, row * geometry.TILE
            x0, y0 = max(box.x, left), max(box.y, top)
            x1 = min(box.x + box.w, left + pixels.shape[1])
            y1 = min(box.y + box.h, top + pixels.shape[0])
            out[y0 - box.y : y1 - box.y, x0 - box.x : x1 - box.x] = pixels[
                y0 - top : y1 - top, x0 - left : x1 - left
            ]
    return out
