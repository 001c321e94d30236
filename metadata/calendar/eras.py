"""Eras in which Kaohsiung's documents are dated: name, first and last CE year, calendar.

A lunar year stands for the CE year in which it begins. Sources: the reigns are those of the usual
tables (鄭鶴聲《近世中西史日對照表》); Japanese eras by their proclamation dates. Eras of books from
elsewhere (宋, 元, Edo Japan, the Qing before 1644) are in ``vocab/eras.csv``: dates are read in
them, search leaves them alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

Calendar = Literal["lunar", "solar"]


@dataclass(frozen=True, slots=True)
class Era:
    """An era. ``last`` is None for one that goes on; days are known for the solar ones."""

    name: str
    first: int
    last: int | None
    calendar: Calendar
    first_day: date | None = None
    last_day: date | None = None
    country: str = ""

    def year(self, number: int) -> int | None:
        """Return the CE year of a year of this era, None outside it."""
        year = self.first + number - 1
        return year if number >= 1 and (self.last is None or year <= self.last) else None


ERAS: tuple[Era, ...] = (
    Era("洪武", 1368, 1398, "lunar", country="明"),
    Era("建文", 1399, 1402, "lunar", country="明"),
    Era("永樂", 1403, 1424, "lunar", country="明"),
    Era("洪熙", 1425, 1425, "lunar", country="明"),
    Era("宣德", 1426, 1435, "lunar", country="明"),
    Era("正統", 1436, 1449, "lunar", country="明"),
    Era("景泰", 1450, 1457, "lunar", country="明"),
    Era("天順", 1457, 1464, "lunar", country="明"),
    Era("成化", 1465, 1487, "lunar", country="明"),
    Era("弘治", 1488, 1505, "lunar", country="明"),
    Era("正德", 1506, 1521, "lunar", country="明"),
    Era("嘉靖", 1522, 1566, "lunar", country="明"),
    Era("隆慶", 1567, 1572, "lunar", country="明"),
    Era("萬曆", 1573, 1620, "lunar", country="明"),
    Era("泰昌", 1620, 1620, "lunar", country="明"),
    Era("天啟", 1621, 1627, "lunar", country="明"),
    Era("崇禎", 1628, 1644, "lunar", country="明"),
    Era("弘光", 1645, 1645, "lunar", country="明"),
    Era("隆武", 1645, 1646, "lunar", country="明"),
    Era("永曆", 1647, 1683, "lunar", country="明"),
    Era("順治", 1644, 1661, "lunar", country="清"),
    Era("康熙", 1662, 1722, "lunar", country="清"),
    Era("雍正", 1723, 1735, "lunar", country="清"),
    Era("乾隆", 1736, 1795, "lunar", country="清"),
    Era("嘉慶", 1796, 1820, "lunar", country="清"),
    Era("道光", 1821, 1850, "lunar", country="清"),
    Era("咸豐", 1851, 1861, "lunar", country="清"),
    Era("同治", 1862, 1874, "lunar", country="清"),
    Era("光緒", 1875, 1908, "lunar", country="清"),
    Era("宣統", 1909, 1911, "lunar", country="清"),
    Era("永清", 1895, 1895, "lunar"),
    Era("明治", 1868, 1912, "solar", date(1868, 1, 25), date(1912, 7, 30), country="日本"),
    Era("大正", 1912, 1926, "solar", date(1912, 7, 30), date(1926, 12, 25), country="日本"),
    Era("昭和", 1926, 1989, "solar", date(1926, 12, 25), date(1989, 1, 7), country="日本"),
    Era("平成", 1989, 2019, "solar", date(1989, 1, 8), date(2019, 4, 30), country="日本"),
    Era("令和", 2019, None, "solar", date(2019, 5, 1), country="日本"),
    Era("民國", 1912, None, "solar", date(1912, 1, 1)),
)
VARIANTS = {
    "中華民國": "民國",
    "民国": "民國",
    "中華民国": "民國",
    "中华民国": "民國",
    "万曆": "萬曆",
    "萬歷": "萬曆",
    "万历": "萬曆",
    "天啓": "天啟",
    "天启": "天啟",
    "永歷": "永曆",
    "永历": "永曆",
    "隆庆": "隆慶",
    "嘉庆": "嘉慶",
    "咸丰": "咸豐",
    "光绪": "光緒",
    "宣统": "宣統",
    "顺治": "順治",
    "崇祯": "崇禎",
    "万暦": "萬曆",
    "崇正": "崇禎",
    "宏治": "弘治",
}
# Spans that documents are dated by: first and last CE year; None while it goes on.
PERIODS: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(
        ("荷蘭時期", "荷蘭時代", "荷治時期", "荷據時期", "荷西時期", "荷治", "荷據"), (1624, 1662)
    ),
    **dict.fromkeys(
        ("明鄭時期", "鄭氏時期", "鄭氏王朝", "東寧王國", "明鄭", "鄭氏", "東寧"), (1661, 1683)
    ),
    **dict.fromkeys(
        ("清領時期", "清治時期", "清領時代", "清治時代", "清領", "清治"), (1683, 1895)
    ),
    **dict.fromkeys(
        (
            "日治時期", "日據時期", "日治時代", "日據時代", "日本時代", "日本統治時期",
            "日本殖民時期", "日治", "日據",
        ),
        (1895, 1945),
    ),
    **dict.fromkeys(("宋代", "宋朝", "宋"), (960, 1279)),
    **dict.fromkeys(("北宋",), (960, 1127)),
    **dict.fromkeys(("南宋",), (1127, 1279)),
    **dict.fromkeys(("元代", "元朝"), (1271, 1368)),
    **dict.fromkeys(("明代", "明朝", "明"), (1368, 1644)),
    **dict.fromkeys(("清代", "清朝", "清", "大清", "前清"), (1644, 1911)),
    **dict.fromkeys(("江戶時代", "江戶時期", "江戶"), (1603, 1868)),
    **dict.fromkeys(("戰後", "光復後", "戰後時期"), (1945, None)),
}  # fmt: skip
# Two reigns by their first characters: 乾嘉年間 is 乾隆 and 嘉慶.
REIGN_PAIRS = {
    "順康": ("順治", "康熙"), "康雍": ("康熙", "雍正"), "雍乾": ("雍正", "乾隆"),
    "康乾": ("康熙", "乾隆"), "乾嘉": ("乾隆", "嘉慶"), "嘉道": ("嘉慶", "道光"),
    "道咸": ("道光", "咸豐"), "咸同": ("咸豐", "同治"), "同光": ("同治", "光緒"),
    "光宣": ("光緒", "宣統"),
}  # fmt: skip
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
SEXAGENARY = tuple(_STEMS[i % 10] + _BRANCHES[i % 12] for i in range(60))


def era(name: str) -> Era | None:
    """Return the era of a name in any of its written forms."""
    name = VARIANTS.get(name, name)
    return next((e for e in ERAS if e.name == name), None)


def eras_named(name: str) -> tuple[Era, ...]:
    """Return every era with a name in any of its written forms, those of other lands too."""
    found = era(name)
    others = other_eras().get(name, ())
    return (found, *others) if found else others


@cache
def other_eras() -> dict[str, tuple[Era, ...]]:
    """Return the eras that search does not expand, by each written form of their names."""
    table = resources.files("metadata").joinpath("vocab", "eras.csv").read_text("utf-8")
    found: dict[str, tuple[Era, ...]] = {}
    for row in csv.DictReader(table.splitlines()):
        made = Era(
            row["name"], int(row["first"]), int(row["last"]), "lunar", country=row["country"]
        )
        for name in dict.fromkeys((row["name"], *row["variants"].split())):
            found[name] = (*found.get(name, ()), made)
    return found


def sexagenary(year: int) -> str:
    """Return the 干支 of the lunar year that begins in a CE year."""
    return SEXAGENARY[(year - 4) % 60]


def year_forms(year: int) -> tuple[str, ...]:
    """Return how a CE year is written in every era that it falls in, as 民國24年."""
    forms = [f"{year}年"]
    for one in ERAS:
        number = year - one.first + 1
        if one.year(number) is not None and number >= 1:
            forms.append(f"{one.name}{number}年")
    if year < 1912:
        forms.append(f"民前{1912 - year}年")
    return tuple(forms)
