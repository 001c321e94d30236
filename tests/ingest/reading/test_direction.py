"""The direction of a page from its ink."""

import cv2
import numpy as np
import pytest

from ingest.reading.direction import ink_direction

CELL, PITCH = 60, 96


def page(along, across, lean=0.0, *, ruled=False):
    """Columns of blocks close together downwards, with rules between, the whole leaning."""
    sheet = np.full((CELL * along + 400, PITCH * across + 400), 255, np.uint8)
    for n in range(across):
        x = 200 + PITCH * n
        for m in range(along):
            y = 200 + CELL * m
            sheet[y : y + 50, x : x + 22] = sheet[y : y + 50, x + 28 : x + 50] = 30
        if ruled:
            sheet[170:-170, x - 25 : x - 22] = 40
            sheet[170:-170, x + 71 : x + 74] = 40
    middle = sheet.shape[1] / 2, sheet.shape[0] / 2
    turn = cv2.getRotationMatrix2D(middle, lean, 1)
    return cv2.warpAffine(sheet, turn, sheet.shape[::-1], borderValue=255)


@pytest.mark.parametrize("lean", [0.0, 0.8, -1.9])
@pytest.mark.parametrize("ruled", [False, True])
def test_rules_do_not_hide_the_direction_even_where_they_lean(lean, ruled):
    down = page(30, 12, lean, ruled=ruled)
    found = ink_direction(down)
    assert (found.direction, found.sure) == ("vertical", True)
    found = ink_direction(np.ascontiguousarray(np.rot90(down)))
    assert (found.direction, found.sure) == ("horizontal", True)


def test_a_page_with_little_on_it_tells_nothing():
    assert not ink_direction(page(3, 2)).sure
