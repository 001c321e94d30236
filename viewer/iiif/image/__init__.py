"""IIIF Image API 3.0 and 2.1.1 over the pyramids of ``storage``.

Render processes import this package too: the service itself is loaded only where it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewer.iiif.image.service import ImageService
    from viewer.site import App

IMAGES = "/iiif/image/"


def image_service(app: App) -> ImageService:
    """Return the ASGI application that answers everything below ``IMAGES``."""
    from viewer.iiif.image.service import make_service

    return make_service(app)
