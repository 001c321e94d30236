"""Our static files, read once: a few hundred KiB, compressed once, addressed by their digest.

The digest stands in the path, so a file may be kept for ever and relative imports between modules
stay within one version.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from starlette.responses import Response

from repository.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from starlette.requests import Request

MEDIA_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "md": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent."""

    content: bytes
    compressed: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All static files by path."""

    version: str
    files: dict[str, StaticFile]

    def answer(self, path: str, request: Request) -> Response:
        """Return a file. Raises NotFoundError."""
        file = self.files.get(path)
        if file is None:
            raise NotFoundError(path)
        headers = {"cache-control": _FOR_EVER, "vary": "Accept-Encoding"}
        content = file.content
        if "gzip" in request.headers.get("accept-encoding", ""):
            content = file.compressed
            headers["content-encoding"] = "gzip"
        return Response(content, media_type=file.media_type, headers=headers)


def load() -> StaticFiles:
    """Read the static files of this package."""
    found = dict(sorted(_walk(resources.files("viewer").joinpath("static"), "")))
    digest = hashlib.sha256()
    for path, content in found.items():
        digest.update(path.encode() + b"\0" + hashlib.sha256(content).digest())
    files = {
        path: StaticFile(content, gzip.compress(content, mtime=0), _media_type(path))
        for path, content in found.items()
    }
    return StaticFiles(digest.hexdigest()[:12], files)


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.read_bytes()


def _media_type(path: str) -> str:
    return MEDIA_TYPES.get(path.rpartition(".")[2], "application/octet-stream")
