"""Measure reading: errors, direction, boxes, CPU against the bare ``tesseract`` command, memory.

``python -m bench.reading.accuracy [--engine auto] [--bare] [-v] FOLDER…`` reads every page with a
ground truth (ID.gt.txt beside the image; ID.json may name the set and hold ``glyphs``: see
pages.py) and prints a table. ``--bare`` runs ``tesseract IMG out -l chi_tra --psm 1`` on the same
pages.

CER: Levenshtein distance over Han and kana, after NFKC, over the ground truth's length. miss:
characters of the ground truth that are missing wherever they stand. boxes: share of the ground
truth's characters with a box of IoU ≥ 0.5. CPU: seconds of one core, children included.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
from rapidfuzz.distance import Levenshtein

from ingest.reading.engine import ReadingHints
from ingest.reading.read_page import make_engines, read_page
from metadata.script import HAN, KANA
from repository.text import PageText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.reading.engine import Reading
    from ingest.reading.read_page import Engines

# Most han CER and miss of a set, ``auto``; tesseract alone promises CER of modern print only.
TARGETS = {
    "modern-h": (0.008, 0.005),
    "mixed-zh-en": (0.010, 0.005),
    "modern-v": (0.015, 0.005),
    "hist-v": (0.03, 0.01),
    "jp-colonial-v": (0.08, 0.04),
    "siku-manuscript": (0.04, 0.015),
    "siku-woodblock": (0.08, 0.05),
}
ALONE = {"modern-h": (0.015, 1.0), "mixed-zh-en": (0.025, 1.0), "modern-v": (0.05, 1.0)}
_NO_HAN = re.compile(f"[^{HAN}{KANA}]")
# One sign written in several ways is no error.
_SAME = str.maketrans(dict(zip("○―–—‐“”‘’『』〈〉﹒·・", "〇----「」「」「」《》...", strict=True)))


def norm(text: str) -> str:
    """Return the text without white space, NFKC, signs in one form."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).translate(_SAME))


def han(text: str) -> str:
    """Return the Han and kana characters of a text."""
    return _NO_HAN.sub("", norm(text))


@dataclass
class Sums:
    """Sums over the pages of a set."""

    pages: int = 0
    right_way: int = 0
    han: int = 0
    han_wrong: int = 0
    missing: int = 0
    all: int = 0
    all_wrong: int = 0
    glyphs: int = 0
    boxed: int = 0
    cpu: float = 0.0
    bare: float = 0.0
    worst: float = 0.0


def cpu_seconds() -> float:
    """Return the CPU time of this process and its ended children."""
    times = os.times()
    return sum(times[:4])


def bare_seconds(image: Path) -> float:
    """Return the CPU time of the bare command on a page."""
    before = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder:
        command = ["tesseract", str(image), f"{folder}/out", "-l", "chi_tra", "--psm", "1"]
        environment = {"OMP_THREAD_LIMIT": "1", "PATH": os.defpath}
        subprocess.run(command, env=environment, check=False, capture_output=True)
    return cpu_seconds() - before


def boxed(text: PageText, glyphs: list[list]) -> int:
    """Return how many of the drawn glyphs the text has, with a box of IoU ≥ 0.5."""
    flat = text.flat()
    left = defaultdict(list)
    for character, box in zip(flat.text, flat.boxes, strict=True):
        left[unicodedata.normalize("NFKC", character)].append((box.x, box.y, box.right, box.bottom))
    return sum(
        any(iou(box, drawn) >= 0.5 for box in left[unicodedata.normalize("NFKC", character)])
        for character, *drawn in glyphs
    )


def iou(a: tuple[float, ...], b: list[float]) -> float:
    """Return the intersection of two rectangles over their union."""
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down / union if union else 0.0


def pages(folders: list[Path]) -> Iterator[Path]:
    """Return the images that have a ground truth."""
    for folder in folders:
        for truth in sorted(folder.rglob("*.gt.txt")):
            stem = truth.name.removesuffix(".gt.txt")
            found = [truth.with_name(f"{stem}.{e}") for e in ("png", "jpg", "tif")]
            yield from (image for image in found if image.exists())


def facts_of(image: Path) -> dict:
    """Return what is known of a page; a scan's set is its folder's name."""
    file = image.with_suffix(".json")
    facts = json.loads(file.read_text("utf-8")) if file.exists() else {}
    return {"set": image.parent.name, "vertical": True, "glyphs": [], **facts}


def measure(
    image: Path, sums: dict[str, Sums], given: argparse.Namespace, engines: Engines
) -> None:
    """Read a page and add what was found to its set's sums."""
    facts = facts_of(image)
    scan = facts["set"].startswith("siku")
    pixels = cv2.cvtColor(cv2.imread(str(image)), cv2.COLOR_BGR2RGB)
    size = pixels.shape[1], pixels.shape[0]
    hints = ReadingHints(material="rare-book" if scan else "local-document")
    before = cpu_seconds()
    reading = read_page(pixels, size, hints, engines)
    spent = cpu_seconds() - before
    text = reading.text
    if scan:  # their ground truth leaves page numbers out
        kept = tuple(b for b in text.blocks if b.kind != "page-number")
        text = PageText(text.width, text.height, kept, text.direction)
    truth = image.with_name(image.stem + ".gt.txt").read_text("utf-8")
    wanted, got = han(truth), han(text.flat().text)
    wrong = Levenshtein.distance(wanted, got)
    s = sums[facts["set"]]
    s.pages += 1
    s.right_way += (text.direction == "vertical") == facts["vertical"]
    s.han, s.han_wrong = s.han + len(wanted), s.han_wrong + wrong
    s.missing += sum((Counter(wanted) - Counter(got)).values())
    s.all += len(norm(truth))
    s.all_wrong += Levenshtein.distance(norm(truth), norm(text.flat().text))
    s.glyphs += len(facts["glyphs"])
    s.boxed += boxed(text, facts["glyphs"])
    s.cpu += spent
    s.worst = max(s.worst, wrong / max(len(wanted), 1))
    if given.bare:
        s.bare += bare_seconds(image)
    if given.verbose:
        show(image, reading, wanted, got)


def show(image: Path, reading: Reading, wanted: str, got: str) -> None:
    """Print how a page was read and every difference in its Han characters."""
    wrong = Levenshtein.distance(wanted, got) / max(len(wanted), 1)
    print(f"{image.name} {reading.text.direction} CER {wrong:.2%}: {'; '.join(reading.choices)}")
    for step in Levenshtein.opcodes(wanted, got):
        if step.tag != "equal":
            context = wanted[max(0, step.src_start - 3) : step.src_start]
            there = wanted[step.src_start : step.src_end]
            print(f"    {context}[{there}] → {got[step.dest_start : step.dest_end][:40]}")


def misses(sums: dict[str, Sums], memory: int, engine: str) -> list[str]:
    """Return the targets that were missed."""
    alone = engine == "tesseract"
    found = []
    for name, (cer, miss) in (ALONE if alone else TARGETS).items():
        s = sums.get(name)
        if s and s.han and (s.han_wrong > cer * s.han or s.missing > miss * s.han):
            found.append(f"{name}: CER over {cer:.1%} or miss over {miss:.1%}")
    whole = list(sums.values())
    if sum(s.right_way for s in whole) < 0.98 * sum(s.pages for s in whole):
        found.append("direction wrong on more than 2 % of the pages")
    if not alone and sum(s.boxed for s in whole) < 0.95 * sum(s.glyphs for s in whole):
        found.append("fewer than 95 % of the characters have a box with IoU ≥ 0.5")
    ratio = 1.25 if alone else 4.0
    if sum(s.cpu for s in whole) > ratio * sum(s.bare for s in whole) > 0:
        found.append(f"CPU over {ratio} times the bare command's")
    if memory > (350 if alone else 1400):
        found.append(f"peak memory {memory} MiB")
    return found


def columns(s: Sums) -> list[str]:
    """Return a set's figures as they stand in the table."""
    return [
        str(s.pages),
        f"{s.right_way / s.pages:.0%}",
        f"{s.han_wrong / max(s.han, 1):.2%}",
        f"{s.worst:.1%}",
        f"{s.missing / max(s.han, 1):.2%}",
        f"{s.all_wrong / max(s.all, 1):.2%}",
        f"{s.boxed / s.glyphs:.1%}" if s.glyphs else "–",
        f"{s.cpu / s.pages:.2f}",
        f"{s.cpu / s.bare:.2f}" if s.bare else "–",
    ]


def main() -> int:
    """Measure the pages of the folders and print a table; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--bare", action="store_true", help="run the bare command too")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    sums: dict[str, Sums] = defaultdict(Sums)
    engines = make_engines(given.engine)
    for image in pages(given.folders):
        measure(image, sums, given, engines)
    print("| set | pages | direction | han CER | worst | miss | all CER | boxes | CPU s | ÷ bare |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, s in sorted(sums.items()):
        print("| " + " | ".join([name, *columns(s)]) + " |")
    own, children = (
        resource.getrusage(who).ru_maxrss >> 10
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"\npeak memory: {own} MiB, largest child {children} MiB")
    found = misses(sums, own, given.engine)
    print("\n".join(f"missed: {miss}" for miss in found) or "every target met")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
