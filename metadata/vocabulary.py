"""Reading the controlled terms of ``metadata/vocab/*.toml``."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any


@cache
def terms(vocabulary: str) -> dict[str, dict[str, Any]]:
    """Return a vocabulary's terms by value: labels by language, and ``also`` other names."""
    file = resources.files("metadata").joinpath("vocab", f"{vocabulary}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def label(vocabulary: str, value: str, language: str) -> str:
    """Return a term's label, or the value itself when it is no term."""
    term = terms(vocabulary).get(value)
    return str(term.get(language) or term["en"]) if term else value


def labels(vocabulary: str, value: str) -> dict[str, str]:
    """Return a term's labels by language."""
    return {lang: label(vocabulary, value, lang) for lang in ("zh-Hant", "en")}


def find(vocabulary: str, text: str) -> str | None:
    """Return the value that ``text`` names: the value, a label or another name; None without."""
    return _names(vocabulary).get(_plain(text))


@cache
def _names(vocabulary: str) -> dict[str, str]:
    names: dict[str, str] = {}
    for value, term in terms(vocabulary).items():
        for name in (value, term["zh-Hant"], term["en"], *term.get("also", ())):
            names.setdefault(_plain(name), value)
    return names


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
