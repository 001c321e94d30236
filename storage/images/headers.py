"""What an image file's own header says, read in Python: nothing is decoded, no C library is run.

A header is hostile input: each length is checked before it is believed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO

from storage.images.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CHUNKS = 1_000_000
_EXIF_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """Stored pixels of one image; ``orientation`` is EXIF's 1 to 8.

    ``colours`` is the number of components of a JPEG's frame, 0 for other formats.
    """

    width: int
    height: int
    orientation: int = 1
    colours: int = 0

    @property
    def upright(self) -> tuple[int, int]:
        """Return (width, height) as shown upright."""
        if self.orientation >= 5:
            return self.height, self.width
        return self.width, self.height


SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"II+\0", "image/tiff"),
    (0, b"MM\0+", "image/tiff"),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "image/jp2"),
    (0, b"\xff\x4f\xff\x51", "image/jp2"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"%PDF-", "application/pdf"),
)
REFUSED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS", "Photoshop (PSD)"),
    (0, b"BM", "BMP"),
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (0, b"AT&TFORM", "DjVu"),
    (0, b"<svg", "SVG"),
    (0, b"PK\x03\x04", "ZIP"),
)


def media_type(head: bytes) -> str:
    """Return the type of the content that begins with ``head`` (1 KiB is enough).

    Raises DecodeError for what is no image that Takao takes.
    """
    if not head:
        raise DecodeError("image-empty")
    for offset, signature, name in SIGNATURES:
        if head[offset:].startswith(signature):
            return name
    if b"%PDF-" in head:  # readers accept it anywhere in the first kilobyte
        return "application/pdf"
    for offset, signature, name in REFUSED:
        if head[offset:].startswith(signature):
            raise DecodeError("image-unsupported", format=name)
    raise DecodeError("image-not-recognised")


def read_jpeg(stream: BinaryIO) -> Header:
    """Return a JPEG file's header. Raises DecodeError."""
    stream.seek(2)
    orientation = 1
    for _ in range(_MAX_CHUNKS):
        marker = _marker(stream)
        if marker in {0x01, *range(0xD0, 0xD9)}:
            continue
        if marker in (0xD9, 0xDA):
            break
        (length,) = struct.unpack(">H", _exactly(stream, 2))
        if length < 2:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, colours = struct.unpack(">xHHB", _exactly(stream, 6))
            return replace(_sized(width, height, orientation), colours=colours)
        if marker == 0xE1:
            body = _exactly(stream, length - 2)
            if body.startswith(b"Exif\0\0"):
                orientation = exif_orientation(body[6:])
        else:
            stream.seek(length - 2, 1)
    raise DecodeError("image-header-damaged", reason="JPEG: no frame header")


def _marker(stream: BinaryIO) -> int:
    byte = _exactly(stream, 1)
    while byte != b"\xff":  # stray bytes between segments: every decoder skips them
        byte = _exactly(stream, 1)
    while byte == b"\xff":
        byte = _exactly(stream, 1)
    return byte[0]


def read_png(stream: BinaryIO) -> Header:
    """Return a PNG file's header. Raises DecodeError, also for an animation."""
    stream.seek(8)
    size: tuple[int, int] | None = None
    orientation, ended = 1, False
    for kind, length in _chunks(stream, ">I4s", 4):
        if kind == b"IHDR":
            size = struct.unpack(">II", _exactly(stream, 8))
        elif kind == b"acTL":
            raise DecodeError("image-animated")
        elif kind == b"eXIf" and length <= _EXIF_LIMIT:
            orientation = exif_orientation(_exactly(stream, length))
        elif kind == b"IEND":
            ended = True
            break
    if size is None:
        raise DecodeError("image-header-damaged", reason="PNG: no IHDR")
    if not ended:
        raise DecodeError("image-truncated")
    return _sized(*size, orientation)


def read_webp(stream: BinaryIO) -> Header:
    """Return a WebP file's header. Raises DecodeError, also for an animation."""
    stream.seek(12)
    size: tuple[int, int] | None = None
    orientation = 1
    for kind, length in _chunks(stream, "<4sI", 0, padded=True):
        if kind == b"VP8X":
            body = _exactly(stream, 10)
            if body[0] & 2:
                raise DecodeError("image-animated")
            size = _int24(body[4:]) + 1, _int24(body[7:]) + 1
        elif kind == b"VP8 " and size is None:
            width, height = struct.unpack("<6xHH", _exactly(stream, 10))
            size = width & 0x3FFF, height & 0x3FFF
        elif kind == b"VP8L" and size is None:
            (bits,) = struct.unpack("<xI", _exactly(stream, 5))
            size = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        elif kind == b"EXIF" and length <= _EXIF_LIMIT:
            orientation = exif_orientation(_exactly(stream, length).removeprefix(b"Exif\0\0"))
    if size is None:
        raise DecodeError("image-header-damaged", reason="WebP: no image chunk")
    return _sized(*size, orientation)


def read_gif(stream: BinaryIO) -> Header:
    """Return a GIF file's header. Raises DecodeError, also for an animation."""
    stream.seek(6)
    width, height, flags = struct.unpack("<HHBxx", _exactly(stream, 7))
    stream.seek(3 << (flags & 7) + 1 if flags & 0x80 else 0, 1)
    images = 0
    for _ in range(_MAX_CHUNKS):
        kind = stream.read(1)
        if kind == b"\x2c":
            images += 1
            (local,) = struct.unpack("<8xB", _exactly(stream, 9))
            stream.seek((3 << (local & 7) + 1 if local & 0x80 else 0) + 1, 1)
        elif kind == b"\x21":
            stream.seek(1, 1)
        else:
            break
        while length := stream.read(1):
            if length == b"\0":
                break
            stream.seek(length[0], 1)
    if images > 1:
        raise DecodeError("image-animated")
    return _sized(width, height)


def exif_orientation(exif: bytes) -> int:
    """Return the orientation in a TIFF-shaped EXIF block, 1 when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return 1
    (start,) = struct.unpack_from(order + "I", exif, 4)
    if start + 2 > len(exif):
        return 1
    (count,) = struct.unpack_from(order + "H", exif, start)
    for entry in range(start + 2, min(start + 2 + 12 * count, len(exif) - 11), 12):
        tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == 0x0112 and kind == 3 and 1 <= value <= 8:
            return int(value)
    return 1


def _chunks(
    stream: BinaryIO, layout: str, trailer: int, *, padded: bool = False
) -> Iterator[tuple[bytes, int]]:
    """Yield (type, length) of each chunk with the stream at its content; PNG or RIFF."""
    for _ in range(_MAX_CHUNKS):
        head = stream.read(8)
        if len(head) < 8:
            return
        first, second = struct.unpack(layout, head)
        kind, length = (first, second) if isinstance(first, bytes) else (second, first)
        content = stream.tell()
        yield kind, length
        stream.seek(content + length + (length & 1 if padded else 0) + trailer)


def _exactly(stream: BinaryIO, length: int) -> bytes:
    content = stream.read(length)
    if len(content) < length:
        raise DecodeError("image-truncated")
    return content


def _int24(raw: bytes) -> int:
    return int.from_bytes(raw[:3], "little")


def _sized(width: int, height: int, orientation: int = 1) -> Header:
    if width < 1 or height < 1:
        raise DecodeError("image-header-damaged", reason=f"{width} × {height} pixels")
    return Header(width, height, orientation)
