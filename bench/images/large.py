"""Very large and unusual masters: time, memory, and that every tile shows the right place.

    python -m bench.images.large [--only map|scroll|handscroll|bits|deep] [--keep DIR]

map 20,000 × 20,000 JPEG · scroll 6,300 × 224,490 TIFF · handscroll the same lying · bits: 1-bit
page at 600 ppi, group 4 · deep: 16-bit TIFF. Peak memory is the decoding process's own (VmHWM).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))

import numpy as np  # noqa: E402
import pyvips  # noqa: E402
import tifffile  # noqa: E402
from PIL import Image  # noqa: E402

from bench.images import corpus  # noqa: E402
from storage.images import geometry  # noqa: E402
from storage.images.decode import inspect  # noqa: E402
from storage.images.pyramid import Pyramid  # noqa: E402
from storage.images.sandbox import MEMORY, Sandbox  # noqa: E402

SIZES = {
    "map": (20_000, 20_000), "scroll": (6_300, 224_490), "handscroll": (224_490, 6_300),
    "bits": (4_960, 7_016), "deep": (6_000, 4_000),
}  # fmt: skip


def make(name: str, folder: Path) -> Path:
    """Write the master: a page of ours repeated, with a slow wave over it so that places differ."""
    path = folder / f"{name}.{'jpg' if name == 'map' else 'tif'}"
    if path.exists():
        return path
    width, height = SIZES[name]
    page = corpus.draw_page(0)
    if name == "bits":
        page.resize((width, height)).convert("1", dither=Image.Dither.NONE).save(
            path, compression="group4", dpi=(600, 600)
        )
        return path
    if name == "deep":
        pixels = np.asarray(page.resize((width, height))).astype(np.uint16) * 257
        tifffile.imwrite(path, pixels, photometric="rgb", compression="zlib")
        return path
    unit = pyvips.Image.new_from_array(np.asarray(page))
    image = unit.replicate(-(-width // unit.width), -(-height // unit.height))
    image = image.crop(0, 0, width, height)
    x, y = (pyvips.Image.xyz(width, height)[n] for n in (0, 1))
    wave = ((x * 0.011).sin() + (y * 0.013).sin()) * 20
    image = (image + wave).cast("uchar")
    if name == "map":
        image.jpegsave(str(path), Q=88)
    else:
        image.tiffsave(
            str(path), compression="jpeg", Q=90, tile=True, tile_width=512, tile_height=512
        )
    return path


def check(path: Path, pyramid: Pyramid, count: int) -> float:
    """Compare random tiles with the master's own pixels; return the worst mean difference."""
    master = pyvips.Image.new_from_file(str(path), access="random")
    if master.format == "ushort":
        master = (master / 257).cast("uchar")
    chance = random.Random(2)
    worst = 0.0
    for _ in range(count):
        level = chance.randrange(min(4, len(pyramid.levels)))
        across, down = pyramid.levels[level]
        columns, rows = geometry.grid(across, down)
        column, row = chance.randrange(columns), chance.randrange(rows)
        address = geometry.TileAddress(level, row * columns + column)
        jpeg = pyramid.read(pyramid.tile_extent(address))
        tile = np.asarray(Image.open(io.BytesIO(jpeg))).astype(float)
        span = geometry.TILE << level
        region = geometry.tile_box(pyramid.width, pyramid.height, column, row, span)
        part = master.crop(*region).shrink(1 << level, 1 << level, ceil=True).numpy()
        if tile.shape[:2] != part.shape[:2]:
            raise SystemExit(f"tile {address}: {tile.shape}, not {part.shape}")
        worst = max(worst, float(np.abs(tile - part.reshape(tile.shape)).mean()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=SIZES, action="append")
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    print("| master | megapixels | master MB | pyramid MB | seconds | peak MB | worst tile |")
    print("|---|---|---|---|---|---|---|")
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for name in options.only or SIZES:
            path = make(name, folder)
            found = inspect(path)
            size = found.frames[0].width, found.frames[0].height
            assert size == SIZES[name], found
            draft = folder / "pyramid.tif"
            began = time.monotonic()
            with Sandbox(MEMORY) as sandbox:
                (peak,) = sandbox.call(corpus.measured_draft, (path, draft), 3600)
            seconds = time.monotonic() - began
            pyramid = Pyramid(draft)
            worst = check(path, pyramid, 40)
            megabytes = [p.stat().st_size / 1e6 for p in (path, draft)]
            print(
                f"| {name} {size[0]} × {size[1]} | {size[0] * size[1] / 1e6:.0f} |"
                f" {megabytes[0]:.1f} | {megabytes[1]:.1f} | {seconds:.1f} | {peak:.0f} |"
                f" {worst:.1f} |",
                flush=True,
            )
            pyramid.close()


if __name__ == "__main__":
    main()
