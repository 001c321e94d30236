"""Problems: coded, bilingual findings of a check. Data, never exceptions."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

Severity = Literal["error", "warning", "notice"]
LANGUAGES = ("zh-Hant", "en")


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: what happened, where, and what to do, in zh-Hant and English.

    ``message`` and ``remedy`` map a BCP 47 tag ("zh-Hant", "en") to text.
    ``where`` names the file, row or field.
    """

    code: str
    severity: Severity
    where: str
    message: dict[str, str]
    remedy: dict[str, str]

    def to_json(self) -> dict[str, object]:
        """Return the shape of ``interfaces`` §1."""
        return {
            "code": self.code,
            "severity": self.severity,
            "where": self.where,
            "message": self.message,
            "remedy": self.remedy,
        }


@cache
def problem_texts() -> dict[str, dict[str, str]]:
    """Return every problem's texts by code, from ``metadata/problems/*.toml``."""
    texts: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("metadata").joinpath("problems").iterdir(), key=str):
        if file.name.endswith(".toml"):
            texts.update(tomllib.loads(file.read_text("utf-8")))
    return texts


def problem(code: str, where: str, **values: object) -> Problem:
    """Return the Problem ``code`` with its texts filled in from ``values``.

    Raises KeyError when the code or one of its values is unknown: our fault, not the input's.
    """
    text = problem_texts()[code]
    return Problem(
        code=code,
        severity=text["severity"],  # type: ignore[arg-type]  # tests check the TOML's values
        where=where,
        message={lang: text[f"message-{lang}"].format_map(values) for lang in LANGUAGES},
        remedy={lang: text[f"remedy-{lang}"].format_map(values) for lang in LANGUAGES},
    )
