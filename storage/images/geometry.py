"""Geometry of a tiled pyramid: pure, in pixels, origin top-left.

Level ``n`` is the image at a scale factor of 2ⁿ with both sides rounded **up**, which is how
OpenSeadragon and the IIIF Image API's implementation notes count tiles.
"""

from __future__ import annotations

from typing import NamedTuple

TILE = 512


class Region(NamedTuple):
    """A rectangle of the full image."""

    x: int
    y: int
    w: int
    h: int


class TileAddress(NamedTuple):
    """A tile: level 0 is the full size; ``number`` counts row by row."""

    level: int
    number: int


def ceil_div(a: int, b: int) -> int:
    """Return a / b rounded up."""
    return -(-a // b)


def level_size(width: int, height: int, level: int) -> tuple[int, int]:
    """Return the (width, height) of a level."""
    return ceil_div(width, 1 << level), ceil_div(height, 1 << level)


def level_count(width: int, height: int, tile: int = TILE) -> int:
    """Return the number of levels down to the first that fits into one tile."""
    return max(0, (ceil_div(max(width, height), tile) - 1).bit_length()) + 1


def levels(width: int, height: int, tile: int = TILE) -> tuple[tuple[int, int], ...]:
    """Return the size of each level, the full size first."""
    return tuple(level_size(width, height, n) for n in range(level_count(width, height, tile)))


def grid(width: int, height: int, tile: int = TILE) -> tuple[int, int]:
    """Return the (columns, rows) of tiles of a level of this size."""
    return ceil_div(width, tile), ceil_div(height, tile)


def padded_side(width: int, height: int) -> int:
    """Return the side of the stored tiles of an image of this size.

    TIFF wants multiples of 16; readers refuse tiles that are many times larger than their image.
    """
    return min(TILE, ceil_div(max(width, height), 16) * 16)


def tile_box(width: int, height: int, column: int, row: int, tile: int = TILE) -> Region:
    """Return a tile's exact place in a level of this size: less than ``tile`` at the edges."""
    x, y = column * tile, row * tile
    return Region(x, y, min(tile, width - x), min(tile, height - y))


def aligned_tile(
    width: int, height: int, region: Region, size: tuple[int, int], tile: int = TILE
) -> TileAddress | None:
    """Return the tile that is ``region`` of the full image at ``size``, or None.

    Exact in all four numbers and both sides of the size: what is returned needs no scaling.
    """
    x, y, w, h = region
    level = _level_of(width, height, region, size, tile)
    if level is None:
        return None
    span = tile << level
    if x % span or y % span:
        return None
    if (w != span and x + w != width) or (h != span and y + h != height):
        return None
    across, down = level_size(width, height, level)
    column, row = x // span, y // span
    box = tile_box(across, down, column, row, tile)
    if (box.w, box.h) != tuple(size):
        return None
    return TileAddress(level, row * ceil_div(across, tile) + column)


def _level_of(
    width: int, height: int, region: Region, size: tuple[int, int], tile: int
) -> int | None:
    """Return the smallest level at which ``region`` fits into a tile and has the right size."""
    longest = max(region.w, region.h)
    for level in range(level_count(width, height, tile)):
        if longest > tile << level:
            continue
        if (ceil_div(region.w, 1 << level), ceil_div(region.h, 1 << level)) == tuple(size):
            return level
    return None


def sufficient_level(
    sizes: tuple[tuple[int, int], ...], region: Region, size: tuple[int, int]
) -> int:
    """Return the smallest level from which ``region`` at ``size`` needs no enlargement."""
    width, height = sizes[0]
    best = 0
    for level, (across, down) in enumerate(sizes):
        if region.w * across < size[0] * width or region.h * down < size[1] * height:
            break
        best = level
    return best


def fitted(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size of the same proportions inside ``box`` (both sides at least 1)."""
    if width * box[1] >= height * box[0]:
        return box[0], max(1, (height * box[0] + width // 2) // width)
    return max(1, (width * box[1] + height // 2) // height), box[1]
