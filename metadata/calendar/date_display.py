"""EDTF for people: in the Common Era and in the years of the Republic, in Chinese and English."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

from metadata.calendar.edtf import years

if TYPE_CHECKING:
    from metadata.record import DateStatement

_DATE = re.compile(r"(?P<year>-?[\dX]{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[~?%]?)")
_SEASONS_ZH = {21: "春", 22: "夏", 23: "秋", 24: "冬"}
_SEASONS_EN = {21: "spring", 22: "summer", 23: "autumn", 24: "winter"}
_ROC = 1911


def display(statement: DateStatement, language: str) -> str:
    """Return a date as written, with its CE and ROC years where it is certain and lacks them.

    ``language`` is zh-Hant or en.
    """
    written = statement.as_written
    if statement.edtf is None:
        return written
    known = [y for y in years(statement.edtf) if y is not None]
    has_common = bool(known) and all(str(year) in written for year in known)
    common = "" if has_common else in_common_era(statement.edtf, language)
    if language == "en":
        return f"{written} ({common})" if common and common != written else written
    roc = "" if "民國" in written else in_republic(statement.edtf)
    also = "，".join(filter(None, (f"西元{common}" if common else "", roc)))
    return f"{written}（{also}）" if also else written


def in_common_era(edtf: str, language: str) -> str:
    """Return an EDTF text in words: 1935年10月, about 1935; "" when it is a set or has no form."""
    if edtf[:1] in "[{":
        return ""
    start, mark, end = edtf.partition("/")
    write = _english if language == "en" else _chinese
    if not mark:
        return write(start)
    if start in ("", ".."):
        return f"until {write(end)}" if language == "en" else f"{write(end)}以前"
    if end in ("", ".."):
        return f"from {write(start)}" if language == "en" else f"{write(start)}以後"
    first, last = write(start), write(end)
    if language == "en":
        return f"{first} – {last}" if first and last else ""
    return f"{first}至{last}" if first and last else ""


def in_republic(edtf: str) -> str:
    """Return the years of the Republic that an EDTF text names, 民國24–26年; "" before 1912."""
    first, last = years(edtf)
    if edtf[:1] in "[{" or "X" in edtf or first is None or last is None or first <= _ROC:
        return ""
    if first == last:
        return f"民國{first - _ROC}年"
    return f"民國{first - _ROC}–{last - _ROC}年"


def _parts(text: str) -> tuple[str, int | None, int | None, str] | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    month, day = (int(match[g]) if match[g] else None for g in ("month", "day"))
    year = match["year"].lstrip("0") or "0"
    if year == "0" or year.startswith("-"):
        year = f"前{1 - int(year)}"  # astronomical years: 0 is 1 BCE
    return year, month, day, match["mark"]


def _chinese(text: str) -> str:
    parts = _parts(text)
    if parts is None:
        return ""
    year, month, day, mark = parts
    out = f"{year.replace('X', '0')}年代" if year.count("X") == 1 else f"{year}年"
    if month in _SEASONS_ZH:
        out += _SEASONS_ZH[month]
    elif month:
        out += f"{month}月" + (f"{day}日" if day else "")
    return {"~": f"約{out}", "?": f"{out}？", "%": f"約{out}？"}.get(mark, out)


def _english(text: str) -> str:
    parts = _parts(text)
    if parts is None:
        return ""
    year, month, day, mark = parts
    out = f"{year.replace('X', '0')}s" if year.count("X") == 1 else year
    out = f"{out.removeprefix('前')} BCE" if out.startswith("前") else out
    if month in _SEASONS_EN:
        out = f"{_SEASONS_EN[month]} {out}"
    elif month:
        out = f"{f'{day} ' if day else ''}{calendar.month_name[month]} {out}"
    return {"~": f"about {out}", "?": f"{out}?", "%": f"about {out}?"}.get(mark, out)
