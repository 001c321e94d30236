"""From a phrase to its boxes: ``python -m bench.search.boxes [--pages 500] [--hits 200]``.

A volume of vertical pages whose glyphs stand a little unevenly, as read ones do. The boxes of
hits come from the packed table by the one resolver of the site, against lxml parsing the ALTO files
of the same pages and taking the boxes of the same glyphs; the boxes found are compared. Targets:
40 times as fast, the table at most 1.2 times the text in UTF-8. What it takes to find the phrase in
the page's text, and to read the row, is printed beside it: a result page does both for its snippet.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from bench.search.corpus import bare_record, generate
from metadata.script import UNIFIED
from repository import boxes, ids
from repository.catalogue.works import WorkState
from repository.formats.alto import write_alto
from repository.model import Page, PageTextRow, Work
from repository.sql.catalogue import open_catalogue
from repository.text import Block, Box, Glyph, Line, PageText
from search.locate import BoxedText, Finder
from search.query import Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from repository.catalogue.works import Works

WIDTH, HEIGHT = 3800, 5000
_COLUMN = 40
_ROUNDS = 7
_FASTER, _LARGER = 40.0, 1.2


def drawn(text: str, lot: random.Random) -> PageText:
    """Return a page of vertical columns, right to left, with uneven glyphs."""
    lines = []
    for number in range(0, len(text), _COLUMN):
        x = 3600 - 130 * (number // _COLUMN % 28)
        glyphs = [
            Glyph(
                character,
                Box(
                    x + lot.randrange(-4, 5),
                    300 + 92 * place + lot.randrange(-5, 6),
                    78 + lot.randrange(-6, 7),
                    78 + lot.randrange(-6, 7),
                ),
                0.91,
            )
            for place, character in enumerate(text[number : number + _COLUMN])
        ]
        lines.append(Line(tuple(glyphs), "vertical"))
    return PageText(WIDTH, HEIGHT, (Block(tuple(lines), "running-text"),))


def volume(folder: Path, count: int) -> tuple[Works, dict[str, str]]:
    """Return a catalogue with one Work, and the text of its pages; ALTO files in ``folder``."""
    lot = random.Random(4)
    work = ids.work_id("B000000")
    pages, rows = [], []
    for n, text in enumerate(generate(count, 4).pages, 1):
        made = drawn("".join(text.split()), lot)
        page = ids.page_id(work, f"{n}.png")
        flat = made.flat()
        pages.append(
            Page(
                page, work, n, f"{n}.png", None, f"{n}.png", "0" * 128, "image/png",
                WIDTH, HEIGHT, has_text=True,
            )
        )  # fmt: skip
        packed = boxes.pack(flat.boxes)
        rows.append(PageTextRow(page, work, n, flat.text, packed, flat.running, flat.lines))
        alto = write_alto(made, page=page, file_name=f"{n}.png", number=n)
        (folder / f"{page}.xml").write_bytes(alto)
    catalogue = open_catalogue(f"sqlite:///{folder}/catalogue.sqlite")
    held = Work(work, bare_record(0), page_count=count)
    catalogue.save([WorkState(held, tuple(pages), tuple(rows))])
    return catalogue, {row.page: row.text for row in rows}


def by_lxml(folder: Path, asked: dict[str, str]) -> dict[str, list[tuple[int, ...]]]:
    """Return the glyph boxes of the first match on each page, from its ALTO."""
    found = {}
    for page, phrase in asked.items():
        root = etree.parse(folder / f"{page}.xml").getroot()
        glyphs = list(root.iter("{*}Glyph"))
        start = "".join(glyph.get("CONTENT") for glyph in glyphs).find(phrase)
        found[page] = [
            tuple(int(float(g.get(name))) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
            for g in glyphs[start : start + len(phrase)]
        ]
    return found


def by_table(rows: Mapping[str, PageTextRow], asked: dict[str, str]) -> dict[str, list[Box]]:
    """Return the boxes by line of the first match on each page, found in its text."""
    found = {}
    for page, phrase in asked.items():
        span = Finder([Word(phrase)], {}).spans([rows[page].text])[0][0]
        found[page] = list(BoxedText(rows[page]).boxes(span.start, span.end))
    return found


def from_places(
    rows: Mapping[str, PageTextRow], places: Mapping[str, tuple[int, int]]
) -> dict[str, list[Box]]:
    """Return the boxes by line of hits whose place in the text is known, as a snippet's is."""
    return {page: list(BoxedText(rows[page]).boxes(*place)) for page, place in places.items()}


def timed(measured: Callable[[], object]) -> float:
    """Return the median of milliseconds."""
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        measured()
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times)


def main() -> int:
    """Measure; return 1 when a target is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=500)
    options.add_argument("--hits", type=int, default=200)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="takao-bench-") as name:
        folder = Path(name)
        catalogue, texts = volume(folder, given.pages)
        lot = random.Random(5)
        asked = {}
        for page in lot.sample(sorted(texts), min(given.hits, len(texts))):
            asked[page] = lot.choice(re.findall(f"[{UNIFIED}]{{4}}", texts[page]))
        rows = catalogue.texts(list(texts))
        table = sum(len(row.boxes) for row in rows.values())
        size = sum(len(row.text.encode()) for row in rows.values())
        right = _same(by_lxml(folder, asked), by_table(rows, asked))
        places = {
            p: (rows[p].text.find(q), rows[p].text.find(q) + len(q)) for p, q in asked.items()
        }
        slow = timed(lambda: by_lxml(folder, asked))
        fast = timed(lambda: from_places(rows, places))
        found = timed(lambda: by_table(rows, asked))
        whole = timed(lambda: by_table(catalogue.texts(list(asked)), asked))
        catalogue.close()
    print(f"{len(asked)} hits on as many pages of {given.pages}; the same boxes: {right}")
    print(f"lxml over ALTO {slow:.1f} ms, box table {fast:.2f} ms: {slow / fast:.0f} times as fast")
    print(f"with the search in the page's text {found:.2f} ms: {slow / found:.0f} times")
    print(f"and with reading the rows from the catalogue {whole:.2f} ms: {slow / whole:.0f} times")
    print(f"box table ÷ UTF-8 text: {table / size:.2f}")
    return int(not right or slow / fast < _FASTER or table / size > _LARGER)


def _same(glyphs: dict[str, list[tuple[int, ...]]], lines: dict[str, list[Box]]) -> bool:
    """Tell whether boxes by line are those around the glyphs of ALTO, column by column."""
    for page, found in glyphs.items():
        columns: dict[int, list[Box]] = defaultdict(list)
        for glyph in found:
            columns[(glyph[0] + 65) // 130].append(Box(*glyph))
        around = []
        for column in columns.values():
            whole = column[0]
            for box in column[1:]:
                whole = whole.union(box)
            around.append(whole)
        if sorted(map(str, around)) != sorted(map(str, lines.get(page, []))):
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
