"""Pages and maps to measure with, and the requests that a reader's viewer makes of them. Seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from storage.images import geometry

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (
    "高雄市立圖書館地方文獻特藏打狗旗後哨船頭鹽埕埔哈瑪星鼓山壽山苓雅寮前鎮楠梓左營舊城鳳山縣"
    "采訪冊岡山橋頭糖廠旗津燈塔美濃六堆客家甲仙那瑪夏茂林桃源林園大寮鳥松仁武大社燕巢田寮阿蓮"
)
PAGE, MAP = (2480, 3508), (12_000, 9_000)
TILES_A_VIEW = 12


def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    found = sorted(Path("/usr/share/fonts").rglob("*CJK*"))
    return ImageFont.truetype(found[0], size) if found else ImageFont.load_default(size)


def paper(width: int, height: int, seed: int) -> Image.Image:
    """Return paper as a scanner sees it: a slow gradient and grain that costs JPEG its bytes."""
    chance = np.random.default_rng(seed)
    slow = chance.normal(0, 1, (height // 64 + 2, width // 64 + 2)).astype("f4")
    shade = np.asarray(Image.fromarray(slow).resize((width, height), Image.Resampling.BICUBIC)) * 5
    grain = chance.integers(96, 160, (height, width), np.uint8)
    soft = np.asarray(Image.fromarray(grain).filter(ImageFilter.GaussianBlur(0.8))).astype("f4")
    light = shade + soft - 128
    colours = (232, 222, 196)
    return Image.fromarray(
        np.stack([np.clip(c + light, 0, 255) for c in colours], -1).astype(np.uint8)
    )


def draw_page(seed: int) -> Image.Image:
    chance = random.Random(seed)
    width, height = PAGE
    image = paper(width, height, seed)
    draw = ImageDraw.Draw(image)
    if seed % 2:
        glyphs = font(96)
        for x in range(width - 320, 200, -148):
            draw.line((x - 16, 260, x - 16, height - 260), fill=(70, 60, 52), width=3)
            for y in range(290, height - 400, 108):
                draw.text((x, y), chance.choice(TEXT), font=glyphs, fill=(34, 30, 30))
    else:
        glyphs = font(44)
        for y in range(230, height - 230, 66):
            line = "".join(chance.choice(TEXT) for _ in range(46))
            draw.text((210, y), line, font=glyphs, fill=(30, 30, 34))
    x, y = chance.randrange(300, width - 800), chance.randrange(400, height - 800)
    draw.rectangle((x, y, x + 380, y + 380), outline=(176, 44, 34), width=16)
    return image.filter(ImageFilter.GaussianBlur(0.7))


def draw_map(seed: int) -> Image.Image:
    chance = random.Random(seed)
    width, height = MAP
    image = paper(width, height, seed)
    draw = ImageDraw.Draw(image)
    for _ in range(80):
        x, y = chance.randrange(width), chance.randrange(height)
        path = [(x, y)]
        for _ in range(60):
            x, y = x + chance.randrange(-140, 141), y + chance.randrange(-140, 141)
            path.append((x, y))
        colour = chance.choice([(170, 40, 30), (50, 50, 50), (60, 80, 150)])
        draw.line(path, fill=colour, width=chance.choice([4, 7, 11]))
    faces = [font(size) for size in (40, 64, 110)]
    for _ in range(1800):
        name = "".join(chance.choice(TEXT) for _ in range(chance.randrange(2, 5)))
        place = chance.randrange(width), chance.randrange(height)
        draw.text(place, name, font=chance.choice(faces), fill=(30, 28, 30))
    return image


def masters(folder: Path, pages: int, maps: int) -> Iterator[tuple[str, Path, tuple[int, int]]]:
    """Yield (id, file, size), drawing what is not there yet."""
    for n in range(pages + maps):
        is_map = n >= pages
        name = f"map{n - pages}" if is_map else f"page{n:02}"
        path = folder / f"{name}.tif"
        if not path.exists():
            (draw_map(900 + n) if is_map else draw_page(n)).save(path, dpi=(300, 300))
        yield name, path, MAP if is_map else PAGE


@dataclass(frozen=True, slots=True)
class ImageCall:
    """A path below the service, with the size that its answer must have."""

    path: str
    width: int
    height: int


def tiles(sizes: dict[str, tuple[int, int]], count: int, seed: int = 7) -> list[ImageCall]:
    """Return tile requests as OpenSeadragon makes them: levels alike, half of them to maps."""
    chance = random.Random(seed)
    maps = [name for name in sizes if max(sizes[name]) > 6000]
    pages = [name for name in sizes if name not in maps]
    asked = []
    while len(asked) < count:
        name = chance.choice(maps if chance.random() < 0.5 else pages)
        width, height = sizes[name]
        levels = geometry.levels(width, height)
        grids = [geometry.grid(*level) for level in levels]
        weights = [min(TILES_A_VIEW, columns * rows) for columns, rows in grids]
        level = chance.choices(range(len(levels)), weights)[0]
        column, row = (chance.randrange(n) for n in grids[level])
        region = geometry.tile_box(width, height, column, row, geometry.TILE << level)
        box = geometry.tile_box(*levels[level], column, row)
        where = ",".join(map(str, region))
        asked.append(ImageCall(f"/{name}/{where}/{box.w},{box.h}/0/default.jpg", box.w, box.h))
    return asked


def thumbnails(sizes: dict[str, tuple[int, int]], side: int) -> list[ImageCall]:
    asked = []
    for name, (width, height) in sizes.items():
        fitted = geometry.fitted(width, height, (side, side))
        asked.append(ImageCall(f"/{name}/full/!{side},{side}/0/default.jpg", *fitted))
    random.Random(3).shuffle(asked)
    return asked


def regions(sizes: dict[str, tuple[int, int]], count: int, seed: int = 11) -> list[ImageCall]:
    """Return crops such as those of search results: any place, 200 to 1,600 px, shown smaller."""
    chance = random.Random(seed)
    asked = []
    for _ in range(count):
        name = chance.choice(list(sizes))
        width, height = sizes[name]
        w, h = chance.randrange(200, 1600), chance.randrange(200, 1200)
        x, y = chance.randrange(width - w), chance.randrange(height - h)
        scale = chance.uniform(0.3, 0.95)
        size = max(1, int(w * scale)), max(1, int(h * scale))
        path = f"/{name}/{x},{y},{w},{h}/{size[0]},{size[1]}/0/default.jpg"
        asked.append(ImageCall(path, *size))
    return asked


def measured_draft(path: Path, draft: Path) -> list[float]:
    """Run in the sandbox: write a pyramid and say how much memory this process ever had."""
    from storage.images.derive import write_draft

    write_draft(path, None, draft)
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return [int(line.split()[1]) / 1024]
    return [0.0]
