"""Memory under mixed load over many images, and very many mutated requests.

    python -m bench.images.endurance [--images 500] [--requests 10000] [--mutated 100000]

Mixed: 86 % tiles, 8 % thumbnails, 4 % info.json, 2 % free regions, from 16 connections to a site of
two processes; prints the memory (PSS, all processes) before and after, and after as much again.
Mutated: straight into the service; ends with an error at any answer that is not typed, at any file
that came or went below TAKAO_HOME, and at growth of memory or open files.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))

import gallery  # noqa: E402
import image_site  # noqa: E402
import mutations  # noqa: E402

from bench.images import corpus  # noqa: E402
from bench.images.serving import proportional_memory  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator


def build(folder: Path, images: int) -> dict[str, tuple[int, int]]:
    """Publish ``images`` pages; they share the pyramids of eight."""
    held = gallery.Gallery(folder / "home")
    masters = list(corpus.masters(folder, 7, 1))
    sizes = {}
    for n in range(images):
        name, path, size = masters[n % len(masters)]
        if n < len(masters):
            held.add(name, path)
        else:
            name = f"copy{n}"
            target = held.derivatives.pyramid(name)
            target.parent.mkdir(parents=True)
            os.link(held.derivatives.pyramid(masters[n % len(masters)][0]), target)
            held.publish(name, size)
        sizes[name] = size
    return sizes


def mixed(sizes: dict[str, tuple[int, int]], count: int) -> list[str]:
    chance = random.Random(1)
    tiles = [a.path for a in corpus.tiles(sizes, count)]
    thumbnails = [a.path for side in (333, 400) for a in corpus.thumbnails(sizes, side)]
    regions = [a.path for a in corpus.regions(sizes, 500)]
    infos = [f"/{name}/info.json" for name in sizes]
    kinds = [(tiles, 86), (thumbnails, 8), (infos, 4), (regions, 2)]
    chosen = chance.choices([k for k, _ in kinds], [w for _, w in kinds], k=count)
    return [chance.choice(kind) for kind in chosen]


def ask_all(base: str, paths: list[str]) -> Counter[int]:
    def ask(path: str) -> int:
        try:
            with urllib.request.urlopen(base + path, timeout=60) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with ThreadPoolExecutor(16) as pool:
        return Counter(pool.map(ask, paths))


def endure(folder: Path, sizes: dict[str, tuple[int, int]], count: int) -> None:
    with image_site.served(folder / "home", processes=2, TAKAO_WORKERS="1") as (address, process):
        base = f"http://{address}/iiif/image/3"
        ask_all(base, mixed(sizes, 50))
        print(f"mixed: {proportional_memory([process]):.0f} MB PSS at the start")
        for _ in range(2):
            answered = ask_all(base, mixed(sizes, count))
            memory = proportional_memory([process])
            print(f"mixed: {memory:.0f} MB PSS after {count} requests: {dict(answered)}")


def state(home: Path) -> set[tuple[str, int]]:
    files = (p for p in home.rglob("*") if p.is_file() and "catalogue" not in p.name)
    return {(str(p), p.stat().st_size) for p in files}


def own_memory() -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/statm").read_text().splitlines():
            return int(line.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def mutate(folder: Path, pages: list[str], count: int) -> None:
    home = folder / "home"
    client = gallery.open_client(gallery.Gallery(home))
    before = state(home)
    began = time.monotonic()
    answered: Counter[int] = Counter()
    memory: list[float] = []
    for batch in batches(mutations.requests(pages, count, 7), max(1, count // 10)):
        for path, method, headers in batch:
            reply = client.get(path, method, **headers)
            answered[reply.status] += 1
            if reply.status not in mutations.ALLOWED:
                raise SystemExit(f"{reply.status}: {method} {path!r} {headers}")
        memory.append(own_memory())
    client.close()
    if state(home) != before:
        raise SystemExit("files changed below TAKAO_HOME")
    seconds = time.monotonic() - began
    print(f"mutated: {count} requests in {seconds:.0f} s: {dict(sorted(answered.items()))}")
    print("mutated: MB resident after each tenth: " + ", ".join(f"{m:.0f}" for m in memory))
    if memory[-1] > memory[1] * 1.15:
        raise SystemExit("memory grew")


def batches(items: Iterator, size: int) -> Iterator[list]:
    batch = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--mutated", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = build(folder, options.images)
        endure(folder, sizes, options.requests)
        mutate(folder, ["page00", "page01", "map0", "none"], options.mutated)


if __name__ == "__main__":
    main()
