"""Dates as they are written in Taiwan, read as EDTF (ISO 8601-2, levels 0–2); interfaces §6.

Never silently wrong: what cannot be read for certain is kept as written and flagged, perhaps with a
proposal beside it. ``metadata.calendar.dating`` reads one dating; here are brackets, modifiers and
ranges.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING

from metadata.calendar import edtf
from metadata.calendar.dating import Dating, of_edtf, proposal, read_cycle, read_dating
from metadata.calendar.edtf import years
from metadata.calendar.eras import sexagenary
from metadata.calendar.within_year import FlaggedError
from metadata.record import DateStatement

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

__all__ = ["read_date", "years"]
_LONGEST = 200
_DEEPEST = 6
_IN_RANGE = 4  # from this depth on there are no ranges: they do not nest
_MOST_MARKS = 6
_REIGN_LIST = re.compile("間(?:[刊刻鈔抄寫稿印拓]本)?$")  # 道光、咸豐年間刊本
_UNIT = re.compile("[年月日]$")  # 9-10月: what the start of a range has from its end
_LONGEST_YEAR = timedelta(days=384)  # a lunar year with a leap month
_NEGATIVE = re.compile(r"-[1-9]")
_ZERO = re.compile("(?<=[〇一二三四五六七八九])[0Oo]|[0Oo](?=[〇一二三四五六七八九])")
_LAND_IN_BRACKETS = re.compile(r"^\((清|明|元|宋|日本|日治|日據|民國)\)")
_RANGE_MARKS = re.compile("至|迄|到|~|—|–|―|-|、")
# EDTF's ~ is "about"; a wide one at an end of a date may be an open range just as well.
_OPEN_WAVE = re.compile("^[～〜∼]|[～〜∼]$")
_DECADE_ENDS = re.compile(r"(\d{3}0)[^\d年](?=\d{2,4}年代$)")
_EDTF_START = re.compile(r"[\[{./\d?~%X-]")
_PREFIXES = (
    re.compile(r".*?(?=\d|[元〇一二三四五六七八九十廿卅])"),
    re.compile(r".*?年"),
    re.compile(r".*月"),
    re.compile(r".*[./-](?=\d)"),
    re.compile(r".*?[./-](?=\d)"),
    re.compile(r"\d\d(?=\d\d(?!\d))"),
)


def read_date(text: str, today: date) -> DateStatement:
    """Return a date statement with its EDTF, or flagged with perhaps a proposal.

    ``today`` bounds 民國 years: those beyond next year are flagged.
    """
    written = text.strip()
    plain = "" if _OPEN_WAVE.search(written) else _plain(written)
    try:
        found = _statement(plain, today, 0).edtf
    except FlaggedError as flag:
        proposed = flag.proposed or proposal(plain)
        return DateStatement(written, None, flagged=True, proposed=proposed)
    first, last = years(found)
    return DateStatement(written, found, first_year=first, last_year=last)


def _plain(text: str) -> str:
    """Return the text with one form of each mark, and no space but between two digits."""
    text = unicodedata.normalize("NFKC", text[:_LONGEST]).translate(
        {ord(a): b for a, b in zip("〜∼〔〕【】［］－‐‑−", "~~[][][]----", strict=True)}
    )
    text = _ZERO.sub("〇", text.replace("(?)", "?"))
    text = re.sub(r"(?<=\d)\s+(?=\d)", "\0", text)
    text = re.sub(r"\s+", "", text).replace("\0", " ")
    text = _LAND_IN_BRACKETS.sub(r"\1", text)
    return text if text.endswith("/..") else text.rstrip("。.,;:")


def _statement(text: str, today: date, depth: int) -> Dating:
    """Read a whole statement: EDTF, brackets, modifiers, open ends, then a dating or a range."""
    if not text or depth > _DEEPEST:
        raise FlaggedError
    if _NEGATIVE.match(text):
        raise FlaggedError  # until 1935, or a year before Christ
    text = _DECADE_ENDS.sub(r"\1年代-", text)
    is_ours = text[0] == "[" and not re.search(r",|\.\.", text)
    is_ours |= text.startswith("?-")  # until 1935; EDTF: perhaps a year before Christ
    if _EDTF_START.match(text) and not is_ours and edtf.is_edtf(text):
        return of_edtf(text)
    whole = read_dating(text, today)
    if whole is not None:
        return whole
    for form, read in _AROUND:
        if match := form.fullmatch(text):
            return read(match, today, depth + 1)
    if depth >= _IN_RANGE:
        raise FlaggedError
    return _range(text, today)


def _bracketed(match: re.Match[str], today: date, depth: int) -> Dating:
    return _qualified(_statement(match[1], today, depth), "?")


def _double(match: re.Match[str], today: date, depth: int) -> Dating:
    """Read two datings of one thing: A(B), A=B; what follows the bracket belongs to A."""
    first = _statement(match["a"] + (match["rest"] or ""), today, depth)
    second = match["b"].removeprefix("即").removeprefix("=")
    cycle = read_cycle(second)
    if cycle is not None:
        if first.year is not None and sexagenary(first.year) == cycle:
            return first
        raise FlaggedError
    for part in re.split("[、,;]", second):
        first = _agreeing(first, _statement(part, today, depth))
    return first


def _cycle_first(match: re.Match[str], today: date, depth: int) -> Dating:
    """Read 乙未年(1895): the 干支 must be that year's."""
    dated = _statement(match["b"], today, depth)
    if dated.year is None or sexagenary(dated.year) != match["a"]:
        raise FlaggedError
    return dated


def _agreeing(one: Dating, other: Dating) -> Dating:
    """Return the more exact of two datings that agree. Raises FlaggedError when they do not."""
    if one.is_year and other.is_year:
        if one.year == other.year:
            return one
        raise FlaggedError
    for exact, year in ((one, other), (other, one)):
        if exact.is_lunar and not exact.is_year and year.is_year and not year.is_lunar:
            if exact.year == year.year or _overlap(exact, year):
                return exact
            raise FlaggedError
    if _holds(one, other):
        return other
    if _holds(other, one):
        return one
    raise FlaggedError


def _holds(outer: Dating, inner: Dating) -> bool:
    if outer.edtf == inner.edtf:
        return True
    starts = outer.first is None or (inner.first is not None and outer.first <= inner.first)
    ends = outer.last is None or (inner.last is not None and inner.last <= outer.last)
    return starts and ends


def _overlap(one: Dating, other: Dating) -> bool:
    days = (one.first, one.last, other.first, other.last)
    if None in days:
        return False
    return bool(one.first <= other.last and other.first <= one.last)  # type: ignore[operator]  # no None


def _bare(match: re.Match[str], today: date, depth: int) -> Dating:
    return _statement(match[1], today, depth)


def _about(match: re.Match[str], today: date, depth: int) -> Dating:
    return _qualified(_statement(match[1] or match[2], today, depth), "~")


def _uncertain(match: re.Match[str], today: date, depth: int) -> Dating:
    return _qualified(_statement(match[1] or match[2], today, depth), "?")


def _gap(match: re.Match[str], today: date, depth: int) -> Dating:  # noqa: ARG001
    """Read a year that a cataloguer left open: 193-, 19--, with perhaps a question mark."""
    digits = match[1].ljust(4, "X")
    return of_edtf(digits + ("?" if match[2] else ""))


def _before(match: re.Match[str], today: date, depth: int) -> Dating:
    found = _brief(_statement(match[1], today, depth))
    return Dating(f"../{_end(found.edtf, 1)}", None, found.last)


def _after(match: re.Match[str], today: date, depth: int) -> Dating:
    found = _brief(_statement(match[1], today, depth))
    return Dating(f"{_end(found.edtf, 0)}/..", found.first, None)


def _brief(found: Dating) -> Dating:
    """Refuse spans of years: 清代以前 may mean until its end or until its beginning."""
    if "X" in found.edtf or None in (found.first, found.last):
        raise FlaggedError
    if found.last - found.first > _LONGEST_YEAR:  # type: ignore[operator]  # no None
        raise FlaggedError
    return found


def _since(match: re.Match[str], today: date, depth: int) -> Dating:
    found = _statement(match[1], today, depth)
    return Dating(f"{_start_year(found.edtf)}/..", found.first, None)


def _start_year(text: str) -> str:
    """Return where an open interval starts: a year, as EDTF's intervals have no open decade."""
    return _end(text, 0).replace("X", "0")


def _unknown_end(match: re.Match[str], today: date, depth: int) -> Dating:
    """Read 1895-? and ?-1895: EDTF leaves out an end that is not known."""
    found = _statement(match[1] or match[2], today, depth)
    if match[1]:
        return Dating(f"{_start_year(found.edtf)}/", found.first, None)
    return Dating(f"/{_end(found.edtf, 1).replace('X', '9')}", None, found.last)


def _either(match: re.Match[str], today: date, depth: int) -> Dating:
    """Read A或B: what either leaves out (era, 年) it has from the other."""
    one = _first_read((match[1], match[1] + "年"), today, depth)
    ends = (match[2], *(prefix + match[2] for prefix in _prefixes(match[1])))
    other = _first_read(ends, today, depth)
    if "/" in one.edtf + other.edtf or one.edtf[:1] in "[{":
        raise FlaggedError
    return of_edtf(f"[{one.edtf},{other.edtf}]")


def _first_read(texts: Iterable[str], today: date, depth: int) -> Dating:
    """Return the reading of the first text that has one. Raises FlaggedError."""
    for text in texts:
        try:
            return _statement(text, today, depth)
        except FlaggedError:
            continue
    raise FlaggedError


def _qualified(found: Dating, mark: str) -> Dating:
    if found.edtf[:1] in "[{":
        raise FlaggedError
    start, slash, end = found.edtf.partition("/")
    if slash:  # ends of an interval are qualified as years, not as decades
        start, end = start.replace("X", "0"), end.replace("X", "9")
    parts = [_marked(part, mark) for part in (start, end)[: 1 + bool(slash)]]
    return Dating("/".join(parts), found.first, found.last, found.year, found.is_lunar)


def _marked(part: str, mark: str) -> str:
    if part in ("", ".."):
        return part
    if part[-1] not in "~?%":
        return part + mark
    return part if part[-1] in (mark, "%") else f"{part[:-1]}%"


def _end(text: str, which: int) -> str:
    if text[:1] in "[{":
        raise FlaggedError
    part = text.split("/")[which if "/" in text else 0]
    if part in ("", ".."):
        raise FlaggedError
    return part


def _range(text: str, today: date) -> Dating:
    """Read ``A至B``; what B leaves out (era, century, year) it has from A."""
    found = {}
    text = text.removeprefix("自").removeprefix("從").removesuffix("止")
    is_reign_list = _REIGN_LIST.search(text)
    marks = list(_RANGE_MARKS.finditer(text))
    if len(marks) > _MOST_MARKS:
        raise FlaggedError
    for mark in marks:
        start, end = text[: mark.start()].removesuffix("起"), text[mark.end() :]
        if not start or (mark[0] == "、" and not is_reign_list):
            continue
        made = _joined(start, end, today) if end else _open(start, mark[0], today)
        if made is not None:
            found[made.edtf] = made
    if len(found) != 1:
        raise FlaggedError
    return next(iter(found.values()))


def _open(start: str, mark: str, today: date) -> Dating | None:
    """Read ``1935-``, which goes on."""
    if mark not in "-—–~":
        return None
    try:
        begun = _statement(start, today, _IN_RANGE)
        return Dating(f"{_start_year(begun.edtf)}/..", begun.first, None)
    except FlaggedError:
        return None


def _joined(start: str, end: str, today: date) -> Dating | None:
    if end in ("今", "迄今", "現在", "present"):
        return _open(start, "-", today)
    unit = _UNIT.search(end)
    try:
        begun = _first_read((start, start + (unit[0] if unit else "")), today, _IN_RANGE)
    except FlaggedError:
        return None
    for text in (end, *(prefix + end for prefix in _prefixes(start))):
        try:
            ended = _statement(text, today, _IN_RANGE)
            made = f"{_end(begun.edtf, 0)}/{_end(ended.edtf, 1)}"
        except FlaggedError:
            continue
        if begun.first and ended.last and edtf.is_edtf(made) and begun.first <= ended.last:
            return Dating(made, begun.first, ended.last)
    return None


def _prefixes(start: str) -> list[str]:
    """Return what the start of a range may lend to its end: era, year, month, century."""
    found = [match[0] for form in _PREFIXES if (match := form.match(start)) and match[0]]
    return sorted(dict.fromkeys(found), key=len)


_AROUND = (
    (re.compile(r"\[([^\[\]]+)\]"), _bracketed),
    (
        re.compile(
            r"(?P<a>[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥])[年歲]?[(\[](?P<b>[^()\[\]]+)[)\]]"
        ),
        _cycle_first,
    ),
    (re.compile(r"(?P<a>[^()\[\]]+)[(\[](?P<b>[^()\[\]]+)[)\]](?P<rest>[^()\[\]]*)"), _double),
    (re.compile(r"(?P<a>[^=]+)=(?P<b>[^=]+)(?P<rest>)"), _double),
    (re.compile(r"\[?(\d{2,3})-{1,2}(\?)?\]?"), _gap),
    (re.compile(r"(.+)-\?|\?-(.+)"), _unknown_end),
    (re.compile(r"(?:c|©|cop\.|p)(\d{4})"), _bare),
    (
        re.compile(
            r"(?:大約在?|約於?|約在|約莫|约|大概|ca\.?|c\.|circa|about|approximately)(.+)"
            r"|(.+?)(?:頃|前後|左右|上下|許)",
            re.IGNORECASE,
        ),
        _about,
    ),
    (re.compile(r"(?:可能為?|疑為?|或為|probably)(.+)|(.+?)(?:\?|\(\?\))"), _uncertain),
    (re.compile(r"(.+?)(?:以前|之前|前)"), _before),
    (re.compile(r"(.+?)(?:以後|之後|後|以後至今)"), _after),
    (re.compile(r"[自從]?(.+?)(?:以降|以來|迄今|至今|起)"), _since),
    (re.compile(r"(.+?)或(.+)"), _either),
    (re.compile(r"(.*[\d〇一二三四五六七八九十]年?)間"), _bare),
)
