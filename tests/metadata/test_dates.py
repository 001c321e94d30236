"""Dates as they are written in Taiwan; the cases in dates.csv are for cataloguers to read."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest
from edtf import parse_edtf
from hypothesis import given
from hypothesis import strategies as st

from metadata.dates import read_date, years
from metadata.eras import ERAS, sexagenary, year_forms, years_of
from metadata.numerals import read_number, write_number

TODAY = date(2026, 11, 24)
with Path(__file__).with_name("dates.csv").open(encoding="utf-8", newline="") as stream:
    CASES = list(csv.DictReader(stream))


@pytest.mark.parametrize("case", CASES, ids=[c["as_written"] for c in CASES])
def test_a_labelled_case(case):
    found = read_date(case["as_written"], TODAY)
    assert found.edtf == (case["edtf"] or None)
    assert found.flagged == (not case["edtf"])
    assert found.proposed == (case["proposed"] or None)
    assert found.as_written == case["as_written"]


@pytest.mark.parametrize("case", [c for c in CASES if c["edtf"]], ids=lambda c: c["as_written"])
def test_what_is_read_is_edtf(case):
    assert parse_edtf(case["edtf"]) is not None


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
    assert years_of(sexagenary(year), year - 59, year) == [year]


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
