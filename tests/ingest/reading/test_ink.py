"""Boxes shrink to the ink of their own character."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.reading.ink import fit, ink_of, largest_band

HEIGHT, EM = 60, 48


def strip(shapes):
    """A white strip with dark rectangles x0, y0, x1, y1."""
    page = np.full((HEIGHT, 20 + EM * 12), 250, np.uint8)
    for x0, y0, x1, y1 in shapes:
        page[y0:y1, x0:x1] = 30
    return page


@st.composite
def lines(draw):
    """Up to ten characters of one or two parts each, and rough places of them."""
    shapes, whole, places = [], [], []
    for n in range(draw(st.integers(2, 10))):
        left, top = 12 + EM * n, draw(st.integers(10, 16))
        width, height = draw(st.integers(34, 42)), draw(st.integers(30, 40))
        cut = draw(st.sampled_from([0, 14, 20]))
        parts = [(left, top, left + width, top + height)]
        if cut:
            parts = [(left, top, left + cut, top + height), (left + cut + 5, top, *parts[0][2:])]
        shapes += parts
        whole.append((left, top, left + width, top + height))
        places.append(left + width / 2 + draw(st.integers(-3, 3)))
    return shapes, whole, places


@settings(deadline=None, max_examples=60)
@given(lines())
def test_every_character_gets_its_own_ink_whole(line):
    shapes, whole, places = line
    assert fit(ink_of(strip(shapes)), "臺" * len(whole), places) == [
        tuple(map(float, box)) for box in whole
    ]


def test_a_wide_gap_belongs_to_no_character():
    shapes = [(12 + EM * n, 12, 50 + EM * n, 48) for n in (0, 1, 2, 6, 7, 8)]
    boxes = fit(ink_of(strip(shapes)), "高雄市文獻會", [31 + EM * n for n in (0, 1, 2, 6, 7, 8)])
    assert boxes == [tuple(map(float, s)) for s in shapes]


def test_a_rule_beside_the_line_and_dust_are_no_ink():
    shapes = [(12 + EM * n, 12, 50 + EM * n, 48) for n in range(6)]
    page = strip(shapes)
    page[0:2] = 30
    page[55, 100:101] = 30
    boxes = fit(ink_of(page), "高雄市文獻會", [31 + EM * n for n in range(6)])
    assert boxes == [tuple(map(float, s)) for s in shapes]


def test_a_character_without_ink_gets_its_cell():
    shapes = [(12 + EM * n, 12, 50 + EM * n, 48) for n in (0, 1, 3)]
    boxes = fit(ink_of(strip(shapes)), "高雄市港", [31 + EM * n for n in range(4)])
    assert 90 < boxes[2][0] < boxes[2][2] < 165
    assert fit(ink_of(strip([])), "高", [40.0])[0][3] == HEIGHT
    assert fit(ink_of(strip([])), "", []) == []


def test_a_second_row_that_reaches_into_the_strip_is_not_of_the_line():
    page = strip([(12 + EM * n, 2, 40 + EM * n, 9) for n in range(6)])
    assert largest_band(ink_of(page)) == (2.0, 9.0)
    page[40:58, 12:140] = 30
    assert largest_band(ink_of(page)) == (40.0, 58.0)
    assert largest_band(ink_of(strip([]))) == (0.0, float(HEIGHT))
