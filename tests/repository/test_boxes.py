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
