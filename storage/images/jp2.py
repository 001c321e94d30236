"""JPEG 2000 masters: header by hand, pixels through Pillow's OpenJPEG (libvips' wheel has none).

ISO/IEC 15444-1: Annex A.5.1 (SIZ), Annex I (boxes).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from storage.images.errors import DecodeError
from storage.images.headers import Header

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

_MAX_BOXES = 10_000
_BYTES_A_SAMPLE = 6  # OpenJPEG works in 32-bit integers, and more
MEMORY = 1_600_000_000


@dataclass(frozen=True, slots=True)
class Jp2Header:
    """Image size, and the size of the pieces in which it is decoded."""

    header: Header
    tile: tuple[int, int]
    components: int

    @property
    def memory(self) -> int:
        """Return about how many bytes it takes (measured): decoding, then turning into rows."""
        whole = self.header.width * self.header.height
        tile = min(self.tile[0] * self.tile[1], whole)
        colour = self.components > 1
        decoding = (4 if colour else 1) * whole + _BYTES_A_SAMPLE * self.components * tile
        return max(decoding, (11 if colour else 3) * whole)


def read_jp2(stream: BinaryIO, size: int) -> Jp2Header:
    """Return the header of a JP2 file or a bare codestream.

    Raises DecodeError, also when decoding would not fit in memory.
    """
    start = _codestream(stream, size)
    stream.seek(start)
    raw = stream.read(42)
    if len(raw) < 42 or raw[:4] != b"\xff\x4f\xff\x51":
        raise DecodeError("image-header-damaged", reason="JPEG 2000: no SIZ marker")
    x1, y1, x0, y0, tile_w, tile_h = struct.unpack_from(">6I", raw, 8)
    (components,) = struct.unpack_from(">H", raw, 40)
    if x1 <= x0 or y1 <= y0 or not tile_w or not tile_h or not components:
        raise DecodeError("image-header-damaged", reason="JPEG 2000: empty image")
    header = Jp2Header(Header(x1 - x0, y1 - y0), (tile_w, tile_h), components)
    if header.memory > MEMORY:
        raise DecodeError("jp2-memory", megapixels=(x1 - x0) * (y1 - y0) // 1_000_000)
    return header


def _codestream(stream: BinaryIO, size: int) -> int:
    """Return where the codestream begins."""
    stream.seek(0)
    if stream.read(4) == b"\xff\x4f\xff\x51":
        return 0
    at = 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            break
        length, kind = struct.unpack_from(">I4s", head)
        content = 8
        if length == 1 and len(head) == 16:
            (length,) = struct.unpack_from(">Q", head, 8)
            content = 16
        if kind == b"jp2c":
            return at + content
        if length < content:
            break
        at += length
        if at > size:
            break
    raise DecodeError("image-header-damaged", reason="JPEG 2000: no codestream")


def open_jp2(path: Path) -> Image.Image:
    """Return the decoded image. Raises DecodeError, also when it would not fit in memory."""
    from PIL import Jpeg2KImagePlugin

    with path.open("rb") as stream:
        read_jp2(stream, path.stat().st_size)
        stream.seek(0)
        try:
            image = Jpeg2KImagePlugin.Jpeg2KImageFile(stream)
            image.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise DecodeError("image-corrupt", reason=str(error)) from error
        return image
