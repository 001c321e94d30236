"""Which script a character is of, for all who ask."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.draft import language_of
from metadata.script import (
    BOPOMOFO,
    HALFWIDTH_KANA,
    HAN,
    HAN_OR_KANA,
    IDEOGRAPHS,
    KANA,
    LATIN,
    is_han,
    is_han_or_kana,
    is_ideograph,
    is_kana,
    is_latin,
    language_of_text,
)

EVERY = "".join(map(chr, (c for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000)))


def of(ranges):
    return set(re.findall(f"[{ranges}]", EVERY))


@pytest.mark.parametrize(
    ("character", "kinds"),
    [
        ("高", "ideograph han unit"),
        ("一", "ideograph han unit"),
        ("\u9fff", "ideograph han unit"),  # the last of the block
        ("㐀", "ideograph han unit"),  # Extension A
        ("\u4dbf", "ideograph han unit"),
        ("𠮟", "ideograph han unit"),  # Extension B
        ("\U0002ceb0", "ideograph han unit"),  # Extension F
        ("\U00031350", "ideograph han unit"),  # Extension H
        ("\uf900", "ideograph han unit"),  # compatibility
        ("\U0002f800", "ideograph han unit"),  # Compatibility Supplement
        ("〇", "han unit"),
        ("々", "han unit"),
        ("〆", "han unit"),
        ("〹", "han unit"),
        ("⼈", "han unit"),  # Kangxi radical
        ("⺀", "han unit"),  # CJK radical
        ("䷀", ""),  # hexagram, between Extension A and the unified ideographs
        ("⿰", ""),  # describes ideographs
        ("ぁ", "kana unit"),
        ("ヶ", "kana unit"),
        ("ー", "kana unit"),
        ("ヽ", "kana unit"),
        ("ゞ", "kana unit"),
        ("〳", "kana unit"),
        ("ㇰ", "kana unit"),
        ("ｶ", "kana"),
        ("・", ""),
        ("･", ""),
        ("゠", ""),
        ("゛", ""),
        ("\u3099", ""),
        ("ㄅ", "unit"),
        ("ㆠ", "unit"),
        ("a", "latin"),
        ("7", "latin"),
        ("é", "latin"),
        ("ạ", "latin"),
        ("\u030d", "latin"),
        ("ⁿ", "latin"),
        ("Ａ", ""),
        ("д", ""),
        ("한", ""),
        ("、", ""),
        (" ", ""),
        ("", ""),
    ],
)
def test_what_a_character_is(character, kinds):
    found = {
        "ideograph": is_ideograph(character),
        "han": is_han(character),
        "kana": is_kana(character),
        "unit": is_han_or_kana(character),
        "latin": is_latin(character),
    }
    assert {kind for kind, holds in found.items() if holds} == set(kinds.split())


def test_every_ideograph_of_unicode_is_han_and_every_kana_letter_kana():
    for character in EVERY:
        name = unicodedata.name(character, "")
        if name.startswith(("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH")):
            assert is_ideograph(character), hex(ord(character))
        if name.startswith(("CJK RADICAL", "KANGXI RADICAL", "HANGZHOU NUMERAL")):
            assert is_han(character), hex(ord(character))
        if name.startswith(("HIRAGANA LETTER", "KATAKANA LETTER")) and ord(character) < 0x10000:
            assert is_kana(character), hex(ord(character))


def test_no_character_is_of_two_scripts():
    scripts = [of(HAN), of(KANA), of(HALFWIDTH_KANA), of(BOPOMOFO), of(LATIN)]
    assert sum(map(len, scripts)) == len(set().union(*scripts))
    assert of(IDEOGRAPHS) < of(HAN)


def test_what_the_index_holds_as_single_characters_is_not_changed_unawares():
    """Another set means other tokens: then the analysis is another version."""
    indexed = (
        "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u3096"
        "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
        "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    )
    assert of(HAN_OR_KANA) == of(indexed)


@given(st.text(max_size=8))
def test_a_text_is_of_a_script_when_each_of_its_characters_is(text):
    for tells in (is_ideograph, is_han, is_kana, is_han_or_kana, is_latin):
        assert tells(text) == (bool(text) and all(map(tells, text)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("高雄港", "zh-Hant"),
        ("𠮟", "zh-Hant"),
        ("ㄅㄆㄇ", "zh-Hant"),
        ("Formosa 島", "zh-Hant"),
        ("約翰・史密斯", "zh-Hant"),
        ("台湾の港", "ja"),
        ("ﾀｶｵ", "ja"),
        ("Formosa", "en"),
        ("《Formosa》", "en"),
    ],
)
def test_the_language_that_a_script_shows(text, language):
    assert language_of_text(text) == language_of(text) == language


def test_without_letters_a_description_is_chinese_and_a_name_says_nothing():
    assert (language_of("1895"), language_of_text("1895")) == ("zh-Hant", "en")
