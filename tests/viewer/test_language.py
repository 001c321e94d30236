"""Every page speaks zh-Hant and English, chosen as the reader's browser says."""

import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.language import LANGUAGES, accepted, match

VIEWER = Path(__file__).parents[2] / "viewer"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "say": None, "count": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
PLACE = re.compile(r"%\(\w+\)[sd]")


@pytest.mark.parametrize("tag", ["zh", "zh-TW", "zh-HK", "zh-Hant", "zh-Hant-TW", "ZH_tw"])
def test_chinese_tags_are_traditional_chinese(tag):
    assert match(tag) == "zh-Hant"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.5", "zh-Hant"),
        ("en-GB,zh-TW;q=0.4", "en"),
        ("fr,en;q=0.2,zh-TW;q=0.7", "zh-Hant"),
        ("zh-CN,en;q=0.5", "en"),
        ("zh-CN", "zh-Hant"),
        ("fr", None),
        ("en;q=0,zh-TW", "zh-Hant"),
        ("", None),
    ],
)
def test_accept_language_is_weighed(header, language):
    assert accepted(header) == language


@given(st.text(max_size=200))
@settings(deadline=None, max_examples=60)
def test_any_header_gives_one_of_our_languages_or_none(header):
    assert accepted(header) in {*LANGUAGES, None}


def test_parameter_wins_over_cookie_and_cookie_over_header(browser):
    assert '<html lang="zh-Hant">' in browser.get("/").text
    assert '<html lang="en">' in browser.get("/?lang=en").text
    assert '<html lang="en">' in browser.get("/").text, "the choice is kept in a cookie"
    assert '<html lang="zh-Hant">' in browser.get("/?lang=zh-TW").text


def test_a_page_links_itself_in_the_other_language_with_its_whole_state(browser):
    page = browser.get("/search?q=港&type=map").text
    assert "lang=en" in page
    assert "?q=%E6%B8%AF&amp;type=map&amp;lang=en" in page


def extracted():
    return {message for _, _, message, _, _ in extract_from_dir(VIEWER, METHODS, keywords=KEYWORDS)}


@pytest.fixture(scope="module")
def catalogue():
    source = resources.files("viewer").joinpath("locale", "zh_Hant", "LC_MESSAGES", "takao.po")
    with source.open("rb") as file:
        return read_po(file, locale="zh_Hant")


def test_every_message_of_the_site_is_translated_and_nothing_else(catalogue):
    assert {message.id for message in catalogue if message.id} == extracted()


def test_no_translation_is_empty_fuzzy_or_loses_a_value(catalogue):
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        assert not message.fuzzy, message.id
        for text in texts:
            assert text, message.id
            assert set(PLACE.findall(text)) == set(PLACE.findall(ids[-1])), message.id
