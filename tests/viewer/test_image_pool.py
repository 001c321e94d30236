"""Renders are bounded: in number, in time, in memory, and by what is left of the client."""

import asyncio
import time

import gallery
import hostile
import pytest

from storage.images.geometry import Region
from viewer.iiif.image.pool import BusyError, RenderError, RenderPool
from viewer.iiif.image.render import chosen_level
from viewer.iiif.image.request import ImageRequest

WHOLE = Region(0, 0, 700, 600)
QUICK = ImageRequest(WHOLE, (70, 60), mirrored=False, rotation=0, quality="default", format="jpg")
SLOW = ImageRequest(
    WHOLE, (7000, 6000), mirrored=False, rotation=7.5, quality="default", format="jp2"
)


@pytest.fixture(scope="module")
def pyramid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    hostile.picture(700, 600).save(folder / "a.png")
    held = gallery.Gallery(folder / "home")
    held.add("a", folder / "a.png")
    return held.derivatives.pyramid("a")


async def stays():
    await asyncio.Event().wait()


def run(pool, work):
    async def main():
        return await work(pool)

    try:
        return asyncio.run(main())
    finally:
        pool.close()


def test_a_picture_is_made(pyramid):
    body = run(RenderPool(1), lambda pool: pool.render(pyramid, QUICK, "a", stays))
    assert body.startswith(b"\xff\xd8")


def test_beyond_the_queue_there_is_no_place(pyramid):
    async def work(pool):
        asked = [pool.render(pyramid, QUICK, str(n), stays) for n in range(6)]
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = run(RenderPool(1, waiting=2), work)
    assert sum(isinstance(a, BusyError) for a in answers) == 3
    assert sum(isinstance(a, bytes) for a in answers) == 3


def test_one_client_gets_half_of_the_places(pyramid):
    async def work(pool):
        asked = [pool.render(pyramid, QUICK, "greedy", stays) for _ in range(8)]
        asked.append(pool.render(pyramid, QUICK, "other", stays))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = run(RenderPool(1, waiting=9), work)
    assert [isinstance(a, bytes) for a in answers] == [True] * 5 + [False] * 3 + [True]


def test_time_is_limited_and_the_next_picture_is_made(pyramid):
    async def work(pool):
        began = time.monotonic()
        with pytest.raises(BusyError):
            await pool.render(pyramid, SLOW, "a", stays)
        assert time.monotonic() - began < 5
        pool._seconds = 20
        return await pool.render(pyramid, QUICK, "a", stays)

    assert run(RenderPool(1, seconds=1), work)


def test_a_picture_is_dropped_when_its_client_leaves(pyramid):
    async def work(pool):
        began = time.monotonic()
        assert await pool.render(pyramid, SLOW, "a", lambda: asyncio.sleep(0.5)) is None
        assert await pool.render(pyramid, QUICK, "a", stays)
        return time.monotonic() - began

    assert run(RenderPool(1), work) < 6


def test_a_render_process_that_dies_is_replaced(pyramid):
    async def work(pool):
        with pytest.raises(RenderError):
            await pool.render(pyramid, SLOW, "a", stays)
        return await pool.render(pyramid, QUICK, "a", stays)

    assert run(RenderPool(1, memory=300_000_000), work)


def test_what_is_decoded_is_in_proportion_to_the_answer():
    levels = tuple((20_000 >> n, 20_000 >> n) for n in range(6))
    whole = Region(0, 0, 20_000, 20_000)
    for size in ((100, 8_000), (8_000, 100), (1, 1), (1, 8_000), (4_000, 4_000), (300, 200)):
        level = chosen_level(levels, whole, size)
        width, height = levels[level]
        row_of_tiles = (max(width, height) + 1_024) * 1_024
        assert width * height <= 4 * size[0] * size[1] + row_of_tiles
    assert chosen_level(levels, whole, (10_000, 10_000)) == 1
    assert chosen_level(levels, Region(0, 0, 900, 900), (900, 900)) == 0
