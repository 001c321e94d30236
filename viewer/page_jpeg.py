"""A whole page as one JPEG, for PDF: put together from the tiles of a stored size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage import geometry
from storage.pyramid import Pyramid
from storage.pyramid_pixels import QUALITY, encode_jpeg

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def page_jpeg(path: Path, longest: int) -> bytes:
    """Return the largest stored size of a pyramid that is no longer than ``longest`` pixels.

    Raises FileNotFoundError, PyramidError.
    """
    pyramid = Pyramid(path)
    try:
        fitting = (n for n, size in enumerate(pyramid.levels) if max(size) <= longest)
        level = next(fitting, len(pyramid.levels) - 1)
        columns, rows = geometry.grid(*pyramid.levels[level])
        if columns * rows == 1:
            return pyramid.read(pyramid.tile_place(geometry.TileAddress(level, 0)))
        return encode_jpeg(_put_together(pyramid, level, columns, rows), QUALITY)
    finally:
        pyramid.close()


def _put_together(pyramid: Pyramid, level: int, columns: int, rows: int) -> NDArray[np.uint8]:
    import simplejpeg

    width, height = pyramid.levels[level]
    whole = np.empty((height, width, pyramid.bands), np.uint8)
    colours = "GRAY" if pyramid.bands == 1 else "RGB"
    for row in range(rows):
        for column in range(columns):
            place = pyramid.tile_place(geometry.TileAddress(level, row * columns + column))
            tile = simplejpeg.decode_jpeg(pyramid.read(place), colorspace=colours)
            at = geometry.tile_box(width, height, column, row)
            whole[at.y : at.y + at.h, at.x : at.x + at.w] = tile
    return whole
