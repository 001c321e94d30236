"""How dates are shown: as written, with the CE and ROC year where they are certain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metadata.record import DateStatement


def date_texts(statement: DateStatement) -> dict[str, str]:
    """Return a date for people, by language."""
    years = _years(statement)
    if years is None:
        return {"zh-Hant": statement.as_written, "en": statement.as_written}
    common, republican = years
    if common in statement.as_written and republican is None:
        return {"zh-Hant": statement.as_written, "en": statement.as_written}
    chinese = f"西元{common}年" if common not in statement.as_written else ""
    if republican and "民國" not in statement.as_written:
        chinese = f"{chinese}，{republican}" if chinese else republican
    bracket = f"（{chinese}）" if chinese else ""
    english = statement.as_written
    if common not in statement.as_written:
        english = f"{statement.as_written} ({common})"
    return {"zh-Hant": f"{statement.as_written}{bracket}", "en": english}


def _years(statement: DateStatement) -> tuple[str, str | None] | None:
    first, last = statement.first_year, statement.last_year
    if first is None or last is None:
        return None
    if first == last:
        return str(first), f"民國{first - 1911}年" if first >= 1912 else None
    return f"{first}–{last}", None
