"""ALTO 4.4 out: a page's text with a Glyph for every character (http://www.loc.gov/standards/alto).

``read_alto`` stands in ``repository.formats.alto_read``; both are offered here.
"""

from __future__ import annotations

import unicodedata
from itertools import count
from typing import TYPE_CHECKING

from lxml import etree

from repository.formats.alto_read import read_alto

if TYPE_CHECKING:
    from collections.abc import Iterator

    from repository.text import Block, Box, Glyph, Line, PageText

__all__ = ["NAMESPACE", "read_alto", "write_alto"]

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA = f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_PREFIXES: dict[str | None, str] = {None: NAMESPACE, "xsi": _XSI}
_NOTHING = {"Cc", "Cs", "Cn"}


def write_alto(text: PageText, *, page: str, file_name: str, number: int = 1) -> bytes:
    """Return ``text`` as ALTO 4.4 in UTF-8; boxes in pixels of the master, origin top-left.

    ``page`` is the page's id, ``file_name`` the image's, ``number`` its place in the Work.
    Characters that XML cannot hold are left out; marks without a composed form become a Glyph of
    their own with the box of their base.
    """
    # The default namespace has the prefix None, which lxml's stubs do not know.
    root = etree.Element(f"{{{NAMESPACE}}}alto", nsmap=_PREFIXES)  # type: ignore[arg-type]
    root.set("SCHEMAVERSION", "4.4")
    root.set(f"{{{_XSI}}}schemaLocation", _SCHEMA)
    steps = _description(root, text, file_name, page)
    kinds = sorted({b.kind for b in text.blocks} - {"running-text"})
    if kinds:
        tags = _add(root, "Tags")
        for kind in kinds:
            _add(tags, "LayoutTag", ID=f"tag-{kind}", LABEL=kind)
    attributes = {"ID": f"page-{page}", "PHYSICAL_IMG_NR": str(number)}
    attributes |= {"WIDTH": str(text.width), "HEIGHT": str(text.height)}
    if text.languages:
        attributes["LANG"] = text.languages[0]
    if text.languages[1:]:
        attributes["OTHERLANGS"] = " ".join(text.languages[1:])
    if steps:
        attributes["PROCESSINGREFS"] = " ".join(steps)
    leaf = _add(_add(root, "Layout"), "Page", **attributes)
    size = {"WIDTH": str(text.width), "HEIGHT": str(text.height)}
    space = _add(leaf, "PrintSpace", HPOS="0", VPOS="0", **size)
    numbers = count(1)
    for n, block in enumerate(text.blocks, 1):
        _block(space, block, n, numbers)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _description(root: etree._Element, text: PageText, file_name: str, page: str) -> list[str]:
    description = _add(root, "Description")
    _add(description, "MeasurementUnit").text = "pixel"
    source = _add(description, "sourceImageInformation")
    _add(source, "fileName").text = _writable(file_name)
    _add(source, "fileIdentifier").text = page
    steps = []
    for n, step in enumerate(text.processing, 1):
        steps.append(f"processing-{n}")
        processing = _add(description, "Processing", ID=steps[-1])
        for name, key in (
            ("processingCategory", "category"),
            ("processingStepDescription", "description"),
            ("processingStepSettings", "settings"),
        ):
            if step.get(key):
                _add(processing, name).text = _writable(step[key])
        if step.get("software"):
            name, _, version = step["software"].partition(" ")
            software = _add(processing, "processingSoftware")
            _add(software, "softwareName").text = _writable(name)
            if version:
                _add(software, "softwareVersion").text = _writable(version)
    return steps


def _block(space: etree._Element, block: Block, n: int, numbers: count[int]) -> None:
    lines = [line for line in block.lines if any(_characters(g) for g in line.glyphs)]
    if not lines:
        return
    whole = lines[0].box
    for line in lines[1:]:
        whole = whole.union(line.box)
    element = _add(space, "TextBlock", ID=f"block-{n}", **_position(whole))
    if block.kind != "running-text":
        element.set("TAGREFS", f"tag-{block.kind}")
    for line in lines:
        _line(element, line, next(numbers))


def _line(block: etree._Element, line: Line, n: int) -> None:
    element = _add(block, "TextLine", ID=f"line-{n}", **_position(line.box))
    if line.language:
        element.set("LANG", line.language)
    element.set("BASEDIRECTION", "ttb" if line.direction == "vertical" else "ltr")
    pending: Box | None = None
    for word in _words(line):
        if word[0].text.isspace():
            pending = word[0].box
            continue
        if pending is not None and len(element):
            _add(element, "SP", **_position(pending))
        pending = None
        _string(element, word)


def _words(line: Line) -> Iterator[list[Glyph]]:
    """Divide at white space, which comes alone."""
    word: list[Glyph] = []
    for glyph in line.glyphs:
        if glyph.text.isspace():
            if word:
                yield word
            yield [glyph]
            word = []
        elif _characters(glyph):
            word.append(glyph)
    if word:
        yield word


def _string(line: etree._Element, word: list[Glyph]) -> None:
    box = word[0].box
    for glyph in word[1:]:
        box = box.union(glyph.box)
    content = "".join(_characters(g) for g in word)
    string = _add(line, "String", CONTENT=content, **_position(box))
    scores = [g.score for g in word if g.score is not None]
    if scores:
        string.set("WC", f"{sum(scores) / len(scores):.3f}")
    for glyph in word:
        for character in _characters(glyph):
            element = _add(string, "Glyph", CONTENT=character, **_position(glyph.box))
            if glyph.score is not None:
                element.set("GC", f"{glyph.score:.3f}")


def _characters(glyph: Glyph) -> str:
    """Return the glyph's code points, composed (Glyph/@CONTENT holds exactly one)."""
    return _writable(unicodedata.normalize("NFC", glyph.text))


def _writable(text: str) -> str:
    """Leave out what XML 1.0 cannot hold: controls, half surrogates, non-characters."""
    return "".join(
        c
        for c in text
        if (c in "\t\n\r" or unicodedata.category(c) not in _NOTHING or ord(c) > 0x10000)
        and ord(c) not in (0xFFFE, 0xFFFF)
    )


def _position(box: Box) -> dict[str, str]:
    return {"HPOS": str(box.x), "VPOS": str(box.y), "WIDTH": str(box.w), "HEIGHT": str(box.h)}


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
