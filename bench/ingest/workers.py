"""A batch of 2,000 small pages on one worker and on two, read by the ``replay`` engine.

    python -m bench.ingest.workers [--pages 2000] [--rounds 2] [--profile]

Prints the ratio of the times (target: at least 1.9), where the time of the batch's own process
goes, and its memory at a tenth of the batch and at the end. Rounds alternate; the best counts.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ingest.batch import BatchRequest, run
from ingest.holdings import open_holdings
from ingest.reading.engine import RawGlyph, RawLine, RawReading, ReadingHints
from ingest.reading.read_page import Engines, read_page
from ingest.reading.replay import Recorder
from ingest.work import manifest_gate
from repository.settings import read_settings
from storage.images.derive import derive, page_pixels

PER_WORK = 100
SIZE = (1240, 1754)  # A4 at 150 dpi
LINES, PER_LINE, EM = 30, 24, 40
TARGET = 1.9
WRITES = ("finish_steps", "lease_steps", "plan_steps", "save")


class Memory:
    """Hears of progress and notes the memory of this process, in MB."""

    def __init__(self, pages: int) -> None:
        self._left = pages
        self._early_at = pages - pages // 10
        self.early = self.late = 0.0

    def planned(self, pages: int) -> None:
        """See ``Progress``."""

    def page_done(self, name: str, reason: object) -> None:
        """See ``Progress``."""
        if reason is not None:
            raise RuntimeError(f"{name}: {reason}")
        self._left -= 1
        if self._left == self._early_at:
            self.early = _memory()
        self.late = _memory() if self._left == 0 else self.late


class Drawn:
    """An engine that knows what was drawn: every page has the same places, other characters."""

    name, version = "drawn", "1"

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def recognise(self, *_: object) -> RawReading:
        """See ``OcrEngine``."""
        lines = []
        for row in range(LINES):
            text = (chr(self._chance.randrange(0x4E00, 0x9FA5)) for _ in range(PER_LINE))
            glyphs = (
                RawGlyph(c, *place, score=0.99) for c, place in zip(text, _places(row), strict=True)
            )
            lines.append(RawLine(tuple(glyphs), "horizontal"))
        return RawReading(tuple(lines), "drawn 1", "")


def _places(row: int) -> list[tuple[float, float, float, float]]:
    top = 80.0 + row * 53
    return [(140.0 + EM * n, top, 140.0 + EM * n + 34, top + 34) for n in range(PER_LINE)]


def draw(folder: Path, pages: int) -> Path:
    """Draw a Work's worth of pages, share them among all Works, and record their readings."""
    chance = random.Random(1)
    noise = np.random.default_rng(1)
    recorded = folder / "readings.json"
    reader = Engines("bench", Recorder(Drawn(chance), recorded))
    for n in range(PER_WORK):
        grain = noise.integers(225, 245, (SIZE[1], SIZE[0]), dtype=np.uint8)
        image = Image.fromarray(grain)
        pen = ImageDraw.Draw(image)
        for row in range(LINES):
            for x0, y0, x1, y1 in _places(row):
                cut = chance.randrange(6, 14)
                pen.rectangle((x0, y0, x1, y0 + cut), fill=30)
                pen.rectangle((x0 + cut, y0, x0 + cut + 6, y1), fill=30)
        first = folder / f"in/作品 0/頁 {n}.jpg"
        first.parent.mkdir(parents=True, exist_ok=True)
        image.save(first, quality=90)
        derive(first, None, folder / "pyramid.tif")
        pixels, _ = page_pixels(folder / "pyramid.tif")
        read_page(pixels, SIZE, ReadingHints("local-document"), reader)
        for work in range(1, pages // PER_WORK):
            other = folder / f"in/作品 {work}/{first.name}"
            other.parent.mkdir(exist_ok=True)
            os.link(first, other)
    return recorded


def ingest(folder: Path, home: Path, workers: int, memory: Memory) -> float:
    """Ingest everything into a new home; return seconds."""
    settings = read_settings(
        {
            "TAKAO_HOME": str(home),
            "TAKAO_OCR": f"replay:{folder / 'readings.json'}",
            "TAKAO_WORKERS": str(workers),
        }
    )
    catalogue, holdings = open_holdings(settings, manifest_gate.check)
    begun = time.perf_counter()
    report = run(BatchRequest((folder / "in",), (), None), settings, holdings, memory)
    seconds = time.perf_counter() - begun
    catalogue.close()
    if not report.ok:
        raise RuntimeError(json.dumps(report.counts))
    return seconds


def _memory() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def shares(profile: cProfile.Profile, seconds: float) -> str:
    """Say how much of a batch its own process spends in the catalogue's writes, and in all."""
    stats = pstats.Stats(profile)
    spent = {
        name: entry[3]
        for (_, _, name), entry in stats.stats.items()  # type: ignore[attr-defined]
        if name in WRITES
    }
    parts = ", ".join(f"{name} {t / seconds:.1%}" for name, t in sorted(spent.items()))
    return f"of the batch's time in catalogue writes (save: the object, too): {parts}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--profile", type=Path, help="keep the profile of a further run here")
    given = parser.parse_args()
    best = {1: float("inf"), 2: float("inf")}
    with tempfile.TemporaryDirectory(prefix="takao-workers-") as name:
        folder = Path(name)
        draw(folder, given.pages)
        for turn in range(given.rounds):
            for workers in (1, 2):
                memory = Memory(given.pages)
                cpu = resource.getrusage(resource.RUSAGE_SELF)
                home = folder / f"home-{turn}-{workers}"
                took = ingest(folder, home, workers, memory)
                after = resource.getrusage(resource.RUSAGE_SELF)
                shutil.rmtree(home)  # or the next batch pays for finding memory for its files
                own = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
                best[workers] = min(best[workers], took)
                print(
                    f"{workers} worker(s): {took:.1f} s, {given.pages / took:.1f} pages/s, own CPU"
                    f" {own / took:.1%}, memory {memory.early:.0f} MB, at the end"
                    f" {memory.late:.0f} MB"
                )
        with cProfile.Profile() as profile:
            took = ingest(folder, folder / "profiled", 2, Memory(given.pages))
        print(shares(profile, took))
        if given.profile:
            profile.dump_stats(given.profile)
    ratio = best[1] / best[2]
    print(f"2 workers / 1 worker: {ratio:.2f} (target {TARGET})")
    return 0 if ratio >= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
