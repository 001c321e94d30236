"""Boxes survive being packed, whatever their size, and old blobs can be read."""

import numpy as np
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from repository.boxes import pack, unpack
from repository.text import Box

EDGES = st.integers(0, 2**30)
SMALL = st.integers(0, 2000)
ROWS = st.lists(st.builds(Box, SMALL, SMALL, SMALL, SMALL), max_size=30)


@given(st.one_of(ROWS, st.lists(st.builds(Box, EDGES, EDGES, EDGES, EDGES), max_size=9)))
def test_boxes_come_back(boxes):
    assert unpack(pack(boxes)).tolist() == [[b.x, b.y, b.w, b.h] for b in boxes]


def test_the_first_layout_is_read():
    rows = np.array([[5, 6, 7, 8], [5, 20, 7, 9]], "<i4")
    steps = np.diff(rows, axis=0, prepend=np.zeros((1, 4), "<i4")).astype("<i4")
    blob = zstandard.compress(np.ascontiguousarray(steps.T).tobytes())
    assert unpack(blob).tolist() == rows.tolist()


def test_a_damaged_blob_is_said():
    with pytest.raises(zstandard.ZstdError):
        unpack(b"\x02damaged")


@pytest.mark.parametrize(
    ("boxes", "size"),
    [
        ([], 2),
        ([Box(32767, 0, 0, 0)], 2),
        ([Box(32768, 0, 0, 0)], 4),
        ([Box(0, 0, 0, 32768)], 4),
        ([Box(32767, 0, 0, 0), Box(0, 0, 0, 0)], 2),
        ([Box(32768, 0, 0, 0), Box(0, 0, 0, 0)], 4),
        ([Box(16384, 9, 9, 9), Box(49151, 9, 9, 9)], 2),
        ([Box(0, 32767, 9, 9), Box(0, 65534, 9, 9)], 2),
        ([Box(0, 32767, 9, 9), Box(0, 65535, 9, 9)], 4),
    ],
)
def test_values_take_two_bytes_while_all_fit_and_then_four(boxes, size):
    """x and y count from the box before, w and h from nothing."""
    blob = pack(boxes)
    assert blob[0] == size
    assert len(zstandard.decompress(blob[1:])) == 4 * size * len(boxes)
    assert unpack(blob).tolist() == [[b.x, b.y, b.w, b.h] for b in boxes]


def test_a_step_back_of_two_bytes_fits():
    first, far = Box(32767, 0, 0, 0), Box(65534, 0, 0, 0)
    assert pack([first, far, Box(32766, 0, 0, 0)])[0] == 2
    assert pack([first, far, Box(32765, 0, 0, 0)])[0] == 4


def test_boxes_are_numbers_of_four_bytes():
    assert unpack(pack([Box(1, 2, 3, 4)])).dtype == np.int32
    assert unpack(pack([Box(2**20, 2, 3, 4)])).dtype == np.int32
