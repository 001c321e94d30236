"""What a reader types → ``ParsedQuery`` (interfaces §5). Reads anything; never raises.

Words part at white space; all must be found. "…" is the exact written form, OR between two words
asks for one of them, -x removes, title: creator: place: subject: id: (題名： …) ask one field.
White space between a number and its era or counter parts nothing: 昭和 9 年 is one word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from metadata.calendar.eras import ERAS, VARIANTS
from search import analysis
from search.query import ParsedQuery, Scope, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_QUERY = 20_000
MOST_WORDS = 32
MOST_UNITS = 256
_SCOPES: dict[str, Scope] = {
    "title": "title", "creator": "creator", "place": "place", "subject": "subject", "id": "id",
    "題名": "title", "責任者": "creator", "地點": "place", "主題": "subject", "識別號": "id",
}  # fmt: skip
_QUOTES = '"＂“”„'
_TOKEN = re.compile(
    rf"""(?P<minus>[-－](?=[^\s]))?
    (?:(?P<scope>{"|".join(_SCOPES)})[:：](?=[^\s]))?
    (?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]
      |(?P<open>[{_QUOTES}])
      |(?P<plain>[^\s{_QUOTES}]+))""",
    re.VERBOSE | re.IGNORECASE,
)
_DROPPED = re.compile(f"[{analysis.IGNORED}]")
_NAMES = "|".join([*(e.name for e in ERAS), *VARIANTS, "民國前", "民前", "西元", "公元", "第"])
_NUMBER = "[0-9０-９〇一二三四五六七八九十百廿卅元]"
_COUNTERS = "年月日號期卷冊回屆頁"
_JOINS = (
    re.compile(rf"(?P<left>{_NAMES})\s+(?={_NUMBER}+\s*[{_COUNTERS}])"),
    re.compile(rf"(?P<left>[0-9０-９])\s+(?=[{_COUNTERS}](?:\s|$|[^\w\s]|{_NUMBER}))"),
    re.compile(rf"(?P<left>{_NUMBER}[年月])\s+(?={_NUMBER}+\s*[月日])"),
)


def parse(text: str) -> ParsedQuery:
    """Return what a reader asks for."""
    notes: dict[str, dict[str, object]] = {}
    clean = clean_query(text)
    if len(clean) > LONGEST_QUERY:
        clean = clean[:LONGEST_QUERY]
        notes["query-cut"] = {"words": MOST_WORDS, "characters": MOST_UNITS}
    wanted: list[list[Word]] = []
    unwanted: list[Word] = []
    either = False
    for negative, word in _words(clean, notes):
        if word is None:
            if either or not wanted:
                notes["query-plain"] = {}
            either = bool(wanted)
        elif negative:
            unwanted.append(word)
        elif either:
            wanted[-1].append(word)
            either = False
        else:
            wanted.append([word])
    if either:
        notes["query-plain"] = {}
    return _limited(wanted, unwanted, notes)


def clean_query(text: str) -> str:
    """Return a query in NFC without controls, variation selectors and lone surrogates."""
    composed = unicodedata.normalize("NFC", text.encode("utf-8", "ignore").decode())
    cleaned = _DROPPED.sub("", composed)
    for join in _JOINS:
        cleaned = join.sub(r"\g<left>", cleaned)
    return cleaned.strip()


def _words(text: str, notes: dict[str, dict[str, object]]) -> Iterator[tuple[bool, Word | None]]:
    """Yield (is unwanted, word), with None for an OR."""
    for match in _TOKEN.finditer(text):
        if match["open"]:
            notes["query-plain"] = {}
            continue
        content = match["quoted"] if match["plain"] is None else match["plain"]
        if content == "OR" and match["quoted"] is None and not match["minus"]:
            yield False, None
            continue
        if not content.strip("-－") and match["quoted"] is None:
            notes["query-plain"] = {}
            continue
        if not analysis.units(content):
            continue
        scope = _SCOPES[match["scope"].lower()] if match["scope"] else "anywhere"
        quoted = match["quoted"] is not None
        yield bool(match["minus"]), Word(content.strip(), quoted=quoted, scope=scope)


def _limited(
    wanted: list[list[Word]], unwanted: list[Word], notes: dict[str, dict[str, object]]
) -> ParsedQuery:
    """Keep a query within what an engine answers in good time, and say what was left out."""
    count = 0
    kept: list[tuple[Word, ...]] = []
    for alternatives in wanted:
        count += len(alternatives)
        if count <= MOST_WORDS:
            kept.append(tuple(_cut(word) for word in alternatives))
    removed = tuple(_cut(word) for word in unwanted[:MOST_WORDS])
    words = [w for group in wanted for w in group] + unwanted
    shown = [w for group in kept for w in group] + list(removed)
    if words != shown:
        notes["query-cut"] = {"words": MOST_WORDS, "characters": MOST_UNITS}
    return ParsedQuery(tuple(kept), removed, tuple(notes.items()))


def _cut(word: Word) -> Word:
    if len(word.text) <= MOST_UNITS:
        return word
    for place, match in enumerate(re.finditer(rf"{analysis.WORD}|\S", word.text)):
        if place == MOST_UNITS:
            return replace(word, text=word.text[: match.start()].rstrip())
    return word
