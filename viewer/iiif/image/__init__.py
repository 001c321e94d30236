"""IIIF Image API 3.0 and 2.1.1 over the pyramids of ``storage``."""

from viewer.iiif.image.service import PREFIX, ImageService, image_service

IMAGES = f"{PREFIX}/"

__all__ = ["IMAGES", "ImageService", "image_service"]
