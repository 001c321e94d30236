"""A page that tesseract took for one on its side is read tier by tier."""

import numpy as np

from ingest.reading.tesseract import tiers


def page(*spans):
    """A page of 1000 rows; every span of rows holds ten columns of ink."""
    image = np.full((1000, 600), 255, np.uint8)
    for top, bottom in spans:
        for x in range(50, 550, 50):
            image[top:bottom, x : x + 30] = 0
    return image


def extents(images):
    return [
        (int(rows[0]), int(rows[-1]) + 1)
        for i in images
        if (rows := np.flatnonzero((i < 140).any(1))).size
    ]


def test_two_tiers_are_shown_apart_in_their_own_places():
    assert extents(tiers(page((100, 480), (530, 900)))) == [(100, 480), (530, 900)]


def test_one_column_that_reaches_into_the_gap_does_not_hide_it():
    image = page((100, 480), (530, 900))
    image[480:500, 50:80] = 0
    assert len(tiers(image)) == 2


def test_a_header_and_a_page_number_are_no_tiers():
    image = page((100, 900))
    image[40:60, 450:550] = image[940:960, 280:320] = 0
    assert extents(tiers(image)) == [(40, 960)]


def test_a_page_without_ink_is_one_tier():
    assert len(tiers(page())) == 1
