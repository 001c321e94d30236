"""JSON-LD documents over HTTP: media type, cross-origin access, conditional requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from fastapi import Request

PRESENTATION = "http://iiif.io/api/presentation/3/context.json"
DISCOVERY = "http://iiif.io/api/discovery/1/context.json"


def answer(request: Request, body: bytes, context: str, tag: str | None = None) -> Response:
    """Return a document, or 304 when the client has the one with this entity tag."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
    if tag is not None:
        headers["ETag"] = f'"{tag}"'
        held = request.headers.get("if-none-match", "")
        if headers["ETag"] in (one.strip().removeprefix("W/") for one in held.split(",")):
            return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, f'application/ld+json;profile="{context}"')
