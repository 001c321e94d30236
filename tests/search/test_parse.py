"""The query language (interfaces §5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.parse import parse
from search.query import Word


def texts(q):
    return [[word.text for word in either] for either in parse(q).all]


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("打狗 築港", [["打狗"], ["築港"]]),
        ("打狗　築港", [["打狗"], ["築港"]]),
        ("打狗 OR 高雄 築港", [["打狗", "高雄"], ["築港"]]),
        ("昭和 9 年", [["昭和9年"]]),
        ("民國 24 年 5 月", [["民國24年5月"]]),
        ("第 3 期", [["第3期"]]),
        ("打狗 1900", [["打狗"], ["1900"]]),
        ("http://example.org", [["http://example.org"]]),
        ("Takao-Anping", [["Takao-Anping"]]),
        ("", []),
        ("  \t ", []),
    ],
)
def test_words_part_at_white_space(q, expected):
    assert texts(q) == expected


def test_quotation_marks_ask_for_the_written_form():
    assert parse('"高雄 市" 港').all == ((Word("高雄 市", quoted=True),), (Word("港"),))
    assert parse("“打狗”").all == ((Word("打狗", quoted=True),),)


def test_a_minus_before_a_word_removes():
    parsed = parse('打狗 -築港 -"海關" -title:圖')
    assert [w.text for w in parsed.none] == ["築港", "海關", "圖"]
    assert parsed.none[1].quoted
    assert parsed.none[2].scope == "title"


@pytest.mark.parametrize(
    "q", ["title:臺灣通史", "TITLE:臺灣通史", "題名：臺灣通史", 'title:"臺灣通史"']
)
def test_a_prefix_asks_one_field(q):
    (word,) = parse(q).words
    assert (word.text, word.scope) == ("臺灣通史", "title")


@pytest.mark.parametrize(
    "q", ['"打狗', '打狗"', "OR 打狗", "打狗 OR", "打狗 OR OR 港", "打狗 -", "- 打狗"]
)
def test_what_does_not_fit_together_is_searched_as_plain_words_and_said(q):
    parsed = parse(q)
    assert parsed.words[0].text == "打狗"
    assert [code for code, _ in parsed.notes] == ["query-plain"]


def test_a_very_long_query_is_cut_and_said():
    parsed = parse(" ".join(["港"] * 100))
    assert len(parsed.words) == 32
    assert [code for code, _ in parsed.notes] == ["query-cut"]
    (word,) = parse("高" * 3000).words
    assert len(word.text) == 256
    (latin,) = parse("x" * 5000).words
    assert len(latin.text) == 5000


@given(st.text(max_size=200))
def test_any_text_can_be_read(q):
    parsed = parse(q)
    assert all(word.text.strip() for word in parsed.words)


@given(st.text('"“ OR-－title:題名：高a\n', max_size=40))
def test_any_row_of_signs_can_be_read(q):
    parse(q)
