"""The access image of a page: write it in one pass, give out its tiles by one positioned read."""

from __future__ import annotations

import json
import os
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage import geometry
from storage.pyramid_file import FOOTER, MAGIC, TiffWriter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

FORMAT = "takao-pyramid/1 jpeg-q85-420 tile-512"
QUALITY = 85
SMALL_BOXES = (200, 400, 1200)
_SMALL_LEVEL_SIDE = 1280
_OFFSET = struct.Struct("<Q")
_LENGTH = struct.Struct("<I")


class PyramidError(Exception):
    """The file is no pyramid of ours, or is damaged."""


@dataclass(frozen=True, slots=True)
class Place:
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

    def tile_place(self, tile: geometry.TileAddress) -> Place:
        """Return where a tile lies, cut to its exact size."""
        return self._place(self._first[tile.level] + tile.number)

    def small_place(self, size: tuple[int, int]) -> Place | None:
        """Return where the whole image at exactly this size lies, if it is stored."""
        index = self._small.get(size)
        return None if index is None else self._place(index)

    def read(self, place: Place) -> bytes:
        """Return a complete JPEG file."""
        return os.pread(self._file, place.length, place.offset)

    def _place(self, index: int) -> Place:
        return Place(
            _OFFSET.unpack_from(self._offsets, 8 * index)[0],
            _LENGTH.unpack_from(self._lengths, 4 * index)[0],
        )


def write_pyramid(
    target: Path,
    size: tuple[int, int],
    bands: int,
    strips: Iterable[NDArray[np.uint8]],
    quality: int = QUALITY,
) -> None:
    """Write the pyramid of an image whose rows come in order, top first.

    ``strips`` are height × width × ``bands`` (1 grey or 3 sRGB) of any height up to 512.
    Memory: about 1,024 rows of the image. Raises ValueError when rows are missing or too many.
    """
    levels = geometry.levels(*size)
    whole = _whole_levels(levels)
    with target.open("wb") as out:
        writer = TiffWriter(out, levels, bands)
        bottom: _Level | None = None
        kept: dict[int, list[NDArray[np.uint8]]] = {n: [] for n in whole}
        for n in reversed(range(len(levels))):
            keep = kept.get(n)
            bottom = _Level(writer, n, (*levels[n], bands), quality, bottom, keep)
        assert bottom is not None  # noqa: S101  # there is always level 0
        for strip in strips:
            bottom.add(strip)
        if bottom.rows != size[1]:
            raise ValueError(f"{bottom.rows} rows came, not {size[1]}")
        _write_small(writer, size, [np.concatenate(kept[n]) for n in whole], quality)
        writer.finish()
        out.flush()
        os.fsync(out.fileno())


class _Level:
    """One level in the making: collects rows, cuts them into tiles, hands half of them down."""

    def __init__(
        self,
        writer: TiffWriter,
        number: int,
        shape: tuple[int, int, int],
        quality: int,
        below: _Level | None,
        keep: list[NDArray[np.uint8]] | None,
    ) -> None:
        self._writer = writer
        self._number = number
        self._width, self._height, self._bands = shape
        self._quality = quality
        self._below = below
        self._keep = keep
        self._waiting: list[NDArray[np.uint8]] = []
        self._waiting_rows = 0
        self.rows = 0

    def add(self, rows: NDArray[np.uint8]) -> None:
        """Take the next rows."""
        while len(rows):
            part = rows[: geometry.TILE - self._waiting_rows]
            rows = rows[len(part) :]
            self._waiting.append(part)
            self._waiting_rows += len(part)
            self.rows += len(part)
            if self.rows > self._height:
                raise ValueError(f"more rows than {self._height}")
            if self._waiting_rows == geometry.TILE or self.rows == self._height:
                self._flush()

    def _flush(self) -> None:
        strip = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
        self._waiting, self._waiting_rows = [], 0
        if self._keep is not None:
            self._keep.append(strip)
        for x in range(0, self._width, geometry.TILE):
            exact = strip[:, x : x + geometry.TILE]
            height, width = exact.shape[:2]
            if (height, width) == (self._writer.side, self._writer.side):
                self._writer.add_tile(self._number, encode_jpeg(exact, self._quality), None)
                continue
            margin = ((0, self._writer.side - height), (0, self._writer.side - width), (0, 0))
            padded = np.pad(exact, margin, mode="edge")
            self._writer.add_tile(
                self._number,
                encode_jpeg(padded, self._quality),
                encode_jpeg(exact, self._quality),
            )
        if self._below is not None:
            self._below.add(halved(strip))


def halved(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return rows at half size, both sides rounded up; each pixel is the mean of up to 2 × 2."""
    return _from_image(_to_image(rows).reduce(2))


def encode_jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """Return a complete JFIF file of grey (h × w × 1) or sRGB (h × w × 3) pixels, 4:2:0.

    The JFIF marker is what tells every browser, Safari included, that the colours are YCbCr.
    """
    import simplejpeg

    grey = pixels.shape[2] == 1
    return bytes(
        simplejpeg.encode_jpeg(
            np.ascontiguousarray(pixels),
            quality=quality,
            colorspace="GRAY" if grey else "RGB",
            colorsubsampling="Gray" if grey else "420",
        )
    )


def _whole_levels(levels: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    """Return the levels to keep whole: what the small images are made from, and those that are.

    The first one is the smallest from which the largest small image needs no enlargement.
    """
    large = [n for n, size in enumerate(levels) if max(size) >= SMALL_BOXES[-1]]
    source = large[-1] if large else 0
    return tuple(
        n
        for n, size in enumerate(levels)
        if n == source or (n > source and max(size) > geometry.TILE)
    )


def _write_small(
    writer: TiffWriter, size: tuple[int, int], whole: list[NDArray[np.uint8]], quality: int
) -> None:
    """Write the standard thumbnails, and whole the small levels that are more than one tile."""
    from PIL import Image

    written = set()
    for pixels in whole:
        own = pixels.shape[1], pixels.shape[0]
        if geometry.TILE < max(own) <= _SMALL_LEVEL_SIDE:
            writer.add_small(own, encode_jpeg(pixels, quality))
            written.add(own)
    image = _to_image(whole[0])
    for side in SMALL_BOXES:
        fitted = geometry.fitted(*size, (side, side))
        if max(size) <= side or fitted in written:
            continue
        scaled = image.resize(fitted, Image.Resampling.BOX)
        writer.add_small(fitted, encode_jpeg(_from_image(scaled), quality))


def _to_image(pixels: NDArray[np.uint8]) -> Image.Image:
    from PIL import Image

    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def _from_image(image: Image.Image) -> NDArray[np.uint8]:
    pixels = np.asarray(image)
    return pixels[:, :, None] if pixels.ndim == 2 else pixels
