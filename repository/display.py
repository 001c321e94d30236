"""How dates are shown: as written, with the CE and ROC year where they are certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.calendar.date_display import display

if TYPE_CHECKING:
    from metadata.record import DateStatement


def date_texts(statement: DateStatement) -> dict[str, str]:
    """Return a date for people, by language."""
    return {language: display(statement, language) for language in ("zh-Hant", "en")}
