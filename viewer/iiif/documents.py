"""JSON-LD documents over HTTP: media type, cross-origin access, conditional requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from fastapi import Request

PRESENTATION = "http://iiif.io/api/presentation/3/context.json"
DISCOVERY = "http://iiif.io/api/discovery/1/context.json"
HEADERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}


def media_type(context: str) -> str:
    """Return the media type of JSON-LD in a context."""
    return f'application/ld+json;profile="{context}"'


def answer(body: bytes, context: str) -> Response:
    """Return a document."""
    return Response(body, 200, HEADERS, media_type(context))


def has(request: Request, tag: str) -> bool:
    """Tell whether the client holds the document with this entity tag (weak comparison)."""
    held = request.headers.get("if-none-match", "")
    return tag.removeprefix("W/") in (one.strip().removeprefix("W/") for one in held.split(","))
