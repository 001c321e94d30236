"""Shapes of Han characters (shapes.tsv): order by strokes, confusions in print."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

from metadata.script import UNIFIED

_UNIFIED = re.compile(f"[{UNIFIED}]")


@cache
def shapes() -> dict[str, tuple[int, int]]:
    """Return (radical, number of strokes) by character."""
    text = resources.files("search").joinpath("tables", "shapes.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {c: (int(radical), int(strokes)) for radical, strokes, group in rows for c in group}


def title_key(title: str) -> str:
    """Return a key by which titles stand as in a Taiwanese register: by strokes, then by radical.

    Signs are left out; Latin letters and digits come before Han characters.
    """
    table = shapes()
    parts: list[str] = []
    for character in title:
        if character in table:
            radical, strokes = table[character]
            parts.append(f"~{strokes:02d}{radical:03d}{character}")
        elif character.isalnum():
            parts.append(character.lower())
    return "".join(parts)[:200] or "~~"


def confusions(character: str) -> list[str]:
    """Return the characters that may be read for another, those of as many strokes first."""
    if character not in shapes():
        return []
    radical, strokes = shapes()[character]
    near = (strokes, strokes - 1, strokes + 1)
    return [c for n in near for c in _by_shape().get((radical, n), ()) if c != character]


@cache
def _by_shape() -> dict[tuple[int, int], list[str]]:
    groups: dict[tuple[int, int], list[str]] = {}
    for character, shape in shapes().items():
        # Of Extension A hardly any is printed: none is sought for another.
        if _UNIFIED.match(character):
            groups.setdefault(shape, []).append(character)
    return groups
