"""The directories of a TIFF or BigTIFF file, walked with guards: no loop, nothing outside the file.

Tag numbers: TIFF 6.0 section 8, Adobe Photoshop TIFF Technical Notes, BigTIFF design.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from storage.images.errors import DecodeError
from storage.images.headers import Header

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAX_DIRECTORIES = 65_535
_MAX_ENTRIES = 4_096
_CODES = {1: "u1", 3: "u2", 4: "u4", 13: "u4", 16: "u8", 18: "u8"}
_SUBFILE, _WIDTH, _HEIGHT, _BITS = 254, 256, 257, 258
_STRIPS, _ORIENTATION, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS = 273, 274, 279, 324, 325
_SAMPLE_FORMAT, _LAYERS = 339, 37724
_WANTED = {
    _SUBFILE, _WIDTH, _HEIGHT, _BITS, _STRIPS, _ORIENTATION, _STRIP_LENGTHS, _TILES, _TILE_LENGTHS,
    _SAMPLE_FORMAT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TiffPage:
    """One page: ``directory`` is its position among all directories of the file."""

    directory: int
    header: Header
    bits: int
    layered: bool


def read_tiff(stream: BinaryIO, size: int) -> tuple[TiffPage, ...]:
    """Return the pages of a TIFF file of ``size`` bytes; thumbnails, masks and levels are left out.

    Raises DecodeError for loops, for anything outside the file and for samples no page has.
    """
    pages = []
    for number, (tags, layered) in enumerate(_directories(stream, size)):
        kind = int(tags.get(_SUBFILE, [0])[0])
        if kind & 0b101 and number:  # reduced resolution or mask; a lone first one is the page
            continue
        pages.append(_page(number, tags, size, layered=layered))
    if not pages:
        raise DecodeError("image-header-damaged", reason="TIFF: no page")
    return tuple(pages)


def _page(number: int, tags: Mapping[int, Sequence[int]], size: int, *, layered: bool) -> TiffPage:
    try:
        width, height = int(tags[_WIDTH][0]), int(tags[_HEIGHT][0])
        offsets = tags[_TILES] if _TILES in tags else tags[_STRIPS]
        lengths = tags[_TILE_LENGTHS if _TILES in tags else _STRIP_LENGTHS]
    except (KeyError, IndexError):
        raise DecodeError("image-header-damaged", reason="TIFF: a tag is missing") from None
    if width < 1 or height < 1:
        raise DecodeError("image-header-damaged", reason=f"{width} × {height} pixels")
    if len(offsets) != len(lengths):
        raise DecodeError("image-header-damaged", reason="TIFF: offsets without lengths")
    ends = np.asarray(offsets, "f8") + np.asarray(lengths, "f8")
    if len(ends) == 0 or ends.max() > size:
        raise DecodeError("tiff-outside", size=size)
    bits = max(map(int, tags.get(_BITS, [1])))
    if bits > 16 or any(int(f) not in (1, 4) for f in tags.get(_SAMPLE_FORMAT, [1])):
        raise DecodeError("image-samples", bits=bits)
    orientation = int(tags.get(_ORIENTATION, [1])[0])
    if not 1 <= orientation <= 8:
        orientation = 1
    return TiffPage(number, Header(width, height, orientation), bits, layered)


def _directories(stream: BinaryIO, size: int) -> list[tuple[dict[int, Sequence[int]], bool]]:
    order = "<" if _read(stream, 0, 2, size) == b"II" else ">"
    big = struct.unpack(order + "H", _read(stream, 2, 2, size))[0] == 43
    pointer = order + ("Q" if big else "I")
    (at,) = struct.unpack(pointer, _read(stream, 8 if big else 4, 8 if big else 4, size))
    found: list[tuple[dict[int, Sequence[int]], bool]] = []
    seen: set[int] = set()
    while at:
        if at in seen or len(found) >= _MAX_DIRECTORIES:
            raise DecodeError("tiff-loop")
        seen.add(at)
        width = 8 if big else 2
        (count,) = struct.unpack(order + ("Q" if big else "H"), _read(stream, at, width, size))
        if count > _MAX_ENTRIES:
            raise DecodeError("image-header-damaged", reason=f"TIFF: {count} tags")
        entry = 20 if big else 12
        body = _read(stream, at + width, count * entry + struct.calcsize(pointer), size)
        found.append(_tags(stream, body, count, (order, big, size)))
        (at,) = struct.unpack(pointer, body[count * entry :])
    return found


def _tags(
    stream: BinaryIO, body: bytes, count: int, layout: tuple[str, bool, int]
) -> tuple[dict[int, Sequence[int]], bool]:
    order, big, size = layout
    entry, room = (20, 8) if big else (12, 4)
    tags: dict[int, Sequence[int]] = {}
    layered = False
    for start in range(0, count * entry, entry):
        tag, kind = struct.unpack_from(order + "HH", body, start)
        layered = layered or tag == _LAYERS
        if tag not in _WANTED or kind not in _CODES:
            continue
        (number,) = struct.unpack_from(order + ("Q" if big else "I"), body, start + 4)
        code = np.dtype(order + _CODES[kind])
        length = number * code.itemsize
        place = start + entry - room
        raw = body[place : place + length]
        if length > room:
            (at,) = struct.unpack_from(order + ("Q" if big else "I"), body, place)
            raw = _read(stream, at, length, size)
        tags[tag] = np.frombuffer(raw, code)  # type: ignore[assignment]  # a sequence of integers
    return tags, layered


def _read(stream: BinaryIO, at: int, length: int, size: int) -> bytes:
    if at + length > size:
        raise DecodeError("tiff-outside", size=size)
    stream.seek(at)
    return stream.read(length)
