"""Page preparation: whatever is done to the image, boxes come back to the master's pixels."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.reading.prepare import prepare, scaling, skew, to_box, turned, turning

SIDES = st.integers(40, 9000)
DEGREES = st.floats(-5, 5)


@settings(deadline=None, max_examples=60)
@given(
    SIDES, SIDES, st.floats(0.1, 8), st.floats(0.1, 8), DEGREES, st.floats(0, 1), st.floats(0, 1)
)
def test_scaling_and_turning_can_be_undone_exactly(width, height, sx, sy, degrees, u, v):
    x, y = u * width, v * height
    there = scaling(sx, sy).then(turning(degrees, width * sx, height * sy))
    back = there.inverse()
    assert np.allclose(back.at(*there.at(x, y)), (x, y), atol=1e-6 * max(width, height))


@settings(deadline=None, max_examples=60)
@given(st.floats(-50, 500), st.floats(-50, 500), st.floats(-50, 500), st.floats(-50, 500))
def test_a_box_lies_on_the_page_and_is_never_empty(x0, y0, x1, y1):
    box = to_box((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), (300, 200))
    assert 0 <= box.x < box.right <= 300
    assert 0 <= box.y < box.bottom <= 200


def test_a_mark_on_a_turned_smaller_copy_is_found_in_the_masters_pixels():
    master = np.full((3000, 2000), 255, np.uint8)
    master[1000:1040, 500:560] = 0
    page = turned(prepare(master[::2, ::2].copy(), (2000, 3000)), 2.0)
    rows, columns = np.nonzero(page.image < 128)
    corners = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    centre = page.to_master.box(*map(float, corners))
    assert abs((centre[0] + centre[2]) / 2 - 530) < 2
    assert abs((centre[1] + centre[3]) / 2 - 1020) < 2


def test_a_long_page_is_scaled_down_and_a_stained_one_made_white():
    stained = np.tile(np.linspace(120, 230, 4000).astype(np.uint8), (5000, 1))
    stained[2000:2050, 1000:3000] = 20
    page = prepare(np.stack([stained] * 3, 2), (4000, 5000))
    assert max(page.image.shape) == 3500
    assert page.image[100:1000, 100:].min() > 240
    assert page.image[1420, 1400] < 60


def test_white_characters_on_black_are_read_as_ink():
    rubbing = np.full((800, 600), 20, np.uint8)
    rubbing[300:320, 200:400] = 240
    page = prepare(rubbing, (600, 800))
    assert page.image[310, 300] < 60
    assert page.image[100, 100] > 240


def test_skew_is_measured_along_the_direction_of_the_lines():
    lines = np.full((1200, 900), 255, np.uint8)
    for row in range(100, 1100, 50):
        lines[row : row + 20, 100:800] = 0
    page = turned(prepare(lines, (900, 1200)), -1.5)
    assert abs(skew(page.image, "horizontal") - 1.5) < 0.1
