"""hOCR in: text that other programs read, with the boxes they gave it (hOCR 1.2)."""

from __future__ import annotations

import re

_PROPERTY = re.compile(r"\s*(\w+)\s+([^;]*)")


def numbers(title: str, name: str) -> list[float]:
    """Return the numbers of a property in an hOCR ``title``, e.g. ``bbox 1 2 3 4``."""
    for part in title.split(";"):
        found = _PROPERTY.match(part)
        if found and found[1] == name:
            return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", found[2])]
    return []
