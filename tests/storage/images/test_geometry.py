"""Tile geometry agrees with what OpenSeadragon 6 asks for, to the pixel."""

import math
import random

import pytest

from storage.images import geometry
from storage.images.geometry import Region


def openseadragon_tiles(width, height, scale_factors, tile=512):
    """Yield (region, size) as IIIFTileSource.getTileUrl computes them for version 3."""
    max_level = round(math.log2(max(scale_factors)))
    for level in range(max_level + 1):
        scale = 0.5 ** (max_level - level)
        level_width, level_height = math.ceil(width * scale), math.ceil(height * scale)
        span = round(tile / scale)
        for y in range(math.ceil(level_height / tile)):
            for x in range(math.ceil(level_width / tile)):
                if level_width < tile and level_height < tile:
                    yield Region(0, 0, width, height), (level_width, level_height)
                    continue
                left, top = x * span, y * span
                region = Region(left, top, min(span, width - left), min(span, height - top))
                size = (
                    min(tile, level_width - x * tile),
                    min(tile, level_height - y * tile),
                )
                yield region, size


def sizes():
    chance = random.Random(5)
    fixed = [(1, 1), (1, 9_000), (9_000, 1), (512, 512), (513, 512), (1024, 1025), (2480, 3508),
             (6_300, 224_490), (224_490, 630), (20_000, 20_000), (3, 100_000)]  # fmt: skip
    for _ in range(1_000 - len(fixed)):
        longest = 2 ** chance.uniform(0, 13.5)
        fixed.append((max(1, int(longest * chance.random())), max(1, int(longest))))
    return fixed


def test_every_tile_openseadragon_asks_for_is_a_stored_tile_of_that_size():
    asked = 0
    for width, height in sizes():
        levels = geometry.levels(width, height)
        factors = [1 << n for n in range(len(levels))]
        for region, size in openseadragon_tiles(width, height, factors):
            tile = geometry.aligned_tile(width, height, region, size)
            assert tile is not None, (width, height, region, size)
            across, down = levels[tile.level]
            columns, _ = geometry.grid(across, down)
            box = geometry.tile_box(across, down, tile.number % columns, tile.number // columns)
            assert (box.w, box.h) == size
            asked += 1
    assert asked > 30_000


def test_levels_end_with_the_first_that_fits_one_tile():
    for width, height in sizes():
        levels = geometry.levels(width, height)
        assert max(levels[-1]) <= geometry.TILE
        assert len(levels) == 1 or max(levels[-2]) > geometry.TILE


@pytest.mark.parametrize(
    ("region", "size"),
    [
        (Region(0, 0, 512, 512), (511, 512)),
        (Region(1, 0, 512, 512), (512, 512)),
        (Region(0, 0, 500, 512), (500, 512)),
        (Region(0, 0, 1024, 1024), (1024, 1024)),
        (Region(512, 0, 1024, 1024), (512, 512)),
        (Region(0, 0, 2480, 3508), (400, 566)),
    ],
)
def test_what_is_no_tile_is_not_taken_for_one(region, size):
    assert geometry.aligned_tile(2480, 3508, region, size) is None


def test_the_level_that_suffices_is_the_smallest_that_needs_no_enlargement():
    levels = geometry.levels(4000, 3000)
    whole = Region(0, 0, 4000, 3000)
    assert geometry.sufficient_level(levels, whole, (4000, 3000)) == 0
    assert geometry.sufficient_level(levels, whole, (2001, 1500)) == 0
    assert geometry.sufficient_level(levels, whole, (2000, 1500)) == 1
    assert geometry.sufficient_level(levels, whole, (10, 8)) == len(levels) - 1


def test_a_fitted_size_keeps_proportions_inside_the_box():
    assert geometry.fitted(2480, 3508, (400, 400)) == (283, 400)
    assert geometry.fitted(1, 9000, (400, 400)) == (1, 400)
