"""A whole page as one JPEG, for PDF: put together from the tiles of a stored size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.images import geometry
from storage.images.pyramid import Pyramid
from storage.images.pyramid_pixels import QUALITY, encode_jpeg, read_pixels

if TYPE_CHECKING:
    from pathlib import Path


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
            return pyramid.read(pyramid.tile_extent(geometry.TileAddress(level, 0)))
        whole = geometry.Region(0, 0, *pyramid.levels[level])
        return encode_jpeg(read_pixels(pyramid, level, whole), QUALITY)
    finally:
        pyramid.close()
