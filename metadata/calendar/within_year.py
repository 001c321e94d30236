"""What stands in a date behind its year: month, day, season, festival, third of a month.

Months of lunar years become intervals of days. What a calendar does not have is flagged.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from metadata.calendar import lunar
from metadata.calendar.numerals import CHARACTERS, read_number

if TYPE_CHECKING:
    from metadata.calendar.eras import Era

Months = Literal["solar", "court", "exile"]
NUMBER = f"[{CHARACTERS}]+"
_SEASONS = {"春": 21, "夏": 22, "秋": 23, "冬": 24}
# Months by the names that inscriptions use.
_MONTH_NAMES = {
    "正": 1, "冬": 11, "臘": 12, "腊": 12, "端": 1, "花": 2, "杏": 2, "桐": 3, "桃": 3, "梅": 4,
    "蒲": 5, "荔": 6, "瓜": 7, "桂": 8, "菊": 9, "陽": 10, "葭": 11,
    "孟春": 1, "仲春": 2, "季春": 3, "孟夏": 4, "仲夏": 5, "季夏": 6,
    "孟秋": 7, "仲秋": 8, "季秋": 9, "孟冬": 10, "仲冬": 11, "季冬": 12, "嘉平": 12,
}  # fmt: skip
_FESTIVALS = {
    "上元": (1, 15), "元宵": (1, 15), "端午": (5, 5), "端陽": (5, 5), "七夕": (7, 7),
    "中元": (7, 15), "中秋": (8, 15), "重陽": (9, 9), "下元": (10, 15),
}  # fmt: skip
_THIRDS_OF_MONTH = {"上": (1, 10), "中": (11, 20), "下": (21, 31)}
_NAMED_DAYS = {"朔": 1, "望": 15}
# The first year of each land whose months are read: Japan's are Gregorian from 明治6 on; which
# calendar Edo Japan and the Manchu court before Peking kept is not in our tables.
_FIRST_MONTHS = {"日本": 1873, "清": 1644}
_EXILE = "永曆"
_LONG_NAMES = "|".join(k for k in _MONTH_NAMES if len(k) > 1)
_SHORT_NAMES = "".join(k for k in _MONTH_NAMES if len(k) == 1)
_DAY = (
    # 6月二版 is a second edition of June, no second of June.
    rf"(?:(?P<first>初)?(?P<day>{NUMBER})(?:[日號号]|(?![{CHARACTERS}版刷期卷冊集輯次]))|(?P<named>[朔望])日?|(?P<third>[上中下])[旬浣澣]"
    rf"|(?P<blank>日))?"
)
MONTH = (
    rf"(?:(?P<calendar>農曆|陰曆|舊曆|夏曆|陽曆|新曆|國曆)?(?:(?P<leap>閏|闰|又)?"
    rf"(?:(?P<month>{NUMBER})月|(?P<short>[{_SHORT_NAMES}])月|(?P<long>{_LONG_NAMES})月?)"
    rf"{_DAY}"
    rf"|(?P<season>[春夏秋冬])[季天]?"
    rf"|(?P<festival>{'|'.join(_FESTIVALS)})節?日?"
    rf"|(?P<newyear>元旦))|(?P<dots>(?P<dot>[./-])\d{{1,2}}(?:(?P=dot)\d{{1,2}}日?)?))?"
)


class FlaggedError(Exception):
    """The text has no certain reading; ``proposed`` is what it may mean."""

    def __init__(self, proposed: str | None = None) -> None:
        super().__init__(proposed)
        self.proposed = proposed


def iso(year: int, month: int | None = None, day: int | None = None) -> str:
    """Return a date in ISO 8601. Raises FlaggedError when there is no such month or day."""
    if month is None:
        return f"{year:04}"
    if not 1 <= month <= 12 or not 1 <= year <= 9999:
        raise FlaggedError
    if day is None:
        return f"{year:04}-{month:02}"
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise FlaggedError
    return f"{year:04}-{month:02}-{day:02}"


def number_of(text: str | None) -> int | None:
    """Return the number of a matched text, None without. Raises FlaggedError when it is none."""
    if text is None:
        return None
    number = read_number(text)
    if number is None:
        raise FlaggedError
    return number


@dataclass(frozen=True, slots=True)
class Year:
    """A year, CE, and the era that it is counted in; None for the Common Era."""

    year: int
    era: Era | None = None

    @property
    def is_lunar(self) -> bool:
        """Tell whether its months are lunar."""
        return self.era is not None and self.era.calendar == "lunar"

    def bounds(self) -> tuple[date, date]:
        """Return its first and last day."""
        span = lunar.year_span(self.year) if self.is_lunar else None
        return span or (date(self.year, 1, 1), date(self.year, 12, 31))

    def check(self, first: date, last: date) -> None:
        """Refuse days outside the era, or by a calendar that is not known. Raises FlaggedError."""
        era = self.era
        if era is None:
            return
        if self.year < _FIRST_MONTHS.get(era.country, self.year):
            raise FlaggedError
        is_before = era.first_day is not None and last < era.first_day
        is_after = era.last_day is not None and first > era.last_day
        if is_before or is_after:
            raise FlaggedError


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a year as EDTF, with its days."""

    edtf: str
    first: date
    last: date
    is_lunar: bool = False


def part_of(whole: Year, match: re.Match[str]) -> Part | None:
    """Return the part of a year that ``MONTH`` matched, None when it is the whole year.

    Raises FlaggedError when there is no such month or day in the calendar or era.
    """
    months: Months = "court" if whole.is_lunar else "solar"
    if match["calendar"]:
        months = "court" if match["calendar"] in ("農曆", "陰曆", "舊曆", "夏曆") else "solar"
    if whole.era is not None and whole.era.name == _EXILE and months == "court":
        found = _in_exile(whole.year, match)
    else:
        found = _read(whole.year, match, months=months)
    if found is None:
        return None
    if months == "solar" and _looks_lunar(match):
        lunar_reading = _read(whole.year, match, months="court")
        raise FlaggedError(lunar_reading[0] if lunar_reading else None)
    text, first, last = found
    whole.check(first, last)
    return Part(text, first, last, months != "solar")


def _looks_lunar(match: re.Match[str]) -> bool:
    """Tell whether a date in a solar year speaks the lunar calendar's words: 正月, 臘月, 初五."""
    if match["calendar"] or match["festival"]:
        return False
    named = match["short"] or match["long"] or match["month"] == "正"
    return bool(named or match["first"] or match["named"])


def _in_exile(year: int, match: re.Match[str]) -> tuple[str, date, date] | None:
    """Read a part of a 永曆 year: certain where the Ming's and the Qing's calendar agree.

    Where they do not (leap months, new moons a day apart), the Ming's reading is proposed.
    """
    ming = _read(year, match, months="exile")
    try:
        qing = _read(year, match, months="court")
    except FlaggedError:
        qing = None
    if ming is not None and ming != qing:
        raise FlaggedError(ming[0])
    return ming


def _read(year: int, match: re.Match[str], *, months: Months) -> tuple[str, date, date] | None:
    name = match["short"] or match["long"]
    if match["month"] or name:
        number = _MONTH_NAMES[name] if name else number_of(match["month"]) or 0
        is_leap = match["leap"] is not None
        return _month(year, number, _days(match), leap=is_leap, months=months)
    if dots := match["dots"]:
        numbers = [int(n.rstrip("日")) for n in re.split("[./-]", dots)[1:]]
        days = (numbers[1], numbers[1]) if len(numbers) > 1 else None
        return _month(year, numbers[0], days, leap=False, months=months)
    return _feast_or_season(year, match, months=months)


def _feast_or_season(
    year: int, match: re.Match[str], *, months: Months
) -> tuple[str, date, date] | None:
    """Read what is no month: festivals are lunar in every era, New Year's Day is not."""
    if season := match["season"]:
        if months != "solar":
            start = "春夏秋冬".index(season) * 3 + 1
            return _spanned(lunar.months_span(year, start, start + 2, exile=months == "exile"))
        return f"{year:04}-{_SEASONS[season]}", date(year, 1, 1), date(year, 12, 31)
    if festival := match["festival"]:
        month, day = _FESTIVALS[festival]
        return _spanned(_lunar_days(year, month, (day, day), leap=False, months=months))
    if match["newyear"]:
        return _month(year, 1, (1, 1), leap=False, months=months)
    return None


def _days(match: re.Match[str]) -> tuple[int, int] | None:
    if match["third"]:
        return _THIRDS_OF_MONTH[match["third"]]
    if match["named"]:
        return (_NAMED_DAYS[match["named"]],) * 2
    day = number_of(match["day"])
    return (day, day) if day is not None else None


def _month(
    year: int, month: int, days: tuple[int, int] | None, *, leap: bool, months: Months
) -> tuple[str, date, date]:
    if not 1 <= month <= 12:
        raise FlaggedError
    if months != "solar":
        return _spanned(_lunar_days(year, month, days, leap=leap, months=months))
    if leap:
        raise FlaggedError
    return _solar(year, month, days)


def _lunar_days(
    year: int, month: int, days: tuple[int, int] | None, *, leap: bool, months: Months
) -> tuple[date, date] | None:
    exile = months == "exile"
    span = lunar.month_span(year, month, leap=leap, exile=exile)
    if span is None or days is None:
        return span
    first = lunar.day(year, month, days[0], leap=leap, exile=exile)
    last = lunar.day(year, month, days[1], leap=leap, exile=exile)
    if days[0] != days[1] and last is None:
        last = span[1]
    return (first, last) if first and last else None


def _solar(year: int, month: int, days: tuple[int, int] | None) -> tuple[str, date, date]:
    length = calendar.monthrange(year, month)[1]
    if days is None:
        return iso(year, month), date(year, month, 1), date(year, month, length)
    first, last = days
    if first != last:
        last = min(last, length)
    iso(year, month, last)
    return _spanned((date(year, month, first), date(year, month, last)))


def _spanned(span: tuple[date, date] | None) -> tuple[str, date, date]:
    if span is None:
        raise FlaggedError
    return _span(*span), *span


def _span(first: date, last: date) -> str:
    start, end = first.isoformat(), last.isoformat()
    return start if start == end else f"{start}/{end}"
