"""The one table from named failures to HTTP statuses: a page for people, RFC 9457 for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from repository.errors import (
    AccessDeniedError,
    CatalogueError,
    NotFoundError,
    SearchUnavailableError,
    WithdrawnError,
)
from storage.errors import StorageError
from viewer.language import Voice, language_of
from viewer.language import marked as _

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from viewer.rendering import Renderer

STATUSES: dict[type[Exception], int] = {
    RequestValidationError: 400,
    AccessDeniedError: 401,
    NotFoundError: 404,
    WithdrawnError: 410,
    CatalogueError: 503,
    StorageError: 503,
    SearchUnavailableError: 503,
    Exception: 500,
}
_RETRY_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened and what to do, as English message ids."""

    title: str
    message: str
    remedy: str


EXPLANATIONS = {
    400: Explanation(
        _("This request cannot be read"),
        _("Part of the address is not in a form this site knows."),
        _("Check the address, or start from a search."),
    ),
    401: Explanation(
        _("Not open to everyone"),
        _("Its images and text can be read inside the library only, or are not open."),
        _("The description is open to all. Ask at the library's desk to see the work itself."),
    ),
    404: Explanation(
        _("There is nothing at this address"),
        _("The address may be mistyped, or what stood here was never published."),
        _("Search the collection, or go to the home page."),
    ),
    405: Explanation(
        _("This request cannot be read"),
        _("This address is for reading only."),
        _("Open it in a browser, or send GET."),
    ),
    410: Explanation(
        _("This work was withdrawn"),
        _("It was published here once and has been taken back by the library."),
        _("Write to the library if you need to know more."),
    ),
    500: Explanation(
        _("Something went wrong on our side"),
        _("The page could not be made; the fault has been recorded."),
        _("Try again; if it happens again, write to the library and name the address."),
    ),
    503: Explanation(
        _("This part of the site is not available at the moment"),
        _("A part that is needed for this page does not answer."),
        _("Try again in a minute. Works and pages can still be opened by their address."),
    ),
}


def status_of(error: Exception) -> int:
    """Return the HTTP status of a failure."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks: only browsers name text/html."""
    return "text/html" in request.headers.get("accept", "")


def add_error_handlers(site: FastAPI, renderer: Renderer) -> None:
    """Answer every failure of ``site`` by the table."""

    def answer(request: Request, error: Exception) -> Response:
        status = status_of(error)
        explanation = EXPLANATIONS.get(status, EXPLANATIONS[500 if status >= 500 else 400])
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if status == 503:
            headers["Retry-After"] = _RETRY_SECONDS
        if status == 401:
            headers["WWW-Authenticate"] = 'Takao realm="reading room"'
        if wants_page(request):
            context = {
                "status": status,
                "explanation": explanation,
                "reason": str(error) if isinstance(error, WithdrawnError) else "",
            }
            return renderer.page(request, "error.html", context, status, headers)
        return _problem(request, status, explanation, headers)

    for kind in (*STATUSES, HTTPException):
        site.add_exception_handler(kind, answer)


def _problem(
    request: Request, status: int, explanation: Explanation, headers: dict[str, str]
) -> Response:
    language = language_of(request)
    voice = Voice(language)
    document = {
        "type": "about:blank",
        "title": voice.say(explanation.title),
        "status": status,
        "detail": voice.say(explanation.message),
        "remedy": voice.say(explanation.remedy),
        "instance": request.url.path,
    }
    headers |= {"content-language": language, "vary": "Accept-Language, Cookie"}
    return JSONResponse(document, status, headers, media_type="application/problem+json")
