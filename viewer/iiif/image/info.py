"""info.json of both versions of the Image API from one model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from storage.images import geometry
from viewer.iiif.image.request import FORMATS, QUALITIES

if TYPE_CHECKING:
    from storage.images.pyramid import Pyramid
    from viewer.iiif.image.request import ApiVersion, Limits

CONTEXTS: dict[ApiVersion, str] = {
    "3": "http://iiif.io/api/image/3/context.json",
    "2": "http://iiif.io/api/image/2/context.json",
}
PROFILES: dict[ApiVersion, str] = {
    "3": "http://iiif.io/api/image/3/level2.json",
    "2": "http://iiif.io/api/image/2/level2.json",
}
_PROTOCOL = "http://iiif.io/api/image"
_FEATURES_3 = (
    "baseUriRedirect", "canonicalLinkHeader", "cors", "jsonldMediaType", "mirroring",
    "profileLinkHeader", "regionByPct", "regionByPx", "regionSquare", "rotationArbitrary",
    "rotationBy90s", "sizeByConfinedWh", "sizeByH", "sizeByPct", "sizeByW", "sizeByWh",
)  # fmt: skip
_FEATURES_2 = (
    "baseUriRedirect", "canonicalLinkHeader", "cors", "jsonldMediaType", "mirroring",
    "profileLinkHeader", "regionByPct", "regionByPx", "regionSquare", "rotationArbitrary",
    "rotationBy90s", "sizeByConfinedWh", "sizeByDistortedWh", "sizeByForcedWh", "sizeByH",
    "sizeByPct", "sizeByW", "sizeByWh", "sizeByWhListed",
)  # fmt: skip


def info_json(
    version: ApiVersion, identifier: str, pyramid: Pyramid, limits: Limits, rights: str | None
) -> bytes:
    """Return the document. ``identifier`` is the image's URI, ``rights`` a licence URI."""
    make = _version_3 if version == "3" else _version_2
    document = make(identifier, pyramid, limits)
    if rights is not None:
        document["rights" if version == "3" else "license"] = rights
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _sizes(pyramid: Pyramid, limits: Limits) -> list[dict[str, int]]:
    """Return the sizes at which the whole image is there or quickly made, smallest first."""
    sizes = {size for size in (*pyramid.levels, *pyramid.small_sizes) if limits.allow(*size)}
    return [{"width": w, "height": h} for w, h in sorted(sizes)]


def _tiles(pyramid: Pyramid) -> list[dict[str, Any]]:
    factors = [1 << level for level in range(len(pyramid.levels))]
    return [{"width": geometry.TILE, "height": geometry.TILE, "scaleFactors": factors}]


def _version_3(identifier: str, pyramid: Pyramid, limits: Limits) -> dict[str, Any]:
    upscaling = ("sizeUpscaling",) if limits.upscale else ()
    return {
        "@context": CONTEXTS["3"],
        "id": identifier,
        "type": "ImageService3",
        "protocol": _PROTOCOL,
        "profile": "level2",
        "width": pyramid.width,
        "height": pyramid.height,
        "maxWidth": limits.width,
        "maxHeight": limits.height,
        "maxArea": limits.area,
        "sizes": _sizes(pyramid, limits),
        "tiles": _tiles(pyramid),
        "preferredFormats": ["jpg"],
        "extraQualities": [q for q in QUALITIES if q != "default"],
        "extraFormats": [f for f in FORMATS if f not in ("jpg", "png")],
        "extraFeatures": [*_FEATURES_3, *upscaling],
    }


def _version_2(identifier: str, pyramid: Pyramid, limits: Limits) -> dict[str, Any]:
    above = ("sizeAboveFull",) if limits.upscale else ()
    return {
        "@context": CONTEXTS["2"],
        "@id": identifier,
        "protocol": _PROTOCOL,
        "width": pyramid.width,
        "height": pyramid.height,
        "sizes": _sizes(pyramid, limits),
        "tiles": _tiles(pyramid),
        "profile": [
            PROFILES["2"],
            {
                "formats": list(FORMATS),
                "qualities": list(QUALITIES),
                "maxWidth": limits.width,
                "maxHeight": limits.height,
                "maxArea": limits.area,
                "supports": [*_FEATURES_2, *above],
            },
        ],
    }
