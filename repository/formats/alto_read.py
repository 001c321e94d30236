"""ALTO in: versions 1 to 4, whatever unit and depth, from whatever source (``interfaces`` §4).

The file is hostile until parsed: no DTD, no entities, no network.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from repository.formats.errors import UnreadableTextError
from repository.text import KINDS, Block, Box, Glyph, Line, PageText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repository.text import BlockKind, Direction

# Pixels of a 300 ppi image per unit, used only where the page's own size does not tell.
_PIXELS = {"pixel": 1.0, "mm10": 300 / 254, "inch1200": 0.25}
_MARGINS: dict[str, BlockKind] = {"TopMargin": "header", "BottomMargin": "footer"}


def read_alto(data: bytes, size: tuple[int, int] | None = None) -> PageText:
    """Return the text of the first page of an ALTO file.

    ``size`` is the master's (width, height) in pixels: coordinates in other units, or of a smaller
    copy, are stretched to it. Without it the file's own size counts. Boxes are clipped to the page.
    Document order is reading order unless ReadingOrder says otherwise. Raises UnreadableTextError.
    """
    root = parse_xml(data)
    if _name(root) != "alto":
        raise UnreadableTextError("no alto element")
    page = next(_all(root, "Page"), None)
    if page is None:
        raise UnreadableTextError("no Page")
    scale = _scale(root, page, size)
    reader = _AltoReader(scale, _kinds(root))
    blocks = reader.blocks(_in_reading_order(root, list(_all(page, "TextLine"))))
    lines = [line for b in blocks for line in b.lines]
    down = sum(len(line.glyphs) for line in lines if line.direction == "vertical")
    languages = dict.fromkeys(
        tag for tag in (page.get("LANG"), *(line.language for line in lines)) if tag
    )
    return PageText(
        scale.width,
        scale.height,
        blocks,
        "vertical" if 2 * down > sum(len(line.glyphs) for line in lines) else "horizontal",
        tuple(languages),
        _processing(root),
    )


def parse_xml(data: bytes) -> etree._Element:
    """Return the root element; raises UnreadableTextError for what is damaged or has a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:65536]:
        raise UnreadableTextError("a DTD is not accepted")
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableTextError(str(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableTextError("a DTD is not accepted")
    return root


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (e for e in element.iter(etree.Element) if _name(e) == name)


def number(element: etree._Element, attribute: str) -> float | None:
    """Return an attribute as a finite number, or None."""
    try:
        value = float(element.get(attribute, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Scale:
    """From a file's coordinates to pixels of a page of ``width`` × ``height``."""

    x: float
    y: float
    width: int
    height: int

    def box(self, left: float, top: float, width: float, height: float) -> Box:
        """Return the Box in pixels, inside the page, at least one pixel wide and high."""
        x0, x1 = (min(max(v * self.x, 0.0), self.width) for v in (left, left + width))
        y0, y1 = (min(max(v * self.y, 0.0), self.height) for v in (top, top + height))
        x, y = min(round(x0), self.width - 1), min(round(y0), self.height - 1)
        return Box(x, y, max(1, round(x1) - x), max(1, round(y1) - y))


def _scale(root: etree._Element, page: etree._Element, size: tuple[int, int] | None) -> Scale:
    unit = next((e.text or "" for e in _all(root, "MeasurementUnit")), "pixel").strip().lower()
    width, height = number(page, "WIDTH"), number(page, "HEIGHT")
    ratio = _PIXELS.get(unit, 1.0)
    if size is not None:
        whole = width and height and width > 0 and height > 0
        x, y = (size[0] / width, size[1] / height) if whole else (ratio, ratio)  # type: ignore[operator]
        return Scale(x, y, *size)
    if not width or not height or width <= 0 or height <= 0:
        width, height = _extent(page)
    return Scale(ratio, ratio, max(1, round(width * ratio)), max(1, round(height * ratio)))


def _extent(page: etree._Element) -> tuple[float, float]:
    """Return how far the content reaches, where the page does not say its size."""
    width = height = 1.0
    for element in page.iter(etree.Element):
        left, top = number(element, "HPOS") or 0.0, number(element, "VPOS") or 0.0
        width = max(width, left + (number(element, "WIDTH") or 0.0))
        height = max(height, top + (number(element, "HEIGHT") or 0.0))
    return width, height


def _kinds(root: etree._Element) -> dict[str, BlockKind]:
    """Return the kind that each tag's id stands for."""
    kinds: dict[str, BlockKind] = {}
    for name in ("LayoutTag", "StructureTag", "OtherTag"):
        for tag in _all(root, name):
            label = "-".join((tag.get("LABEL") or "").lower().replace("_", " ").split())
            if label in KINDS:
                kinds[tag.get("ID", "")] = KINDS[KINDS.index(label)]
    return kinds


def _in_reading_order(root: etree._Element, lines: list[etree._Element]) -> list[etree._Element]:
    """Put the lines named by ReadingOrder (themselves or by a block) first, in its order."""
    order = next(_all(root, "ReadingOrder"), None)
    if order is None:
        return lines
    by_id: dict[str, list[etree._Element]] = {}
    for line in lines:
        for element in (line, *line, *line.iterancestors()):
            by_id.setdefault(element.get("ID", ""), []).append(line)
    found: dict[etree._Element, None] = {}
    for reference in _all(order, "ElementRef"):
        for name in reference.get("REF", "").split():
            found |= dict.fromkeys(by_id.get(name, []))
    return [*found, *(line for line in lines if line not in found)]


class _AltoReader:
    def __init__(self, scale: Scale, kinds: dict[str, BlockKind]) -> None:
        self._scale = scale
        self._kinds = kinds

    def blocks(self, lines: list[etree._Element]) -> tuple[Block, ...]:
        """Make a Block of each run of lines that stand in one TextBlock and are of one kind."""
        runs: list[tuple[etree._Element | None, BlockKind, list[Line]]] = []
        for element in lines:
            line = self._line(element)
            if line is None:
                continue
            parent, kind = element.getparent(), self._kind(element)
            if not runs or runs[-1][0] is not parent or runs[-1][1] != kind:
                runs.append((parent, kind, []))
            runs[-1][2].append(line)
        return tuple(Block(tuple(lines), kind) for _, kind, lines in runs)

    def _kind(self, line: etree._Element) -> BlockKind:
        for element in (line, *line.iterancestors()):
            for tag in element.get("TAGREFS", "").split():
                if tag in self._kinds:
                    return self._kinds[tag]
            if _name(element) in _MARGINS:
                return _MARGINS[_name(element)]
        return "running-text"

    def _line(self, element: etree._Element) -> Line | None:
        direction = self._direction(element)
        glyphs: list[Glyph] = []
        for child in element:
            name = _name(child)
            if name == "String":
                glyphs += self._string(child, direction)
            elif name == "SP" and glyphs:
                glyphs.append(Glyph(" ", self._box(child, glyphs[-1].box)))
            elif name == "HYP":
                glyphs += self._divided(child, direction, glyphs[-1].box if glyphs else None)
        while glyphs and glyphs[-1].text.isspace():
            glyphs.pop()
        if not glyphs:
            return None
        language = element.get("LANG") or next(
            (a.get("LANG") or a.get("language") for a in element.iterancestors("{*}TextBlock")),
            None,
        )
        return Line(tuple(glyphs), direction, language)

    def _direction(self, line: etree._Element) -> Direction:
        for element in (line, *line.iterancestors()):
            base = element.get("BASEDIRECTION")
            if base:
                return "vertical" if base in ("ttb", "btt") else "horizontal"
        width, height = number(line, "WIDTH"), number(line, "HEIGHT")
        if not width or not height:
            whole = [self._box(s, None) for s in _all(line, "String") if number(s, "WIDTH")]
            if not whole:
                return "horizontal"
            box = whole[0]
            for other in whole[1:]:
                box = box.union(other)
            width, height = box.w, box.h
        return "vertical" if height > width else "horizontal"

    def _box(self, element: etree._Element, default: Box | None) -> Box:
        values = [number(element, name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
        left, top, width, height = values
        if left is None or top is None:
            return default or Box(0, 0, 1, 1)
        if height is None and default is not None:  # SP has no HEIGHT before 2.1
            return self._scale.box(
                left, default.y / self._scale.y, width or 0.0, default.h / self._scale.y
            )
        return self._scale.box(left, top, width or 0.0, height or 0.0)

    def _string(self, string: etree._Element, direction: Direction) -> list[Glyph]:
        """Return the characters of a String: its Glyphs where they spell it, else its parts."""
        found: list[Glyph] = []
        for element in _all(string, "Glyph"):
            text, score = element.get("CONTENT", ""), number(element, "GC")
            if text and unicodedata.combining(text[0]) and found:
                last = found[-1]
                found[-1] = Glyph(
                    unicodedata.normalize("NFC", last.text + text), last.box, last.score
                )
            elif text:
                found.append(Glyph(text, self._box(element, None), _score(score)))
        if "".join(g.text for g in found) == unicodedata.normalize(
            "NFC", string.get("CONTENT", "")
        ):
            return found
        return self._divided(string, direction, None)

    def _divided(
        self, string: etree._Element, direction: Direction, default: Box | None
    ) -> list[Glyph]:
        """Divide a String without Glyphs evenly along its line."""
        characters = clusters(string.get("CONTENT", ""))
        score = _score(number(string, "WC"))
        boxes = divide(self._box(string, default), len(characters), direction)
        return [Glyph(c, b, score) for c, b in zip(characters, boxes, strict=True)]


def _score(value: float | None) -> float | None:
    return None if value is None else min(1.0, max(0.0, value))


def clusters(text: str) -> list[str]:
    """Return the NFC characters of ``text``, each with its combining marks."""
    found: list[str] = []
    for character in unicodedata.normalize("NFC", text):
        if unicodedata.combining(character) and found:
            found[-1] += character
        else:
            found.append(character)
    return found


def divide(box: Box, parts: int, direction: Direction) -> list[Box]:
    """Cut a box into equal parts along the direction, without gaps."""
    if not parts:
        return []
    if direction == "vertical":
        edges = [box.y + round(box.h * i / parts) for i in range(parts + 1)]
        pairs = itertools.pairwise(edges)
        return [Box(box.x, a, box.w, max(1, b - a)) for a, b in pairs]
    edges = [box.x + round(box.w * i / parts) for i in range(parts + 1)]
    return [Box(a, box.y, max(1, b - a), box.h) for a, b in itertools.pairwise(edges)]


def _processing(root: etree._Element) -> tuple[dict[str, str], ...]:
    steps = []
    for element in _all(root, "Processing"):
        names = {
            "processingCategory": "category",
            "processingStepDescription": "description",
            "processingStepSettings": "settings",
        }
        step = {key: e.text for e in element if (key := names.get(_name(e))) and e.text}
        software = [e.text for e in element.iter("{*}softwareName", "{*}softwareVersion") if e.text]
        if software:
            step["software"] = " ".join(software)
        steps.append(step)
    return tuple(steps)
