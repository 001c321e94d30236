"""The text that a born-digital PDF carries itself, with a box for every character.

It is trusted only when it is sane: letters that mean something, standing where the ink is. A layer
of invisible text over a scan is somebody's OCR, not the document's own text, and is not taken.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.reading.engine import RawGlyph, RawLine, RawReading
from ingest.reading.layout_kinds import arrange
from ingest.reading.prepare import to_box
from ingest.reading.script import page_language
from metadata.script import IDEOGRAPHS
from repository.text import Block, Glyph, Line, PageText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from repository.text import Direction

_LEAST_CHARACTERS = 8
_MOST_ODD = 0.05
_MOST_LATIN_1 = 0.25
_MOST_RARE = 0.25
_INVISIBLE = 3  # text rendering mode, ISO 32000-1 table 106
# What wrong decoding leaves behind: U+FFFD read as Big5, as GBK.
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
_WRECKS = ("嚙踝", "嚙瞎", "锟斤", "烫烫", "\ufffd\ufffd")


@dataclass(frozen=True, slots=True)
class _Character:
    text: str
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels
    hidden: bool
    unmapped: bool


def embedded_text(path: Path, page_index: int, size: tuple[int, int]) -> PageText | None:
    """Return the text layer of a page, boxes in pixels of the page rendered at ``size``.

    ``page_index`` counts from 0; ``size`` is (width, height). None when the page has no text, when
    its text is invisible, or when it is not sane (mojibake, characters without a place).
    """
    characters = _characters(path, page_index, size)
    if not is_sane(characters):
        return None
    direction, lines = _lines([c for c in characters if not c.hidden])
    if not lines:
        return None
    language = page_language(RawReading(tuple(lines), "pdf"))
    blocks = tuple(
        Block(tuple(_line(line, size, language) for line in piece.lines), piece.kind)
        for piece in arrange(lines, direction)
    )
    step = {"category": "contentGeneration", "description": "text layer of the PDF"}
    return PageText(size[0], size[1], blocks, direction, (language,), (step,))


def _characters(path: Path, page_index: int, size: tuple[int, int]) -> list[_Character]:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return []
    try:
        if page_index >= len(pdf):
            return []
        page = pdf[page_index]
        return list(_page_characters(page, size))
    except pypdfium2.PdfiumError:
        return []
    finally:
        pdf.close()


def _page_characters(page: object, size: tuple[int, int]) -> Iterator[_Character]:
    from pypdfium2 import raw

    textpage = page.get_textpage()  # type: ignore[attr-defined]
    positions = _Positions(page, size)
    high = 0
    for i in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
        high = 0
        left, bottom, right, top = textpage.get_charbox(i)
        item = raw.FPDFText_GetTextObject(textpage, i)
        hidden = bool(item) and raw.FPDFTextObj_GetTextRenderMode(item) == _INVISIBLE
        unmapped = raw.FPDFText_HasUnicodeMapError(textpage, i) == 1
        corners = positions.at(left, top), positions.at(right, bottom)
        xs, ys = sorted(c[0] for c in corners), sorted(c[1] for c in corners)
        yield _Character(_plain(code), (xs[0], ys[0], xs[1], ys[1]), hidden, unmapped)


class _Positions:
    """From PDF points to pixels, through the page's own rotation and crop box."""

    def __init__(self, page: object, size: tuple[int, int]) -> None:
        self._page = page
        self._width, self._height = size

    def at(self, x: float, y: float) -> tuple[float, float]:
        from ctypes import byref, c_int

        from pypdfium2 import raw

        # The call gives whole units: sixteen to a pixel.
        fine = 16
        across, down = c_int(), c_int()
        raw.FPDF_PageToDevice(
            self._page, 0, 0, self._width * fine, self._height * fine, 0, x, y,
            byref(across), byref(down),
        )  # fmt: skip
        return across.value / fine, down.value / fine


def _plain(code: int) -> str:
    """Return the character in its usual form: no radical, presentation form or compatibility twin.

    Fonts often map to Kangxi radicals (U+2F00) and vertical punctuation (U+FE10, U+FE30).
    """
    text = chr(code) if code and not 0xD800 <= code < 0xE000 else "\ufffd"
    if 0x2E80 <= code < 0x2FE0 or 0xFE10 <= code < 0xFE50:
        return unicodedata.normalize("NFKC", text)
    return unicodedata.normalize("NFC", text)


def is_sane(characters: Sequence[_Character]) -> bool:
    """Tell whether a text layer can be trusted."""
    seen = [c for c in characters if c.text.strip() and not c.hidden]
    if len(seen) < _LEAST_CHARACTERS or 2 * len(seen) < len(
        [c for c in characters if c.text.strip()]
    ):
        return False
    text = "".join(c.text for c in seen)
    odd = sum(c.unmapped or _is_odd(c.text) for c in seen)
    placed = sum(c.box[2] > c.box[0] and c.box[3] > c.box[1] for c in seen)
    if odd > _MOST_ODD * len(seen) or placed < 0.8 * len(seen):
        return False
    return not looks_wrecked(text)


def _is_odd(text: str) -> bool:
    return any(unicodedata.category(c) in ("Cc", "Cn", "Co", "Cs") or c == "\ufffd" for c in text)


def looks_wrecked(text: str) -> bool:
    """Tell whether text was decoded with the wrong table (mojibake)."""
    if any(wreck in text for wreck in _WRECKS):
        return True
    counts = Counter(text)
    most = counts.most_common(1)[0][1] if counts else 0
    if len(text) > 40 and most > 0.5 * len(text):
        return True
    latin_1 = sum("\u0080" <= c <= "\u00ff" or "\uff61" <= c <= "\uff9f" for c in text)
    if latin_1 > _MOST_LATIN_1 * len(text):
        return True
    # 〇 is no ideograph: common as it is, no level of the codes has it.
    ideographs = _IDEOGRAPH.findall(text)
    rare = sum(not _is_common(c) for c in ideographs)
    return len(ideographs) >= 10 and rare > _MOST_RARE * len(ideographs)


def _is_common(han: str) -> bool:
    """Tell whether a character is of level 1 in Taiwan's, mainland China's or Japan's code."""
    for encoding, first, last in (
        ("big5", 0xA4, 0xC6),
        ("gb2312", 0xB0, 0xD7),
        ("euc_jp", 0xB0, 0xCF),
    ):
        try:
            if first <= han.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    return False


def _lines(characters: Sequence[_Character]) -> tuple[Direction, list[RawLine]]:
    """Link neighbours in the order of the file into lines, along whichever way most links go."""
    ink = [c for c in characters if c.text.strip()]
    across = sum(_follows(a, b, "horizontal") for a, b in itertools.pairwise(ink))
    down = sum(_follows(a, b, "vertical") for a, b in itertools.pairwise(ink))
    direction: Direction = "vertical" if down > across else "horizontal"
    lines: list[list[_Character]] = []
    space: _Character | None = None
    for character in characters:
        if not character.text.strip():
            space = character
            continue
        last = next((c for c in reversed(lines[-1]) if c.text.strip()), None) if lines else None
        if last is None or not _follows(last, character, direction):
            lines.append([])
        elif space is not None:
            gap = (last.box[2], last.box[1], max(character.box[0], last.box[2] + 1), last.box[3])
            lines[-1].append(_Character(" ", gap, hidden=False, unmapped=False))
        space = None
        lines[-1].append(character)
    made = [
        RawLine(tuple(RawGlyph(c.text, *c.box, score=1.0) for c in line), direction)
        for line in lines
    ]
    return direction, made


def _follows(a: _Character, b: _Character, direction: Direction) -> bool:
    """Tell whether ``b`` stands next to ``a`` on one line."""
    ax, ay, bx, by = (
        (a.box[0] + a.box[2]) / 2, (a.box[1] + a.box[3]) / 2,
        (b.box[0] + b.box[2]) / 2, (b.box[1] + b.box[3]) / 2,
    )  # fmt: skip
    size = max(a.box[2] - a.box[0], a.box[3] - a.box[1], b.box[2] - b.box[0], b.box[3] - b.box[1])
    if direction == "vertical":
        return abs(bx - ax) < 0.6 * size and 0 < by - ay < 2.5 * size
    return abs(by - ay) < 0.6 * size and 0 < bx - ax < 3 * size


def _line(line: RawLine, size: tuple[int, int], language: str) -> Line:
    glyphs = (Glyph(g.text, to_box((g.x0, g.y0, g.x1, g.y1), size), 1.0) for g in line.glyphs)
    return Line(tuple(glyphs), line.direction, language)
