"""Lines in flow coordinates (u along them, v from line to line): leaning, rows, gutters, notes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading import layout
from ingest.reading.engine import RawGlyph, RawLine

EM = 20


def glyph(text, x, y, w=36, h=36):
    """A character by its middle."""
    return RawGlyph(text, x - w / 2, y - h / 2, x + w / 2, y + h / 2, 1.0)


def leaning(text, u, v, angle, direction="horizontal"):
    """A line of a page turned clockwise by ``angle``: its first character's middle is at u, v."""
    glyphs = []
    for n, character in enumerate(text):
        x, y = (u + 40 * n, v) if direction == "horizontal" else (-v, u + 40 * n)
        turned = (
            x * math.cos(angle) - y * math.sin(angle),
            x * math.sin(angle) + y * math.cos(angle),
        )
        glyphs.append(glyph(character, *turned))
    return RawLine(tuple(glyphs), direction)


def item(u0, u1, middle, size=EM, text="高雄", height=None):
    """A piece of text between u0 and u1."""
    half = (height or size) / 2
    line = RawLine(tuple(glyph(c, 0, 0) for c in text), "horizontal")
    return layout.Piece((line,), u0, middle - half, u1, middle + half, size)


def column(u0, u1, lines, first=0):
    """Lines one below the other, from ``first`` on."""
    return [item(u0, u1, 30 * (first + n)) for n in range(lines)]


# Leaning


@given(st.floats(-0.2, 0.2), st.sampled_from(["horizontal", "vertical"]))
def test_the_angle_is_that_of_the_long_lines_of_the_pages_direction(angle, direction):
    other = "vertical" if direction == "horizontal" else "horizontal"
    lines = [
        leaning("高" * 12, 900, 300, 0.3, other),
        leaning("高" * 7, 900, 500, -0.3, direction),
        leaning("高" * 8, 900, 700, angle, direction),
    ]
    assert layout.tilt(lines, direction) == pytest.approx(angle, abs=1e-6)


def test_every_character_of_a_long_line_counts():
    lines = [leaning("高" * n, 0, 0, angle) for n, angle in ((9, 0.1), (20, 0.02), (9, 0.1))]
    assert layout.tilt(lines, "horizontal") == pytest.approx(0.02)


@pytest.mark.parametrize("rises", [(9, 0, 0, 0, 0, 0, 0, 0, 0), (0, 0, 0, 9, 9, 9, 0, 0, 0)])
def test_a_sign_off_the_line_and_a_bend_in_the_middle_tilt_nothing(rises):
    line = tuple(glyph("高", 40 * n, 500 + rise) for n, rise in enumerate(rises))
    assert layout.tilt([RawLine(line, "horizontal")], "horizontal") == 0


def test_a_page_without_long_lines_stands_upright():
    stacked = RawLine(tuple(glyph("高", 500, 40 * n) for n in range(9)), "horizontal")
    assert layout.tilt([leaning("高雄", 0, 0, 0.1), stacked], "horizontal") == 0


@given(st.floats(-0.2, 0.2), st.sampled_from(["horizontal", "vertical"]))
def test_a_leaning_line_is_placed_where_it_would_stand_upright(angle, direction):
    placed = layout.place(leaning("高雄港", 900, 500, angle, direction), direction, angle)
    assert (placed.u0, placed.u1) == pytest.approx((882, 998))
    assert (placed.v0, placed.v1) == pytest.approx((482, 518))
    assert (placed.size, placed.length, placed.middle) == pytest.approx((36, 116, 500))


def test_every_character_counts_for_the_place_of_a_line():
    line = (glyph("高", 100, 500, 30, 20), glyph("雄", 140, 520, 30, 20), glyph("港", 180, 490))
    placed = layout.place(RawLine(line, "horizontal"), "horizontal", 0)
    assert (placed.u0, placed.u1, placed.v0, placed.v1) == (85, 198, 472, 530)


@pytest.mark.parametrize(
    ("text", "heights", "size"),
    [
        ("高，，", (30, 8, 8), 30), ("高aa", (30, 12, 12), 30), ("高雄港", (30, 34, 90), 34),
        ("ab,", (12, 17, 5), 17),
    ],
)  # fmt: skip
def test_the_size_is_that_of_the_wide_characters_if_there_are_any(text, heights, size):
    line = [glyph(c, 50 * n, 500, 30, heights[n]) for n, c in enumerate(text)]
    assert layout.place(RawLine(tuple(line), "horizontal"), "horizontal", 0).size == size


def test_the_text_may_hold_more_of_notes_than_of_running_text():
    notes, text = item(0, 9, 0, 10, "註" * 6), item(0, 9, 0, 20, "文" * 4)
    assert layout.body_size([text, notes]) == 20
    assert layout.body_size([]) == 1


# Rows

"""Pieces of one printed line."""


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (item(0, 100, 0), item(120, 200, 0), True),
        (item(0, 100, 0), item(120, 200, 9), True),
        (item(0, 100, 0), item(120, 200, 10), False),
        (item(0, 100, 0), item(60, 140, 0), True),  # half of the shorter one
        (item(0, 100, 0), item(59, 139, 0), False),
        (item(0, 100, 500, height=60), item(120, 200, 510, height=20), True),
        (item(0, 100, 500, height=60), item(120, 200, 490, height=20), True),
    ],
)
def test_pieces_stand_beside_each_other(one, other, together):
    for pieces in ([one, other], [other, one]):
        found = layout.rows(pieces)
        assert len(found) == (1 if together else 2)
        if together:
            assert found == [[one, other]]


def test_a_piece_stands_beside_all_pieces_of_its_row():
    first, second, over = item(0, 100, 0), item(120, 220, 1), item(130, 230, 2)
    assert layout.rows([over, second, first]) == [[first, second], [over]]


# Gutter

"""The gap between two columns, if there is one."""


def test_the_gutter_is_the_middle_of_the_gap():
    found = layout.find_gutter([*column(0, 200, 8), *column(260, 460, 8)], EM)
    assert found == pytest.approx(230, abs=2)


@pytest.mark.parametrize(("gap", "found"), [(0, False), (10, True)])
def test_letters_are_apart_more_than_in_a_line(gap, found):
    items = [*column(0, 200, 8), *column(200 + gap, 400 + gap, 8)]
    assert (layout.find_gutter(items, EM) is not None) is found


@pytest.mark.parametrize(
    ("each", "crossing", "found"), [(8, 1, True), (8, 4, False), (11, 3, True), (10, 3, False)]
)
def test_few_lines_may_cross_the_gutter(each, crossing, found):
    items = [*column(0, 200, each), *column(260, 460, each), *column(0, 460, crossing, each)]
    assert (layout.find_gutter(items, EM) is not None) is found


@pytest.mark.parametrize(
    ("left", "right", "found"), [(3, 3, True), (3, 2, False), (1, 6, False), (2, 4, True)]
)
def test_each_side_of_the_gutter_holds_lines(left, right, found):
    items = [*column(0, 200, left), *column(260, 460, right)]
    assert (layout.find_gutter(items, EM) is not None) is found


@pytest.mark.parametrize(("length", "found"), [(120, True), (119, False)])
def test_columns_are_six_characters_wide(length, found):
    items = [*column(0, length, 8), *column(260, 260 + length, 8)]
    assert (layout.find_gutter(items, EM) is not None) is found


@pytest.mark.parametrize(("indented", "found"), [(4, True), (5, False)])
def test_the_second_column_begins_at_one_edge_but_for_indents(indented, found):
    edge = [item(240 + 10 * (n % 2), 500, 30 * n) for n in range(10 - indented)]
    moved = [item(290, 500, 300 + 30 * n) for n in range(indented)]
    assert (layout.find_gutter([*column(0, 200, 10), *edge, *moved], EM) is not None) is found


def test_the_widest_gap_is_the_gutter():
    items = [*column(0, 200, 8), *column(220, 420, 8), *column(480, 680, 8)]
    assert layout.find_gutter(items, EM) == pytest.approx(450, abs=2)


def test_a_gap_that_no_line_crosses_wins_over_a_wider_one():
    items = [*column(0, 200, 11), *column(260, 460, 11), *column(480, 680, 11)]
    assert layout.find_gutter([*items, item(0, 460, 600)], EM) == pytest.approx(470, abs=2)


@pytest.mark.parametrize(
    ("gap", "lines", "cells", "found"),
    [
        (100, 4, 6, True),  # a fold, with more text in lines
        (40, 4, 6, False),
        (100, 2, 10, True),  # half of it
        (100, 2, 13, False),
    ],
)
def test_over_the_fold_of_a_spread_a_side_may_hold_a_table(gap, lines, cells, found):
    start = 200 + gap
    right = [*column(start, start + 200, lines), *column(start, start + 40, cells, lines)]
    items = [*column(0, 200, 8), *right]
    assert (layout.find_gutter(items, EM) is not None) is found


def columns_with(*over):
    """Two columns of ten lines; rows in ``over`` are one line over both instead."""
    taken = {round(piece.middle) // 30 for piece in over}
    sides = [(0, 200), (260, 460)]
    return [
        *over,
        *(item(*side, 30 * n) for n in range(10) if n not in taken for side in sides),
    ]


def read(items):
    """The rows in reading order, in brackets what stands in the second column."""
    rows = [(round(i.middle) // 30, i.u0 >= 260) for i in layout.in_order(items, EM)]
    return "".join(f"({n})" if second else f"{n}" for n, second in rows).replace(")(", "")


# Over both columns

"""A heading parts the columns; two lines that were read as one do not."""


def test_two_lines_read_as_one_stand_in_the_first_column():
    assert read(columns_with(item(9, 440, 90))) == "0123456789(012456789)"


@pytest.mark.parametrize("size", [18.1, 21.9])
def test_a_line_over_both_columns_is_of_about_the_texts_size(size):
    assert read(columns_with(item(0, 440, 90, size))) == "0123456789(012456789)"


@pytest.mark.parametrize("heading", [item(10, 440, 90), item(0, 440, 90, 22), item(0, 440, 90, 18)])
def test_what_is_indented_or_of_another_size_is_a_heading(heading):
    assert read(columns_with(heading)) == "012(012)3456789(456789)"


@pytest.mark.parametrize(
    ("over", "order"),
    [
        ((3, 4), "012(012)3456789(56789)"),
        ((0, 1), "0123456789(23456789)"),
        ((8, 9), "01234567(01234567)89"),
        ((3, 5), "0123456789(01246789)"),  # not in a row: each is two lines of text
    ],
)
def test_such_lines_in_a_row_are_a_paragraph_over_both(over, order):
    assert read(columns_with(*(item(0, 440, 30 * n) for n in over))) == order


def pieces(items):
    """What became of small items: the texts of the lines of each."""
    return [
        ["".join(g.text for g in line.glyphs) for line in i.lines]
        for i in layout.with_notes(items, EM)
    ]


# Notes

"""Interlinear notes: two half columns beside each other, first one, then the other."""


@pytest.mark.parametrize(
    ("apart", "size", "joined"),
    [
        (3, 10, False), (6, 10, False), (6.1, 10, True), (15.9, 10, True), (16, 10, False),
        (22.9, 16, True), (23, 16, False), (17, 17, False), (16.9, 16.9, True),
    ],
)  # fmt: skip
def test_half_columns_stand_close_and_are_small(apart, size, joined):
    halves = [item(100, 200, apart, size, "乙"), item(100, 200, 0, size, "甲")]
    assert (pieces(halves) == [["甲", "乙"]]) is joined


@pytest.mark.parametrize(("off", "joined"), [(0, True), (11.9, True), (12, False)])
def test_half_columns_begin_together(off, joined):
    halves = [item(100 + off, 200, 0, 10, "甲"), item(100, 200, 10, 10, "乙")]
    assert (pieces(halves) == [["甲", "乙"]]) is joined


@pytest.mark.parametrize(("size", "joined"), [(12.9, True), (13, False)])
def test_half_columns_are_of_one_size(size, joined):
    halves = [item(100, 200, 0, 8, "甲"), item(100, 200, 10, size, "乙")]
    assert (pieces(halves) == [["甲", "乙"]]) is joined


def test_a_note_takes_the_room_of_both_halves():
    (note,) = layout.with_notes([item(100, 200, 0, 8), item(98, 190, 10, 12)], EM)
    assert (note.u0, note.u1, note.v0, note.v1, note.size) == (98, 200, -4, 16, 10)


@pytest.mark.parametrize(
    ("gap", "off", "joined"),
    [
        (-3.1, 0, False), (-2.9, 0, True), (0, 0, True), (11.9, 0, True), (12, 0, False),
        (5, 3.4, True), (5, 3.5, False),
    ],
)  # fmt: skip
def test_pieces_of_a_half_column_follow_each_other(gap, off, joined):
    half = [item(200 + gap, 300, off, 10, "丙丁"), item(100, 200, 0, 10, "甲乙")]
    assert (pieces(half) == [["甲乙丙丁"]]) is joined


def test_a_note_whose_halves_were_read_in_pieces_is_one_note():
    halves = [
        item(205, 300, 0, 10, "乙"), item(100, 200, 10, 10, "丁"), item(305, 400, 0, 10, "丙"),
        item(205, 400, 10, 10, "戊"), item(100, 200, 0, 10, "甲"),
    ]  # fmt: skip
    (note,) = layout.with_notes(halves, EM)
    assert pieces(halves) == [["甲乙丙", "丁戊"]]
    assert (note.u0, note.u1) == (100, 400)
