"""大統曆, the calendar of the Ming, computed: for 永曆 years, which the Qing's does not fit.

The rules and constants are those of 《明史·曆志》: mean solar terms, true new moons by cubic
interpolation (盈縮差, 遲疾差), a leap month where no middle term falls. Epoch: the winter solstice
before 洪武17 (1384). Unit: days of 10,000 分, from midnight.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

_EPOCH_YEAR = 1384
_YEAR, _MONTH = 365.2425, 29.530593
_ANOMALY = 27.5546
# Days from a 甲子 day, moon's age and anomaly at the epoch: 氣應, 閏應, 轉應.
_SOLSTICE, _AGE, _ANOMALY_AT_EPOCH = 55.0375, 18.207018, 20.9690
# The 甲子 day before the solstice of the epoch.
_JIAZI = date(1383, 10, 28).toordinal()
_HALF = _YEAR / 2
_FAST_QUARTER, _SLOW_QUARTER = 88.909225, 93.712025
_LIMIT = 0.082  # a 限, of which 168 make half an anomalistic month
_MEAN_MOTION = 1.0963  # degrees the moon goes ahead in a 限


@lru_cache(maxsize=64)
def months(year: int) -> dict[tuple[int, bool], tuple[date, date]]:
    """Return first and last day of each month of the lunar year that begins in a CE year.

    Keys are (month, leap).
    """
    before, after = _between_solstices(year), _between_solstices(year + 1)
    begin = before.index(next(m for m in before if m[0] == (1, False)))
    end = after.index(next(m for m in after if m[0] == (1, False)))
    return {key: (first, last) for key, first, last in (*before[begin:], *after[:end])}


def _between_solstices(year: int) -> list[tuple[tuple[int, bool], date, date]]:
    """Return the months from the one of the solstice before ``year``: 11, 12, 1 … 10.

    Between two solstices there are 12 or 13 new moons; of 13 months the first without a middle
    term is the leap month.
    """
    elapsed = (year - _EPOCH_YEAR) * _YEAR
    solstice = _SOLSTICE + elapsed
    age = (_AGE + elapsed) % _MONTH
    moons = [_true_moon(solstice, elapsed, age, i) for i in range(-1, 16)]
    terms = [math.floor(solstice + i * _YEAR / 12) for i in range(13)]
    start, stop = (
        next(i for i in range(16) if moons[i] <= terms[t] < moons[i + 1]) for t in (0, 12)
    )
    out: list[tuple[tuple[int, bool], date, date]] = []
    number, has_leap = 10, stop - start == 12
    for first, after in zip(moons[start:stop], moons[start + 1 : stop + 1], strict=True):
        is_leap = not has_leap and not any(first <= term < after for term in terms)
        has_leap |= is_leap
        number = number if is_leap else number % 12 + 1
        out.append(((number, is_leap), _day(first), _day(after) - timedelta(days=1)))
    return out


def _true_moon(solstice: float, elapsed: float, age: float, index: int) -> int:
    """Return the day of a new moon: 定朔."""
    since = index * _MONTH - age
    sun = _equation_of_sun(since % _YEAR)
    anomaly = (_ANOMALY_AT_EPOCH + elapsed - age + index * _MONTH) % _ANOMALY
    moon, motion = _equation_of_moon(anomaly)
    return math.floor(solstice + since + (sun - moon) * _LIMIT / motion)


def _equation_of_sun(since: float) -> float:
    """Return how far the sun is ahead, in degrees, so many days after the solstice: 盈縮差."""
    ahead = since < _HALF
    x = since if ahead else since - _HALF
    quarter = _FAST_QUARTER if ahead else _SLOW_QUARTER
    is_first = x < quarter
    x = x if is_first else _HALF - x
    if ahead is is_first:
        value = (5133200 - (31 * x + 24600) * x) * x
    else:
        value = (4870600 - (27 * x + 22100) * x) * x
    return value / 1e8 if ahead else -value / 1e8


def _equation_of_moon(anomaly: float) -> tuple[float, float]:
    """Return how far the moon is ahead, in degrees, and its motion in a 限: 遲疾差, 行度."""
    ahead = anomaly < _ANOMALY / 2
    limit = (anomaly if ahead else anomaly - _ANOMALY / 2) / _LIMIT
    value, following = _moon_at(limit), _moon_at(math.floor(limit) + 1)
    step = following - _moon_at(math.floor(limit))
    return (value, _MEAN_MOTION + step) if ahead else (-value, _MEAN_MOTION - step)


def _moon_at(limit: float) -> float:
    x = limit if limit < 84 else 168 - limit
    return (11110000 - (325 * x + 28100) * x) * x / 1e8


def _day(number: int) -> date:
    return date.fromordinal(_JIAZI + number)
