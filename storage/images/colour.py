"""Colour: whatever a master is in becomes 8-bit sRGB or grey, which every browser shows alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyvips
    from PIL import Image

_SRGB_MARKS = (b"sRGB IEC61966", b"s\0R\0G\0B\0 \0I\0E\0C", b"sRGB")


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """Return an image as 8-bit sRGB with 3 bands or grey with 1.

    An embedded ICC profile is applied; CMYK without one is taken as common press CMYK;
    transparency is laid on white.
    """
    import pyvips

    grey = image.bands <= 2 and image.interpretation in ("b-w", "grey16", "multiband")
    if image.get_typeof("icc-profile-data") and not _is_srgb(image):
        try:
            alpha = image[image.bands - 1] if image.hasalpha() else None
            image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8)
            if alpha is not None and not image.hasalpha():
                image = image.bandjoin(alpha.cast("uchar"))
        except pyvips.Error:
            pass  # a profile that does not fit its image: the pixels stand for themselves
    image = image.colourspace("b-w" if grey else "srgb")
    if image.hasalpha():
        image = image.flatten(background=[255] * (image.bands - 1))
    image = image.cast("uchar")
    return image[0] if grey and image.bands > 1 else image


def _is_srgb(image: pyvips.Image) -> bool:
    profile = image.get("icc-profile-data")
    return image.bands >= 3 and any(mark in profile for mark in _SRGB_MARKS)


def from_pillow(image: Image.Image) -> pyvips.Image:
    """Return a decoded Pillow image as a vips image in sRGB, its ICC profile applied."""
    import pyvips

    profile = image.info.get("icc_profile")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode == "YCbCr":
        image = image.convert("RGB")
    pixels = np.asarray(image)
    if pixels.dtype == np.int32:  # mode I: up to 16 bits that Pillow widened
        pixels = pixels.clip(0, 65535).astype(np.uint16)
    result = pyvips.Image.new_from_array(pixels)
    if profile:
        result = result.copy()
        result.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return to_srgb(result)
