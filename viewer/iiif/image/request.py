"""An IIIF image request, from its path to exact pixels: pure.

Image API 3.0 §4 and 2.1.1 §4. Every number has a bounded form: no sign, no exponent, no NaN.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isqrt
from typing import Literal

from storage.images.geometry import Region, fitted

ApiVersion = Literal["2", "3"]
QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "tif": "image/tiff",
    "gif": "image/gif",
    "jp2": "image/jp2",
    "pdf": "application/pdf",
}
_INTEGER = r"[0-9]{1,9}"
_DECIMAL = r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})"
_PIXELS = re.compile(rf"({_INTEGER}),({_INTEGER}),({_INTEGER}),({_INTEGER})", re.ASCII)
_PERCENT = re.compile(rf"pct:({_DECIMAL}),({_DECIMAL}),({_DECIMAL}),({_DECIMAL})", re.ASCII)
_SIZE = re.compile(
    rf"(?P<up>\^)?(?:(?P<word>max|full)|pct:(?P<percent>{_DECIMAL})"
    rf"|(?P<inside>!)?(?P<w>{_INTEGER}),(?P<h>{_INTEGER})|(?P<by_w>{_INTEGER}),|,(?P<by_h>{_INTEGER}))",
    re.ASCII,
)
_ROTATION = re.compile(rf"(!)?({_DECIMAL})", re.ASCII)


class RequestError(Exception):
    """A request that is not answered with an image; ``code`` names the Problem."""

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may be at the most, in pixels; published in info.json."""

    width: int = 8192
    height: int = 8192
    area: int = 16_000_000
    upscale: bool = False

    def allow(self, width: int, height: int) -> bool:
        """Tell whether an answer may have this size."""
        return width <= self.width and height <= self.height and width * height <= self.area

    def shrink(self, width: int, height: int) -> tuple[int, int]:
        """Return the largest allowed size of the same proportions, at most this one."""
        if self.allow(width, height):
            return width, height
        across = min(self.width, self.height * width // height, isqrt(self.area * width // height))
        down = min(self.height, self.width * height // width, isqrt(self.area * height // width))
        return max(1, across), max(1, down)


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """The image asked for. ``size`` is before rotation; ``rotation`` is in clockwise degrees."""

    region: Region
    size: tuple[int, int]
    mirrored: bool
    rotation: float
    quality: str
    format: str

    @property
    def is_plain(self) -> bool:
        """Tell whether a stored JPEG may be the answer."""
        return (
            self.format == "jpg"
            and self.quality == "default"
            and not self.mirrored
            and self.rotation == 0
        )


@dataclass(frozen=True, slots=True)
class FullImage:
    """What a request is resolved against: the whole image and what may be asked of it."""

    width: int
    height: int
    grey: bool
    limits: Limits


def resolve(
    version: ApiVersion, parameters: tuple[str, str, str, str], full: FullImage
) -> ImageRequest:
    """Return the picture that region, size, rotation and quality.format ask for.

    Raises RequestError: 400 for what is malformed, empty, outside or over a limit, 501 for
    enlarging where that is switched off.
    """
    region = _region(parameters[0], full)
    size = _size(version, parameters[1], region, full.limits)
    mirrored, rotation = _rotation(parameters[2])
    quality, _, kind = parameters[3].rpartition(".")
    if quality not in QUALITIES:
        raise RequestError(400, "iiif-quality", given=quality[:80])
    if kind not in FORMATS:
        raise RequestError(400, "iiif-format", given=kind[:80])
    if quality == "color" or (quality == "gray" and full.grey):
        quality = "default"
    return ImageRequest(region, size, mirrored, rotation, quality, kind)


def canonical(version: ApiVersion, wanted: ImageRequest, full: FullImage) -> str:
    """Return the canonical path after the identifier (3.0 §4.7, 2.1.1 §4.7)."""
    region, (width, height) = wanted.region, wanted.size
    whole = region == (0, 0, full.width, full.height)
    where = "full" if whole else f"{region.x},{region.y},{region.w},{region.h}"
    if version == "3":
        if wanted.size == full.limits.shrink(region.w, region.h):
            how = "max"
        else:
            enlarged = width > region.w or height > region.h
            how = f"{'^' if enlarged else ''}{width},{height}"
    elif wanted.size == (region.w, region.h):
        how = "full"
    elif height == _other(region.h, width, region.w):
        how = f"{width},"
    else:
        how = f"{width},{height}"
    turn = f"{wanted.rotation:.9f}".rstrip("0").rstrip(".")
    mark = "!" if wanted.mirrored else ""
    return f"{where}/{how}/{mark}{turn}/{wanted.quality}.{wanted.format}"


def _region(text: str, full: FullImage) -> Region:
    if text == "full":
        return Region(0, 0, full.width, full.height)
    if text == "square":
        side = min(full.width, full.height)
        return Region((full.width - side) // 2, (full.height - side) // 2, side, side)
    if found := _PIXELS.fullmatch(text):
        x, y, w, h = map(int, found.groups())
    elif found := _PERCENT.fullmatch(text):
        left, top, across, down = map(float, found.groups())
        # A share that is not nothing shows at least one pixel.
        x, y = int(full.width * left / 100 + 0.5), int(full.height * top / 100 + 0.5)
        w = max(int(full.width * across / 100 + 0.5), 1 if across else 0)
        h = max(int(full.height * down / 100 + 0.5), 1 if down else 0)
    else:
        raise RequestError(400, "iiif-region", given=text[:80])
    if w == 0 or h == 0 or x >= full.width or y >= full.height:
        raise RequestError(400, "iiif-region-empty", width=full.width, height=full.height)
    return Region(x, y, min(w, full.width - x), min(h, full.height - y))


def _size(version: ApiVersion, text: str, region: Region, limits: Limits) -> tuple[int, int]:
    found = _SIZE.fullmatch(text)
    if (
        found is None
        or (version == "2" and found["up"])
        or (version == "3" and found["word"] == "full")
    ):
        raise RequestError(400, "iiif-size", given=text[:80])
    if found["up"] and not limits.upscale:
        raise RequestError(501, "iiif-upscale-off")
    if found["word"]:
        return limits.shrink(region.w, region.h)
    may_grow = limits.upscale and (version == "2" or bool(found["up"]))
    size = _inside(found, region, limits, may_grow=may_grow) or _exact(found, region)
    if min(size) < 1:
        raise RequestError(400, "iiif-size-empty")
    if (size[0] > region.w or size[1] > region.h) and not may_grow:
        if version == "2":
            raise RequestError(501, "iiif-upscale-off")
        raise RequestError(400, "iiif-upscale", width=region.w, height=region.h)
    if not limits.allow(*size):
        raise RequestError(
            400, "iiif-limit", width=limits.width, height=limits.height, area=limits.area
        )
    return size


def _inside(
    found: re.Match[str], region: Region, limits: Limits, *, may_grow: bool
) -> tuple[int, int] | None:
    """Return the largest size inside the box of ``!w,h`` and the limits; None for other forms."""
    if not found["inside"]:
        return None
    box = int(found["w"]), int(found["h"])
    if min(box) < 1:
        return box
    if may_grow or box[0] < region.w or box[1] < region.h:
        return limits.shrink(*fitted(region.w, region.h, box))
    if limits.upscale and box[0] > region.w and box[1] > region.h:
        return box  # where enlarging is on offer, ^!w,h asks for it: refused like w,h
    return limits.shrink(region.w, region.h)


def _exact(found: re.Match[str], region: Region) -> tuple[int, int]:
    if found["percent"]:
        scale = float(found["percent"]) / 100
        least = 1 if scale else 0
        return (
            max(least, int(region.w * scale + 0.5)),
            max(least, int(region.h * scale + 0.5)),
        )
    if found["w"]:
        return int(found["w"]), int(found["h"])
    if found["by_w"]:
        width = int(found["by_w"])
        return width, _other(region.h, width, region.w)
    height = int(found["by_h"])
    return _other(region.w, height, region.h), height


def _other(side: int, given: int, of: int) -> int:
    """Return the side that keeps the proportions, rounded half up, at least 1."""
    return max(1, (2 * side * given + of) // (2 * of))


def _rotation(text: str) -> tuple[bool, float]:
    found = _ROTATION.fullmatch(text)
    if found is None or float(found[2]) > 360:
        raise RequestError(400, "iiif-rotation", given=text[:80])
    return bool(found[1]), float(found[2]) % 360
