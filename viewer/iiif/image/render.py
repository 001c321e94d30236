"""The general path: pixels of any region, size, rotation, quality and format.

Runs in a render process. Only the tiles of the smallest level that suffices are decoded.
"""

from __future__ import annotations

import ctypes
import io
import math
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from storage.images import geometry
from storage.images.geometry import Region
from storage.images.pyramid import Pyramid
from storage.images.pyramid_pixels import encode_jpeg, from_image, read_pixels, to_image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL.Image import Image

    from viewer.iiif.image.request import ImageRequest

JPEG_QUALITY = 82
_NICE = 1
_LARGE = 1_000_000
_OPEN = 32
_PILLOW = {
    "png": "PNG", "webp": "WEBP", "tif": "TIFF", "gif": "GIF", "jp2": "JPEG2000", "pdf": "PDF",
}  # fmt: skip
# Speed over the last percent of size: these are made on request.
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 3},
    "webp": {"quality": JPEG_QUALITY, "method": 2},
    "tif": {"compression": "tiff_lzw"},
    # In tiles, because OpenJPEG needs some 60 bytes a pixel of what it encodes at once.
    "jp2": {
        "quality_mode": "rates",
        "quality_layers": [12],
        "irreversible": True,
        "tile_size": (1024, 1024),
    },
    "pdf": {"resolution": 150},
}


def render_gently(path: Path, wanted: ImageRequest) -> bytes:
    """Render in one thread, with a lower priority than the process that hands out stored tiles."""
    import cv2

    cv2.setNumThreads(1)
    if os.getpriority(os.PRIO_PROCESS, 0) < _NICE:
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)
    body = render(path, wanted)
    if wanted.size[0] * wanted.size[1] > _LARGE:
        _give_memory_back()
    return body


def _give_memory_back() -> None:
    """Return freed memory to the system; glibc would keep it for the next large picture."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def render(path: Path, wanted: ImageRequest) -> bytes:
    """Return the encoded picture of a pyramid file. Raises ValueError for a damaged tile."""
    pixels = scaled(_opened(path, path.stat().st_ino), wanted.region, wanted.size)
    if wanted.is_plain:
        return encode_jpeg(pixels, JPEG_QUALITY)
    return _encoded(_transformed(to_image(pixels), wanted), wanted.format)


@lru_cache(_OPEN)
def _opened(path: Path, _inode: int) -> Pyramid:
    """Return a pyramid that stays open; one that was made anew is another file."""
    return Pyramid(path)


def scaled(pyramid: Pyramid, region: Region, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return ``region`` (of the full image) at ``size`` as height × width × bands."""
    level = chosen_level(pyramid.levels, region, size)
    # The region in the level's pixels. A level's last column may show less than 2ⁿ pixels, so its
    # width is no measure of the scale: 2ⁿ is.
    scale = 1 << level
    x0, y0 = region.x / scale, region.y / scale
    x1, y1 = (region.x + region.w) / scale, (region.y + region.h) / scale
    left, top = int(x0), int(y0)
    box = Region(left, top, math.ceil(x1) - left, math.ceil(y1) - top)
    pixels = read_pixels(pyramid, level, box)
    if (box.w, box.h) == size:
        return pixels
    if region == Region(0, 0, *pyramid.levels[0]):
        # Nothing adjoins a whole image, so a last column that shows less may count as a whole one.
        return _resized(pixels, (0, 0, box.w, box.h), size)
    return _resized(pixels, (x0 - left, y0 - top, x1 - x0, y1 - y0), size)


def _resized(
    pixels: NDArray[np.uint8], part: tuple[float, float, float, float], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return ``part`` (x, y, w, h; real numbers) of ``pixels`` at ``size``.

    Levels halve, so two source pixels a side are the rule and bilinear sees them all; where more
    come together (below the smallest level, distorted sizes) they are averaged.
    """
    import cv2

    x, y, w, h = part
    fx, fy = w / size[0], h / size[1]
    result: Any  # OpenCV's stubs know no uint8
    if fx > 2 or fy > 2:
        result = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    elif x == 0 and y == 0 and w == pixels.shape[1] and h == pixels.shape[0]:
        result = cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR)
    else:
        centres = np.array([[fx, 0, x + fx / 2 - 0.5], [0, fy, y + fy / 2 - 0.5]])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        result = cv2.warpAffine(pixels, centres, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(result, np.uint8).reshape(size[1], size[0], -1)


def chosen_level(levels: tuple[tuple[int, int], ...], region: Region, size: tuple[int, int]) -> int:
    """Return the smallest level that suffices, or a smaller one when that touches too much.

    At most four times the answer's pixels and one row of tiles are decoded, so that a wildly
    distorted size (a whole map as 100 × 8000) costs what its answer costs.
    """
    level = geometry.sufficient_level(levels, region, size)
    while level + 1 < len(levels):
        w, h = region.w / (1 << level), region.h / (1 << level)
        spare = (max(w, h) + 2 * geometry.TILE) * 2 * geometry.TILE
        if w * h <= 4 * size[0] * size[1] + spare:
            break
        level += 1
    return level


def _transformed(image: Image, wanted: ImageRequest) -> Image:
    from PIL import Image, ImageOps

    if wanted.mirrored:
        image = ImageOps.mirror(image)
    quarters = {
        90.0: Image.Transpose.ROTATE_270,
        180.0: Image.Transpose.ROTATE_180,
        270.0: Image.Transpose.ROTATE_90,
    }
    if wanted.rotation in quarters:
        image = image.transpose(quarters[wanted.rotation])
    elif wanted.rotation:
        white = 255 if image.mode == "L" else (255, 255, 255)
        image = image.rotate(
            -wanted.rotation, Image.Resampling.BILINEAR, expand=True, fillcolor=white
        )
    if wanted.quality == "gray":
        image = image.convert("L")
    elif wanted.quality == "bitonal":
        grey = np.asarray(image.convert("L"))
        image = Image.fromarray(grey > _threshold(grey))
    return image


def _threshold(grey: NDArray[np.uint8]) -> int:
    """Return Otsu's threshold: there ink and paper part best, however yellow the paper is."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(float)
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * np.arange(256))
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.nanargmax(between)) if np.isfinite(between).any() else 127


def _encoded(image: Image, kind: str) -> bytes:
    if image.mode == "1" and kind in ("jpg", "webp", "jp2"):
        image = image.convert("L")
    if kind == "jpg":
        return encode_jpeg(from_image(image), JPEG_QUALITY)
    options = _OPTIONS.get(kind, {})
    if kind == "tif" and image.mode == "1":
        options = {"compression": "group4"}
    out = io.BytesIO()
    image.save(out, _PILLOW[kind], **options)
    return out.getvalue()
