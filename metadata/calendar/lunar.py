"""Lunar months and days to the Gregorian calendar, over ``lunar-python`` (MIT).

Its months are those that the court's calendars had: 時憲曆 from 1645, 大統曆 before. ``exile`` asks
for the calendar that the Ming's followers kept after 1644 (``metadata.calendar.datong``).
"""

from __future__ import annotations

from datetime import date, timedelta

from metadata.calendar import datong

# Julian day number of the day before 0001-01-01, proleptic Gregorian.
_EPOCH = 1721425
_LAST_MONTH = 12


def month_span(
    year: int, month: int, *, leap: bool = False, exile: bool = False
) -> tuple[date, date] | None:
    """Return the first and last day of a lunar month; None when the year has no such month.

    ``year`` is the CE year in which the lunar year begins.
    """
    from lunar_python import LunarMonth

    if not 1 <= month <= _LAST_MONTH:
        return None
    if exile:
        return datong.months(year).get((month, leap))
    found = LunarMonth.fromYm(year, -month if leap else month)
    if found is None:
        return None
    first = date.fromordinal(round(found.getFirstJulianDay()) - _EPOCH)
    return first, first + timedelta(days=found.getDayCount() - 1)


def months_span(
    year: int, first: int, last: int, *, exile: bool = False
) -> tuple[date, date] | None:
    """Return the days from one lunar month to another, a leap month at the end included."""
    start = month_span(year, first, exile=exile)
    end = month_span(year, last, leap=True, exile=exile) or month_span(year, last, exile=exile)
    return (start[0], end[1]) if start and end else None


def year_span(year: int) -> tuple[date, date] | None:
    """Return the first and last day of the lunar year that begins in a CE year."""
    return months_span(year, 1, _LAST_MONTH)


def day(
    year: int, month: int, number: int, *, leap: bool = False, exile: bool = False
) -> date | None:
    """Return the Gregorian day of a lunar day; None when there is none."""
    span = month_span(year, month, leap=leap, exile=exile)
    if span is None or number < 1:
        return None
    found = span[0] + timedelta(days=number - 1)
    return found if found <= span[1] else None
