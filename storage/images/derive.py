"""The derive step: a page's master becomes its access pyramid."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from storage.images.sandbox import MEMORY, SECONDS, run_limited
from storage.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyvips
    from numpy.typing import NDArray

_STRIP_BYTES = 4_000_000
# Black and white at JPEG's usual quality is all ringing at the edges: it costs more and shows less.
_BILEVEL_QUALITY = 60
OCR_SIDE = 5_000


@dataclass(frozen=True, slots=True)
class Derived:
    """The pyramid that was written: upright pixels, and 1 (grey) or 3 (sRGB) bands."""

    width: int
    height: int
    bands: int


def derive(
    path: Path,
    frame: int | None,
    target: Path,
    *,
    memory: int = MEMORY,
    seconds: float = SECONDS,
) -> Derived:
    """Write the pyramid of a page to ``target``, whole or not at all, decoding in a sandbox.

    Raises DecodeError when the master cannot be decoded within the limits (it is then no use to
    try again with the same file), OSError when the disk is full or read-only.
    """
    with whole(target) as draft:
        return Derived(*run_limited(write_draft, (path, frame, draft), memory, seconds))


def write_draft(path: Path, frame: int | None, draft: Path) -> tuple[int, int, int]:
    """Write the pyramid of a page: what the sandbox runs. Returns width, height, bands."""
    import pyvips

    from storage.images.decode import open_frame, vips_failure
    from storage.images.pyramid_pixels import QUALITY
    from storage.images.pyramid_write import write_pyramid

    os.putenv("TMPDIR", str(draft.parent))  # where libvips keeps pixels that it must turn
    pyvips.cache_set_max(0)
    image = open_frame(path, frame)
    bilevel = image.bands == 1 and _bits(image) == 1
    try:
        write_pyramid(
            draft,
            (image.width, image.height),
            image.bands,
            _strips(image),
            _BILEVEL_QUALITY if bilevel else QUALITY,
        )
    except pyvips.Error as error:
        raise vips_failure(error) from error
    return image.width, image.height, image.bands


def _bits(image: pyvips.Image) -> int:
    return int(image.get("bits-per-sample")) if image.get_typeof("bits-per-sample") else 8


def _strips(image: pyvips.Image) -> Iterator[NDArray[np.uint8]]:
    """Yield an image's rows from the top, as many at once as fit a fixed amount of memory."""
    import pyvips

    region = pyvips.Region.new(image)
    rows = min(512, max(1, _STRIP_BYTES // (image.width * image.bands)))
    for y in range(0, image.height, rows):
        height = min(rows, image.height - y)
        raw = region.fetch(0, y, image.width, height)
        yield np.frombuffer(raw, np.uint8).reshape(height, image.width, image.bands)


def page_pixels(pyramid: Path, max_side: int = OCR_SIDE) -> tuple[NDArray[np.uint8], float]:
    """Return a page for reading, and how many master pixels one of its pixels spans.

    The largest level whose longer side is at most ``max_side``; height × width × 3, or
    height × width when grey.
    """
    from storage.images.geometry import Region
    from storage.images.pyramid import Pyramid
    from storage.images.pyramid_pixels import read_pixels

    opened = Pyramid(pyramid)
    level = next(
        (n for n, size in enumerate(opened.levels) if max(size) <= max_side),
        len(opened.levels) - 1,
    )
    width, height = opened.levels[level]
    pixels = read_pixels(opened, level, Region(0, 0, width, height))
    opened.close()
    return (pixels[:, :, 0] if opened.bands == 1 else pixels), float(1 << level)
