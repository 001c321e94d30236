"""One dating without modifiers: a year, month or day in any era, a reign, a period, a century.

``read_dating`` takes the whole text or nothing. What is impossible (month 13, a day outside its
era) is flagged, never rounded.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from metadata.calendar import edtf
from metadata.calendar.eras import (
    ERAS,
    PERIODS,
    REIGN_PAIRS,
    SEXAGENARY,
    VARIANTS,
    Era,
    eras_named,
    other_eras,
    sexagenary,
)
from metadata.calendar.numerals import read_number
from metadata.calendar.within_year import MONTH, NUMBER, FlaggedError, Year, iso, number_of, part_of

if TYPE_CHECKING:
    from collections.abc import Callable

_N = NUMBER
_GANZHI = "[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]"
_JIMMU = 660
_AFTER_LAND = "・·‧、,."  # 清・光緒
_SPREADSHEET_DAY_0 = date(1899, 12, 30)

_CHINESE_DIGITS = "〇○零一二三四五六七八九"
_CYCLE = rf"(?:歲次|歲在|太歲)?(?P<ganzhi>{_GANZHI})?[年歲]?"
# What stands behind a date and says what was done, not when.
_DONE_WORDS = (
    "穀旦 吉旦 吉日 立石 勒石 敬立 同立 重修 重建 修建 新建 刊行 印行 印刷 出版 "
    "發行 初版 再版 重版 繪製 測繪 測圖 測量 調製 修測 改測 校正 修正 落成 竣工 "
    "完工 啟用 成立 複製 翻印 翻攝 製圖 製版 拍攝 攝影 刻本 重刻 刊本 重刊 鈔本 "
    "抄本 寫本 稿本 重印 影印 石印 鉛印 排印 印本 拓本 製作 排印本 鉛印本 石印本 影印本 "
    "活字本 木刻本 校刊 重鐫 吉 立 建 修 "
    "版 製 繪 攝 刻 刊 鈔 抄 稿 撰 編 著 輯 印 序 "
    "跋 題 書 拓 鑄 鐫"
)
_EDITION = rf"第?{_N}[版刷]"
_DONE = rf"(?:{'|'.join(sorted(_DONE_WORDS.split(), key=len, reverse=True))}|{_EDITION})*+"
_CE = re.compile(
    rf"(?:(?P<mark>西元|公元|西曆|公曆|西历|公历|A\.?D\.?|C\.?E\.?)|)(?P<year>\d{{4}}|[{_CHINESE_DIGITS}]{{4}})"
    rf"(?P<unit>年|年度)?{_CYCLE}{MONTH}{_DONE}"
)
_BEFORE_CHRIST = re.compile(rf"(?:西元前|公元前|紀元前)(?P<year>{_N})年?")
_MARKED_CE = re.compile(rf"(?:西元|公元|西曆)(?P<year>{_N})年")
_BEFORE_ROC = re.compile(rf"(?:(?:中華)?民國(?:紀元)?|民元?)前(?P<year>{_N})年?{_DONE}")
_JIMMU_YEAR = re.compile(rf"(?:皇紀|神武紀元)(?P<year>\d{{4}}|{_N})年?{_DONE}")
_CENTURY = re.compile(
    rf"(?:西元|公元)?第?(?P<number>{_N})世紀(?:(?P<part>[初早前中末晚後])[期葉]?)?"
)
_CENTURIES = re.compile(rf"第?(?P<first>{_N})(?:世紀)?[至到~-](?P<last>{_N})世紀")
_CENTURY_DECADE = re.compile(rf"(?:西元|公元)?第?(?P<number>{_N})世紀(?P<decade>{_N})年代")
_DECADE = re.compile(
    rf"(?:西元|公元)?(?P<decade>\d{{3}}|[{_CHINESE_DIGITS}]{{3}})[0〇○零](?:年代|['’]?s)"
    r"(?:(?P<part>[初早前中末晚後])[期葉]?)?"
)
_ENGLISH = re.compile(
    r"(?:(?P<d1>\d{1,2})(?:st|nd|rd|th)?)?(?P<name>[a-z]{3,9})\.?"
    r"(?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?:,| ))?,?(?P<year>\d{4})"
)
_ENGLISH_SEASONS = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23, "winter": 24}
_PARTS = {"初": 0, "早": 0, "前": 0, "中": 1, "末": 2, "晚": 2, "後": 2}
_PART = r"(?P<part>初|中|末|早|晚|前|後)(?:年|期|葉)?(?:年?間)?"
_WHOLE = "(?:年間|年间|年代|朝|間|间|時期|時代|代)?"


_LANDS = {
    "大明": "明", "皇明": "明", "有明": "明", "南明": "明", "皇清": "清", "國朝": "清",
    "日本": "日本", "大日本": "日本", "日": "日本", "宋": "宋", "元": "元",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dating:
    """A reading: its EDTF, the days it covers (None when open), and how exact it is.

    ``year`` is the CE year that the text names: for a lunar date, the one its year begins in.
    """

    edtf: str
    first: date | None
    last: date | None
    year: int | None = None
    is_lunar: bool = False

    @property
    def is_year(self) -> bool:
        """Tell whether it is a year without a month; a decade is none."""
        return self.year is not None and self.edtf.isdigit()


def of_edtf(text: str) -> Dating:
    """Return the reading of a text that is EDTF already."""
    first, last = edtf.years(text)
    return Dating(text, *edtf.bounds(text), first if first == last else None)


def read_dating(text: str, today: date) -> Dating | None:
    """Return the dating that ``text`` is, None when it has none of the known forms.

    ``text`` is without white space. Raises FlaggedError for one that is impossible or ambiguous.
    """
    readers: tuple[Callable[[str], Dating | None], ...] = (
        _common, _before, _jimmu, _centuries, _english,
        partial(_era_decade, today=today), partial(_era_year, today=today), _reigns, _periods,
    )  # fmt: skip
    return next((found for read in readers if (found := read(text)) is not None), None)


def read_cycle(text: str) -> str | None:
    """Return the 干支 that a text is, 乙未 or 歲次乙未年; it dates nothing by itself."""
    match = re.fullmatch(rf"(?:歲次|歲在|太歲)?({_GANZHI})[年歲]?", text)
    return match[1] if match and match[1] in SEXAGENARY else None


def proposal(text: str) -> str | None:
    """Return what a date without era would be in the years of the Republic.

    A number of five digits is the day that a spreadsheet program made of a date.
    """
    if re.fullmatch(r"[1-5]\d{4}", text):
        return (_SPREADSHEET_DAY_0 + timedelta(days=int(text))).isoformat()
    match = re.fullmatch(
        rf"(?P<y>{_N})(?:年|[./-])(?:(?P<m>{_N})(?:月|[./-])?(?:(?P<d>{_N})日?)?)?", text
    )
    if match is None or re.search("[./-].*月", text):
        return None
    numbers = [read_number(match[g]) if match[g] else None for g in ("y", "m", "d")]
    if numbers[0] is None or not 1 <= numbers[0] <= 150:
        return None
    try:
        return iso(numbers[0] + 1911, numbers[1], numbers[2])
    except FlaggedError:
        return None


def third(first: int, last: int, part: str) -> str:
    """Return the third of a span of years (interfaces §6): its ends are approximate."""
    size = (last - first + 1) // 3
    if size == 0:
        raise FlaggedError
    cuts = (first, first + size, last - size + 1, last + 1)
    which = _PARTS[part]
    return f"{cuts[which]:04}~/{cuts[which + 1] - 1:04}~"


def _common(text: str) -> Dating | None:
    match = _CE.fullmatch(text)
    if match:
        year = number_of(match["year"]) or 0
        if not year:
            raise FlaggedError
        dots = match["dots"]
        if dots and not match["unit"] and not _is_month(dots):
            return None  # 1935-36: a range
        if match["ganzhi"] and sexagenary(year) != match["ganzhi"]:
            raise FlaggedError
        return _within(Year(year), match)
    match = _MARKED_CE.fullmatch(text)
    if match and (number := number_of(match["year"])):
        return of_edtf(f"{number:04}")
    match = _BEFORE_CHRIST.fullmatch(text)
    if match and (number := number_of(match["year"])):
        return Dating(f"-{number - 1:04}" if number > 1 else "0000", None, None, 1 - number)
    return None


def _is_month(dots: str) -> bool:
    return 1 <= int(re.split("[./-]", dots)[1]) <= 12


def _before(text: str) -> Dating | None:
    match = _BEFORE_ROC.fullmatch(text)
    if match is None:
        return None
    number = number_of(match["year"])
    if not number:
        raise FlaggedError
    return of_edtf(f"{1912 - number:04}")


def _jimmu(text: str) -> Dating | None:
    match = _JIMMU_YEAR.fullmatch(text)
    year = number_of(match["year"]) if match else None
    if year is None:
        return None
    if year <= _JIMMU:
        raise FlaggedError
    return of_edtf(f"{year - _JIMMU:04}")


def _centuries(text: str) -> Dating | None:
    if match := _CENTURY_DECADE.fullmatch(text):
        century, decade = number_of(match["number"]) or 0, number_of(match["decade"]) or 0
        if not century or decade % 10 or not 10 <= decade <= 90:
            raise FlaggedError
        return of_edtf(f"{century - 1:02}{decade // 10}X")
    if match := _CENTURIES.fullmatch(text):
        (first, _), (_, last) = _century(match["first"]), _century(match["last"])
        if first > last:
            raise FlaggedError
        return of_edtf(f"{first:04}/{last:04}")
    if match := _CENTURY.fullmatch(text):
        first, last = _century(match["number"])
        part = match["part"]
        return of_edtf(third(first, last, part) if part else f"{first:04}/{last:04}")
    if match := _DECADE.fullmatch(text):
        first = (number_of(match["decade"]) or 0) * 10
        part = match["part"]
        return of_edtf(third(first, first + 9, part) if part else f"{first // 10:03}X")
    return None


def _century(text: str) -> tuple[int, int]:
    """Return the first and last year of a century: the 20th is 1901 to 2000."""
    number = number_of(text) or 0
    if not 1 <= number <= 99:
        raise FlaggedError
    return (number - 1) * 100 + 1, number * 100


def _english(text: str) -> Dating | None:
    match = _ENGLISH.fullmatch(text.casefold())
    if match is None:
        return None
    year, name = int(match["year"]), match["name"]
    if name in _ENGLISH_SEASONS and not (match["d1"] or match["d2"]):
        return of_edtf(f"{year:04}-{_ENGLISH_SEASONS[name]}")
    if (match["d1"] and match["d2"]) or (month := _english_month(name)) is None:
        return None
    day = match["d1"] or match["d2"]
    return of_edtf(iso(year, month, int(day) if day else None))


def _english_month(name: str) -> int | None:
    full = [calendar.month_name[i].casefold() for i in range(1, 13)]
    found = [i for i, month in enumerate(full, 1) if name in (month, month[:3], month[:4])]
    return found[0] if len(found) == 1 else None


@cache
def _era_names() -> str:
    names = [*(e.name for e in ERAS), *VARIANTS, *other_eras()]
    return "|".join(sorted(names, key=len, reverse=True))


@cache
def _land_form() -> str:
    periods = "|".join(sorted(PERIODS, key=len, reverse=True))
    return (
        rf"(?P<land>(?:{periods}|大明|皇明|有明|皇清|國朝|日本|大日本|日(?=明治|大正|昭和)"
        rf"|南明|北宋|南宋|宋|元)[{_AFTER_LAND}]?)?"
    )


@cache
def _era_decade_form() -> re.Pattern[str]:
    return re.compile(
        rf"{_land_form()}(?P<era>{_era_names()})(?P<year>{_N})年代(?:{_PART})?{_DONE}"
    )


@cache
def _era_form() -> re.Pattern[str]:
    return re.compile(
        rf"{_land_form()}(?P<era>{_era_names()}|民)(?:(?P<year>{_N})(?:年度|年)?)?{_CYCLE}{MONTH}{_DONE}"
    )


def _era_year(text: str, today: date) -> Dating | None:
    match = _era_form().fullmatch(text)
    if match is None or not (match["year"] or match["ganzhi"]):
        return None
    if (match["dots"] or "").startswith("-") and not _is_month(match["dots"]):
        return None  # 民國70-75: a range
    name = "民國" if match["era"] == "民" else match["era"]
    if match["era"] == "民" and not match["year"]:
        return None
    land = (match["land"] or "").rstrip(_AFTER_LAND)
    found = [
        (era, year)
        for era in eras_named(name)
        if _fits_land(era, land)
        for year in _years_in(era, match, today)
    ]
    if len({year for _, year in found}) != 1:
        raise FlaggedError
    era, year = found[0]
    dots = re.fullmatch(r"-(\d{1,2})", match["dots"] or "")
    number = number_of(match["year"])
    if dots and number is not None and number < int(dots[1]) <= 12:
        raise FlaggedError  # 民國5-10: two years, or the tenth month of one
    return _within(Year(year, era), match)


def _fits_land(era: Era, land: str) -> bool:
    """Tell whether an era belongs to the land or period that stands before it."""
    if not land:
        return True
    if land in _LANDS:
        return era.country == _LANDS[land]
    first, last = PERIODS[land]
    if any(dynasty in land for dynasty in "宋元清") or land in ("明", "明代", "明朝"):
        return bool(era.country) and era.country in land
    return era.first <= (last or era.first) and (era.last or first) >= first


def _years_in(era: Era, match: re.Match[str], today: date) -> list[int]:
    """Return the CE years that the year number and the 干支 allow within an era."""
    last = era.last if era.last is not None else today.year + 1
    ganzhi = match["ganzhi"]
    if match["year"] is None:
        return [y for y in range(era.first, last + 1) if sexagenary(y) == ganzhi]
    year = era.year(number_of(match["year"]) or 0)
    fits = year is not None and year <= last and (not ganzhi or sexagenary(year) == ganzhi)
    return [year] if fits and year is not None else []


def _era_decade(text: str, today: date) -> Dating | None:
    """Read 民國五十年代, the years 50 to 59 of an era, or a third of them."""
    match = _era_decade_form().fullmatch(text)
    number = number_of(match["year"]) if match else None
    if match is None or not number or number % 10:
        return None
    land = (match["land"] or "").rstrip(_AFTER_LAND)
    ends = {
        (era.year(number), era.year(number + 9) or era.last)
        for era in eras_named(match["era"])
        if era.year(number) and _fits_land(era, land)
    }
    if len(ends) != 1:
        raise FlaggedError
    first, last = ends.pop()
    if first is None or last is None or first > today.year:
        raise FlaggedError
    if match["part"]:
        return of_edtf(third(first, last, match["part"]))
    return of_edtf(f"{first:04}/{last:04}")


def _within(whole: Year, match: re.Match[str]) -> Dating:
    """Return the month, day, season or the like of a year, or the year itself."""
    part = part_of(whole, match)
    if part is None:
        return Dating(f"{whole.year:04}", *whole.bounds(), whole.year, whole.is_lunar)
    return Dating(part.edtf, part.first, part.last, whole.year, part.is_lunar)


@cache
def _reigns_form() -> re.Pattern[str]:
    names = "|".join(e.name for e in ERAS if e.calendar == "lunar")
    lands = "|".join(sorted(PERIODS, key=len, reverse=True))
    return re.compile(
        rf"(?:{lands})?[・·‧、,.]?(?:(?P<pair>{'|'.join(REIGN_PAIRS)})(?:年間|間|時期|之際|兩朝)"
        rf"|(?P<one>{names})(?P<other>{names})(?:年間|間|兩朝)){_DONE}"
    )


def _reigns(text: str) -> Dating | None:
    """Read two reigns, 乾嘉年間 or 同治光緒間: from the first of one to the last of the other."""
    match = _reigns_form().fullmatch(text)
    if match is None:
        return None
    names = REIGN_PAIRS[match["pair"]] if match["pair"] else (match["one"], match["other"])
    one, other = (eras_named(name)[0] for name in names)
    if other.last is None or other.first <= one.first:
        raise FlaggedError
    return of_edtf(f"{one.first:04}/{other.last:04}")


@cache
def _period_form() -> re.Pattern[str]:
    names = [*PERIODS, *(e.name for e in ERAS if e.name != "民國"), *VARIANTS, *other_eras()]
    every = "|".join(sorted(names, key=len, reverse=True))
    lands = "|".join(sorted(PERIODS, key=len, reverse=True))
    return re.compile(
        rf"(?:(?P<land>{lands})[・·‧、,.]?)?(?P<name>{every}){_WHOLE}(?:{_PART})?{_DONE}"
    )


def _periods(text: str) -> Dating | None:
    match = _period_form().fullmatch(text)
    if match is None:
        return None
    name = match["name"]
    spans = {PERIODS[name]} if name in PERIODS else set()
    land = match["land"] or ""
    spans |= {(e.first, e.last) for e in eras_named(name) if _fits_land(e, land)}
    if len(spans) != 1:
        raise FlaggedError
    first, last = spans.pop()
    if match["part"]:
        if last is None:
            raise FlaggedError
        return of_edtf(third(first, last, match["part"]))
    return of_edtf(f"{first:04}/{'..' if last is None else f'{last:04}'}")
