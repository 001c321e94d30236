"""Chinese numerals as they stand in dates: 二十四, 廿四, 二四, 元, 一九三五, 24, ２４."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")}
_DIGITS |= {"零": 0, "○": 0, "◯": 0, "兩": 2, "两": 2, "壹": 1, "貳": 2, "參": 3, "肆": 4, "伍": 5}
_DIGITS |= {
    "壱": 1,
    "弐": 2,
    "弍": 2,
    "貮": 2,
    "叄": 3,
    "参": 3,
    "叁": 3,
    "弌": 1,
    "陸": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
_TENS = {"十": 10, "拾": 10, "廿": 20, "念": 20, "卄": 20, "卅": 30, "卌": 40}
CHARACTERS = "0-9０-９元正" + "".join(_DIGITS) + "".join(_TENS) + "百佰有"


def read_number(text: str) -> int | None:
    """Return the number of ``text``; 元 and 正 are 1. None when it is none."""
    text = unicodedata.normalize("NFKC", text)
    if text in ("元", "正"):
        return 1
    if text.isascii():
        return int(text) if text.isdigit() else None
    text = text.replace("佰", "百")
    text = re.sub("(?<=[十拾廿念卅卌百])有(?=.)", "", text)  # 五十有三
    if all(c in _DIGITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    return _additive(text)


def _additive(text: str) -> int | None:
    """Read 十, 二十四, 廿四, 百二十, 一百零三."""
    total, pending = 0, None
    for character in text:
        if character in _DIGITS:
            if pending is not None and pending != 0:
                return None
            pending = _DIGITS[character]
        elif character == "百":
            total += 100 * (1 if pending is None else pending)
            pending = None
        elif character in _TENS:
            if _TENS[character] == 10:
                total += 10 * (pending or 1)
            elif pending:
                return None
            else:
                total += _TENS[character]
            pending = None
        else:
            return None
    return total + (pending or 0)


def write_number(number: int) -> str:
    """Return 1 to 199 in Chinese: 元 is not used."""
    digits = "〇一二三四五六七八九"
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    out = f"{digits[hundreds] if hundreds > 1 else ''}百" if hundreds else ""
    if hundreds and tens == 0 and ones:
        out += "〇"
    if tens:
        out += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    return out + (digits[ones] if ones else "")
