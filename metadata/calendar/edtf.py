"""EDTF (ISO 8601-2:2019, the profile of the Library of Congress), levels 0 to 2 but for exponents.

Dates are proleptic Gregorian, as ISO 8601 has them.
"""

from __future__ import annotations

import calendar
import re
from datetime import date

# Year, month or season, day; X for a digit that is not known; a mark may stand before or behind.
_MARK = "[~?%]?"
_DATE = re.compile(
    rf"{_MARK}(?P<year>-?\d[\dX]{{3}}|-?XXXX){_MARK}"
    rf"(?:-{_MARK}(?P<month>\d\d|1X|0X|XX){_MARK}"
    rf"(?:-{_MARK}(?P<day>\d\d|[0-3]X|XX){_MARK})?)?"
)
_SETS = {"[": "]", "{": "}"}
# Level 1; level 2 has quarters and more, but people write 1935-37 for two years.
_SEASONS = range(21, 25)


def is_edtf(text: str) -> bool:
    """Tell whether ``text`` is EDTF: a date, an interval that does not run backwards, or a set."""
    if text[:1] in _SETS:
        return text[-1:] == _SETS[text[0]] and _is_set(text[1:-1])
    parts = text.split("/")
    if len(parts) == 1:
        return _is_date(text)
    if len(parts) > 2 or not all(p in ("", "..") or _is_date(p) for p in parts):
        return False
    if not any(_is_date(p) for p in parts):
        return False
    start, end = _years(parts[0])[0], _years(parts[1])[1]
    return start is None or end is None or _key(parts[0], 0) <= _key(parts[1], 1)


def years(edtf: str) -> tuple[int | None, int | None]:
    """Return the first and last CE year of an EDTF text, None at an open end."""
    if edtf[:1] in _SETS:
        ends = [y for part in re.split(r",|\.\.", edtf[1:-1]) if part for y in _years(part)]
        known = [y for y in ends if y is not None]
        return (
            None if edtf[1:3] == ".." or not known else min(known),
            None if edtf[-3:-1] == ".." or not known else max(known),
        )
    if "/" in edtf:
        start, end = edtf.split("/")
        return _years(start)[0], _years(end)[1]
    return _years(edtf)


def bounds(edtf: str) -> tuple[date | None, date | None]:
    """Return the first and last day of an EDTF text of the years 1 to 9999, None where open."""
    start, _, end = edtf.partition("/") if "/" in edtf else (edtf, "", edtf)
    first, last = years(edtf)
    return (
        None if first is None or first < 1 else _day(start, first, at_end=False),
        None if last is None or last < 1 else _day(end, last, at_end=True),
    )


def _is_set(text: str) -> bool:
    parts = text.split(",")
    for part in parts:
        ends = part.split("..")
        if len(ends) > 2 or not any(ends) or not all(e == "" or _is_date(e) for e in ends):
            return False
    return True


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    month, day = match["month"], match["day"]
    if month is None:
        return True
    if month.isdigit() and int(month) in _SEASONS:
        return day is None
    if month.isdigit() and not 1 <= int(month) <= 12:
        return False
    return day is None or not day.isdigit() or _is_day(match["year"], month, int(day))


def _is_day(year: str, month: str, day: int) -> bool:
    if not month.isdigit():
        return 1 <= day <= 31
    is_known = year.isdigit() and int(year) > 0
    longest = calendar.monthrange(int(year) if is_known else 2000, int(month))[1]
    return 1 <= day <= longest


def _years(text: str) -> tuple[int | None, int | None]:
    match = _DATE.fullmatch(text)
    if match is None or match["year"].lstrip("-") == "XXXX":
        return None, None
    ends = int(match["year"].replace("X", "0")), int(match["year"].replace("X", "9"))
    return min(ends), max(ends)


def _day(text: str, year: int, *, at_end: bool) -> date:
    match = _DATE.fullmatch(text)
    month = match["month"] if match else None
    if month is None or not month.isdigit() or int(month) > 12:
        return date(year, 12, 31) if at_end else date(year, 1, 1)
    number = int(month)
    day = match["day"] if match else None
    if day is not None and day.isdigit():
        return date(year, number, int(day))
    return date(year, number, calendar.monthrange(year, number)[1] if at_end else 1)


def _key(text: str, which: int) -> tuple[int, int, int]:
    """Return what orders the ends of an interval: year, month, day; unknown ones at their limit."""
    match = _DATE.fullmatch(text)
    year = _years(text)[which] or 0
    limit = 99 if which else 0
    parts = [match[n] if match else None for n in ("month", "day")]
    month, day = (int(p) if p and p.isdigit() else limit for p in parts)
    return year, month if month < 13 else limit, day
