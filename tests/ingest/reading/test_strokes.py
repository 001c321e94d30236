"""一, dashes and brackets are told apart by their ink and by their neighbours."""

import pytest

from ingest.reading.engine import RawGlyph, RawLine
from ingest.reading.strokes import as_drawn

EM = 40.0


def column(*glyphs):
    """A column of characters: (text, extent across, extent along, score, choices)."""
    made = []
    for n, (text, across, along, score, choices) in enumerate(glyphs):
        x, y = (EM - across) / 2, n * EM + (EM - along) / 2
        made.append(RawGlyph(text, x, y, x + across, y + along, score, choices))
    return RawLine(tuple(made), "vertical")


def drawn(line):
    return "".join(as_drawn(line, [g.text for g in line.glyphs]))


WHOLE = ("中", 36.0, 37.0, 0.99, ())


@pytest.mark.parametrize("read", ["一", "ー", "」", "-", "—"])
def test_a_bar_along_the_column_is_a_dash(read):
    assert drawn(column(WHOLE, (read, 5.0, 37.0, 0.4, ()), WHOLE)) == "中—中"


@pytest.mark.parametrize("read", ["一", "ー", "—"])
def test_a_stroke_across_the_column_is_the_numeral(read):
    assert drawn(column(WHOLE, (read, 36.0, 7.0, 0.4, ()), WHOLE)) == "中一中"


def test_a_short_stroke_that_the_model_doubts_is_a_hyphen():
    assert drawn(column(WHOLE, ("一", 16.0, 5.0, 0.15, ()), WHOLE)) == "中-中"
    assert drawn(column(WHOLE, ("一", 20.0, 5.0, 0.99, ()), WHOLE)) == "中一中"


def test_what_is_not_flat_is_no_numeral():
    corner = ("一", 30.0, 16.0, 0.2, (("一", 0.2), ("」", 0.1)))
    assert drawn(column(WHOLE, corner, WHOLE)) == "中」中"
    assert drawn(column(WHOLE, ("一", 30.0, 16.0, 0.2, (("一", 0.2),)), WHOLE)) == "中一中"


def row(text, choices):
    """A row of characters; ``choices`` for each stroke in turn."""
    given = iter(choices)
    made = []
    for n, c in enumerate(text):
        pair = next(given) if c in "一—" else ((c, 0.99),)
        made.append(RawGlyph(c, n * EM, 0, (n + 1) * EM, EM, pair[0][1], tuple(pair)))
    return RawLine(tuple(made), "horizontal")


def test_in_a_row_dashes_come_in_twos():
    wavering = (("一", 0.8), ("—", 0.15))
    assert drawn(row("席位一一這代", [wavering, wavering])) == "席位——這代"
    sure = (("一", 0.999), ("—", 0.0))
    assert drawn(row("撥一一九", [sure, sure])) == "撥一一九"
    assert drawn(row("一一個她", [wavering, sure])) == "—一個她"


def test_a_dash_alone_between_characters_is_the_numeral_of_a_known_word():
    wavering = (("—", 0.6), ("一", 0.37))
    assert drawn(row("逢週—休館", [wavering])) == "逢週一休館"
    assert drawn(row("高雄—屏東", [wavering])) == "高雄—屏東"
    assert drawn(row("逢週—休館", [(("—", 0.99), ("一", 0.001))])) == "逢週—休館"


def plain_row(text, spans, thick=5):
    """A row from an engine without choices; ``spans`` are the strokes' x0 and x1 in characters."""
    given = iter(spans)
    made = []
    for n, c in enumerate(text):
        x0, x1 = next(given) if c == "一" else (n + 0.05, n + 0.95)
        y0, y1 = (18, 18 + thick) if c == "一" else (0, EM)
        made.append(RawGlyph(c, x0 * EM, y0, x1 * EM, y1, 0.9))
    return RawLine(tuple(made), "horizontal")


def test_without_choices_strokes_that_meet_or_run_on_or_are_thin_are_dashes():
    assert drawn(plain_row("席位一一這代", [(2, 3), (3, 4)])) == "席位——這代"
    assert drawn(plain_row("撥一一九號", [(1.05, 1.95), (2.05, 2.95)])) == "撥一一九號"
    assert drawn(plain_row("席位一這代", [(2, 3.9)])) == "席位—這代"
    assert drawn(plain_row("席位一這代", [(2.1, 2.9)], thick=2)) == "席位—這代"
    assert drawn(plain_row("席位一這代", [(2.1, 2.9)])) == "席位一這代"
