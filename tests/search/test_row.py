"""Phrases in many texts at once: found exactly where an index finds them."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from search import analysis
from search.analysis import fold, phrase, tokens, written
from search.row import Row

MIXED = st.text(
    "高雄港打狗民國臺台灣湾0134aTkÉé\u0301\u030d\u200b，。- \n\u3000カー𠮟①|_~\"'\U000e0100",
    max_size=30,
)


def is_indexed(text: str, query: str, form, marks: bool) -> bool:
    """Whether an index finds a phrase: its tokens stand in a row, or the one character is there."""
    wanted = phrase(form(query), keep_marks=marks)
    units = analysis.units(form(query))
    if len(units) == 1 and not analysis.is_word(units[0]):
        return units[0] in analysis.characters(form(text))
    stream = tokens(form(text), keep_marks=marks)
    places = range(len(stream) - len(wanted) + 1)
    return any(stream[i : i + len(wanted)] == wanted for i in places)


@given(st.lists(MIXED, min_size=1, max_size=4), MIXED)
@example(["a\u0301b a\u0301 b"], "a\u0301")
@example(["高\u0301雄港", "高\u200b雄 港"], "雄港")
@example(["Ta\u200bkao", "Ta kao", "Takao"], "Ta kao")
@example(["x" * 70, "x" * 71, "x" * 70 + " x"], "x" * 70)
def test_a_phrase_is_located_exactly_where_its_tokens_stand(texts, query):
    for form, written_form in ((fold, False), (written, True)):
        (piece,) = Row([query], written=written_form).pieces
        if not piece:
            assert not phrase(form(query), keep_marks=written_form)
            continue
        hits = list(Row(texts, written=written_form).occurrences(piece))
        for number, text in enumerate(texts):
            places = [hit for hit in hits if hit.text == number]
            assert bool(places) == is_indexed(text, query, form, written_form)
            for _, start, end in places:
                (found,) = Row([text[start:end]], written=written_form).pieces
                assert found == piece
            ends = [0, *(hit.end for hit in places)]
            assert all(hit.start >= end for hit, end in zip(places, ends, strict=False))


@given(MIXED)
def test_a_hit_takes_in_the_marks_of_its_last_word_and_no_space(text):
    for written_form in (False, True):
        row = Row([text], written=written_form)
        for unit in analysis.units(fold(text)):
            for piece in Row([unit], written=written_form).pieces:
                for hit in row.occurrences(piece) if piece else ():
                    found = text[hit.start : hit.end]
                    assert found == found.strip()
                    if analysis.is_word(unit):
                        assert not re.match(f"[{analysis.MARKS}]", text[hit.end :])


def test_texts_and_offsets_are_told_apart():
    row = Row(["", "高\n雄", "雄高雄"], written=False)
    assert row.pieces == ["", "高雄", "雄高雄"]
    assert list(row.occurrences("高雄")) == [(1, 0, 3), (2, 1, 3)]
    assert list(Row([], written=False).occurrences("高")) == []
