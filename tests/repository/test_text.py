"""A page's text as search and text.txt know it: interfaces §4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.text import Block, Box, Glyph, Line, LineSpan, PageText, is_latin, needs_space

EDGES = st.integers(0, 900)
BOXES = st.builds(Box, EDGES, EDGES, st.integers(1, 99), st.integers(1, 99))


def line(text, x=0, y=0, direction="horizontal"):
    """A line whose characters stand 10 pixels apart."""
    steps = ((10 * n, 0) if direction == "horizontal" else (0, 10 * n) for n in range(len(text)))
    glyphs = (Glyph(c, Box(x + dx, y + dy, 9, 8)) for c, (dx, dy) in zip(text, steps, strict=True))
    return Line(tuple(glyphs), direction)


def page(*blocks):
    return PageText(1000, 1000, blocks)


def flat(*texts):
    return page(Block(tuple(map(line, texts)))).flat().text


@given(BOXES, BOXES)
def test_a_union_holds_both_boxes_and_touches_them_on_every_side(one, other):
    whole = one.union(other)
    assert whole.x in (one.x, other.x)
    assert whole.y in (one.y, other.y)
    assert whole.right in (one.right, other.right)
    assert whole.bottom in (one.bottom, other.bottom)
    for box in (one, other):
        assert whole.x <= box.x
        assert whole.y <= box.y
        assert box.right <= whole.right
        assert box.bottom <= whole.bottom


def test_the_box_of_a_line_holds_all_its_glyphs():
    assert line("高雄港", 5, 7).box == Box(5, 7, 29, 8)
    assert line("高雄港", 5, 7, "vertical").box == Box(5, 7, 9, 28)


@pytest.mark.parametrize(
    ("before", "after", "apart"),
    [
        ("Port", "Takow", True), ("Port", "高", False), ("高", "Takow", False),
        ("高", "雄", False), ("1", "2", True), ("iâⁿ", "x", True), ("n\u030d", "x", True),
        ("Port.", "Takow", False), ("", "Takow", False), ("Port", "", False),
    ],
)  # fmt: skip
def test_pieces_are_apart_where_latin_letters_or_digits_stand_on_both_sides(before, after, apart):
    assert needs_space(before, after) is apart


def test_kana_and_full_width_letters_are_not_latin():
    assert [is_latin(c) for c in "aZ9éⁿカＡ高."] == [True] * 5 + [False] * 4


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (("高雄", "港"), "高雄港"),
        (("Port of", "Takow"), "Port of Takow"),
        (("高 雄", "港 "), "高雄港"),
        (("高雄 Port  of 港",), "高雄Port of港"),
        (("Takow ", " 1935"), "Takow 1935"),
        (("高雄", "  ", "港"), "高雄港"),
    ],
)
def test_lines_and_white_space_join_as_print_does(lines, text):
    assert flat(*lines) == text


def test_parts_of_a_page_come_in_order_each_on_its_own_line():
    text = page(
        Block((line("頁碼"),), "page-number"),
        Block((line("頁尾"),), "footer"),
        Block((line("正文"),)),
        Block((line("註"),), "note"),
        Block((line("版心"),), "running-title"),
        Block((line("印"),), "seal"),
        Block((line("頁首"),), "header"),
    ).flat()
    assert text.text == "頁首\n正文註\n頁尾\n頁碼"
    assert text.text[slice(*text.running)] == "正文註"


def test_running_text_is_told_without_a_header_too_and_where_there_is_none():
    assert page(Block((line("正文"),)), Block((line("尾"),), "footer")).flat().running == (0, 2)
    assert page(Block((line("首"),), "header")).flat().running == (0, 0)
    assert page().flat().text == ""


def test_a_joint_has_the_box_of_what_stands_before_it():
    text = page(Block((line("首", 50, 5),), "header"), Block((line("Port", 0, 50),)),
                Block((line("Takow", 0, 90),), "caption")).flat()  # fmt: skip
    assert text.text == "首\nPort Takow"
    assert [b.x for b in text.boxes] == [50, 50, 0, 10, 20, 30, 30, 0, 10, 20, 30, 40]


def test_a_space_between_words_keeps_the_place_of_the_first():
    text = page(Block((line("a  b"),))).flat()
    assert (text.text, [b.x for b in text.boxes]) == ("a b", [0, 10, 30])


def test_combining_marks_share_the_box_of_their_letter():
    glyphs = (Glyph("a\u030d", Box(3, 4, 5, 6)), Glyph("高", Box(9, 4, 5, 6)))
    text = page(Block((Line(glyphs),))).flat()
    assert [b.x for b in text.boxes] == [3, 3, 9]


def test_every_printed_line_is_found_in_the_text():
    text = page(
        Block((line("首"),), "header"),
        Block((line("Port"), line(" "), line("Takow"), line("高雄", direction="vertical"))),
    ).flat()
    assert [text.text[s.start : s.end] for s in text.lines] == ["首", "Port", "Takow", "高雄"]
    assert text.lines[0] == LineSpan(0, 1, "header", "horizontal")
    assert text.lines[3] == LineSpan(12, 14, "running-text", "vertical")
