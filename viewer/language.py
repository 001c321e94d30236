"""The interface's language: chosen by ``?lang=``, cookie, ``Accept-Language``, else zh-Hant.

Message ids are the English texts; ``locale/*/LC_MESSAGES/takao.po`` holds the others. The
catalogues are read as text: nothing has to be compiled, so none can be out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from gettext import NullTranslations
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

if TYPE_CHECKING:
    from starlette.requests import Request

LANGUAGES = {"zh-Hant": "中文", "en": "English"}
DEFAULT = "zh-Hant"
COOKIE = "lang"
DOMAIN = "takao"
_CHINESE = ("zh", "zh-tw", "zh-hk", "zh-mo")
_LONGEST_HEADER = 500


def match(tag: str) -> str | None:
    """Return our language for a BCP 47 tag: zh, zh-TW, zh-HK, zh-MO and zh-Hant* are zh-Hant."""
    wanted = tag.strip().lower().replace("_", "-")
    if wanted in _CHINESE or wanted == "zh-hant" or wanted.startswith("zh-hant-"):
        return "zh-Hant"
    return "en" if wanted == "en" or wanted.startswith("en-") else None


def accepted(header: str) -> str | None:
    """Return the language of an ``Accept-Language`` header (RFC 9110 §12.5.4) that we have.

    Simplified Chinese readers get zh-Hant when they ask for no other language of ours.
    """
    choices: list[tuple[float, int, str]] = []
    for position, part in enumerate(header[:_LONGEST_HEADER].split(",")):
        tag, _, parameters = part.partition(";")
        weight = _weight(parameters)
        if weight > 0 and tag.strip():
            choices.append((-weight, position, tag))
    tags = [tag for _, _, tag in sorted(choices)]
    found = next((language for tag in tags if (language := match(tag))), None)
    if found:
        return found
    return DEFAULT if any(tag.strip().lower().startswith("zh") for tag in tags) else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def language_of(request: Request) -> str:
    """Return the language in which ``request`` is to be answered."""
    asked = match(request.query_params.get("lang", ""))
    kept = match(request.cookies.get(COOKIE, ""))
    return asked or kept or accepted(request.headers.get("accept-language", "")) or DEFAULT


@cache
def translations(language: str) -> NullTranslations:
    """Return the gettext catalogue of a language; English is the message ids themselves."""
    if language == "en":
        return NullTranslations()
    name = language.replace("-", "_")
    source = resources.files("viewer").joinpath("locale", name, "LC_MESSAGES", f"{DOMAIN}.po")
    with source.open("rb") as file:
        catalogue = read_po(file, locale=name, domain=DOMAIN)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


@dataclass(frozen=True, slots=True)
class Voice:
    """Says English messages in one language."""

    language: str

    def say(self, message: str, **values: object) -> str:
        """Return ``message``, its ``%(name)s`` filled in."""
        translated = translations(self.language).gettext(message)
        return translated % values if values else translated

    def count(self, one: str, many: str, n: int) -> str:
        """Return the form of a message that fits ``n``, its ``%(n)d`` filled in."""
        return translations(self.language).ngettext(one, many, n) % {"n": n}


def marked(message: str) -> str:
    """Mark a message for the catalogues, to be said later; modules import it as ``_``."""
    return message
