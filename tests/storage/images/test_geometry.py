"""Tile geometry agrees with what OpenSeadragon 6 asks for, to the pixel."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
            columns, rows = geometry.grid(across, down)
            row, column = divmod(range(columns * rows)[tile.number], columns)
            box = geometry.tile_box(across, down, column, row)
            assert (box.w, box.h) == size
            asked += 1
    assert asked > 30_000


@pytest.mark.parametrize("tile", [512, 256])
def test_the_region_of_a_tile_at_the_tiles_size_is_that_tile(tile):
    for width, height in [(1, 1), (512, 512), (513, 512), (2480, 3508), (300, 5000), (4097, 90)]:
        for level, (across, down) in enumerate(geometry.levels(width, height, tile)):
            columns, rows = geometry.grid(across, down, tile)
            for number in range(columns * rows):
                row, column = divmod(number, columns)
                region = geometry.tile_box(width, height, column, row, tile << level)
                box = geometry.tile_box(across, down, column, row, tile)
                assert (box.x, box.y) == (column * tile, row * tile)
                found = geometry.aligned_tile(width, height, region, (box.w, box.h), tile)
                assert found == (level, number)


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
        (Region(0, 0, 1023, 1024), (512, 512)),
        (Region(0, 0, 1024, 1023), (512, 512)),
        (Region(0, 0, 4960, 7016), (310, 439)),
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
    assert geometry.sufficient_level(levels, whole, (10, 1501)) == 0
    assert geometry.sufficient_level(levels, whole, (10, 1500)) == 1
    assert geometry.sufficient_level(levels, whole, (5000, 3750)) == 0


@pytest.mark.parametrize(
    ("size", "side"),
    [((1, 1), 16), ((16, 9), 16), ((17, 9), 32), ((9, 17), 32), ((3, 500), 512), ((9000, 9), 512)],
)
def test_stored_tiles_are_multiples_of_16_and_hardly_larger_than_their_image(size, side):
    assert geometry.padded_side(*size) == side


def test_a_fitted_size_keeps_proportions_inside_the_box():
    assert geometry.fitted(2480, 3508, (400, 400)) == (283, 400)
    assert geometry.fitted(1, 9000, (400, 400)) == (1, 400)
    assert geometry.fitted(1000, 335, (100, 400)) == (100, 34)  # 33.5


@given(*[st.integers(1, 30_000)] * 2, *[st.integers(1, 2000)] * 2)
@example(9000, 1, 400, 400)
@example(4000, 3000, 200, 100)
@example(335, 1000, 400, 100)
@example(1001, 335, 100, 400)
def test_a_fitted_size_is_the_largest_in_whole_pixels(width, height, across, down):
    found = geometry.fitted(width, height, (across, down))
    scale = min(Fraction(across, width), Fraction(down, height))
    for side, exact, most in zip(
        found, (width * scale, height * scale), (across, down), strict=True
    ):
        assert isinstance(side, int)
        assert 1 <= side <= most
        assert side == 1 or -0.5 <= exact - side < 0.5  # rounded half up
