"""Single fields of a description as people write them: names with roles, rights, places, terms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, get_args

from metadata.calendar.dates import read_date
from metadata.problem import Problem, problem
from metadata.record import Access, Agent, MaterialType, Rights
from metadata.vocabulary import find, terms

if TYPE_CHECKING:
    from datetime import date

# The fields as columns of a spreadsheet (interfaces §3), with their headings in Chinese.
HEADINGS: dict[str, tuple[str, ...]] = {
    "identifier": ("識別號", "識別碼"),
    "folder": ("資料夾",),
    "title": ("題名",),
    "alternative title": ("其他題名",),
    "creator": ("責任者",),
    "date": ("日期", "出版年"),
    "place": ("地點",),
    "subject": ("主題",),
    "classification": ("分類號",),
    "type": ("資料類型",),
    "publisher": ("出版者",),
    "place of publication": ("出版地",),
    "description": ("說明",),
    "note": ("附註",),
    "collection": ("典藏系列",),
    "language": ("語言",),
    "rights": ("權利聲明",),
    "access": ("取用層級",),
    "embargo until": ("開放日期",),
    "call number": ("索書號",),
    "extent": ("稽核項",),
    "edition": ("版本",),
    "page format": ("版式行款",),
    "binding": ("裝訂",),
    "volumes": ("卷數",),
    "prefaces": ("序跋",),
    "seals": ("收藏印記",),
    "contents": ("目次",),
    "provenance": ("來源",),
    "acquisition": ("入藏方式",),
    "status": ("狀態",),
    "page labels": ("頁標",),
    "rare-book number": ("書號",),
    "siku class": ("四部分類",),
}
_ROLE = re.compile(r"(.+?)\s*[（(]\s*([^（）()]+?)\s*[）)]")
_CENTURY = 100
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_URI = re.compile(r"https?://\S+")
_KNOWN_HOSTS = ("http://creativecommons.org/", "http://rightsstatements.org/")


def split_values(text: str) -> list[str]:
    """Return the values of a cell, parted by ``;`` or ``；``."""
    return [part.strip() for part in re.split("[;；]", text) if part.strip()]


def read_agent(text: str) -> Agent:
    """Return an agent from 姓名（角色）."""
    match = _ROLE.fullmatch(text)
    if match is None:
        return Agent(text)
    return Agent(match[1], match[2], find("role", match[2]))


def find_material(text: str) -> MaterialType | None:
    """Return the material type that ``text`` names in either language."""
    value = find("material", text)
    return next((m for m in get_args(MaterialType) if m == value), None)


def read_rights(text: str, where: str) -> tuple[Rights, list[Problem]]:
    """Return a rights statement: a known URI or label; other text becomes a note with a Problem."""
    if _URI.fullmatch(text):
        uri = re.sub("^https:", "http:", text).replace("//www.", "//")
        uri = uri.replace("rightsstatements.org/page/", "rightsstatements.org/vocab/")
        uri = re.sub(r"/(deed|legalcode)(\.[\w-]+)?/?$", "/", uri)
        uri = re.sub(r"\?.*$", "", uri).rstrip("/") + "/"
        if uri.startswith(_KNOWN_HOSTS):
            term = terms("rights").get(uri)
            return Rights(uri, str(term["zh-Hant"]) if term else None), []
    known = find("rights", text)
    if known is not None:
        return Rights(known, str(terms("rights")[known]["zh-Hant"])), []
    return Rights(note=text), [problem("rights-unknown", where, text=text)]


def read_access(text: str, where: str) -> tuple[Access, list[Problem]]:
    """Return an access level; an unknown value counts as restricted and is a Problem."""
    match find("access", text):
        case "open":
            return "open", []
        case "onsite":
            return "onsite", []
        case "restricted":
            return "restricted", []
    return "restricted", [problem("access-unknown", where, text=text)]


def read_day(text: str, where: str, today: date) -> tuple[str, list[Problem]]:
    """Return an ISO day; one that cannot be read keeps the Work closed and is a Problem."""
    later = today.replace(year=today.year + _CENTURY, day=1)  # opening days lie in the future
    found = read_date(text, later).edtf or ""
    if _DAY.fullmatch(found):
        return found, []
    return text, [problem("embargo-unreadable", where, text=text)]
