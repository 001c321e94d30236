"""Page images of every accepted kind: looked at by content, opened upright and in sRGB.

JPEG, PNG, TIFF (many pages, 1 to 16 bits, CMYK, BigTIFF), JPEG 2000, GIF and WebP (still), PDF.
"""

from __future__ import annotations

import mmap
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from storage.images.errors import DecodeError
from storage.images.headers import Header, media_type, read_gif, read_jpeg, read_png, read_webp
from storage.images.sandbox import MEMORY, run_limited
from storage.images.tiff import read_tiff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyvips

MAX_PIXELS = 1_500_000_000
_PDF_SECONDS = 300.0
_SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png",),
    "image/tiff": (".tif", ".tiff", ".btf", ".tf8"),
    "image/jp2": (".jp2", ".j2k", ".jpf", ".jpx", ".j2c", ".jph", ".jhc"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
}
_STILL: dict[str, Callable[[BinaryIO], Header]] = {
    "image/jpeg": read_jpeg,
    "image/png": read_png,
    "image/gif": read_gif,
    "image/webp": read_webp,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One page: ``width`` × ``height`` are upright pixels (EXIF orientation applied).

    ``index`` counts from 0 in a many-page file and is None for the only page of a file.
    """

    index: int | None
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file's headers say; ``refusal`` says why there are no frames.

    ``notes`` are codes of what is worth a warning.
    """

    media_type: str
    frames: tuple[Frame, ...]
    notes: tuple[str, ...] = ()
    refusal: DecodeError | None = None


def inspect(path: Path, max_pixels: int = MAX_PIXELS) -> Inspection:
    """Look at a file's headers; nothing is decoded. Raises OSError when it cannot be opened.

    ``max_pixels`` is the limit on width × height of each page; sides and ratios have none.
    """
    kind = ""
    notes: list[str] = []
    try:
        with path.open("rb") as stream:
            kind = media_type(stream.read(1024))
            if path.suffix.lower() not in _SUFFIXES[kind]:
                notes.append("image-suffix")
            sizes, found = _sizes(path, stream, kind)
        notes += found
        _limit(sizes, max_pixels)
    except DecodeError as error:
        return Inspection(kind, (), tuple(notes), error)
    many = len(sizes) > 1
    frames = tuple(Frame(n if many else None, w, h) for n, (w, h) in enumerate(sizes))
    return Inspection(kind, frames, tuple(notes))


def is_many_page(path: Path) -> bool:
    """Tell whether a file holds more than one page; False for what cannot be read."""
    try:
        return len(inspect(path).frames) > 1
    except OSError:
        return False


def _sizes(path: Path, stream: BinaryIO, kind: str) -> tuple[list[tuple[int, int]], list[str]]:
    """Return the upright size of each page and the codes of what is worth a warning."""
    if kind == "application/pdf":
        from storage.images.pdf import pdf_sizes

        # The one kind whose pages only a C library finds.
        sizes, reduced = run_limited(pdf_sizes, (path,), MEMORY, _PDF_SECONDS)
        return [(w, h) for w, h in sizes], ["pdf-reduced"] if reduced else []
    if kind == "image/tiff":
        pages = read_tiff(stream, path.stat().st_size)
        notes = ["tiff-layered"] if any(p.layered for p in pages) else []
        return [p.header.upright for p in pages], notes
    if kind == "image/jp2":
        from storage.images.jp2 import read_jp2

        return [read_jp2(stream, path.stat().st_size).header.upright], []
    return [_STILL[kind](stream).upright], []


def _limit(sizes: list[tuple[int, int]], max_pixels: int) -> None:
    for width, height in sizes:
        if width * height > max_pixels:
            raise DecodeError("image-too-large", width=width, height=height, limit=max_pixels)


def open_frame(path: Path, frame: int | None) -> pyvips.Image:
    """Return a page upright in sRGB, 8 bits, 1 band (grey) or 3; rows are made as they are read.

    Decoding is strict: what is cut off or corrupt raises ``pyvips.Error`` when its rows are read
    (``storage.images.derive`` turns that into a DecodeError). Raises DecodeError for what fails at
    once.
    """
    import pyvips

    with path.open("rb") as stream:
        kind = media_type(stream.read(1024))
        if kind == "application/pdf":
            from storage.images.pdf import render_pdf

            pixels = render_pdf(path, frame or 0)
            return pyvips.Image.new_from_array(pixels)
        if kind == "image/jp2":
            from storage.images.colour import from_pillow
            from storage.images.jp2 import open_jp2

            return from_pillow(open_jp2(path))
        options = {}
        if kind == "image/tiff":
            pages = read_tiff(stream, path.stat().st_size)
            if (frame or 0) >= len(pages):
                raise DecodeError("image-header-damaged", reason=f"no page {frame}")
            page = pages[frame or 0]
            header, options = page.header, {"page": page.directory}
        else:
            header = _STILL[kind](stream)
    return _open_with_vips(path, kind, header, options)


def _open_with_vips(path: Path, kind: str, header: Header, options: dict[str, int]) -> pyvips.Image:
    import pyvips

    from storage.images.colour import to_srgb

    # The named loaders: ``new_from_file`` would read options out of a name such as "a[page=2].tif".
    # Turning needs all pixels at once; vips then decodes into a temporary file, not memory.
    turned = {"access": "random" if header.orientation > 2 else "sequential"}
    name = str(path)
    try:
        if kind == "image/jpeg":
            _check_jpeg(path)
            image = pyvips.Image.jpegload(name, fail_on="truncated", unlimited=True, **turned)
        elif kind == "image/png":
            image = pyvips.Image.pngload(name, fail_on="warning", unlimited=True, **turned)
        elif kind == "image/tiff":
            image = pyvips.Image.tiffload(
                name, fail_on="error", unlimited=True, **options, **turned
            )
        elif kind == "image/gif":
            image = pyvips.Image.gifload(name, fail_on="error", **turned)
        else:
            image = pyvips.Image.webpload(name, fail_on="error", **turned)
        if header.orientation > 1:
            image = image.copy()
            image.set_type(pyvips.GValue.gint_type, "orientation", header.orientation)
            image = image.autorot()
        return to_srgb(image)
    except pyvips.Error as error:
        raise vips_failure(error) from error


def _check_jpeg(path: Path) -> None:
    """Read a JPEG through to its end at an eighth of its size, and believe every warning.

    libvips does not look at what is left over when all rows are there, which is how most corrupt
    files show. Raises DecodeError.
    """
    import simplejpeg

    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        try:
            space = simplejpeg.decode_jpeg_header(raw)[2]
            wanted = {"Gray": "GRAY", "CMYK": "CMYK", "YCCK": "CMYK"}.get(space, "RGB")
            simplejpeg.decode_jpeg(raw, wanted, min_height=1, min_width=1, strict=True)
        except ValueError as error:
            reason = str(error)
            if "premature end" in reason.lower():
                raise DecodeError("image-truncated") from error
            if "unknown JFIF revision" not in reason and not _is_padding(raw, reason):
                raise DecodeError("image-corrupt", reason=reason) from error


def _is_padding(raw: mmap.mmap, reason: str) -> bool:
    """Tell whether "N extraneous bytes before marker 0xd9" are zeros put there by a camera."""
    found = re.search(r"(\d+) extraneous bytes before marker 0xd9", reason)
    end = raw.rfind(b"\xff\xd9")
    return found is not None and not any(raw[max(0, end - int(found[1])) : end])


def vips_failure(error: Exception) -> DecodeError:
    """Return the DecodeError that says what libvips said."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = "; ".join(dict.fromkeys(lines[-3:])) or type(error).__name__
    text = reason.lower()
    if "out of memory" in text:
        return DecodeError("decoder-memory")
    if "premature end" in text or "truncated" in text or "end of file" in text:
        return DecodeError("image-truncated")
    return DecodeError("image-corrupt", reason=reason[:300])
