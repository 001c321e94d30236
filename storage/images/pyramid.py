"""The access image of a page: its tiles are given out by one positioned read each."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.images import geometry
from storage.images.pyramid_file import FOOTER, MAGIC

if TYPE_CHECKING:
    from pathlib import Path


FORMAT = "takao-pyramid/1 tile-512 jpeg-q85-420 bilevel-q60"
_OFFSET = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")


class PyramidError(Exception):
    """The file is no pyramid of ours, or is damaged."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a complete JPEG file lies in the pyramid, in bytes."""

    offset: int
    length: int


class Pyramid:
    """A pyramid open for reading; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Open a pyramid. Raises FileNotFoundError, PyramidError."""
        self._file = -1
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._read_index()
        except (ValueError, KeyError, TypeError, struct.error) as error:
            self.close()
            raise PyramidError(f"{path}: {error}") from error

    def _read_index(self) -> None:
        end = os.fstat(self._file).st_size
        header_length, count, magic = FOOTER.unpack(
            os.pread(self._file, FOOTER.size, max(0, end - FOOTER.size))
        )
        if magic != MAGIC:
            raise ValueError("not a pyramid")
        start = end - FOOTER.size - header_length - 12 * count
        raw = os.pread(self._file, end - FOOTER.size - start, max(0, start))
        header = json.loads(raw[:header_length])
        self.levels: tuple[tuple[int, int], ...] = tuple((w, h) for w, h in header["levels"])
        self.bands = int(header["bands"])
        self.width, self.height = self.levels[0]
        self._offsets = raw[header_length : header_length + 8 * count]
        self._lengths = raw[header_length + 8 * count :]
        self._first = [0]
        for width, height in self.levels:
            columns, rows = geometry.grid(width, height)
            self._first.append(self._first[-1] + columns * rows)
        self._small = {(w, h): self._first[-1] + i for i, (w, h) in enumerate(header["small"])}
        if count != self._first[-1] + len(self._small):
            raise ValueError("the index does not fit the levels")

    def close(self) -> None:
        """Give the file back; reading afterwards raises OSError."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __del__(self) -> None:
        self.close()

    @property
    def small_sizes(self) -> tuple[tuple[int, int], ...]:
        """Return the sizes at which the whole image is stored, smallest first."""
        return tuple(sorted(self._small))

    def tile_extent(self, tile: geometry.TileAddress) -> Extent:
        """Return where a tile lies, cut to its exact size."""
        return self._extent(self._first[tile.level] + tile.number)

    def small_extent(self, size: tuple[int, int]) -> Extent | None:
        """Return where the whole image at exactly this size lies, if it is stored."""
        index = self._small.get(size)
        return None if index is None else self._extent(index)

    def read(self, extent: Extent) -> bytes:
        """Return a complete JPEG file."""
        return os.pread(self._file, extent.length, extent.offset)

    def _extent(self, index: int) -> Extent:
        return Extent(
            _OFFSET.unpack_from(self._offsets, 8 * index)[0],
            _LENGTH.unpack_from(self._lengths, 4 * index)[0],
        )
