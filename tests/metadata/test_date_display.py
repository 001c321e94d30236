"""Dates for people, in both reckonings and both languages."""

from datetime import date

import pytest

from metadata.calendar.date_display import display, in_common_era, in_republic
from metadata.calendar.dates import read_date

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("written", "chinese", "english"),
    [
        ("民國106年", "民國106年（西元2017年）", "民國106年 (2017)"),
        ("昭和10年10月5日", "昭和10年10月5日（西元1935年10月5日，民國24年）",
         "昭和10年10月5日 (5 October 1935)"),
        ("1935", "1935（民國24年）", "1935"),
        ("約1935年", "約1935年（民國24年）", "約1935年"),
        ("民國24年前後", "民國24年前後（西元約1935年）", "民國24年前後 (about 1935)"),
        ("光緒二十一年", "光緒二十一年（西元1895年）", "光緒二十一年 (1895)"),
        ("光緒二十一年五月", "光緒二十一年五月（西元1895年5月24日至1895年6月22日）",
         "光緒二十一年五月 (24 May 1895 – 22 June 1895)"),
        ("康熙間", "康熙間（西元1662年至1722年）", "康熙間 (1662 – 1722)"),
        ("民國24至26年", "民國24至26年（西元1935年至1937年）", "民國24至26年 (1935 – 1937)"),
        ("昭和10年以前", "昭和10年以前（西元1935年以前）", "昭和10年以前 (until 1935)"),
        ("24年5月", "24年5月", "24年5月"),
        ("1895年", "1895年", "1895年"),
        ("昭和10年春", "昭和10年春（西元1935年春，民國24年）", "昭和10年春 (spring 1935)"),
    ],
)  # fmt: skip
def test_a_date_for_people(written, chinese, english):
    statement = read_date(written, TODAY)
    assert display(statement, "zh-Hant") == chinese
    assert display(statement, "en") == english


@pytest.mark.parametrize(
    ("edtf", "chinese", "english"),
    [
        ("1935", "1935年", "1935"),
        ("1935-10", "1935年10月", "October 1935"),
        ("1935-10-05", "1935年10月5日", "5 October 1935"),
        ("1935-24", "1935年冬", "winter 1935"),
        ("193X", "1930年代", "1930s"),
        ("1935~", "約1935年", "about 1935"),
        ("1935-10?", "1935年10月？", "October 1935?"),
        ("1935%", "約1935年？", "about 1935?"),
        ("0005", "5年", "5"),
        ("0010", "10年", "10"),
        ("0000", "前1年", "1 BCE"),
        ("-0220", "前221年", "221 BCE"),
        ("1935/1937", "1935年至1937年", "1935 – 1937"),
        ("../1935", "1935年以前", "until 1935"),
        ("/1935", "1935年以前", "until 1935"),
        ("1935/..", "1935年以後", "from 1935"),
        ("1935/", "1935年以後", "from 1935"),
        ("[1935,1936]", "", ""),
        ("{1935}", "", ""),
        ("x", "", ""),
        ("x/1935", "", ""),
        ("1935/x", "", ""),
    ],
)
def test_edtf_in_words(edtf, chinese, english):
    assert in_common_era(edtf, "zh-Hant") == chinese
    assert in_common_era(edtf, "en") == english


@pytest.mark.parametrize(
    ("edtf", "years"),
    [
        ("1912", "民國1年"),
        ("1911", ""),
        ("1935/1937", "民國24–26年"),
        ("1911/1937", ""),
        ("../1935", ""),
        ("1935/..", ""),
        ("193X", ""),
        ("[1935]", ""),
        ("{1935,1936}", ""),
    ],
)
def test_years_of_the_republic(edtf, years):
    assert in_republic(edtf) == years


@pytest.mark.parametrize("written", ["1935", "1935-10", "1935-10-05", "1935?", "1930/1940", "193X"])
def test_chinese_words_are_read_back(written):
    again = read_date(in_common_era(written, "zh-Hant"), TODAY)
    assert again.edtf == written
