"""IIIF Image API 3.0 and 2.1.1 over the pyramids of ``storage``."""

from viewer.iiif.image.service import ImageService, image_service

__all__ = ["ImageService", "image_service"]
