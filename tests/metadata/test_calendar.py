"""What dates are read with: numerals, eras, lunar months, EDTF."""

from datetime import date

import pytest

from metadata.calendar import lunar
from metadata.calendar.edtf import bounds, is_edtf, years
from metadata.calendar.eras import ERAS, era, eras_named, sexagenary, year_forms
from metadata.calendar.numerals import read_number, write_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("元", 1), ("正", 1), ("〇", 0), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20),
        ("二十四", 24), ("廿", 20), ("廿四", 24), ("卅一", 31), ("卌九", 49), ("二四", 24),
        ("一九三五", 1935), ("二〇一七", 2017), ("百", 100), ("百二十", 120), ("一百零三", 103),
        ("二百", 200), ("百廿四", 124), ("三佰六十五", 365), ("五十有三", 53), ("百有二", 102),
        ("壹佰貳拾參", 123), ("念五", 25), ("24", 24), ("２４", 24), ("007", 7),
    ],
)  # fmt: skip
def test_numbers(text, number):
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "a", "2a", "高", "二a", "有", "十有", "二廿", "一二十", "三三百二", "元年", "二元"]
)
def test_what_is_no_number(text):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (24, "二十四"),
        (99, "九十九"), (100, "百"), (101, "百〇一"), (110, "百一十"),
        (112, "百一十二"), (120, "百二十"), (199, "百九十九"),
    ],
)  # fmt: skip
def test_numbers_in_chinese(number, text):
    assert write_number(number) == text


@pytest.mark.parametrize(
    ("year", "forms"),
    [
        (1644, "1644年 崇禎17年 順治1年 民前268年"),
        (1661, "1661年 永曆15年 順治18年 民前251年"),
        (1895, "1895年 光緒21年 永清1年 明治28年 民前17年"),
        (1911, "1911年 宣統3年 明治44年 民前1年"),
        (1912, "1912年 明治45年 大正1年 民國1年"),
        (1926, "1926年 大正15年 昭和1年 民國15年"),
        (1935, "1935年 昭和10年 民國24年"),
        (2019, "2019年 平成31年 令和1年 民國108年"),
    ],
)
def test_a_year_in_all_its_eras(year, forms):
    assert " ".join(year_forms(year)) == forms


def test_a_year_of_an_era_lies_in_it():
    guangxu, republic = era("光绪"), era("中華民國")
    assert [guangxu.year(n) for n in (0, 1, 34, 35)] == [None, 1875, 1908, None]
    assert [republic.year(n) for n in (-1, 1, 200)] == [None, 1912, 2111]


def test_eras_by_each_written_form_those_of_other_lands_too():
    assert era("光緒") is era("光绪")
    assert era("建炎") is None
    (found,) = eras_named("建炎")
    assert (found.name, found.country, found.first, found.last) == ("建炎", "宋", 1127, 1130)
    assert {e.country for e in eras_named("至元")} == {"元"}
    assert [e.first for e in eras_named("至元")] == [1264, 1335]
    assert [e.name for e in eras_named("咸丰")] == ["咸豐"]
    assert eras_named("無此年號") == ()
    assert all(e.calendar == "lunar" for e in eras_named("至元"))
    assert {e.calendar for e in ERAS} == {"lunar", "solar"}


def test_the_sixty_years_are_those_of_the_calendar():
    assert [sexagenary(y) for y in (4, 1644, 1895, 1984)] == ["甲子", "甲申", "乙未", "甲子"]


@pytest.mark.parametrize(
    ("month", "options", "first", "last"),
    [
        ((1895, 1), {}, "1895-01-26", "1895-02-24"),
        ((1895, 5), {}, "1895-05-24", "1895-06-22"),
        ((1895, 5), {"leap": True}, "1895-06-23", "1895-07-21"),
        ((1895, 12), {}, "1896-01-15", "1896-02-12"),
        ((1653, 7), {"leap": True, "exile": True}, "1653-08-23", "1653-09-20"),
        ((1653, 7), {"exile": True}, "1653-07-24", "1653-08-22"),
    ],
)
def test_lunar_months(month, options, first, last):
    span = (date.fromisoformat(first), date.fromisoformat(last))
    assert lunar.month_span(*month, **options) == span
    length = (span[1] - span[0]).days + 1
    assert lunar.day(*month, 1, **options) == span[0]
    assert lunar.day(*month, length, **options) == span[1]
    assert lunar.day(*month, 0, **options) is None
    assert lunar.day(*month, length + 1, **options) is None


def test_months_that_a_lunar_year_does_not_have():
    assert [lunar.month_span(1895, m) for m in (0, 13, -5)] == [None] * 3
    assert [lunar.month_span(1895, m, exile=True) for m in (0, 13)] == [None] * 2
    assert lunar.month_span(1895, 6, leap=True) is None
    assert lunar.month_span(1653, 7, leap=True) is None  # the court's leap month was the sixth
    assert lunar.day(1895, 6, 1, leap=True) is None
    assert lunar.months_span(1895, 13, 13) is None
    assert lunar.months_span(1895, 12, 13) is None


def test_lunar_seasons_and_years_end_with_their_leap_month():
    def days(first, last):
        return date.fromisoformat(first), date.fromisoformat(last)

    assert lunar.months_span(1895, 4, 5) == days("1895-04-25", "1895-07-21")
    assert lunar.months_span(1895, 6, 7) == days("1895-07-22", "1895-09-18")
    assert lunar.months_span(1653, 7, 7, exile=True) == days("1653-07-24", "1653-09-20")
    # The court's leap month of 1648 was the fourth, that in exile the third.
    assert lunar.months_span(1648, 4, 4, exile=True) == lunar.month_span(1648, 4, exile=True)
    assert lunar.year_span(1895) == days("1895-01-26", "1896-02-12")


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        # months, seasons, days
        ("1935-12", True), ("1935-00", False), ("1935-20", False), ("1935-24", True),
        ("1935-21-05", False), ("1935-10-31", True), ("1935-11-31", False), ("1935-10-00", False),
        ("1936-02-29", True), ("1900-02-29", False), ("1935-1X", True), ("1935-2X", False),
        # digits that are not known
        ("193X-02-29", True), ("193X-02-30", False), ("1935-1X-31", True), ("1935-XX-32", False),
        ("1935-XX-01", True), ("1935-XX-00", False), ("1935-10-3X", True), ("1935-10-4X", False),
        ("1X35", True), ("X935", False), ("-XXXX", True), ("0000-02-29", True),
        ("0001-02-29", False),
        # marks before or behind
        ("~1935", True), ("1935~-10", True), ("1935-?10-%05", True), ("1935~~", False),
        # intervals
        ("1935/", True), ("/1935", True), ("../", False), ("1935//", False), ("1935/x", False),
        ("1935-10/1935-10", True), ("1935/1935-05", True), ("1935-10/1935", True),
        ("1935-10-05/1935-10-04", False), ("1935-10-05/1935-10-05", True),
        ("1935-10-05/1935-10", True), ("1935-21/1935-03", True), ("1935-03/1935-21", True),
        ("193X/1930", True), ("1931/193X", True), ("1940/193X", False), ("XXXX/1935", True),
        ("1935/XXXX", True), ("-0100/-0200", False), ("-0200/-0100", True), ("-0001/0001", True),
        ("0001-05/0000", False),
        # one of a set, all of a set
        ("[1935..1937]", True), ("[1935..]", True), ("[..1935]", True), ("[..]", False),
        ("[1935..1936..1937]", False), ("[1935,]", False), ("[1935}", False), ("[1935", False),
        ("{1935..1936,1938}", True), ("{1935,x}", False), ("{x..1935}", False), ("[]", False),
    ],
)  # fmt: skip
def test_what_is_edtf(text, valid):
    assert is_edtf(text) is valid


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1935", 1935, 1935), ("1935-10~", 1935, 1935), ("193X", 1930, 1939), ("19XX", 1900, 1999),
        ("XXXX", None, None), ("-XXXX", None, None), ("-0220", -220, -220), ("-022X", -229, -220),
        ("1935/1937", 1935, 1937), ("193X/194X", 1930, 1949), ("../1935", None, 1935),
        ("1935/..", 1935, None), ("/1935", None, 1935), ("1935/", 1935, None),
        ("[1935,1937]", 1935, 1937), ("[1937,1935]", 1935, 1937), ("[..1935]", None, 1935),
        ("[1935..]", 1935, None), ("{1930,1935..1937}", 1930, 1937), ("{XXXX}", None, None),
        ("[XXXX,1935]", 1935, 1935),
    ],
)  # fmt: skip
def test_first_and_last_year(text, first, last):
    assert years(text) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1935", "1935-01-01", "1935-12-31"), ("1935-02", "1935-02-01", "1935-02-28"),
        ("1936-02", "1936-02-01", "1936-02-29"), ("1935-12", "1935-12-01", "1935-12-31"),
        ("1935-21", "1935-01-01", "1935-12-31"), ("193X", "1930-01-01", "1939-12-31"),
        ("1935-1X", "1935-01-01", "1935-12-31"), ("1935-XX-05", "1935-01-01", "1935-12-31"),
        ("1935-10-XX", "1935-10-01", "1935-10-31"), ("1935-10-05", "1935-10-05", "1935-10-05"),
        ("1935-10/1936-02", "1935-10-01", "1936-02-29"), ("../1935-10", None, "1935-10-31"),
        ("1935-10/..", "1935-10-01", None), ("0001", "0001-01-01", "0001-12-31"),
        ("0000", None, None), ("-0220/0014", None, "0014-12-31"),
        ("[1935-10,1936]", "1935-01-01", "1936-12-31"),
    ],
)  # fmt: skip
def test_first_and_last_day(text, first, last):
    ends = bounds(text)
    assert tuple(day and day.isoformat() for day in ends) == (first, last)
