"""Pixels into and out of a pyramid's tiles. Arrays are height × width × 1 (grey) or 3 (sRGB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.images import geometry

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from storage.images.pyramid import Pyramid

QUALITY = 85


def read_pixels(pyramid: Pyramid, level: int, box: geometry.Region) -> NDArray[np.uint8]:
    """Return ``box`` (pixels of the level) ; only the tiles it touches are decoded.

    Raises ValueError when a tile is damaged.
    """
    import simplejpeg

    columns = geometry.ceil_div(pyramid.levels[level][0], geometry.TILE)
    space = "GRAY" if pyramid.bands == 1 else "RGB"
    out = np.empty((box.h, box.w, pyramid.bands), np.uint8)
    for row in range(box.y // geometry.TILE, (box.y + box.h - 1) // geometry.TILE + 1):
        for column in range(box.x // geometry.TILE, (box.x + box.w - 1) // geometry.TILE + 1):
            address = geometry.TileAddress(level, row * columns + column)
            jpeg = pyramid.read(pyramid.tile_extent(address))
            pixels = simplejpeg.decode_jpeg(jpeg, space, strict=False)
            left, top = column * geometry.TILE, row * geometry.TILE
            x0, y0 = max(box.x, left), max(box.y, top)
            x1 = min(box.x + box.w, left + pixels.shape[1])
            y1 = min(box.y + box.h, top + pixels.shape[0])
            out[y0 - box.y : y1 - box.y, x0 - box.x : x1 - box.x] = pixels[
                y0 - top : y1 - top, x0 - left : x1 - left
            ]
    return out


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """Return a complete JFIF file, 4:2:0.

    The JFIF marker is what tells every browser, Safari included, that the colours are YCbCr.
    """
    import simplejpeg

    grey = pixels.shape[2] == 1
    return bytes(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(pixels),
            quality=quality,
            colorspace="GRAY" if grey else "RGB",
            colorsubsampling="Gray" if grey else "420",
        )
    )


def to_image(pixels: NDArray[np.uint8]) -> Image.Image:
    """Return pixels as a Pillow image of mode L or RGB."""
    from PIL import Image

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def from_image(image: Image.Image) -> NDArray[np.uint8]:
    """Return the pixels of a Pillow image of mode L or RGB."""
    pixels = np.asarray(image)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels
