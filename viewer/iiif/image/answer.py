"""HTTP around a body in memory: conditional requests, one byte range, HEAD, problems as JSON.

RFC 9110 §13 (conditions), §14 (ranges); RFC 9457 (problems).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metadata.problem import problem

if TYPE_CHECKING:
    from collections.abc import Iterable

HttpHeader = tuple[bytes, bytes]
_RANGE = re.compile(rb"bytes=([0-9]{0,12})-([0-9]{0,12})")
_SHOWN = 200
OPEN_TO_ALL: tuple[HttpHeader, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"link, etag, retry-after"),
    (b"x-content-type-options", b"nosniff"),
)
_FOR_STATUS: dict[int, tuple[HttpHeader, ...]] = {
    401: ((b"www-authenticate", b'Takao realm="reading room"'),),
    405: ((b"allow", b"GET, HEAD, OPTIONS"),),
    503: ((b"retry-after", b"2"),),
}


@dataclass(frozen=True, slots=True)
class ImageResponse:
    """A response of the image service, before HEAD takes its body away."""

    status: int
    headers: tuple[HttpHeader, ...]
    body: bytes = b""


def answer_with(
    body: bytes, etag: bytes, headers: tuple[HttpHeader, ...], asked: Iterable[HttpHeader]
) -> ImageResponse:
    """Return 200, or what the request's conditions and range make of it."""
    wanted, condition = None, None
    for name, value in asked:
        if name == b"if-none-match":
            if matches(value, etag):
                return ImageResponse(304, (*headers, (b"etag", etag)))
        elif name == b"range":
            wanted = value
        elif name == b"if-range":
            condition = value
    kept = (*headers, (b"etag", etag), (b"accept-ranges", b"bytes"))
    if wanted is None or (condition is not None and condition != etag):
        return ImageResponse(200, kept, body)
    return _ranged(body, kept, wanted)


def matches(condition: bytes, etag: bytes) -> bool:
    """Tell whether an If-None-Match holds this tag (weak comparison)."""
    tags = (tag.strip().removeprefix(b"W/") for tag in condition.split(b","))
    return any(tag in (etag, b"*") for tag in tags)


def _ranged(body: bytes, headers: tuple[HttpHeader, ...], wanted: bytes) -> ImageResponse:
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not (found[1] or found[2]):
        return ImageResponse(
            200, headers, body
        )  # several ranges, or no range at all: may be ignored
    size = len(body)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        start, end = max(0, size - int(found[2])), size - 1
    if start > end:
        return ImageResponse(416, (*headers, (b"content-range", b"bytes */%d" % size)))
    where = (b"content-range", b"bytes %d-%d/%d" % (start, end, size))
    return ImageResponse(206, (*headers, where), body[start : end + 1])


def refusal(path: str, status: int, code: str, **values: object) -> ImageResponse:
    """Return a problem document in zh-Hant and English."""
    found = problem(code, path, **values)
    document = {
        "type": "about:blank",
        "title": found.message["en"],
        "status": status,
        "code": code,
        "message": found.message,
        "remedy": found.remedy,
        "instance": path[:_SHOWN],
    }
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    headers: tuple[HttpHeader, ...] = (
        (b"content-type", b"application/problem+json; charset=utf-8"),
        (b"cache-control", b"no-store"),
        *OPEN_TO_ALL,
        *_FOR_STATUS.get(status, ()),
    )
    return ImageResponse(status, headers, body)
