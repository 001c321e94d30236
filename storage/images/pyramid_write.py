"""A pyramid written in one pass over an image's rows, in memory that hardly depends on its size."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from storage.images import geometry
from storage.images.pyramid_file import TiffWriter
from storage.images.pyramid_pixels import QUALITY, encode_jpeg, from_image, to_image

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

SMALL_BOXES = (200, 400, 1200)
_SMALL_LEVEL_SIDE = 1280
# Rows of a level wait in memory up to this many bytes a strip; wider ones wait on disk.
_STRIP_IN_MEMORY = 128_000_000
_HALVED_BYTES = 16_000_000
_BAND = 64 * geometry.TILE


def write_pyramid(
    target: Path,
    size: tuple[int, int],
    bands: int,
    strips: Iterable[NDArray[np.uint8]],
    quality: int = QUALITY,
) -> None:
    """Write the pyramid of an image whose rows come in order, top first.

    ``strips`` are height × width × ``bands`` (1 grey or 3 sRGB) of any height. Memory: twice 512
    rows up to about 80,000 pixels of width, the same for any width beyond. Raises ValueError when
    rows are missing or too many.
    """
    levels = geometry.levels(*size)
    whole = _whole_levels(levels)
    with target.open("wb") as out:
        writer = TiffWriter(out, levels, bands)
        level: _Level | None = None
        kept: dict[int, list[NDArray[np.uint8]]] = {n: [] for n in whole}
        for n in reversed(range(len(levels))):
            rows = _Rows((*levels[n], bands), target.parent)
            level = _Level(writer, n, rows, quality, level, kept.get(n))
        assert level is not None  # noqa: S101  # there is always level 0
        for strip in strips:
            level.add(strip)
        if level.done != size[1]:
            raise ValueError(f"{level.done} rows came, not {size[1]}")
        _write_small(writer, size, [np.concatenate(kept[n]) for n in whole], quality)
        writer.finish()
        out.flush()
        os.fsync(out.fileno())


class _Rows:
    """Up to 512 rows of a level, waiting to be cut into tiles."""

    def __init__(self, shape: tuple[int, int, int], folder: Path) -> None:
        self.width, self.height, self.bands = shape
        self.count = 0
        most = min(geometry.TILE, self.height)
        self._memory: NDArray[np.uint8] | None = None
        self._spool: BinaryIO | None = None
        if most * self.width * self.bands <= _STRIP_IN_MEMORY:
            self._memory = np.empty((most, self.width, self.bands), np.uint8)
        else:
            self._spool = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with self

    def append(self, rows: NDArray[np.uint8]) -> None:
        if self._memory is not None:
            self._memory[self.count : self.count + len(rows)] = rows
        elif self._spool is not None:
            self._spool.seek(self.count * self.width * self.bands)
            self._spool.write(np.ascontiguousarray(rows).data)
            self._spool.flush()
        self.count += len(rows)

    def window(
        self, x: int, width: int, top: int = 0, height: int = geometry.TILE
    ) -> NDArray[np.uint8]:
        """Return the waiting rows from ``top`` and column ``x`` on, cut off at their ends."""
        bottom = min(top + height, self.count)
        if self._memory is not None:
            return self._memory[top:bottom, x : x + width]
        assert self._spool is not None  # noqa: S101  # one of the two is there
        out = np.empty((bottom - top, min(width, self.width - x), self.bands), np.uint8)
        for row in range(top, bottom):
            os.preadv(self._spool.fileno(), [out[row - top]], (row * self.width + x) * self.bands)
        return out


@dataclass(slots=True)
class _Level:
    """One level in the making: collects rows, cuts them into tiles, hands half of them down."""

    writer: TiffWriter
    number: int
    rows: _Rows
    quality: int
    below: _Level | None
    keep: list[NDArray[np.uint8]] | None
    done: int = field(default=0)

    def add(self, rows: NDArray[np.uint8]) -> None:
        """Take the next rows."""
        if self.done + len(rows) > self.rows.height:
            raise ValueError(f"more rows than {self.rows.height}")
        while len(rows):
            part = rows[: geometry.TILE - self.rows.count]
            rows = rows[len(part) :]
            self.rows.append(part)
            self.done += len(part)
            if self.rows.count == geometry.TILE or self.done == self.rows.height:
                self._flush()

    def _flush(self) -> None:
        for x in range(0, self.rows.width, _BAND):
            band = self.rows.window(x, _BAND)
            for left in range(0, band.shape[1], geometry.TILE):
                self._write_tile(band[:, left : left + geometry.TILE])
        if self.keep is not None:
            self.keep.append(self.rows.window(0, self.rows.width).copy())
        if self.below is not None:
            for part in self._halves():
                self.below.add(part)
        self.rows.count = 0

    def _write_tile(self, exact: NDArray[np.uint8]) -> None:
        side = self.writer.side
        height, width = exact.shape[:2]
        jpeg = encode_jpeg(exact, self.quality)
        if (height, width) == (side, side):
            self.writer.add_tile(self.number, jpeg, None)
            return
        padded = np.pad(exact, ((0, side - height), (0, side - width), (0, 0)), mode="edge")
        self.writer.add_tile(self.number, encode_jpeg(padded, self.quality), jpeg)

    def _halves(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the waiting rows at half size, few at a time: Pillow copies what it works on."""
        step = max(2, _HALVED_BYTES // (4 * self.rows.width) // 2 * 2)
        for top in range(0, self.rows.count, step):
            pieces = [
                halved(self.rows.window(x, _BAND, top, step))
                for x in range(0, self.rows.width, _BAND)
            ]
            yield np.concatenate(pieces, axis=1)


def halved(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return rows at half size, both sides rounded up; each pixel is the mean of up to 2 × 2."""
    return from_image(to_image(rows).reduce(2))


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
    image = to_image(whole[0])
    for side in SMALL_BOXES:
        fitted = geometry.fitted(*size, (side, side))
        if max(size) <= side or fitted in written:
            continue
        scaled = image.resize(fitted, Image.Resampling.BOX)
        writer.add_small(fitted, encode_jpeg(from_image(scaled), quality))
