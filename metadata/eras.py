"""Eras in which Kaohsiung's documents are dated: name, first and last CE year, calendar.

A lunar year stands for the CE year in which it begins. Sources: the reigns are those of the usual
tables (鄭鶴聲《近世中西史日對照表》); Japanese eras by their proclamation dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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

    def year(self, number: int) -> int | None:
        """Return the CE year of a year of this era, None outside it."""
        year = self.first + number - 1
        return year if number >= 1 and (self.last is None or year <= self.last) else None


ERAS: tuple[Era, ...] = (
    Era("洪武", 1368, 1398, "lunar"),
    Era("建文", 1399, 1402, "lunar"),
    Era("永樂", 1403, 1424, "lunar"),
    Era("洪熙", 1425, 1425, "lunar"),
    Era("宣德", 1426, 1435, "lunar"),
    Era("正統", 1436, 1449, "lunar"),
    Era("景泰", 1450, 1457, "lunar"),
    Era("天順", 1457, 1464, "lunar"),
    Era("成化", 1465, 1487, "lunar"),
    Era("弘治", 1488, 1505, "lunar"),
    Era("正德", 1506, 1521, "lunar"),
    Era("嘉靖", 1522, 1566, "lunar"),
    Era("隆慶", 1567, 1572, "lunar"),
    Era("萬曆", 1573, 1620, "lunar"),
    Era("天啟", 1621, 1627, "lunar"),
    Era("崇禎", 1628, 1644, "lunar"),
    Era("弘光", 1645, 1645, "lunar"),
    Era("隆武", 1645, 1646, "lunar"),
    Era("永曆", 1647, 1683, "lunar"),
    Era("順治", 1644, 1661, "lunar"),
    Era("康熙", 1662, 1722, "lunar"),
    Era("雍正", 1723, 1735, "lunar"),
    Era("乾隆", 1736, 1795, "lunar"),
    Era("嘉慶", 1796, 1820, "lunar"),
    Era("道光", 1821, 1850, "lunar"),
    Era("咸豐", 1851, 1861, "lunar"),
    Era("同治", 1862, 1874, "lunar"),
    Era("光緒", 1875, 1908, "lunar"),
    Era("宣統", 1909, 1911, "lunar"),
    Era("明治", 1868, 1912, "solar", date(1868, 1, 25), date(1912, 7, 30)),
    Era("大正", 1912, 1926, "solar", date(1912, 7, 30), date(1926, 12, 25)),
    Era("昭和", 1926, 1989, "solar", date(1926, 12, 25), date(1989, 1, 7)),
    Era("平成", 1989, 2019, "solar", date(1989, 1, 8), date(2019, 4, 30)),
    Era("令和", 2019, None, "solar", date(2019, 5, 1)),
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
}
PERIODS: dict[str, tuple[int, int | None]] = {
    "荷蘭時期": (1624, 1662),
    "荷治時期": (1624, 1662),
    "荷據時期": (1624, 1662),
    "明鄭時期": (1661, 1683),
    "鄭氏時期": (1661, 1683),
    "明鄭": (1661, 1683),
    "清領時期": (1683, 1895),
    "清治時期": (1683, 1895),
    "日治時期": (1895, 1945),
    "日據時期": (1895, 1945),
    "日治時代": (1895, 1945),
    "日據時代": (1895, 1945),
    "日治": (1895, 1945),
    "日據": (1895, 1945),
    "明代": (1368, 1644),
    "明朝": (1368, 1644),
    "明": (1368, 1644),
    "清代": (1644, 1911),
    "清朝": (1644, 1911),
    "清": (1644, 1911),
    "戰後": (1945, None),
}
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
SEXAGENARY = tuple(_STEMS[i % 10] + _BRANCHES[i % 12] for i in range(60))


def era(name: str) -> Era | None:
    """Return the era of a name in any of its written forms."""
    name = VARIANTS.get(name, name)
    return next((e for e in ERAS if e.name == name), None)


def sexagenary(year: int) -> str:
    """Return the 干支 of the lunar year that begins in a CE year."""
    return SEXAGENARY[(year - 4) % 60]


def years_of(name: str, first: int, last: int) -> list[int]:
    """Return the years of a 干支 between two CE years, both inclusive."""
    return [year for year in range(first, last + 1) if sexagenary(year) == name]


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
