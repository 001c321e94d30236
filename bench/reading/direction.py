"""Measure the direction of drawn pages: ``python -m bench.reading.direction [--pages 200]``.

Draws pages of every set (bench/reading/pages.py), twenty a seed, and tells how many are taken for
what they are: by the majority of the detected lines (rapidocr) and by their ink (tesseract). Ink
that is not sure costs tesseract a second reading and no page; it is wrong only when it is sure.
"""

from __future__ import annotations

import argparse

import numpy as np

from bench.reading.pages import designs, draw
from ingest.reading.direction import ink_direction
from ingest.reading.prepare import prepare
from ingest.reading.rapid import Rapid, majority

_A_SEED = 20
_LEAST = 0.98


def main() -> int:
    """Print how many pages were right; return 1 for fewer than 98 % by either way."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2000)
    given = parser.parse_args()
    rapid = Rapid()
    lines = ink = unsure = 0
    for n in range(given.pages):
        seed, place = given.seed + n // _A_SEED, n % _A_SEED
        design = designs(np.random.default_rng(seed), _A_SEED)[place]
        _, page = draw(design, np.random.default_rng([seed, place]))
        prepared = prepare(page, (page.shape[1], page.shape[0])).image
        wanted = "vertical" if design.vertical else "horizontal"
        found = ink_direction(prepared)
        right = majority(rapid.detect(prepared)) == wanted
        lines += right
        ink += found.direction == wanted or not found.sure
        unsure += not found.sure
        if not right or (found.sure and found.direction != wanted):
            print(f"wrong: seed {seed}, page {place}: {design}; ink {found.ratio}")
    print(f"{given.pages} pages; by lines {lines / given.pages:.1%}")
    print(f"by ink {ink / given.pages:.1%}, unsure on {unsure / given.pages:.1%}")
    return 0 if min(lines, ink) >= _LEAST * given.pages else 1


if __name__ == "__main__":
    raise SystemExit(main())
