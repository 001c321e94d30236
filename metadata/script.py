"""Which script a character is of: Han, kana, bopomofo or Latin. The only place with their ranges.

The constants are pieces of a regular expression's class, to be put between brackets: code points of
Unicode 15, by block. A range takes a whole block where what the block leaves unassigned can only
become more of the same.
"""

from __future__ import annotations

import re

UNIFIED = "\u4e00-\u9fff"  # CJK Unified Ideographs
EXTENSION_A = "\u3400-\u4dbf"  # CJK Unified Ideographs Extension A
# Written for words: what dictionaries list and national codes number.
IDEOGRAPHS = (
    EXTENSION_A + UNIFIED + "\uf900-\ufaff"  # CJK Compatibility Ideographs
    "\U00020000-\U0003ffff"  # planes 2 and 3: Extensions B to I, Compatibility Supplement
)
# All of Han writing; U+2FF0 and on describe ideographs and are none.
HAN = (
    "\u2e80-\u2fdf"  # CJK Radicals Supplement, Kangxi Radicals
    # Of CJK Symbols: 々〆〇, the Suzhou numerals 〡–〩 and 〸–〺, 〻.
    "\u3005-\u3007\u3021-\u3029\u3038-\u303b" + IDEOGRAPHS
)
# Without ・ and ゠, which part words (in Chinese names too), and without ゛ and ゜ on their own.
KANA = (
    "\u3031-\u3035\u303c"  # of CJK Symbols: repeat marks of vertical kana, 〼
    "\u3041-\u3096\u309d-\u309f"  # Hiragana
    "\u30a1-\u30fa\u30fc-\u30ff"  # Katakana with the long vowel mark ー
    "\u31f0-\u31ff"  # Katakana Phonetic Extensions
)
HALFWIDTH_KANA = "\uff66-\uff9d"  # of Halfwidth and Fullwidth Forms; NFKC makes them KANA
BOPOMOFO = "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo, Bopomofo Extended
# What is written without spaces between words, each character a unit of search.
HAN_OR_KANA = HAN + KANA + BOPOMOFO
# Letters with their marks; of 白話字 too: ⁿ, and o͘ with its combining dot.
LATIN_LETTERS = (
    "A-Za-z"
    "\u00c0-\u024f"  # Latin-1 Supplement from À on, Latin Extended-A and B
    "\u1e00-\u1eff"  # Latin Extended Additional
    "\u0300-\u036f"  # Combining Diacritical Marks
    "\u207f"
)
LATIN = "0-9" + LATIN_LETTERS

_IDEOGRAPHS_ONLY = re.compile(f"[{IDEOGRAPHS}]+")
_HAN_ONLY = re.compile(f"[{HAN}]+")
_KANA_ONLY = re.compile(f"[{KANA}{HALFWIDTH_KANA}]+")
_HAN_OR_KANA_ONLY = re.compile(f"[{HAN_OR_KANA}]+")
_LATIN_ONLY = re.compile(f"[{LATIN}]+")
_ANY_KANA = re.compile(f"[{KANA}{HALFWIDTH_KANA}]")
_ANY_CHINESE = re.compile(f"[{HAN}{BOPOMOFO}]")


def is_ideograph(text: str) -> bool:
    """Tell whether ``text`` is ideographs only, one or more: neither 〇 nor 々 nor a radical."""
    return _IDEOGRAPHS_ONLY.fullmatch(text) is not None


def is_han(text: str) -> bool:
    """Tell whether ``text`` is Han characters only, one or more, 〇 and 々 among them."""
    return _HAN_ONLY.fullmatch(text) is not None


def is_kana(text: str) -> bool:
    """Tell whether ``text`` is kana only, one or more, half-width ones too; ー is, ・ is not."""
    return _KANA_ONLY.fullmatch(text) is not None


def is_han_or_kana(text: str) -> bool:
    """Tell whether ``text`` is Han, kana and bopomofo only, one or more, none of them half-width.

    So are the units of search that are no Latin words; widths are folded before.
    """
    return _HAN_OR_KANA_ONLY.fullmatch(text) is not None


def is_latin(text: str) -> bool:
    """Tell whether ``text`` is Latin letters, their marks and digits only, one or more."""
    return _LATIN_ONLY.fullmatch(text) is not None


def language_of_text(text: str) -> str:
    """Return the language that a text's script shows: ja with kana, zh-Hant with Han, else en."""
    if _ANY_KANA.search(text):
        return "ja"
    return "zh-Hant" if _ANY_CHINESE.search(text) else "en"
