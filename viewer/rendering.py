"""Jinja2 pages in the reader's language. Everything is escaped; an unknown name is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from viewer.language import COOKIE, LANGUAGES, language_of, match, translations

if TYPE_CHECKING:
    from starlette.requests import Request

    from viewer.addresses import Addresses
    from viewer.site import App

_YEAR_SECONDS = 365 * 24 * 3600


class Renderer:
    """Renders the templates of one site."""

    def __init__(self, app: App, to: Addresses) -> None:
        self.to = to
        self._app = app
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def page(
        self,
        request: Request,
        template: str,
        context: dict[str, Any],
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> HTMLResponse:
        """Return a page for a reader; ``?lang=`` is kept in a cookie."""
        language = language_of(request)
        environment = self._environments[language]
        html = environment.get_template(template).render(
            lang=language, alternates=self._alternates(request), **context
        )
        response = HTMLResponse(html, status, headers)
        response.headers["cache-control"] = "private, no-cache"
        response.headers["content-language"] = language
        response.headers["vary"] = "Accept-Language, Cookie, Accept-Encoding"
        if match(request.query_params.get("lang", "")):
            response.set_cookie(COOKIE, language, max_age=_YEAR_SECONDS, samesite="lax")
        return response

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=PackageLoader("viewer"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        environment.install_gettext_translations(  # type: ignore[attr-defined]  # by the extension
            translations(language), newstyle=True
        )
        environment.globals.update(
            to=self.to,
            languages=LANGUAGES,
            repository_name=self._app.settings.repository_name,
            admin_email=self._app.settings.admin_email,
            public_url=self._app.public_url,
        )
        return environment

    def _alternates(self, request: Request) -> dict[str, str]:
        """Return the address of this page in each language."""
        return {
            language: "?" + request.url.include_query_params(lang=language).query
            for language in LANGUAGES
        }
