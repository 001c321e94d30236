"""Lunar months and days to the Gregorian calendar, over ``lunar-python`` (MIT)."""

from __future__ import annotations

from datetime import date, timedelta


def month_span(year: int, month: int, *, leap: bool = False) -> tuple[date, date] | None:
    """Return the first and last day of a lunar month; None when the year has no such month.

    ``year`` is the CE year in which the lunar year begins.
    """
    from lunar_python import LunarMonth, Solar

    found = LunarMonth.fromYm(year, -month if leap else month)
    if found is None:
        return None
    solar = Solar.fromJulianDay(found.getFirstJulianDay())
    first = date(solar.getYear(), solar.getMonth(), solar.getDay())
    return first, first + timedelta(days=found.getDayCount() - 1)


def day(year: int, month: int, number: int, *, leap: bool = False) -> date | None:
    """Return the Gregorian day of a lunar day; None when there is none."""
    span = month_span(year, month, leap=leap)
    if span is None or number < 1:
        return None
    found = span[0] + timedelta(days=number - 1)
    return found if found <= span[1] else None
