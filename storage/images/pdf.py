"""PDF pages as images, through PDFium.

A scanned page is rendered at the resolution of its scan, so its pixels are the scan's; a
born-digital one at 300 ppi. Points are 1/72 inch.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.images.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from pypdfium2 import PdfDocument, PdfPage

DEFAULT_PPI = 300
MAX_PPI = 1200
# A page is rendered in one piece of 4 bytes a pixel.
MAX_RENDERED = 150_000_000
_COVERS = 0.5


@dataclass(frozen=True, slots=True)
class PdfFrame:
    """A page's size in pixels; ``reduced`` when it had to be rendered smaller than its scan."""

    width: int
    height: int
    reduced: bool = False


def pdf_sizes(path: Path) -> tuple[list[tuple[int, int]], bool]:
    """Return the size at which each page is rendered, and whether one had to be made smaller.

    Raises DecodeError.
    """
    with _document(path) as document:
        frames = []
        for number in range(len(document)):
            page = _page(document, number)
            frames.append(_frame(page))
            page.close()
        if not frames:
            raise DecodeError("pdf-damaged", reason="no pages")
        return [(f.width, f.height) for f in frames], any(f.reduced for f in frames)


def render_pdf(path: Path, frame: int) -> NDArray[np.uint8]:
    """Return a page as height × width × 3 (sRGB) or × 1 (when nothing on it has a colour)."""
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfBitmap

    with _document(path) as document:
        page = _page(document, frame)
        size = _frame(page)
        bitmap = PdfBitmap.new_native(
            size.width, size.height, pdfium.FPDFBitmap_BGRx, rev_byteorder=True
        )
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, size.width, size.height)
        flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, size.width, size.height, 0, flags)
        pixels: NDArray[np.uint8] = bitmap.to_numpy()
        return np.ascontiguousarray(pixels[:, :, : 1 if _is_grey(pixels) else 3])


def _is_grey(pixels: NDArray[np.uint8]) -> bool:
    for start in range(0, len(pixels), 512):
        part = pixels[start : start + 512]
        if (part[:, :, 0] != part[:, :, 1]).any() or (part[:, :, 1] != part[:, :, 2]).any():
            return False
    return True


@contextmanager
def _document(path: Path) -> Iterator[PdfDocument]:
    import pypdfium2.raw as pdfium
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        document = PdfDocument(path)
    except PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise DecodeError("pdf-encrypted") from error
        raise DecodeError("pdf-damaged", reason=str(error)) from error
    try:
        yield document
    finally:
        document.close()


def _page(document: PdfDocument, number: int) -> PdfPage:
    from pypdfium2 import PdfiumError

    try:
        return document[number]
    except (PdfiumError, IndexError) as error:
        raise DecodeError("pdf-damaged", reason=f"page {number + 1}: {error}") from error


def _frame(page: PdfPage) -> PdfFrame:
    across, down = page.get_size()
    if across <= 0 or down <= 0:
        raise DecodeError("pdf-damaged", reason="a page without size")
    wanted = _scan_size(page)
    if wanted is None:
        wanted = round(across * DEFAULT_PPI / 72), round(down * DEFAULT_PPI / 72)
    pixels = wanted[0] * wanted[1]
    if pixels <= MAX_RENDERED:
        return PdfFrame(max(1, wanted[0]), max(1, wanted[1]))
    shrink = math.sqrt(MAX_RENDERED / pixels)
    return PdfFrame(max(1, int(wanted[0] * shrink)), max(1, int(wanted[1] * shrink)), reduced=True)


def _scan_size(page: PdfPage) -> tuple[int, int] | None:
    """Return the page's size in the pixels of its sharpest page-wide image, or None."""
    import pypdfium2.raw as pdfium

    across, down = page.get_size()
    best: float | None = None
    exact: tuple[int, int] | None = None
    drawn = False
    for item in page.get_objects(max_depth=3):
        if item.type == pdfium.FPDF_PAGEOBJ_TEXT:
            drawn = drawn or pdfium.FPDFTextObj_GetTextRenderMode(item) not in (
                pdfium.FPDF_TEXTRENDERMODE_INVISIBLE,
                pdfium.FPDF_TEXTRENDERMODE_CLIP,
            )
        elif item.type in (pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_SHADING):
            drawn = True
        elif item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            scale, size, covers = _image_scale(item, (across, down), page.get_rotation())
            if covers >= _COVERS and (best is None or scale > best):
                best, exact = scale, size
    if best is None or (drawn and best < DEFAULT_PPI / 72):
        return None
    best = min(best, MAX_PPI / 72)
    rounded = round(across * best), round(down * best)
    if exact and all(abs(a - b) <= 2 for a, b in zip(exact, rounded, strict=True)):
        return exact
    return rounded


def _image_scale(
    item: object, page: tuple[float, float], rotation: int
) -> tuple[float, tuple[int, int], float]:
    """Return pixels per point, the size in the page's orientation, and the share covered."""
    width, height = item.get_px_size()  # type: ignore[attr-defined]  # a PdfImage
    matrix = item.get_matrix()  # type: ignore[attr-defined]
    area = abs(matrix.a * matrix.d - matrix.b * matrix.c)
    if area <= 0 or not width or not height:
        return 0.0, (width, height), 0.0
    sideways = (abs(matrix.b) > abs(matrix.a)) != (rotation in (90, 270))
    size = (height, width) if sideways else (width, height)
    return math.sqrt(width * height / area), size, area / (page[0] * page[1])
