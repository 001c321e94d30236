"""A searchable PDF: each page's image with its text invisibly over it (ISO 32000-1).

Text is drawn in rendering mode 3 with an empty Type 3 font and a ToUnicode table, so that no font
is embedded and every character copies as itself. A vertical line is a line of text turned a quarter
clockwise: readers then take its columns from right to left.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from storage.images.errors import DecodeError
from storage.images.headers import read_jpeg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from repository.text import Glyph, Line, PageText

# Points per pixel of a 300 ppi scan. PDF pages may be 14,400 points long.
_POINTS = 72 / 300
_MOST_POINTS = 14_400
_JPEG = b"\xff\xd8"
_CODES = 255  # of a simple font, without 0


@dataclass(frozen=True, slots=True)
class PageImage:
    """A JPEG of a page; any size, the page's whole area."""

    jpeg: bytes


def write_pdf(pages: Iterable[tuple[PageImage, PageText]], out: BinaryIO, title: str = "") -> None:
    """Write the pages to ``out`` one by one; memory holds one page at a time.

    The page is ``PageText.width`` × ``height`` pixels at 300 ppi. Raises ValueError for an image
    that is no grey or RGB JPEG, or when there is no page.
    """
    writer = _Writer(out)
    catalog, tree, fonts = writer.reserve(), writer.reserve(), writer.reserve()
    alphabet = _Alphabet()
    leaves = [_write_page(writer, image, text, alphabet, (tree, fonts)) for image, text in pages]
    if not leaves:
        raise ValueError("a PDF needs a page")
    kids = " ".join(f"{n} 0 R" for n in leaves)
    writer.put(tree, f"<< /Type /Pages /Count {len(leaves)} /Kids [{kids}] >>".encode())
    _write_fonts(writer, fonts, alphabet)
    writer.put(catalog, f"<< /Type /Catalog /Pages {tree} 0 R >>".encode())
    info = writer.reserve()
    named = b"\xfe\xff" + title.encode("utf-16-be", "replace")
    writer.put(info, b"<< /Title <" + named.hex().encode() + b"> /Producer (Takao) >>")
    writer.end(catalog, info)


class _Writer:
    """Numbered objects, the table of where they lie, the trailer."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._at = 0
        self._places: list[int] = []
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def _write(self, content: bytes) -> None:
        self._out.write(content)
        self._at += len(content)

    def reserve(self) -> int:
        """Return the number of an object to be put later."""
        self._places.append(0)
        return len(self._places)

    def put(self, number: int, body: bytes) -> None:
        """Write an object."""
        self._places[number - 1] = self._at
        self._write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def stream(self, number: int, entries: str, content: bytes, *, packed: bool = False) -> None:
        """Write a stream object; ``packed`` content is written as it is."""
        if not packed:
            content, entries = zlib.compress(content, 6), f"{entries} /Filter /FlateDecode"
        head = f"<< {entries} /Length {len(content)} >>\nstream\n".encode()
        self.put(number, head + content + b"\nendstream")

    def end(self, catalog: int, info: int) -> None:
        """Write the table and the trailer."""
        start = self._at
        rows = "".join(f"{place:010d} 00000 n \n" for place in self._places)
        count = len(self._places) + 1
        self._write(f"xref\n0 {count}\n0000000000 65535 f \n{rows}".encode())
        trailer = f"<< /Size {count} /Root {catalog} 0 R /Info {info} 0 R >>"
        self._write(f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode())


class _Alphabet:
    """Gives each text a font and a code, in the order in which they come."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> tuple[int, int]:
        """Return the number of the font and the code in it."""
        n = self._codes.setdefault(text, len(self._codes))
        return n // _CODES, n % _CODES + 1

    def fonts(self) -> list[list[str]]:
        """Return the texts of each font, by code − 1."""
        texts = list(self._codes)
        return [texts[i : i + _CODES] for i in range(0, len(texts), _CODES)]


def _write_page(
    writer: _Writer, image: PageImage, text: PageText, alphabet: _Alphabet, parents: tuple[int, int]
) -> int:
    page, content, picture = writer.reserve(), writer.reserve(), writer.reserve()
    width, height, colours = jpeg_size(image.jpeg)
    space = "/DeviceGray" if colours == 1 else "/DeviceRGB"
    entries = f"/Type /XObject /Subtype /Image /Width {width} /Height {height}"
    entries += f" /ColorSpace {space} /BitsPerComponent 8 /Filter /DCTDecode"
    writer.stream(picture, entries, image.jpeg, packed=True)
    points = min(_POINTS, _MOST_POINTS / max(text.width, text.height))
    across, down = text.width * points, text.height * points
    drawn = [f"q {across:.3f} 0 0 {down:.3f} 0 0 cm /Im Do Q", "BT 3 Tr"]
    for block in text.blocks:
        for line in block.lines:
            drawn += _draw(line, text.height, points, alphabet)
    drawn.append("ET")
    writer.stream(content, "", "\n".join(drawn).encode())
    tree, fonts = parents
    resources = f"<< /XObject << /Im {picture} 0 R >> /Font {fonts} 0 R >>"
    box = f"[0 0 {across:.3f} {down:.3f}]"
    body = f"<< /Type /Page /Parent {tree} 0 R /MediaBox {box} /Resources {resources}"
    writer.put(page, f"{body} /Contents {content} 0 R >>".encode())
    return page


def _draw(line: Line, height: int, points: float, alphabet: _Alphabet) -> list[str]:
    """Draw a line's characters, each as wide as the way to the next: no gap reads as a space."""
    if not line.glyphs:
        return []
    box = line.box
    down = line.direction == "vertical"
    # On a leaning line the glyphs' own size, in the middle: boxes of neighbours must not overlap.
    sizes = sorted(g.box.w if down else g.box.h for g in line.glyphs)
    thick = max(1, min(sizes[len(sizes) * 3 // 4] * 1.1, box.w if down else box.h))
    start = box.x + (box.w - thick) / 2 if down else box.bottom - (box.h - thick) / 2
    thick *= points
    drawn, font = [], -1
    for glyph, advance in zip(line.glyphs, _advances(line.glyphs, down=down), strict=True):
        along = max(0.01, advance * points)
        if down:
            # x' = y, y' = −x: the baseline is the column's left edge, the reading goes down.
            x, y = start * points, (height - glyph.box.y) * points
            matrix = f"0 {-along:.3f} {thick:.3f} 0 {x:.3f} {y:.3f}"
        else:
            x, y = glyph.box.x * points, (height - start) * points
            matrix = f"{along:.3f} 0 0 {thick:.3f} {x:.3f} {y:.3f}"
        number, code = alphabet.code(glyph.text)
        if number != font:
            drawn.append(f"/F{number} 1 Tf")
            font = number
        drawn.append(f"{matrix} Tm <{code:02x}> Tj")
    return drawn


def _advances(glyphs: Sequence[Glyph], *, down: bool) -> list[int]:
    starts = [g.box.y if down else g.box.x for g in glyphs]
    last = glyphs[-1].box
    ends = [*starts[1:], last.bottom if down else last.right]
    return [max(1, end - start) for start, end in zip(starts, ends, strict=True)]


def _write_fonts(writer: _Writer, number: int, alphabet: _Alphabet) -> None:
    glyph = writer.reserve()
    writer.stream(glyph, "", b"1 0 0 0 1 1 d1")
    names = []
    for n, texts in enumerate(alphabet.fonts()):
        table = writer.reserve()
        writer.stream(table, "", _to_unicode(texts))
        font = writer.reserve()
        names.append(f"/F{n} {font} 0 R")
        codes = " ".join("/e" for _ in texts)
        widths = " ".join("1" for _ in texts)
        body = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0]"
        body += f" /CharProcs << /e {glyph} 0 R >> /Resources << >>"
        body += f" /Encoding << /Type /Encoding /Differences [1 {codes}] >>"
        body += f" /FirstChar 1 /LastChar {len(texts)} /Widths [{widths}]"
        writer.put(font, f"{body} /ToUnicode {table} 0 R >>".encode())
    writer.put(number, f"<< {' '.join(names)} >>".encode())


def _to_unicode(texts: Sequence[str]) -> bytes:
    """Return the CMap from codes to UTF-16BE (ISO 32000-1, 9.10.3), at most 100 rows a section."""
    rows = [
        f"<{code:02x}> <{text.encode('utf-16-be', 'replace').hex()}>"
        for code, text in enumerate(texts, 1)
    ]
    head = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
    head += "/CMapName /Takao def 1 begincodespacerange <01> <ff> endcodespacerange\n"
    sections = [rows[i : i + 100] for i in range(0, len(rows), 100)]
    body = "".join(f"{len(s)} beginbfchar\n" + "\n".join(s) + "\nendbfchar\n" for s in sections)
    return (head + body + "endcmap end end\n").encode()


def jpeg_size(jpeg: bytes) -> tuple[int, int, int]:
    """Return width, height and number of colours of a JPEG, from its frame header.

    Raises ValueError when there is none, or when it is neither grey nor RGB.
    """
    try:
        header = read_jpeg(io.BytesIO(jpeg)) if jpeg.startswith(_JPEG) else None
    except DecodeError:
        header = None
    if header is None or header.colours not in (1, 3):
        raise ValueError("the page image is no grey or RGB JPEG")
    return header.width, header.height, header.colours
