"""Draw pages with exact ground truth: text in reading order, and a box for every glyph.

``python -m bench.reading.pages OUT [--seed N] [--pages N]`` writes ID.png|jpg, ID.gt.txt and
ID.json (set, direction, degradation, ``glyphs``: [character, x0, y0, x1, y1] of the ink in the
image's own pixels, after warp and skew). Fonts: fonts-noto-cjk, fonts-arphic-uming,
fonts-arphic-ukai, fonts-arphic-bsmi00lp, fonts-arphic-bkai00mp, fonts-cwtex-ming (only for
drawing).
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

_FONTS = Path("/usr/share/fonts")
FONTS = {
    "serif": ("opentype/noto/NotoSerifCJK-Regular.ttc", "Noto Serif CJK TC"),
    "sans": ("opentype/noto/NotoSansCJK-Regular.ttc", "Noto Sans CJK TC"),
    "serif-bold": ("opentype/noto/NotoSerifCJK-Bold.ttc", "Noto Serif CJK TC"),
    "serif-jp": ("opentype/noto/NotoSerifCJK-Regular.ttc", "Noto Serif CJK JP"),
    "uming": ("truetype/arphic/uming.ttc", "AR PL UMing TW"),
    "ukai": ("truetype/arphic/ukai.ttc", "AR PL UKai TW"),
    "bsmi": ("truetype/arphic-bsmi00lp/bsmi00lp.ttf", None),
    "bkai": ("truetype/arphic-bkai00mp/bkai00mp.ttf", None),
    "cwming": ("truetype/cwtex/cwming.ttf", None),
}
_UPRIGHT = dict(
    zip("，。、；：？！（）「」『』《》〈〉", "︐︒︑︔︓︖︕︵︶﹁﹂﹃﹄︽︾︿﹀", strict=True)
)
_NO_CHARACTER = "\uffff"
_NO_START = set("，。、；：？！）」』》〉,.;:?!)")


@cache
def font(name: str, px: int) -> ImageFont.FreeTypeFont:
    """Return a font by our name."""
    path, family = FONTS[name]
    for index in range(12):
        found = ImageFont.truetype(str(_FONTS / path), px, index=index)
        if family is None or found.getname()[0] == family:
            return found
    raise LookupError(name)


@cache
def ink_of(face: ImageFont.FreeTypeFont, character: str) -> tuple[int, int, int, int] | None:
    """Return where a character's ink lies, measured from where it is drawn."""
    room = int(face.size)
    tile = Image.new("L", (4 * room, 4 * room), 0)
    ImageDraw.Draw(tile).text((room, room), character, font=face, fill=255)
    box = tile.getbbox()
    return (box[0] - room, box[1] - room, box[2] - room, box[3] - room) if box else None


@cache
def holding(face: ImageFont.FreeTypeFont, character: str) -> ImageFont.FreeTypeFont:
    """Return the font, or one that holds the character: no page has text that is not drawn."""
    drawn, missing = face.getmask(character), face.getmask(_NO_CHARACTER)
    if character.isspace() or (drawn.size, bytes(drawn)) != (missing.size, bytes(missing)):
        return face
    return font("serif", int(face.size))


@dataclass
class Sheet:
    """A page being drawn: ground-truth lines and glyphs (character, x0, y0, x1, y1)."""

    image: Image.Image
    lines: list[str] = field(default_factory=list)
    glyphs: list[tuple[str, float, float, float, float]] = field(default_factory=list)

    def put(self, x: float, y: float, character: str, face: ImageFont.FreeTypeFont) -> None:
        """Draw a character and note where its ink lies."""
        x, y, face = round(x), round(y), holding(face, character)
        ImageDraw.Draw(self.image).text((x, y), character, font=face, fill=0)
        ink = ink_of(face, character)
        if ink:
            self.glyphs.append((character, x + ink[0], y + ink[1], x + ink[2], y + ink[3]))

    def paste(self, x: float, y: float, character: str, face: ImageFont.FreeTypeFont) -> None:
        """Draw a character turned a quarter clockwise, as rotated punctuation and Latin stand."""
        px = face.size
        tile = Image.new(
            "L", (max(int(px), int(face.getlength(character)) + 2), int(px * 1.3)), 255
        )
        ImageDraw.Draw(tile).text((0, 0), character, font=face, fill=0)
        tile = tile.rotate(-90, expand=True, fillcolor=255)
        self.image.paste(tile, (int(x - (tile.width - px) / 2), int(y)))
        ink = Image.eval(tile, lambda v: 255 - v).getbbox()
        if ink:
            left, top = int(x - (tile.width - px) / 2), int(y)
            self.glyphs.append(
                (character, left + ink[0], top + ink[1], left + ink[2], top + ink[3])
            )


def row(sheet: Sheet, x: float, y: float, text: str, face: ImageFont.FreeTypeFont) -> float:
    """Draw a horizontal line; return its width."""
    start = x
    for character in text:
        sheet.put(x, y, character, face)
        x += face.getlength(character)
    return x - start


def wrapped(text: str, width: float, face: ImageFont.FreeTypeFont) -> list[str]:
    """Break a paragraph into lines; Latin words stay whole, closing punctuation hangs."""
    lines, line = [], ""
    for piece in re.findall(r"[\w.,:;@'±%+\-]+[/?=&]?| |.", text, re.ASCII):
        if face.getlength(line + piece) > width and line and piece not in _NO_START:
            lines.append(line.strip())
            line = "" if piece == " " else piece
        else:
            line += piece
    return [*lines, line.strip()] if line.strip() else lines


@dataclass(frozen=True)
class Design:
    """How a page is set. ``parts`` are columns across or tiers down."""

    set: str
    face: str
    px: int
    vertical: bool
    parts: int = 1
    ruled: bool = False
    notes: bool = False
    head: str = ""
    foot: str = ""
    degradation: str = "clean"


def horizontal(design: Design, paragraphs: list[str], size: tuple[int, int]) -> Sheet:
    """Set paragraphs across, in columns, with running head and page number."""
    sheet = Sheet(Image.new("L", size, 255))
    face, small = font(design.face, design.px), font(design.face, int(design.px * 0.8))
    left, top, right, bottom = 300, 380, size[0] - 300, size[1] - 380
    if design.head:
        row(sheet, left, top - 2.4 * design.px, design.head, small)
        sheet.lines.append(design.head)
    gutter = 2 * design.px
    width = (right - left - gutter * (design.parts - 1)) / design.parts
    column, y = 0, float(top)
    lines = [s for p in paragraphs for s in ["　　" + p]]
    for paragraph in lines:
        for text in wrapped(paragraph, width, face):
            if y + design.px > bottom:
                column, y = column + 1, float(top)
            if column >= design.parts:
                break
            indent = 2 * design.px if text == wrapped(paragraph, width, face)[0] else 0
            row(sheet, left + column * (width + gutter) + indent * 0, y, text, face)
            sheet.lines.append(text.strip("　 "))
            y += int(design.px * 1.75)
        if column >= design.parts:
            break
        y += int(design.px * 0.3)
    if design.foot:
        x = (size[0] - small.getlength(design.foot)) / 2
        row(sheet, x, bottom + design.px, design.foot, small)
        sheet.lines.append(design.foot)
    return sheet


def down(sheet: Sheet, x: float, y: float, character: str, name: str, px: int) -> None:
    """Draw one character of a vertical line in the cell at (x, y)."""
    face = font(name, px)
    form = _UPRIGHT.get(character)
    if (
        form
        and name.startswith(("serif", "sans", "uming", "ukai"))
        and face.getmask(form).getbbox()
    ):
        before = len(sheet.glyphs)
        sheet.put(x, y, form, face)
        sheet.glyphs[before:] = [(character, *g[1:]) for g in sheet.glyphs[before:]]
    elif character in "，。、":
        sheet.put(x + 0.55 * px, y - 0.5 * px, character, face)
    elif form and character not in "；：？！":
        sheet.paste(x, y, character, face)
    else:
        sheet.put(x + (px - face.getlength(character)) / 2, y, character, face)


def vertical(design: Design, paragraphs: list[str], size: tuple[int, int]) -> Sheet:
    """Set paragraphs down, columns from right to left, in tiers; 〔…〕 becomes a note."""
    sheet = Sheet(Image.new("L", size, 255))
    px = design.px
    left, top, right, bottom = 220, 300, size[0] - 220, size[1] - 300
    small = font(design.face, int(px * 0.7))
    if design.head:
        width = small.getlength(design.head)
        row(sheet, right - width, top - 2.2 * px, design.head, small)
        sheet.lines.append(design.head)
    pitch = int(px * (1.9 if design.ruled else 1.75))
    height = (bottom - top - (design.parts - 1) * 2 * px) // design.parts
    step = px * 1.12
    columns = int((right - left - px) / pitch) + 1
    cells = int(height / step)
    slots = _columns(paragraphs, cells, columns * design.parts)
    for n, text in enumerate(slots):
        tier, column = divmod(n, columns)
        x, y0 = right - px - column * pitch, top + tier * (height + 2 * px)
        sheet.lines.append(text.replace("〔", "").replace("〕", "").strip("　"))
        _column(sheet, design, text, (x, y0))
    if design.ruled:
        _rules(sheet, (left, top, right, bottom), pitch, px)
    if design.foot:
        x = (size[0] - small.getlength(design.foot)) / 2
        row(sheet, x, bottom + int(px * 1.3), design.foot, small)
        sheet.lines.append(design.foot)
    return sheet


def _columns(paragraphs: list[str], cells: int, most: int) -> list[str]:
    """Break paragraphs into columns of cells; a note takes half as many cells as characters."""
    columns: list[str] = []
    for paragraph in paragraphs:
        line, used = "　", 1.0
        for piece in re.findall(r"〔[^〕]*〕|.", paragraph):
            need = (len(piece) - 1) // 2 if len(piece) > 1 else 1
            if used + need > cells + (1 if piece in _NO_START else 0):
                columns.append(line)
                line, used = "", 0.0
            line, used = line + piece, used + need
        columns.append(line)
        if len(columns) >= most:
            break
    return columns[:most]


def _column(sheet: Sheet, design: Design, text: str, at: tuple[float, float]) -> None:
    x, y = at
    px, step = design.px, design.px * 1.12
    for piece in re.findall(r"〔[^〕]*〕|.", text):
        if len(piece) == 1:
            if piece != "　":
                down(sheet, x, y, piece, design.face, px)
            y += step
            continue
        note = piece[1:-1]
        half = int(px * 0.62)
        rows = (len(note) + 1) // 2
        for n, character in enumerate(note):
            side, place = divmod(n, rows)
            nx = x + px / 2 + (0.08 * px if side == 0 else -0.08 * px - half)
            down(sheet, nx, y + place * step, character, design.face, half)
        y += rows * step


def _rules(sheet: Sheet, area: tuple[int, int, int, int], pitch: int, px: int) -> None:
    draw = ImageDraw.Draw(sheet.image)
    left, top, right, bottom = area
    x = right + (pitch - px) // 2
    while x > left - pitch:
        draw.line((x, top - px // 2, x, bottom + px // 2), fill=60, width=3)
        x -= pitch
    draw.rectangle((left - px, top - px, right + px, bottom + px), outline=0, width=12)


DEGRADATIONS = {
    "clean": {},
    "scan": {"skew": 1.2, "blur": 1.0, "noise": 7.0, "specks": 2e-6, "jpeg": 70},
    "old": {
        "skew": 1.9, "blur": 1.3, "noise": 11.0, "specks": 1e-5, "jpeg": 55,
        "paper": 1.0, "fade": 0.45, "warp": 6.0, "through": 0.16,
    },
}  # fmt: skip


def degrade(sheet: Sheet, level: str, rng: np.random.Generator) -> np.ndarray:
    """Age a sheet: fading, show-through, warp, skew, blur, specks, noise, yellow paper."""
    p = DEGRADATIONS[level]
    page = np.asarray(sheet.image).astype(np.float32)
    if not p:
        return page.astype(np.uint8)
    height, width = page.shape
    if p.get("fade"):
        low = cv2.resize(
            rng.random((height // 40, width // 40)).astype(np.float32),
            (width, height), interpolation=cv2.INTER_CUBIC,
        )  # fmt: skip
        high = cv2.GaussianBlur(rng.random((height, width)).astype(np.float32), (0, 0), 1.2)
        high = (high - high.min()) / (high.max() - high.min())
        page = 255 - (255 - page) * np.clip(1.25 - p["fade"] * (low + high), 0, 1)
    if p.get("through"):
        back = cv2.GaussianBlur(np.asarray(sheet.image).astype(np.float32)[:, ::-1], (0, 0), 3)
        page = np.minimum(page, 255 - (255 - back) * p["through"])
    page = _bend(
        page, sheet, p.get("warp", 0.0), rng.uniform(0.4, 1) * p["skew"] * rng.choice([-1, 1])
    )
    page = cv2.GaussianBlur(page, (0, 0), p["blur"])
    for _ in range(int(page.size * p["specks"])):
        at = int(rng.integers(0, width)), int(rng.integers(0, height))
        cv2.circle(page, at, int(rng.integers(1, 4)), float(rng.integers(0, 120)), -1)
    page = np.clip(page + rng.normal(0, p["noise"], page.shape), 0, 255)
    if not p.get("paper"):
        return page.astype(np.uint8)
    stain = cv2.resize(
        rng.random((7, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )[..., None]
    paper = np.array([238.0, 222, 180]) - stain * np.array([60.0, 66, 78])
    ink = np.array([45.0, 38, 32])
    return np.clip(ink + (paper - ink) * (page / 255)[..., None], 0, 255).astype(np.uint8)


def _bend(page: np.ndarray, sheet: Sheet, warp: float, skew: float) -> np.ndarray:
    """Warp and turn the page, and the glyph boxes with it."""
    height, width = page.shape
    if warp:
        ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
        page = cv2.remap(
            page,
            xs + warp * np.sin(ys / height * np.pi * 1.5),
            ys + warp * np.sin(xs / width * np.pi),
            cv2.INTER_LINEAR, borderValue=255,
        )  # fmt: skip
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), skew, 1)
    moved = []
    for character, x0, y0, x1, y1 in sheet.glyphs:
        points = np.array([(x, y, 1.0) for x in (x0, x1) for y in (y0, y1)])
        bent = points.copy()
        bent[:, 0] -= warp * np.sin(points[:, 1] / height * np.pi * 1.5)
        bent[:, 1] -= warp * np.sin(points[:, 0] / width * np.pi)
        turned = bent @ matrix.T
        moved.append((character, *turned.min(0).tolist(), *turned.max(0).tolist()))
    sheet.glyphs[:] = moved
    return cv2.warpAffine(page, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def designs(rng: np.random.Generator, pages: int) -> list[Design]:
    """Return designs of every set and degradation, chosen by the generator."""
    pick = rng.choice
    made = []
    for n in range(pages):
        level = ("clean", "scan", "old")[n % 3]
        kind = ("modern-h", "modern-v", "mixed-zh-en", "hist-v", "jp-colonial-v", "notes-v")[
            n // 3 % 6
        ]
        faces = {"mixed-zh-en": ["serif", "sans"], "jp-colonial-v": ["serif-jp"]}.get(
            kind, ["serif", "sans", "uming", "ukai", "bsmi", "bkai", "cwming", "serif-bold"]
        )
        size = {"hist-v": (60, 92), "notes-v": (64, 84)}.get(kind, (38, 56))
        parts = int(pick([1, 1, 2])) if kind.startswith(("modern", "mixed")) else 1
        plain = kind in ("modern-h", "modern-v", "mixed-zh-en")
        made.append(
            Design(
                kind, str(pick(faces)), int(rng.integers(*size)), kind.endswith("-v"), parts,
                ruled=kind in ("hist-v", "notes-v") and bool(pick([True, True, False])),
                notes=kind == "notes-v",
                head=str(pick(["地方文獻彙刊", "高雄史料", ""])) if plain else "",
                foot=(f"- {n + 3} -" if not kind.endswith("-v") else "七") if plain else "",
                degradation=level,
            )
        )  # fmt: skip
    return made


def paragraphs(design: Design, texts: dict[str, list[str]], rng: np.random.Generator) -> list[str]:
    """Return text for a design, in an order of its own; notes-v gets interlinear notes."""
    source = {
        "modern-h": "modern", "modern-v": "modern", "mixed-zh-en": "mixed", "hist-v": "classic",
        "jp-colonial-v": "japanese", "notes-v": "classic",
    }[design.set]  # fmt: skip
    chosen = [str(t) for t in rng.permutation(texts[source] * 3)]
    if not design.notes:
        return chosen
    noted = []
    for text in chosen:
        plain = re.sub(r"[，。；：、]", "", text)
        at = int(rng.integers(8, 20))
        noted.append(
            f"{plain[:at]}〔{plain[at : at + int(rng.integers(6, 17))]}〕{plain[at + 17 :]}"
        )
    return noted


def draw(design: Design, rng: np.random.Generator) -> tuple[Sheet, np.ndarray]:
    """Return the ground truth and the aged image of a design."""
    texts = tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))
    size = (2150, 3035) if design.vertical else (2480, 3508)
    lay = vertical if design.vertical else horizontal
    sheet = lay(design, paragraphs(design, texts, rng), size)
    return sheet, degrade(sheet, design.degradation, rng)


def main() -> None:
    """Draw pages into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=18)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    chooser = np.random.default_rng(given.seed)
    for n, design in enumerate(designs(chooser, given.pages)):
        sheet, page = draw(design, np.random.default_rng([given.seed, n]))
        name = f"{design.set}-{given.seed}-{n:02d}"
        ending = "png" if design.degradation == "clean" else "jpg"
        quality = DEGRADATIONS[design.degradation].get("jpeg", 90)
        Image.fromarray(page).save(given.out / f"{name}.{ending}", quality=quality, dpi=(300, 300))
        (given.out / f"{name}.gt.txt").write_text("\n".join(sheet.lines) + "\n", "utf-8")
        facts = {
            "set": design.set, "vertical": design.vertical, "degradation": design.degradation,
            "font": design.face, "px": design.px, "parts": design.parts,
            "glyphs": [[c, *(round(v, 1) for v in box)] for c, *box in sheet.glyphs],
        }  # fmt: skip
        (given.out / f"{name}.json").write_text(json.dumps(facts, ensure_ascii=False), "utf-8")
        print(name, design.face, design.px, design.degradation, sum(map(len, sheet.lines)))


if __name__ == "__main__":
    main()
