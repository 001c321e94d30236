"""What a line is: running text, header, footer, page number, 版心, caption, note."""

import pytest
from test_layout import ROWS, across, down, paragraph, read

from ingest.reading.engine import RawGlyph, RawLine
from ingest.reading.layout_kinds import arrange

# Of the running text: characters of 36 px at every 40 px, lines at every 70 px.
TOP, BOTTOM = 300, 300 + 70 * 5 + 36


def text_across(rows=6, pitch=70):
    return [across(ROWS[n], 100, TOP + pitch * n) for n in range(rows)]


def text_down(columns=6):
    """Columns from right to left: the first is at x = 900, the last at 550 for six."""
    return [down(ROWS[n], 900 - 70 * n, TOP) for n in range(columns)]


def kinds(lines, direction, **options):
    """The kind of each line that is no paragraph of ROWS, by its text."""
    found = arrange(lines, direction, **options)
    return {
        text: piece.kind
        for piece in found
        for line in piece.lines
        if (text := "".join(g.text for g in line.glyphs)) not in ROWS
    }


def kind(line, direction="horizontal", lines=None, **options):
    """The kind of one line beside the text of a page."""
    text = lines or (text_across() if direction == "horizontal" else text_down())
    (found,) = kinds([*text, line], direction, **options).values()
    return found


def across_above(gap, text, px):
    """A line whose bottom is ``gap`` pixels above the text of a page."""
    return across(text, 100, TOP - gap - 0.9 * px, px)


def across_below(gap, text, px):
    return across(text, 100, BOTTOM + gap, px)


EDGES = [(across_above, "header"), (across_below, "footer")]


# Across


@pytest.mark.parametrize(("stands", "name"), EDGES)
@pytest.mark.parametrize(
    ("gap", "text", "px", "is_edge"),
    [
        # short and small, however near; not so what is long or of the text's size
        (34, "高雄文獻", 30, True),
        (-10, "高雄文獻", 30, True),
        (-12, "高雄文獻", 30, False),
        (34, "高雄文獻", 40, False),
        (34, "高雄文獻月刊", 30, False),
        # long ones apart from the text: small ones by a little, others by much, but no titles
        (45, "高雄文獻委員會月刊", 30, True),
        (37, "高雄文獻委員會月刊", 30, False),
        (110, "高雄文獻委員會", 40, True),
        (95, "高雄文獻委員會", 40, False),
        (110, "高雄文獻委員會", 50, False),
    ],
)
def test_headers_and_footers(stands, name, gap, text, px, is_edge):
    assert kind(stands(gap, text, px)) == (name if is_edge else "running-text")


@pytest.mark.parametrize("stands", [across_above, across_below])
@pytest.mark.parametrize(("gap", "is_number"), [(45, True), (37, False)])
def test_a_long_number_of_the_texts_size_is_a_page_number(stands, gap, is_number):
    expected = "page-number" if is_number else "running-text"
    assert kind(stands(gap, "第一百二十三頁", 40)) == expected


@pytest.mark.parametrize(
    ("right", "left", "is_number"),
    [(80, None, True), (84, None, False), (None, 674, False), (None, 678, True)],
)
def test_a_number_beside_the_text_is_a_page_number(right, left, is_number):
    # The text reaches from 100 to 656; half a character is 18 px.
    x = left if left is not None else right - 27 - 30
    found = kind(across("12", x, TOP + 160, 30))
    assert found == ("page-number" if is_number else "running-text")


@pytest.mark.parametrize(("rows", "name"), [(3, "header"), (2, "running-text")])
def test_a_page_of_three_rows_is_text_throughout(rows, name):
    assert kind(across_above(60, "高雄文獻委員會月刊", 30), lines=text_across(rows)) == name


@pytest.mark.parametrize(("gap", "name"), [(10, "header"), (5, "running-text")])
def test_of_tight_lines_a_header_is_apart_a_fifth_of_a_character(gap, name):
    line = across_above(gap, "高雄文獻委員會月刊", 30)
    assert kind(line, lines=text_across(6, 36)) == name


def test_a_header_a_footer_and_a_number_beside_it_stand_apart_together():
    lines = [
        *text_across(),
        across_above(60, "高雄文獻委員會月刊", 30),
        across_below(60, "高雄市文獻委員會編印", 30),
        across("一二", 600, BOTTOM + 60, 30),
    ]
    assert kinds(lines, "horizontal") == {
        "高雄文獻委員會月刊": "header",
        "高雄市文獻委員會編印": "footer",
        "一二": "page-number",
    }


@pytest.mark.parametrize(
    ("text", "px", "name"),
    [
        ("圖一高雄港", 40, "caption"),
        ("圖一高雄港", 60, "running-text"),
        ("圖" + "一" * 38, 40, "caption"),
        ("圖" + "一" * 39, 40, "running-text"),
        ("高雄港圖一", 40, "running-text"),
    ],
)
def test_captions_begin_with_their_number(text, px, name):
    lines = [*text_across(3), across(text, 100, TOP + 210, px)]
    lines += [across(ROWS[n], 100, TOP + 300 + 70 * n) for n in range(3, 6)]
    assert kinds(lines, "horizontal") == {text: name}


def test_paragraphs_go_on_and_captions_stand_each_for_itself():
    captions = [across(f"圖{n}高雄港", 100, TOP + 140 + 70 * n) for n in (1, 2)]
    rest = [across(ROWS[n], 100, TOP + 210 + 70 * n) for n in range(2, 5)]
    found = arrange([*text_across(3), *captions, *rest], "horizontal")
    assert [p.kind for p in found] == ["running-text", "caption", "caption", "running-text"]


# Down


@pytest.mark.parametrize(
    ("line", "name"),
    [
        # 0.3 of a character is 10.8 px; the text reaches from 300 to 856
        (across("高雄文獻", 700, TOP + 10 - 36), "header"),
        (across("高雄文獻", 1000, TOP + 12 - 36), "running-text"),
        (across("高雄文獻月刊委員會編", 500, 200), "header"),
        (across("高雄文獻", 700, 856 - 10), "footer"),
        (across("高雄文獻", 1000, 856 - 12), "running-text"),
    ],
)
def test_what_lies_across_above_and_below_the_columns(line, name):
    assert kind(line, "vertical") == name


def test_lines_of_a_header_belong_together():
    heads = [across("高雄文獻", 700, 150, 30), across("第一卷", 700, 200, 30)]
    found = arrange([*text_down(), *heads], "vertical")
    assert [(p.kind, len(p.lines)) for p in found] == [("running-text", 6), ("header", 2)]


def test_a_banner_across_does_not_make_the_columns_small():
    banner = across(paragraph(30, 60), 100, 100, 80)
    found = arrange([*text_down(), banner], "vertical")
    assert {p.kind for p in found} == {"running-text", "header"}
    assert read(found) == ROWS[:6]


def beside(x, y, characters, px=30):
    """A column of small type, as the 版心 of a leaf is."""
    return down("欽定四庫全書卷之一臺灣府志卷之二三四"[:characters], x, y, px)


# Folding edge

"""The 版心 of a ruled leaf: a narrow column of small type that is no column of text."""


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (beside(970, TOP, 8), "running-title"),  # to the right of all columns
        (beside(480, TOP, 8), "running-title"),  # and to the left
        (beside(480, TOP, 16), "running-text"),  # long: 0.86 of the columns
        (beside(480, TOP, 6, 40), "running-text"),  # the last column of a chapter
        (beside(480, TOP, 6, 38), "running-text"),
        (beside(655, TOP, 8), "running-text"),  # between the columns
        (beside(655, TOP - 8, 8), "running-text"),
        (beside(655, TOP - 15, 8), "running-title"),  # and begins above them
    ],
)
def test_a_folding_edge_is_known_by_place_size_and_length(line, name):
    lines = [c for n, c in enumerate(text_down(6)) if n not in (3, 4)]
    lines += [down(ROWS[n], x, TOP) for n, x in ((3, 715), (4, 590))]
    assert kind(line, "vertical", lines, ruled=True) == name


@pytest.mark.parametrize(("columns", "name"), [(2, "running-title"), (1, "running-text")])
def test_a_leaf_has_two_columns_of_text_at_least(columns, name):
    line = beside(970, TOP, 8)
    assert kind(line, "vertical", text_down(columns), ruled=True) == name


def test_both_edges_may_hold_a_folding_edge():
    lines = [*text_down(), beside(970, TOP, 8), beside(480, TOP, 7)]
    assert set(kinds(lines, "vertical", ruled=True).values()) == {"running-title"}


def test_a_column_of_notes_is_no_folding_edge():
    notes = [down("如王柏吳澄攻", 984, TOP, 30, 16), down("文動輒刪改之", 966, TOP, 30, 16)]
    lines = [*text_down(), *notes, beside(480, TOP, 8)]
    found = kinds(lines, "vertical", ruled=True)
    assert found == {
        "如王柏吳澄攻": "note", "文動輒刪改之": "note", "欽定四庫全書卷之": "running-title"
    }  # fmt: skip


def test_an_empty_line_is_no_piece():
    empty = RawLine((), "horizontal")
    assert arrange([empty], "horizontal") == []
    assert (
        len(arrange([empty, RawLine((RawGlyph("高", 0, 0, 9, 9, 1.0),), "vertical")], "vertical"))
        == 1
    )


@pytest.mark.parametrize("slope", [0.03, 0.08])
@pytest.mark.parametrize("joined", [False, True])
def test_order_survives_a_leaning_page_and_lines_read_over_both_columns(slope, joined):
    lines = [across(ROWS[n], 100 + 700 * (n // 8), 2800 + 70 * (n % 8)) for n in range(16)]
    if joined:
        lines[3] = RawLine((*lines[3].glyphs, *lines[11].glyphs), "horizontal")
        del lines[11]
    leaning = [
        RawLine(
            tuple(
                RawGlyph(g.text, g.x0 - slope * g.y0, g.y0 + slope * g.x0, g.x1 - slope * g.y0,
                         g.y1 + slope * g.x0, 1.0)
                for g in line.glyphs
            ),
            "horizontal",
        )
        for line in lines
    ]  # fmt: skip
    assert read(arrange(leaning, "horizontal")) == ROWS
