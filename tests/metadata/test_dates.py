"""Dates as they are written in Taiwan; the cases in dates.csv are for cataloguers to read."""

import csv
import itertools
import re
from datetime import date
from pathlib import Path

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from metadata.calendar import datong, lunar
from metadata.calendar.dates import read_date, years
from metadata.calendar.edtf import bounds, is_edtf
from metadata.calendar.eras import ERAS, sexagenary, year_forms
from metadata.calendar.numerals import read_number, write_number

TODAY = date(2026, 11, 24)
with Path(__file__).with_name("dates.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))


# To collect a test for each of some two thousand takes longer than to run them.
BATCHES = [CASES[n : n + 25] for n in range(0, len(CASES), 25)]


@pytest.mark.parametrize("cases", BATCHES, ids=[b[0]["as_written"] for b in BATCHES])
def test_labelled_cases(cases):
    for case in cases:
        found = read_date(case["as_written"], TODAY)
        read = (found.as_written, found.edtf, found.flagged, found.proposed)
        edtf = case["edtf"] or None
        assert read == (case["as_written"], edtf, edtf is None, case["proposed"] or None)


PRINTED = sorted({c["edtf"] for c in CASES if c["edtf"]})


@pytest.mark.slow
def test_what_is_read_is_edtf_to_other_programs():
    for text in PRINTED:
        assert parse_edtf(text) is not None, text


def test_what_is_read_is_edtf():
    for text in PRINTED:
        assert is_edtf(text), text


def test_every_edtf_that_is_printed_is_read_back():
    for text in PRINTED:
        assert read_date(text, TODAY).edtf == text


def test_there_are_enough_cases_for_a_figure():
    assert len(CASES) >= 500
    assert len({c["as_written"] for c in CASES}) == len(CASES)


@given(st.integers(1600, 2027), st.sampled_from(ERAS))
def test_a_year_of_an_era_is_read_as_the_year_it_is(year, era):
    number = year - era.first + 1
    if era.year(number) is None:
        return
    for written in (f"{era.name}{number}年", f"{era.name}{write_number(number)}年"):
        found = read_date(written, TODAY)
        assert (found.first_year, found.last_year) == (year, year)


@given(st.integers(1600, 2026))
def test_every_form_of_a_year_is_read_back(year):
    for form in year_forms(year):
        assert read_date(form, TODAY).first_year == year


@given(st.integers(1, 199))
def test_chinese_numerals_are_read_back(number):
    assert read_number(write_number(number)) == number
    assert read_number(str(number)) == number


@given(st.integers(1000, 2100))
def test_the_sixty_years_go_round(year):
    assert sexagenary(year) == sexagenary(year + 60)
    assert len({sexagenary(year - n) for n in range(60)}) == 60


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading(text):
    found = read_date(text, TODAY)
    assert found.flagged == (found.edtf is None)
    if found.edtf:
        first, last = years(found.edtf)
        assert first is None or last is None or first <= last


@given(st.from_regex(re.compile(r"[0-9年月日民國昭和光緒前後約至~()?./-]{1,16}"), fullmatch=True))
def test_date_like_text_gives_edtf_or_a_flag(text):
    found = read_date(text, TODAY)
    if found.edtf is not None:
        assert parse_edtf(found.edtf) is not None


@given(st.text(alphabet="1935-至到~、年月日初中末/[](){}.?修建", max_size=120))
def test_long_marks_do_not_stop_the_reading(text):
    read_date(text, TODAY)


@given(st.integers(1650, 1911), st.integers(1, 12), st.integers(1, 29))
def test_a_lunar_day_lies_in_its_month(year, month, day):
    span = lunar.month_span(year, month)
    found = lunar.day(year, month, day)
    assert span[0] <= found <= span[1]
    assert 29 <= (span[1] - span[0]).days + 1 <= 30


@pytest.mark.parametrize("year", range(1650, 1912, 20))
def test_lunar_months_follow_each_other_without_a_gap(year):
    months = [(m, leap) for m in range(1, 13) for leap in (False, True)]
    spans = [s for m, leap in months if (s := lunar.month_span(year, m, leap=leap))]
    for before, after in itertools.pairwise(spans):
        assert (after[0] - before[1]).days == 1
    assert lunar.year_span(year) == (spans[0][0], spans[-1][1])
    assert lunar.month_span(year + 1, 1)[0] > spans[-1][1]


@given(st.dates(min_value=date(1600, 1, 1), max_value=date(2026, 1, 1)))
def test_bounds_of_a_day_are_that_day(day):
    assert bounds(day.isoformat()) == (day, day)
    assert bounds(f"{day.isoformat()}~/..") == (day, None)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("1935", True), ("1935-10", True), ("1935-10-05", True), ("1935-21", True),
        ("1935-25", False), ("1935-13", False), ("1935-02-30", False), ("1935/1937", True),
        ("1937/1935", False), ("1935-10/1935-09", False), ("../1935", True), ("1935/..", True),
        ("../..", False), ("193X", True), ("19XX?", True), ("XXXX", True), ("[1935,1936]", True),
        ("{1935,1937}", True), ("[1935,19366]", False), ("1935~/1937~", True), ("-0220", True),
        ("1935-XX-05", True), ("35", False), ("", False), ("/", False), ("1935/1936/1937", False),
    ],
)  # fmt: skip
def test_what_is_edtf(text, valid):
    assert is_edtf(text) is valid


def test_the_computed_calendar_of_the_ming_is_the_recorded_one():
    """Months of 1385 to 1643 against the table in lunar-python, which holds the court's own."""
    wrong = total = 0
    for year in range(1385, 1644):
        for (month, leap), span in datong.months(year).items():
            total += 1
            wrong += span != lunar.month_span(year, month, leap=leap)
    assert total > 3000
    assert wrong / total < 0.006  # new moons within minutes of midnight


def test_leap_months_of_the_court_in_exile():
    """As 永曆's printed calendars and 《臺灣外記》 have them."""
    leaps = [(y - 1646, m) for y in range(1647, 1668) for m, leap in datong.months(y) if leap]
    assert leaps == [(2, 3), (4, 11), (7, 7), (10, 5), (13, 1), (15, 10), (18, 6), (21, 4)]
