"""Pages half in Latin letters are told from Chinese ones by their ink."""

import numpy as np

from ingest.reading.latin import is_mixed, narrow_share


def page(*lines):
    """White, with lines of "一" for a character 40 pixels wide and "l" for a letter of 16."""
    sheet = np.full((80 * len(lines) + 80, 1200), 255, np.uint8)
    for n, line in enumerate(lines):
        x = 60
        for sign in line:
            width = {"一": 40, "l": 16, " ": 0}[sign]
            sheet[80 * n + 40 : 80 * n + 84, x : x + width] = 0
            x += width + 8
    return sheet


def test_the_share_of_letters_is_that_of_the_lines_length():
    assert narrow_share(page("一" * 20, "一" * 20)) == 0.0
    assert narrow_share(page("l" * 30, "l" * 30)) == 1.0
    assert narrow_share(page("一" * 10 + "l" * 25, "一" * 10 + "l" * 25)) == 0.5
    assert narrow_share(page()) == 0.0


def test_only_pages_that_mix_both_are_mixed():
    assert is_mixed(page("一" * 8 + "l" * 25, "一" * 8 + "l" * 25))
    assert not is_mixed(page("一" * 20, "一" * 15 + "l" * 5))
    assert not is_mixed(page("l" * 40))
