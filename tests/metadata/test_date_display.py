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
        ("昭和10年春", "昭和10年春（西元1935年春，民國24年）", "昭和10年春 (spring 1935)"),
    ],
)  # fmt: skip
def test_a_date_for_people(written, chinese, english):
    statement = read_date(written, TODAY)
    assert display(statement, "zh-Hant") == chinese
    assert display(statement, "en") == english


def test_edtf_in_words():
    assert in_common_era("193X", "zh-Hant") == "1930年代"
    assert in_common_era("193X", "en") == "1930s"
    assert in_common_era("[1935,1936]", "en") == ""
    assert in_common_era("-0220", "zh-Hant") == "前221年"
    assert in_common_era("-0220", "en") == "221 BCE"
    assert in_republic("1935/1937") == "民國24–26年"
    assert in_republic("1895") == ""


@pytest.mark.parametrize("written", ["1935", "1935-10", "1935-10-05", "1935?", "1930/1940", "193X"])
def test_chinese_words_are_read_back(written):
    again = read_date(in_common_era(written, "zh-Hant"), TODAY)
    assert again.edtf == written
