"""PAGE XML in (PRImA, 2013 to 2019): text with polygons, as transcription tools give it.

Regions come in ReadingOrder, else in document order; a line's text is divided along it unless
glyphs are given. Coordinates are pixels of an image of Page/@imageWidth × @imageHeight.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from repository.formats.alto_read import Scale, clusters, divide, number, parse_xml
from repository.formats.errors import UnreadableTextError
from repository.text import Block, Glyph, Line, PageText

if TYPE_CHECKING:
    from lxml import etree

    from repository.text import BlockKind, Box, Direction

# PAGE's TextRegion/@type.
_KINDS: dict[str, BlockKind] = {
    "header": "header",
    "footer": "footer",
    "page-number": "page-number",
    "caption": "caption",
    "marginalia": "note",
    "footnote": "note",
}
_DOWN = ("top-to-bottom", "bottom-to-top")


def read_page_xml(data: bytes, size: tuple[int, int] | None = None) -> PageText:
    """Return the text of a PAGE XML file, boxes in pixels of ``size``.

    Raises UnreadableTextError.
    """
    root = parse_xml(data)
    page = next(root.iter("{*}Page"), None)
    width = number(page, "imageWidth") if page is not None else None
    height = number(page, "imageHeight") if page is not None else None
    if page is None or not width or not height or width <= 0 or height <= 0:
        raise UnreadableTextError("no Page with imageWidth and imageHeight")
    whole = size or (round(width), round(height))
    scale = Scale(whole[0] / width, whole[1] / height, *whole)
    blocks = tuple(b for region in _regions(page) if (b := _block(region, scale)) is not None)
    lines = [line for b in blocks for line in b.lines]
    down = sum(line.direction == "vertical" for line in lines)
    direction: Direction = "vertical" if 2 * down > len(lines) else "horizontal"
    step = {"category": "contentGeneration", "description": "PAGE XML of another program"}
    return PageText(whole[0], whole[1], blocks, direction, (), (step,))


def _regions(page: etree._Element) -> list[etree._Element]:
    """Return the regions that hold lines, in reading order."""
    regions = [r for r in page.iter("{*}TextRegion") if r.find("{*}TextLine") is not None]
    order = page.find("{*}ReadingOrder")
    if order is None:
        return regions
    references = [
        r
        for r in order.iter("{*}RegionRefIndexed", "{*}RegionRef")
        if r.get("regionRef") is not None
    ]
    places = {str(r.get("regionRef")): n for n, r in enumerate(_by_index(references))}
    last = len(places)
    return sorted(regions, key=lambda r: places.get(str(r.get("id")), last))


def _by_index(references: list[etree._Element]) -> list[etree._Element]:
    """Order the references of one group by @index; groups stay as they come."""
    # By the elements, never by their id(): lxml makes an element anew when nobody holds it.
    groups = {r.getparent(): n for n, r in enumerate(references)}
    return sorted(references, key=lambda r: (groups[r.getparent()], number(r, "index") or 0.0))


def _block(region: etree._Element, scale: Scale) -> Block | None:
    lines = [
        line for element in region.findall("{*}TextLine") if (line := _line(element, region, scale))
    ]
    if not lines:
        return None
    return Block(tuple(lines), _KINDS.get(region.get("type", ""), "running-text"))


def _line(element: etree._Element, region: etree._Element, scale: Scale) -> Line | None:
    box = _box(element, scale)
    if box is None:
        return None
    named = element.get("readingDirection") or region.get("readingDirection")
    down = named in _DOWN if named else box.h > 1.5 * box.w
    direction: Direction = "vertical" if down else "horizontal"
    given = list(element.iter("{*}Glyph"))
    glyphs = [Glyph(text, own) for g in given if (text := _text(g)) and (own := _box(g, scale))]
    text = _text(element)
    if not glyphs or (text and "".join(g.text for g in glyphs) != "".join(text.split())):
        characters = clusters(text)
        boxes = divide(box, len(characters), direction)
        glyphs = [Glyph(c, b) for c, b in zip(characters, boxes, strict=True)]
    language = {"Chinese": "zh-Hant", "Japanese": "ja", "English": "en"}.get(
        element.get("primaryLanguage") or region.get("primaryLanguage") or ""
    )
    return Line(tuple(glyphs), direction, language) if glyphs else None


def _text(element: etree._Element) -> str:
    """Return the element's own text: the TextEquiv of the lowest @index."""
    found = sorted(element.findall("{*}TextEquiv"), key=lambda e: number(e, "index") or 0.0)
    unicode = found[0].find("{*}Unicode") if found else None
    return (unicode.text or "").strip() if unicode is not None else ""


def _box(element: etree._Element, scale: Scale) -> Box | None:
    """Return the upright box of Coords/@points."""
    coords = element.find("{*}Coords")
    points = coords.get("points", "") if coords is not None else ""
    try:
        pairs = [[float(n) for n in point.split(",")] for point in points.split()]
        xs, ys = [p[0] for p in pairs], [p[1] for p in pairs]
    except (ValueError, IndexError):
        return None
    if not xs or not all(map(math.isfinite, (*xs, *ys))):
        return None
    return scale.box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
