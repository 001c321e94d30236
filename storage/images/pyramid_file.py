"""The container of a pyramid: a tiled TIFF with an index of complete JPEG files behind it.

To every TIFF program it is a pyramid of 512 px JPEG tiles (JPEG compression 7, one directory per
level, full size first). Tiles at the right and lower edge are padded there, as TIFF wants them; the
same tiles cut to their exact size lie beside them, and whole small images, found only through the
index at the end of the file:

    … TIFF … | header (JSON) | offsets <u8 × n | lengths <u4 × n | header length <u4, n <u4, magic

The n entries are the answers of all tiles, level by level, row by row, then the small images.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, BinaryIO

from storage.images import geometry

if TYPE_CHECKING:
    from collections.abc import Sequence

FOOTER = struct.Struct("<II8s")
MAGIC = b"TAKAOPY1"
_SHORT, _LONG, _LONG8, _ASCII = 3, 4, 16, 2


class TiffWriter:
    """Appends tiles to a file, then writes directories and index; little-endian.

    ``levels`` are (width, height) from the full size down; ``bands`` is 1 (grey) or 3 (colour).
    """

    def __init__(self, out: BinaryIO, levels: Sequence[tuple[int, int]], bands: int) -> None:
        self._out = out
        self._levels = levels
        self._bands = bands
        self.side = geometry.padded_side(*levels[0])
        # Twice the raw size is beyond anything JPEG writes: below that, offsets fit 32 bits.
        self._big = 2 * bands * levels[0][0] * levels[0][1] >= 1 << 32
        self._tiles: list[list[tuple[int, int]]] = [[] for _ in levels]
        self._answers: list[list[tuple[int, int]]] = [[] for _ in levels]
        self._small: list[tuple[tuple[int, int], tuple[int, int]]] = []
        out.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0) if self._big else b"II*\0\0\0\0\0")

    def add_tile(self, level: int, padded: bytes, exact: bytes | None) -> None:
        """Append the next tile of a level in row order; ``exact`` where it differs."""
        place = self._append(padded)
        self._tiles[level].append(place)
        self._answers[level].append(self._append(exact) if exact is not None else place)

    def add_small(self, size: tuple[int, int], jpeg: bytes) -> None:
        """Append a whole image of this size."""
        self._small.append((size, self._append(jpeg)))

    def finish(self) -> None:
        """Write directories and index. The file is complete when this returns."""
        link = 8 if self._big else 4
        for level in range(len(self._levels)):
            if self._out.tell() % 2:
                self._out.write(b"\0")
            start, next_link = self._directory(level)
            self._patch(link, start)
            link = next_link
        entries = [place for answers in self._answers for place in answers]
        entries += [place for _, place in self._small]
        header = json.dumps(
            {
                "levels": self._levels,
                "bands": self._bands,
                "tile": geometry.TILE,
                "small": [size for size, _ in self._small],
            }
        ).encode()
        self._out.seek(0, 2)
        self._out.write(header)
        self._out.write(struct.pack(f"<{len(entries)}Q", *(offset for offset, _ in entries)))
        self._out.write(struct.pack(f"<{len(entries)}I", *(length for _, length in entries)))
        self._out.write(FOOTER.pack(len(header), len(entries), MAGIC))

    def _append(self, content: bytes) -> tuple[int, int]:
        place = self._out.tell(), len(content)
        self._out.write(content)
        return place

    def _patch(self, at: int, value: int) -> None:
        self._out.seek(at)
        self._out.write(struct.pack("<Q" if self._big else "<I", value))
        self._out.seek(0, 2)

    def _directory(self, level: int) -> tuple[int, int]:
        """Write one directory; return where it starts and where its link to the next one is."""
        width, height = self._levels[level]
        colour = self._bands == 3
        offset_type = _LONG8 if self._big else _LONG
        tags: list[tuple[int, int, Sequence[int] | bytes]] = [
            (254, _LONG, [1 if level else 0]),  # NewSubfileType: reduced resolution
            (256, _LONG, [width]),
            (257, _LONG, [height]),
            (258, _SHORT, [8] * self._bands),  # BitsPerSample
            (259, _SHORT, [7]),  # Compression: JPEG
            (262, _SHORT, [6 if colour else 1]),  # Photometric: YCbCr, BlackIsZero
            (277, _SHORT, [self._bands]),  # SamplesPerPixel
            (284, _SHORT, [1]),  # PlanarConfiguration: chunky
            (305, _ASCII, b"Takao\0"),
            (322, _LONG, [self.side]),
            (323, _LONG, [self.side]),
            (324, offset_type, [offset for offset, _ in self._tiles[level]]),
            (325, _LONG, [length for _, length in self._tiles[level]]),
        ]
        if colour:
            tags.append((530, _SHORT, [2, 2]))  # YCbCrSubSampling: 4:2:0
        return self._write_tags(tags)

    def _write_tags(self, tags: list[tuple[int, int, Sequence[int] | bytes]]) -> tuple[int, int]:
        room = 8 if self._big else 4
        count, place = ("<Q", "<HHQ") if self._big else ("<H", "<HHI")
        entries = bytearray()
        for tag, kind, values in tags:
            if isinstance(values, bytes):
                raw, n = values, len(values)
            else:
                code = {_SHORT: "H", _LONG: "I", _LONG8: "Q"}[kind]
                raw, n = struct.pack(f"<{len(values)}{code}", *values), len(values)
            if len(raw) > room:
                raw = struct.pack("<Q" if self._big else "<I", self._append(raw)[0])
            entries += struct.pack(place, tag, kind, n) + raw.ljust(room, b"\0")
        if self._out.tell() % 2:
            self._out.write(b"\0")
        start = self._out.tell()
        self._out.write(struct.pack(count, len(tags)) + entries)
        link = self._out.tell()
        self._out.write(bytes(room))
        return start, link
