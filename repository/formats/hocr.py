"""hOCR in: text that other programs read, with the boxes they gave it (hOCR 1.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import html

from repository.formats.alto_read import Scale, clusters, divide
from repository.formats.errors import UnreadableTextError
from repository.text import Block, Glyph, Line, PageText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repository.text import BlockKind, Box, Direction

_PROPERTY = re.compile(r"\s*(\w+)\s+([^;]*)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
LINES = ("ocr_line", "ocrx_line", "ocr_textfloat", "ocr_header", "ocr_footer", "ocr_caption")
_KINDS: dict[str, BlockKind] = {
    "ocr_header": "header",
    "ocr_footer": "footer",
    "ocr_caption": "caption",
    "ocr_pageno": "page-number",
    "ocr_table": "table",
}


def numbers(title: str, name: str) -> list[float]:
    """Return the numbers of a property in an hOCR ``title``, e.g. ``bbox 1 2 3 4``."""
    for part in title.split(";"):
        found = _PROPERTY.match(part)
        if found and found[1] == name:
            return [float(n) for n in _NUMBER.findall(found[2])]
    return []


def parse(data: bytes) -> html.HtmlElement:
    """Return the document; raises UnreadableTextError for what is no HTML."""
    try:
        return html.document_fromstring(data, parser=html.HTMLParser(encoding="utf-8"))
    except (html.etree.ParserError, ValueError) as error:
        raise UnreadableTextError(str(error)) from None


def read_hocr(data: bytes, size: tuple[int, int] | None = None) -> PageText:
    """Return the text of the first page of an hOCR file; boxes in pixels of ``size``.

    Words are divided evenly where ``ocrx_cinfo`` gives no box a character. Raises
    UnreadableTextError.
    """
    page = next(_of(parse(data), "ocr_page"), None)
    box = numbers(page.get("title", ""), "bbox") if page is not None else []
    if page is None or len(box) != 4 or box[2] <= box[0] or box[3] <= box[1]:
        raise UnreadableTextError("no ocr_page with a bbox")
    width, height = size or (round(box[2] - box[0]), round(box[3] - box[1]))
    scale = Scale(width / (box[2] - box[0]), height / (box[3] - box[1]), width, height)
    blocks = []
    for element in page.iter(html.etree.Element):
        name = element.get("class", "")
        if name in LINES or name == "ocr_pageno":
            line = _line(element, scale)
            if line is not None:
                blocks.append(Block((line,), _kind(element)))
    down = sum(line.direction == "vertical" for b in blocks for line in b.lines)
    direction: Direction = "vertical" if 2 * down > len(blocks) else "horizontal"
    languages = dict.fromkeys(line.language for b in blocks for line in b.lines if line.language)
    step = {"category": "contentGeneration", "description": "hOCR of another program"}
    return PageText(width, height, tuple(blocks), direction, tuple(languages), (step,))


def _of(element: html.HtmlElement, name: str) -> Iterator[html.HtmlElement]:
    return (e for e in element.iter(html.etree.Element) if e.get("class") == name)


def _kind(element: html.HtmlElement) -> BlockKind:
    for each in (element, *element.iterancestors()):
        if each.get("class", "") in _KINDS:
            return _KINDS[each.get("class", "")]
    return "running-text"


def _line(element: html.HtmlElement, scale: Scale) -> Line | None:
    whole = _box(element, scale)
    if whole is None:
        return None
    angle = numbers(element.get("title", ""), "textangle")
    down = (angle and round(angle[0]) % 180 == 90) or whole.h > 1.5 * whole.w
    direction: Direction = "vertical" if down else "horizontal"
    words = list(_of(element, "ocrx_word")) or [element]
    glyphs: list[Glyph] = []
    for word in words:
        box = _box(word, scale) or whole
        if glyphs:
            glyphs.append(Glyph(" ", _between(glyphs[-1].box, box, direction)))
        glyphs += _word(word, box, direction, scale)
    while glyphs and glyphs[-1].text.isspace():
        glyphs.pop()
    if not glyphs:
        return None
    language = next(
        (a.get("lang") for a in (element, *element.iterancestors()) if a.get("lang")), None
    )
    return Line(tuple(glyphs), direction, language)


def _word(word: html.HtmlElement, box: Box, direction: Direction, scale: Scale) -> Iterator[Glyph]:
    score = numbers(word.get("title", ""), "x_wconf")
    confidence = min(1.0, max(0.0, score[0] / 100)) if score else None
    cells = [c for c in _of(word, "ocrx_cinfo") if c.text]
    boxes = [_box(c, scale, "x_bboxes") for c in cells]
    if cells and all(b is not None and b.w > 1 and b.h > 1 for b in boxes):
        for cell, own in zip(cells, boxes, strict=True):
            yield Glyph(cell.text, own or box, confidence)
        return
    characters = clusters("".join((word.text_content() or "").split()))
    for character, part in zip(characters, divide(box, len(characters), direction), strict=True):
        yield Glyph(character, part, confidence)


def _between(before: Box, after: Box, direction: Direction) -> Box:
    """Return the place of the space between two words, at least a pixel."""
    if direction == "vertical":
        return type(before)(before.x, before.bottom, before.w, max(1, after.y - before.bottom))
    return type(before)(before.right, before.y, max(1, after.x - before.right), before.h)


def _box(element: html.HtmlElement, scale: Scale, name: str = "bbox") -> Box | None:
    found = numbers(element.get("title", ""), name)
    if len(found) != 4:
        return None
    return scale.box(found[0], found[1], found[2] - found[0], found[3] - found[1])
