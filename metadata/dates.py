"""Dates as they are written in Taiwan, read as EDTF (ISO 8601-2, levels 0–2); interfaces §6.

Never silently wrong: what cannot be read for certain is kept as written and flagged, perhaps with a
proposal beside it.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date

from metadata import lunar
from metadata.eras import ERAS, PERIODS, VARIANTS, Era, era, sexagenary, years_of
from metadata.numerals import CHARACTERS, read_number
from metadata.record import DateStatement

_N = f"[{CHARACTERS}]+"
_ERA_NAMES = "|".join(sorted([*(e.name for e in ERAS), *VARIANTS], key=len, reverse=True))
_PERIOD_NAMES = "|".join(sorted(PERIODS, key=len, reverse=True))
_GANZHI = "[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]"
_LUNAR_MONTHS = {"正": 1, "冬": 11, "臘": 12, "腊": 12}
_SEASONS = {"春": 21, "夏": 22, "秋": 23, "冬": 24}
_END = "(?:刊行|印行|出版|發行|繪製|刊|印|刻|繪|攝|抄|撰|序|跋)?"
_DAY_PART = (
    rf"(?:(?P<leap>閏)?(?P<month>{_N}|冬|臘|腊)月(?:初)?(?:(?P<day>{_N})[日號]?)?"
    r"|(?P<season>[春夏秋冬])(?:季)?)?"
)
_ERA_DATE = re.compile(
    rf"(?:前清|清|明|日本)?(?P<era>{_ERA_NAMES})(?:(?P<before>前)?(?P<year>{_N})年?)?(?P<ganzhi>{_GANZHI})?(?:年|歲)?"
    rf"{_DAY_PART}{_END}"
)
_BEFORE_ROC = re.compile(rf"(?:民國|中華民國)?民?前(?P<year>{_N})年")
_ERA_DOTS = re.compile(rf"(?P<era>{_ERA_NAMES})(?P<y>\d+)[./-](?P<m>\d+)(?:[./-](?P<d>\d+))?")
_CE_DATE = re.compile(
    rf"(?:西元|公元|西曆)?(?P<year>\d{{4}}|[〇零一二三四五六七八九]{{4}})年?{_DAY_PART}{_END}"
)
_CE_DOTS = re.compile(r"(?:西元|公元)?(?P<y>\d{4})[./-](?P<m>\d{1,2})(?:[./-](?P<d>\d{1,2}))?")
_THIRD = re.compile(
    rf"(?P<name>{_PERIOD_NAMES}|{_ERA_NAMES})(?:代|朝|時期)?"
    r"(?P<part>初|中|末|早|晚|前|後)(?:年|期|葉)?(?:間)?"
)
_WHOLE = re.compile(rf"(?P<name>{_PERIOD_NAMES}|{_ERA_NAMES})(?:年間|朝|間|時期|時代)?")
_CENTURY = re.compile(rf"(?:西元)?(?:第)?(?P<number>{_N})世紀")
_DECADE = re.compile(r"(?:西元)?(?P<decade>\d{3})0年代")
_BARE = re.compile(rf"(?P<y>{_N})(?:年|[./-])(?:(?P<m>{_N})(?:月|[./-])?(?:(?P<d>{_N})日?)?)?")
_RANGE = re.compile(r"(.+?)\s*(?:至|迄|到|～|~|—|–|―|-|－)\s*(.+)")
_EDTF_CHARACTERS = re.compile(r"[\d\-/.~?%X]+")
_PART_NAMES = {"初": 0, "早": 0, "前": 0, "中": 1, "末": 2, "晚": 2, "後": 2}


class _FlaggedError(Exception):
    """The text has no certain reading; ``proposed`` is what it may mean."""

    def __init__(self, proposed: str | None = None) -> None:
        super().__init__(proposed)
        self.proposed = proposed


def read_date(text: str, today: date) -> DateStatement:
    """Return a date statement with its EDTF, or flagged with perhaps a proposal.

    ``today`` bounds 民國 years: those beyond next year are flagged.
    """
    written = text.strip()
    plain = _plain(written)
    try:
        edtf = _statement(plain, today)
    except _FlaggedError as flag:
        return DateStatement(written, None, flagged=True, proposed=flag.proposed)
    first, last = years(edtf)
    return DateStatement(written, edtf, first_year=first, last_year=last)


def years(edtf: str) -> tuple[int | None, int | None]:
    """Return the first and last CE year of an EDTF text, None at an open end."""
    if "/" in edtf:
        start, end = edtf.split("/")
        return (
            None if start in ("", "..") else years(start)[0],
            None if end in ("", "..") else years(end)[1],
        )
    digits = re.match(r"(-?[\dX]{4})", edtf)
    if digits is None:
        return None, None
    return int(digits[1].replace("X", "0")), int(digits[1].replace("X", "9"))


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("〜", "~").replace("∼", "~")
    return re.sub(r"\s+", "", text).rstrip("。.,;")


def _statement(text: str, today: date) -> str:
    """Read a whole statement: brackets, modifiers, open ends, then a date or a range."""
    if not text:
        raise _FlaggedError
    for form, read in _AROUND:
        if match := form.fullmatch(text):
            return read(match, today)
    return _single(text, today) or _range(text, today)


def _bracketed(match: re.Match[str], today: date) -> str:
    return _qualified(_statement(match[1], today), "?")


def _double(match: re.Match[str], today: date) -> str:
    return _agreeing(match[1] + (match[3] or ""), match[2], today)


def _copyright(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    return match[1]


def _about(match: re.Match[str], today: date) -> str:
    return _qualified(_statement(match[1] or match[2], today), "~")


def _uncertain(match: re.Match[str], today: date) -> str:
    if _EDTF_CHARACTERS.fullmatch(match[0]) and (edtf := _edtf(match[0])):
        return edtf
    return _qualified(_statement(match[1], today), "?")


def _until(match: re.Match[str], today: date) -> str:
    return f"../{_end(_statement(match[1], today), 1)}"


def _since(match: re.Match[str], today: date) -> str:
    return f"{_end(_statement(match[1], today), 0)}/.."


def _qualified(edtf: str, mark: str) -> str:
    return "/".join(p if p in ("", "..") or p[-1] in "~?%" else p + mark for p in edtf.split("/"))


def _end(edtf: str, which: int) -> str:
    return edtf.split("/")[which if "/" in edtf else 0]


def _agreeing(first: str, second: str, today: date) -> str:
    """Return the more exact of two datings that agree."""
    one = _statement(first, today)
    try:
        other = _statement(second, today)
    except _FlaggedError as flag:
        if re.fullmatch(_GANZHI + "年?", second):
            year = years(one)[0]
            if year is not None and sexagenary(year) == second[:2]:
                return one
            raise _FlaggedError from None
        raise _FlaggedError(flag.proposed) from None
    (a, b), (c, d) = years(one), years(other)
    if (a, b) == (c, d):
        return one if len(one) >= len(other) else other
    if a is not None and a == b and c is not None and d is not None and c <= a <= d:
        return one
    if c is not None and c == d and a is not None and b is not None and a <= c <= b:
        return other
    raise _FlaggedError


def _range(text: str, today: date) -> str:
    """Read ``A至B``; what B leaves out (era, century) it has from A."""
    match = _RANGE.fullmatch(text)
    if match is None:
        raise _FlaggedError(_proposal(text))
    start_text, end_text = match.groups()
    name = re.match(rf"({_ERA_NAMES})", start_text)
    year = re.match(rf"((?:{_ERA_NAMES})?{_N}年)", start_text)
    if year and re.fullmatch(rf"{_N}月.*", end_text):
        end_text = year[1] + end_text
    elif name and re.fullmatch(rf"{_N}年?.*", end_text) and not re.match(r"\d{4}", end_text):
        end_text = name[1] + end_text
    elif re.match(r"\d{4}", start_text) and re.fullmatch(r"\d{2}年?", end_text):
        end_text = start_text[:2] + end_text
    if name and re.fullmatch(rf"{name[1]}{_N}", start_text) and end_text.endswith("年"):
        start_text += "年"
    start, end = _statement(start_text, today), _statement(end_text, today)
    low, high = years(start)[0], years(end)[1]
    if low is None or high is None or low > high:
        raise _FlaggedError
    return f"{_end(start, 0)}/{_end(end, 1)}"


def _single(text: str, today: date) -> str | None:
    """Read one date without modifiers; None when it has not this form."""
    for form, read in _FORMS:
        if match := form.fullmatch(text):
            return read(match, today)
    if _EDTF_CHARACTERS.fullmatch(text) and re.match(r"[\d.]", text):
        return _edtf(text)
    return None


def _edtf(text: str) -> str | None:
    """Return a text that is EDTF already."""
    parts = text.split("/")
    one = r"(\d{4}(-(0[1-9]|1[0-2]|2[1-4])(-\d{2})?)?|\d{3}X|\d{2}XX)[~?%]?"
    if len(parts) > 2 or not all(p in ("..", "") or re.fullmatch(one, p) for p in parts):
        return None
    for part in parts:
        digits = part.rstrip("~?%").split("-")
        if len(digits) == 3:
            _iso(*(int(d) for d in digits))
    first, last = years(text)
    if len(parts) == 2 and first is not None and last is not None and first > last:
        raise _FlaggedError
    return text


def _iso(year: int, month: int | None, day: int | None) -> str:
    if month is None:
        return f"{year:04}"
    if not 1 <= month <= 12:
        raise _FlaggedError
    if day is None:
        return f"{year:04}-{month:02}"
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise _FlaggedError
    return f"{year:04}-{month:02}-{day:02}"


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    number = read_number(text)
    if number is None:
        raise _FlaggedError
    return number


def _ce(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    year = _number(match["year"])
    if year is None:
        raise _FlaggedError
    if match["season"]:
        return f"{year:04}-{_SEASONS[match['season']]}"
    if match["leap"]:
        raise _FlaggedError
    return _iso(year, _number(match["month"]), _number(match["day"]))


def _dots(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    return _iso(int(match["y"]), int(match["m"]), int(match["d"]) if match["d"] else None)


def _era_dots(match: re.Match[str], today: date) -> str:
    found = _era(match["era"])
    year = _year_in(found, int(match["y"]), today)
    month, day = int(match["m"]), int(match["d"]) if match["d"] else None
    return _in_era(found, year, (month, day), leap=False)


def _before_roc(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    number = _number(match["year"])
    if not number:
        raise _FlaggedError
    return f"{1912 - number:04}"


def _era_date(match: re.Match[str], today: date) -> str | None:
    found = _era(match["era"])
    if match["before"]:
        return _before_roc(match, today) if found.name == "民國" else None
    ganzhi = match["ganzhi"]
    if match["year"]:
        year = _year_in(found, _number(match["year"]) or 0, today)
        if ganzhi and sexagenary(year) != ganzhi:
            raise _FlaggedError
    elif ganzhi:
        fitting = years_of(ganzhi, found.first, found.last or today.year)
        if len(fitting) != 1:
            raise _FlaggedError
        year = fitting[0]
    else:
        return None
    if match["season"]:
        return f"{year:04}-{_SEASONS[match['season']]}"
    month_text = match["month"]
    if month_text is None:
        return f"{year:04}"
    month = _LUNAR_MONTHS.get(month_text) or _number(month_text) or 0
    return _in_era(found, year, (month, _number(match["day"])), leap=bool(match["leap"]))


def _era(name: str) -> Era:
    found = era(name)
    if found is None:
        raise _FlaggedError
    return found


def _year_in(found: Era, number: int, today: date) -> int:
    year = found.year(number)
    if year is None or (found.last is None and year > today.year + 1):
        raise _FlaggedError
    return year


def _in_era(found: Era, year: int, at: tuple[int, int | None], *, leap: bool) -> str:
    """Return a month or day of an era; outside it, it is flagged."""
    month, day = at
    if not 1 <= month <= 12:
        raise _FlaggedError
    if found.calendar == "lunar":
        return _lunar(year, month, day, leap=leap)
    if leap:
        raise _FlaggedError
    edtf = _iso(year, month, day)
    last_day = day or calendar.monthrange(year, month)[1]
    if found.first_day and date(year, month, last_day) < found.first_day:
        raise _FlaggedError
    if found.last_day and date(year, month, day or 1) > found.last_day:
        raise _FlaggedError
    return edtf


def _lunar(year: int, month: int, day: int | None, *, leap: bool) -> str:
    if day is not None:
        found = lunar.day(year, month, day, leap=leap)
        if found is None:
            raise _FlaggedError
        return found.isoformat()
    span = lunar.month_span(year, month, leap=leap)
    if span is None:
        raise _FlaggedError
    return f"{span[0].isoformat()}/{span[1].isoformat()}"


def _span_of(name: str) -> tuple[int, int | None]:
    if name in PERIODS:
        return PERIODS[name]
    found = _era(name)
    return found.first, found.last


def _third(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    first, last = _span_of(match["name"])
    if last is None:
        raise _FlaggedError
    size = (last - first + 1) // 3
    cuts = (first, first + size, last - size + 1, last + 1)
    part = _PART_NAMES[match["part"]]
    return f"{cuts[part]:04}~/{cuts[part + 1] - 1:04}~"


def _whole(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    first, last = _span_of(match["name"])
    return f"{first:04}/{'..' if last is None else f'{last:04}'}"


def _century(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    number = _number(match["number"]) or 0
    return f"{(number - 1) * 100 + 1:04}/{number * 100:04}"


def _decade(match: re.Match[str], today: date) -> str:  # noqa: ARG001  # the shape of a form
    return f"{match['decade']}X"


def _proposal(text: str) -> str | None:
    """Return what a date without era would be in the years of the Republic."""
    match = _BARE.fullmatch(text)
    if match is None:
        return None
    numbers = [read_number(match[g]) if match[g] else None for g in ("y", "m", "d")]
    if numbers[0] is None or not 1 <= numbers[0] <= 150:
        return None
    try:
        return _iso(numbers[0] + 1911, numbers[1], numbers[2])
    except _FlaggedError:
        return None


_AROUND = (
    (re.compile(r"\[(.+)\]"), _bracketed),
    (re.compile(r"(.+?)[(\[](.+?)[)\]](年)?"), _double),
    (re.compile(r"[c©](\d{4})"), _copyright),
    (re.compile(r"(?:大約|約|ca\.?|circa)(.+)|(.+?)(?:頃|前後|左右|上下)"), _about),
    (re.compile(r"(.+)\?"), _uncertain),
    (re.compile(r"(.+?)(?:以前|之前)"), _until),
    (re.compile(r"(.+?)(?:以後|之後|以降|以來|起)"), _since),
)
_FORMS = (
    (_CE_DOTS, _dots),
    (_CE_DATE, _ce),
    (_BEFORE_ROC, _before_roc),
    (_ERA_DOTS, _era_dots),
    (_ERA_DATE, _era_date),
    (_THIRD, _third),
    (_WHOLE, _whole),
    (_CENTURY, _century),
    (_DECADE, _decade),
)
