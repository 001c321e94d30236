"""Reading order: columns, tiers, right-to-left columns, notes, and what is no running text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.reading.engine import RawGlyph, RawLine
from ingest.reading.layout_kinds import arrange

PX = 40


def across(text, x, y, px=PX):
    return RawLine(
        tuple(
            RawGlyph(c, x + n * px, y, x + (n + 0.9) * px, y + 0.9 * px, 1.0)
            for n, c in enumerate(text)
        ),
        "horizontal",
    )


def down(text, x, y, px=PX, width=None):
    width = width or 0.9 * px
    return RawLine(
        tuple(
            RawGlyph(c, x, y + n * px, x + width, y + (n + 0.9) * px, 1.0)
            for n, c in enumerate(text)
        ),
        "vertical",
    )


def read(pieces, kind="running-text"):
    return [
        "".join(g.text for g in line.glyphs) for p in pieces if p.kind == kind for line in p.lines
    ]


def paragraph(n, length=14):
    return "".join(chr(0x4E00 + 40 * n + i) for i in range(length))


ROWS = [paragraph(n) for n in range(16)]


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(16)))
def test_two_columns_are_read_one_after_the_other(order):
    lines = [across(ROWS[n], 100 + 700 * (n // 8), 200 + 70 * (n % 8)) for n in range(16)]
    assert read(arrange([lines[i] for i in order], "horizontal")) == ROWS


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(16)))
def test_columns_run_from_right_to_left_in_two_tiers(order):
    lines = [down(ROWS[n], 900 - 70 * (n % 8), 200 + 650 * (n // 8)) for n in range(16)]
    assert read(arrange([lines[i] for i in order], "vertical")) == ROWS


def test_a_title_over_two_columns_comes_first_and_is_not_cut():
    title = across(paragraph(30, 12), 300, 100, 60)
    lines = [across(ROWS[n], 100 + 700 * (n // 8), 260 + 70 * (n % 8)) for n in range(16)]
    assert read(arrange([*lines, title], "horizontal")) == [paragraph(30, 12), *ROWS]


def test_a_line_read_over_two_columns_is_divided():
    lines = [across(ROWS[n], 100 + 700 * (n // 8), 200 + 70 * (n % 8)) for n in range(16)]
    both = RawLine((*lines[3].glyphs, *lines[11].glyphs), "horizontal")
    kept = [line for n, line in enumerate(lines) if n not in (3, 11)]
    assert read(arrange([*kept, both], "horizontal")) == ROWS


def test_a_table_of_short_cells_is_read_row_by_row():
    cells = [("姓名", "職稱"), ("林氏", "館長"), ("陳氏", "主任"), ("王氏", "館員")]
    lines = [
        across(c, 100 + 400 * k, 200 + 70 * n) for n, r in enumerate(cells) for k, c in enumerate(r)
    ]
    assert read(arrange(lines, "horizontal")) == [c for row in cells for c in row]


def test_double_line_notes_are_read_inline_first_right_then_left():
    main = down("也悍", 500, 200)
    right, left = (
        down("如王柏吳澄攻駁經", 522, 290, 34, 22),
        down("文動輒刪改之類", 496, 290, 34, 22),
    )
    after = down("學脈旁分攀緣日眾驅", 500, 580)
    others = [down(ROWS[n], 500 + 80 * (n - 2), 200) for n in range(5) if n != 2]
    found = arrange([after, left, main, right, *others], "vertical")
    flat = "".join("".join(g.text for g in line.glyphs) for p in found for line in p.lines)
    assert "也悍如王柏吳澄攻駁經文動輒刪改之類學脈旁分攀緣日眾驅" in flat
    assert read(found, "note") == ["如王柏吳澄攻駁經", "文動輒刪改之類"]


def test_running_head_and_page_number_stand_apart():
    lines = [across(ROWS[n], 100, 300 + 70 * n) for n in range(10)]
    head, foot = across("高雄文獻", 100, 180, 30), across("-12-", 380, 1120, 20)
    found = arrange([foot, *lines, head], "horizontal")
    assert read(found) == ROWS[:10]
    assert read(found, "header") == ["高雄文獻"]
    assert read(found, "page-number") == ["-12-"]


def test_the_head_of_a_vertical_page_lies_across_above_the_columns():
    lines = [down(ROWS[n], 900 - 70 * n, 300) for n in range(10)]
    found = arrange(
        [*lines, across("高雄文獻", 820, 200, 28), across("一五", 560, 960, 28)], "vertical"
    )
    assert read(found) == ROWS[:10]
    assert read(found, "header") == ["高雄文獻"]
    assert read(found, "page-number") == ["一五"]


def test_the_folding_edge_of_a_ruled_leaf_is_no_running_text():
    lines = [down(ROWS[n], 800 - 70 * n, 300) for n in range(8)]
    title = [down("欽定四庫全書", 880, 200, 30), down("卷一", 880, 600, 26)]
    found = arrange([*lines, *title], "vertical", ruled=True)
    assert read(found) == ROWS[:8]
    assert read(found, "running-title") == ["欽定四庫全書", "卷一"]
    assert "running-title" not in {p.kind for p in arrange([*lines, *title], "vertical")}


def test_a_page_without_text_has_no_order():
    assert arrange([], "horizontal") == []


places = st.tuples(st.integers(0, 2000), st.integers(0, 2000), st.integers(1, 30), st.booleans())


@settings(deadline=None, max_examples=60)
@given(st.lists(places, max_size=40), st.sampled_from(["horizontal", "vertical"]))
def test_no_line_is_lost_or_read_twice_wherever_they_stand(where, direction):
    lines = [
        (down if vertical else across)(paragraph(n, length), x, y)
        for n, (x, y, length, vertical) in enumerate(where)
    ]
    found = arrange(lines, direction, ruled=True)
    glyphs = [g for p in found for line in p.lines for g in line.glyphs]
    assert sorted(map(id, glyphs)) == sorted(id(g) for line in lines for g in line.glyphs)


def over_both_tiers(first, sign, second, x):
    """A column read over two tiers: a sign hangs below the first one's last character."""
    upper, lower = down(first, x, 200), down(second, x, 850)
    hanging = tuple(
        RawGlyph(c, x, y, x + 36, y + 36, 0.5)
        for c, y in zip(sign, (760 + 50 * n for n in range(len(sign))), strict=True)
    )
    return RawLine((*upper.glyphs, *hanging, *lower.glyphs), "vertical")


def test_a_column_that_was_read_over_both_tiers_is_cut_between_them():
    lines = [down(ROWS[n], 900 - 70 * (n % 8), 200 + 650 * (n // 8)) for n in range(16)]
    lines[3] = over_both_tiers(ROWS[3], "。，", ROWS[11], 690)
    del lines[11]
    read_again = read(arrange(lines, "vertical"))
    assert read_again == [*ROWS[:3], ROWS[3] + "。，", *ROWS[4:]]


def test_a_column_is_cut_even_where_the_signs_between_were_not_read():
    lines = [down(ROWS[n], 900 - 70 * (n % 8), 200 + 650 * (n // 8)) for n in range(16)]
    late = RawLine(lines[11].glyphs[2:], "vertical")
    lines[3] = RawLine((*lines[3].glyphs, *late.glyphs), "vertical")
    del lines[11]
    assert read(arrange(lines, "vertical")) == [*ROWS[:11], ROWS[11][2:], *ROWS[12:]]


def test_the_pages_of_a_spread_are_read_one_after_the_other_though_one_holds_a_table():
    left = [across(ROWS[n], 100, 200 + 70 * n) for n in range(8)]
    title = [across("表名", 1060, 200)]
    cells = [
        across(c * 2, 850 + 150 * n, 270 + 70 * row)
        for row in range(3)
        for n, c in enumerate("甲乙丙")
    ]
    right = [across(ROWS[n], 850, 480 + 70 * (n - 8)) for n in range(8, 12)]
    lines = [*title, *cells, *left, *right]
    got = read(arrange(lines, "horizontal"))
    assert got[:8] == ROWS[:8]
    assert got[-4:] == ROWS[8:12]
