"""Characters that the best path passes over are kept when their ink stands there."""

import numpy as np
import pytest

from ingest.reading.ctc import best_path, with_one_ring, with_passed_over

CHARACTERS = ["", *"高雄市二〇○年止J，。、；：？！「」『』（）〈〉《》…", " "]
BLANK = 0


def chances(frames):
    """Frames × characters: what each frame names, the rest is blank's."""
    table = np.zeros((len(frames), len(CHARACTERS)), np.float32)
    for row, named in zip(table, frames, strict=True):
        for character, chance in named.items():
            row[CHARACTERS.index(character)] = chance
        row[BLANK] = 1 - row.sum()
    return table


def column(cells):
    """Four frames a cell, the character in the third."""
    return chances([named for cell in cells for named in ({}, {}, cell, {})])


def read(table, ink=True):
    table = with_one_ring(table, CHARACTERS)
    path = best_path(table, CHARACTERS)
    return "".join(
        r.text for r in with_passed_over(path, table, CHARACTERS, lambda _start, _end: ink)
    )


SURE = [{c: 0.99} for c in "高雄市"]


def test_zero_and_circle_are_one_sign_whose_chances_add_up():
    assert read(column([*SURE, {"○": 0.3, "〇": 0.22}, {"年": 0.99}]), ink=False) == "高雄市○年"


@pytest.mark.parametrize("chance", [0.45, 0.9])
def test_the_same_character_again_is_read_again(chance):
    cells = [*SURE, {"二": 0.99}, *[{"〇": chance}] * 3, {"年": 0.99}]
    assert read(column(cells)) == "高雄市二〇〇〇年"


def test_what_reaches_over_from_a_neighbour_does_not_hide_a_faint_character():
    cells = [*SURE, {"二": 0.99}, {"止": 0.2}, {"J": 0.9}]
    table = column(cells)
    table[5 * 4 + 1] = chances([{"J": 0.4}])[0]
    assert read(table) == "高雄市二止J"


def test_a_neighbour_that_reaches_over_is_no_character_of_the_cell():
    table = column([*SURE, {"二": 0.99}, {"，": 0.001}, {"年": 0.99}])
    table[5 * 4 - 1] = chances([{"年": 0.3}])[0]
    table[5 * 4] = chances([{"年": 0.3}])[0]
    assert read(table) == "高雄市二，年"


def test_nothing_is_read_where_no_ink_stands():
    assert read(column([*SURE, {"〇": 0.2}, {"年": 0.99}]), ink=False) == "高雄市年"


def test_a_neighbours_second_choice_reaching_over_is_none_either():
    table = column([*SURE, {"二": 0.99}, {"，": 0.001}, {"年": 0.9, "止": 0.05}])
    table[5 * 4] = chances([{"止": 0.3}])[0]
    assert read(table) == "高雄市二，年"


def test_a_character_whose_likes_divide_its_chances_is_read_for_the_likeliest():
    frames = [{}, {"高": 0.99}, {}, {}, {"止": 0.3, "年": 0.25, "J": 0.2}, {}, {}, {"市": 0.9}]
    assert read(chances(frames)) == "高止市"


def test_a_character_that_reaches_into_a_doubtful_frame_is_not_read_twice():
    assert read(chances([{}, {"高": 0.99}, {}, {"高": 0.6}, {}, {"市": 0.9}])) == "高高市"
    assert (
        read(chances([{}, {"高": 0.99}, {}, {"高": 0.35, "市": 0.25}, {}, {"市": 0.9}])) == "高市"
    )
