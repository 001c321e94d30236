"""The image service as a bare ASGI application: nothing stands between a tile and its bytes."""

from __future__ import annotations

import hashlib
import logging
import resource
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from repository.errors import CatalogueError, NotFoundError, WithdrawnError
from storage.images import geometry
from storage.images.pyramid import PyramidError
from viewer.iiif.image.answer import OPEN_TO_ALL, ImageResponse, answer_with, matches, refusal
from viewer.iiif.image.held import HeldPages, NotDerivedError
from viewer.iiif.image.info import CONTEXTS, PROFILES, info_json
from viewer.iiif.image.pool import BusyError, RenderError, RenderPool
from viewer.iiif.image.request import FORMATS, FullImage, Limits, RequestError, canonical, resolve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from storage.images.pyramid import Extent
    from viewer.iiif.image.answer import HttpHeader
    from viewer.iiif.image.held import HeldPage
    from viewer.iiif.image.request import ApiVersion, ImageRequest
    from viewer.site import App

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]

PREFIX = "/iiif/image"
_LONGEST_PATH = 1024
_MOST_KNOWN = 4096
_MOST_HELD = 500
_log = logging.getLogger("takao.images")
_SHARED = b"public, max-age=86400"
_PERSONAL = b"private, no-cache"
_FAILURES: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFoundError, 404, "iiif-no-such-page"),
    (WithdrawnError, 410, "iiif-withdrawn"),
    (BusyError, 503, "iiif-busy"),
    (CatalogueError, 503, "iiif-busy"),
    (NotDerivedError, 503, "iiif-not-derived"),
    (PyramidError, 503, "iiif-damaged"),
    (RenderError, 503, "iiif-damaged"),
)
_EXPECTED = (NotFoundError, WithdrawnError, BusyError, NotDerivedError)
_PREFLIGHT = (
    *OPEN_TO_ALL,
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"accept, if-none-match, if-range, range"),
    (b"access-control-max-age", b"86400"),
    (b"allow", b"GET, HEAD, OPTIONS"),
)


@dataclass(frozen=True, slots=True)
class _Resolved:
    """What an image path stands for: ``extent`` is where its answer is stored, if it is."""

    wanted: ImageRequest
    etag: bytes
    headers: tuple[HttpHeader, ...]
    extent: Extent | None


class ImageService:
    """Answers ``/3/{page}/…`` and ``/2/{page}/…`` below ``/iiif/image``."""

    def __init__(self, app: App, limits: Limits, pool: RenderPool) -> None:
        self._base = app.public_url + PREFIX
        self._networks = app.settings.onsite_networks
        self._limits = limits
        self._pool = pool
        # Each held page is an open file; connections need their share.
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        most = min(_MOST_HELD, files // 3) if files > 0 else _MOST_HELD
        self._held = HeldPages(app.works, app.outbox, app.derivatives, most)
        self._known: dict[tuple[int, str], _Resolved] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3); other scopes than http are left alone."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except RequestError as error:
            answer = refusal(scope["path"], error.status, error.code, **error.values)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer
            answer = _failure(error, scope["path"])
        if answer is None:
            return
        headers = [*answer.headers]
        if answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.body", "body": body})

    def close(self) -> None:
        """End the render processes."""
        self._pool.close()

    async def _answer(self, scope: Scope, receive: Receive) -> ImageResponse | None:
        path: str = scope["path"]
        if len(path) > _LONGEST_PATH:
            raise RequestError(414, "iiif-too-long", limit=_LONGEST_PATH)
        if scope["method"] not in ("GET", "HEAD"):
            if scope["method"] == "OPTIONS":
                return ImageResponse(204, _PREFLIGHT)
            raise RequestError(405, "iiif-method")
        parts = path.removeprefix(scope.get("root_path", "")).removeprefix(PREFIX).split("/")
        if len(parts) not in (3, 4, 7) or parts[1] not in ("2", "3"):
            raise RequestError(404, "iiif-no-such-path")
        version: ApiVersion = "3" if parts[1] == "3" else "2"
        held = await self._held.get(parts[2])
        if len(parts) == 7:
            return await self._image(version, held, parts, scope, receive)
        if len(parts) == 4:
            if parts[3] != "info.json":
                raise RequestError(404, "iiif-no-such-path")
            return self._info(version, held, scope)
        target = f"{self._base}/{version}/{held.id}/info.json"
        return ImageResponse(303, ((b"location", target.encode("ascii")), *OPEN_TO_ALL))

    async def _image(
        self, version: ApiVersion, held: HeldPage, parts: list[str], scope: Scope, receive: Receive
    ) -> ImageResponse | None:
        client = scope["client"][0] if scope.get("client") else None
        if not held.allows(client, self._networks):
            raise RequestError(401, "iiif-access")
        found = self._resolved(version, held, parts, scope["path"])
        if found.extent is not None:
            body: bytes | None = held.pyramid.read(found.extent)
        else:
            for field, value in scope["headers"]:
                if field == b"if-none-match" and matches(value, found.etag):
                    return ImageResponse(304, (*found.headers, (b"etag", found.etag)))
            body = await self._pool.render(held.path, found.wanted, client, partial(_gone, receive))
        if body is None:
            return None
        return answer_with(body, found.etag, found.headers, scope["headers"])

    def _resolved(
        self, version: ApiVersion, held: HeldPage, parts: list[str], path: str
    ) -> _Resolved:
        """Return what an image path stands for; the last ones are remembered."""
        known = self._known.get((held.serial, path))
        if known is not None:
            return known
        pyramid = held.pyramid
        full = FullImage(pyramid.width, pyramid.height, pyramid.bands == 1, self._limits)
        wanted = resolve(version, (parts[3], parts[4], parts[5], parts[6]), full)
        name = canonical(version, wanted, full)
        digest = hashlib.blake2s(f"{version}/{name}".encode(), digest_size=6).hexdigest()
        found = _Resolved(
            wanted,
            f'"{held.tag}-{digest}"'.encode("ascii"),
            self._image_headers(version, held, wanted, name),
            _stored(held, wanted),
        )
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[held.serial, path] = found
        return found

    def _info(self, version: ApiVersion, held: HeldPage, scope: Scope) -> ImageResponse:
        accept = next((v for k, v in scope["headers"] if k == b"accept"), b"").decode("latin-1")
        identifier = f"{self._base}/{version}/{held.id}"
        body = info_json(
            version, identifier, held.pyramid, self._limits, held.work.record.rights.uri
        )
        kind, link = _info_type(version, accept)
        headers = (
            (b"content-type", kind),
            (b"cache-control", b"public, no-cache"),
            (b"vary", b"accept"),
            (b"link", link),
            *OPEN_TO_ALL,
        )
        digest = hashlib.blake2s(body, digest_size=8).hexdigest()
        tag = f'"{digest}-{version}{"l" if b"ld+json" in kind else "j"}"'
        return answer_with(body, tag.encode(), headers, scope["headers"])

    def _image_headers(
        self, version: ApiVersion, held: HeldPage, wanted: ImageRequest, name: str
    ) -> tuple[HttpHeader, ...]:
        link = (
            f'<{self._base}/{version}/{held.id}/{name}>;rel="canonical",'
            f'<{PROFILES[version]}>;rel="profile"'
        )
        # What only some may see must not lie in a shared cache.
        everybody = held.allows(None, ())
        return (
            (b"content-type", FORMATS[wanted.format].encode("ascii")),
            (b"cache-control", _SHARED if everybody else _PERSONAL),
            (b"link", link.encode("ascii")),
            *OPEN_TO_ALL,
        )


def make_service(app: App) -> ImageService:
    """Return the service with the limits and as many render processes as the settings say."""
    limits = Limits(upscale=app.settings.image_upscale)
    return ImageService(app, limits, RenderPool(app.settings.workers))


def _failure(error: Exception, path: str) -> ImageResponse:
    """Return the answer to a failure; what is nobody's fault but ours goes into the log."""
    status, code = next(
        ((status, code) for kind, status, code in _FAILURES if isinstance(error, kind)),
        (500, "iiif-failed"),
    )
    if not isinstance(error, _EXPECTED):
        _log.error("no answer to %s", path[:_LONGEST_PATH], exc_info=error)
    return refusal(path, status, code)


def _stored(held: HeldPage, wanted: ImageRequest) -> Extent | None:
    """Return where the stored JPEG lies that is this picture to the pixel, if there is one."""
    if not wanted.is_plain:
        return None
    pyramid = held.pyramid
    tile = geometry.aligned_tile(pyramid.width, pyramid.height, wanted.region, wanted.size)
    if tile is not None:
        return pyramid.tile_extent(tile)
    if wanted.region == (0, 0, pyramid.width, pyramid.height):
        return pyramid.small_extent(wanted.size)
    return None


def _info_type(version: ApiVersion, accept: str) -> tuple[bytes, bytes]:
    """Return the content type of info.json and its Link header (3.0 §5.1, 2.1.1 §5.1)."""
    profile = f'<{PROFILES[version]}>;rel="profile"'
    wants_json = "application/json" in accept and "ld+json" not in accept
    if (version == "3" and not wants_json) or "ld+json" in accept:
        suffix = f';profile="{CONTEXTS["3"]}"' if version == "3" else ""
        return f"application/ld+json{suffix}".encode("ascii"), profile.encode("ascii")
    context = (
        f'<{CONTEXTS[version]}>;rel="http://www.w3.org/ns/json-ld#context";'
        'type="application/ld+json"'
    )
    return b"application/json", f"{context},{profile}".encode("ascii")


async def _gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
