"""Draw and gather the sample collection: ``make_samples.py --fixtures DIR`` (map: make_map.py).

DIR holds ``operation-plan-2017.txt`` and ``ocr/`` with the page images that LICENSES.md names.
The same input and fonts (Debian's fonts-noto-cjk, fonts-arphic-ukai) give the same files.
Beside the images it writes ``tests/fixtures/sample-lines.json``: the text and the box of each
line of the pages without skew, as drawn; boxes are x, y, w, h in pixels, origin top left.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import unicodedata
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SAMPLES = Path(__file__).parent
LINES = SAMPLES.parent / "tests" / "fixtures" / "sample-lines.json"
SERIF = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc")
BOLD = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc")
KAI = Path("/usr/share/fonts/truetype/arphic/ukai.ttc")
# Faces inside the collections: Traditional Chinese of Taiwan.
FACE = {SERIF: 3, BOLD: 3, KAI: 2}

HORIZONTAL, VERTICAL = "營運計畫-橫排", "營運計畫-直排"
PREFACE = "臺灣通史自序"
TAKEN = {
    f"{HORIZONTAL}/1.png": "ocr/synthetic/h01.png",
    f"{HORIZONTAL}/2.png": "ocr/synthetic/h02.png",
    f"{VERTICAL}/1.png": "ocr/synthetic/v01.png",
    f"{VERTICAL}/2.png": "ocr/synthetic/v02.png",
    f"{VERTICAL}/3.jpg": "ocr/synthetic/v03.jpg",
    "四庫全書總目/1.png": "ocr/siku-woodblock/w01.png",
    "四庫全書總目/2.png": "ocr/siku-woodblock/w02.png",
    "四庫全書簡明目錄/1.png": "ocr/siku-manuscript/m01.png",
    "四庫全書簡明目錄/2.png": "ocr/siku-manuscript/m02.png",
    "国立国会図書館月報/20.jpg": "ocr/ndl-lite-samples/digidepo_11048278_po_geppo1803_00021.jpg",
    "国立国会図書館年報/25.jpg": "ocr/ndl-lite-samples/digidepo_3048008_0025.jpg",
    "国立国会図書館スタッフ・マニュアル/24.jpg": "ocr/ndl-lite-samples/digidepo_2531162_0024.jpg",
}
# 連橫〈臺灣通史自序〉, 1918, public domain; the first three paragraphs.
PREFACE_TEXT = (
    "臺灣固無史也。荷人啟之，鄭氏作之，清代營之，開物成務，以立我丕基，至於今三百有餘年矣。"
    "而舊志誤謬，文采不彰，其所記載，僅隸有清一朝；荷人、鄭氏之事，闕而弗錄，竟以島夷、海寇視之。"
    "烏乎！此非舊史氏之罪歟？且府志重修於乾隆二十九年，臺、鳳、彰、淡諸志雖有續修，侷促一隅，"
    "無關全局，而書又已舊。苟欲以二、三陳編，而知臺灣大勢，是猶以管窺天，以蠡測海，其被囿也亦巨矣。",
    "夫臺灣固海上之荒島耳，篳路藍縷，以啟山林，至於今是賴。顧自海通以來，西力東漸，運會之趨，"
    "莫可阻遏。於是而有英人之役，有美船之役，有法軍之役；外交兵禍，相逼而來，而舊志不及載也。"
    "草澤群雄，後先崛起，朱、林以下，輒啟兵戎，喋血山河，藉言恢復，而舊志亦不備載也。"
    "續以建省之議，開山撫番，析疆增吏，正經界，籌軍防，興土宜，勵教育，綱舉目張，百事俱作，"
    "而臺灣氣象一新矣。夫史者，民族之精神，而人群之龜鑑也。代之盛衰，俗之文野，政之得失，"
    "物之盈虛，均於是乎在。故凡文化之國，未有不重其史者也。古人有言：國可滅，而史不可滅。"
    "是以郢書、燕說，猶存其名；晉乘、楚杌，語多可採。然則臺灣無史，豈非臺人之痛歟？",
    "顧修史固難，修臺之史更難，以今日而修之尤難。何也？斷簡殘編，蒐羅匪易，郭公夏五，疑信相參，"
    "則徵文難；老成凋謝，莫可諮詢，巷議街譚，事多不實，則考獻難。重以改隸之際，兵馬倥傯，"
    "檔案俱失，私家收拾，半付祝融，則欲取金匱石室之書，以成風雨名山之業，而有所不可。"
    "然及今為之，尚非甚難。若再經十年、二十年而後修之，則真有難為者。"
    "是臺灣三百年來之史，將無以昭示後人，又豈非今日我輩之罪乎？",
)
NO_LINE_START = frozenset("，。、；：？！」』）〉》)%")
UPRIGHT_FORM = dict(zip("「」『』（）〈〉《》", "﹁﹂﹃﹄︵︶︿﹀︽︾", strict=True))
NUMERALS = str.maketrans("0123456789()", "〇一二三四五六七八九（）")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text to set; headings are bold and not indented."""

    text: str
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A page's measures in pixels: text of ``size`` in ``area`` (x0, y0, x1, y1)."""

    width: int
    height: int
    area: tuple[int, int, int, int]
    size: int
    pitch: int
    face: Path = SERIF


@dataclass(slots=True)
class Sheet:
    """A page being drawn and the lines on it."""

    image: Image.Image
    draw: ImageDraw.ImageDraw
    lines: list[dict[str, object]] = field(default_factory=list)

    def keep(self, text: str, x0: float, y0: float, x1: float, y1: float) -> None:
        """Remember a drawn line and its box."""
        box = [round(x0), round(y0), round(x1 - x0), round(y1 - y0)]
        self.lines.append({"text": text, "box": box})


def blank(layout: Layout) -> Sheet:
    """Return an empty page."""
    image = Image.new("L", (layout.width, layout.height), 255)
    return Sheet(image, ImageDraw.Draw(image))


def font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    """Return a face at ``size`` pixels."""
    return ImageFont.truetype(path, size, index=FACE[path], layout_engine=ImageFont.Layout.BASIC)


def plan_paragraphs(text: str) -> list[str]:
    """Return the plan's paragraphs; those that page breaks of the source cut are rejoined."""
    paragraphs: list[str] = []
    for block in filter(None, (line.strip() for line in text.splitlines())):
        if paragraphs and _is_cut(paragraphs[-1]):
            paragraphs[-1] += block
        else:
            paragraphs.append(block)
    return paragraphs


def _is_cut(paragraph: str) -> bool:
    numbered = re.match(r"[(（]?[0-9A-Z一二三四五]+[)）.、]", paragraph)
    return not paragraph.endswith(("。", "；", "：")) and (not numbered or "：" in paragraph)


def between(paragraphs: list[str], first: str, last: str) -> list[str]:
    """Return the paragraphs from the one holding ``first`` (cut there) to before ``last``."""
    start = next(i for i, p in enumerate(paragraphs) if first in p)
    end = next(i for i, p in enumerate(paragraphs) if i > start and p.startswith(last))
    opening = paragraphs[start]
    return [opening[opening.index(first) :], *paragraphs[start + 1 : end]]


def is_heading(text: str) -> bool:
    """Tell whether a paragraph is one of the plan's numbered headings."""
    return len(text) < 34 and not text.endswith(("。", "；", "："))


def break_lines(text: str, measure: float, width: float, indent: float) -> list[str]:
    """Return the lines of a paragraph; closing punctuation hangs over the margin.

    ``measure(text)`` gives a text's length in the unit of ``width`` and ``indent``.
    """
    lines, line = [], ""
    for token in re.findall(r"[A-Za-z0-9@%,.\-]+|.", text):
        room = width - (indent if not lines else 0)
        if line and measure(line + token) > room and token not in NO_LINE_START:
            lines.append(line.rstrip())
            line = ""
        line += token if line or token != " " else ""
    return [*lines, line.rstrip()]


class HorizontalPages:
    """Sets paragraphs in lines from left to right, page after page."""

    def __init__(self, layout: Layout, running_head: str, first_folio: int) -> None:
        self.layout, self.running_head, self.folio = layout, running_head, first_folio
        self.pages: list[Sheet] = []
        self.y = 0

    def _turn(self) -> None:
        x0, y0, x1, _ = self.layout.area
        sheet = blank(self.layout)
        small = font(SERIF, 36)
        sheet.draw.text((x0, y0 - 126), self.running_head, font=small, fill=20)
        sheet.draw.line((x0, y0 - 74, x1, y0 - 74), fill=40, width=3)
        folio = f"- {self.folio} -"
        middle = (self.layout.width - small.getlength(folio)) / 2
        sheet.draw.text((middle, self.layout.height - 320), folio, font=small, fill=20)
        self.pages.append(sheet)
        self.folio += 1
        self.y = y0

    def set(self, paragraph: Paragraph) -> None:
        """Set one paragraph."""
        layout = self.layout
        x0, _, x1, y1 = layout.area
        face = font(BOLD if paragraph.heading else layout.face, layout.size)
        indent = 0 if paragraph.heading else 2 * layout.size
        for number, line in enumerate(break_lines(paragraph.text, face.getlength, x1 - x0, indent)):
            if not self.pages or self.y + layout.pitch > y1:
                self._turn()
            x = x0 + (indent if number == 0 else 0)
            sheet = self.pages[-1]
            sheet.draw.text((x, self.y), line, font=face, fill=15)
            sheet.keep(line, *sheet.draw.textbbox((x, self.y), line, font=face))
            self.y += layout.pitch
        self.y += layout.pitch // 5


class VerticalPages:
    """Sets paragraphs in columns from right to left, page after page."""

    def __init__(self, layout: Layout, running_head: str, first_folio: int, *, frame: bool) -> None:
        self.layout, self.running_head, self.folio = layout, running_head, first_folio
        self.frame = frame
        self.pages: list[Sheet] = []
        self.x = 0

    def _turn(self) -> None:
        layout = self.layout
        x0, y0, x1, y1 = layout.area
        sheet = blank(layout)
        small = font(SERIF, 34)
        width = small.getlength(self.running_head)
        sheet.draw.text((x1 - width, y0 - 100), self.running_head, font=small, fill=20)
        folio = str(self.folio).translate(NUMERALS)
        middle = (layout.width - small.getlength(folio)) / 2
        sheet.draw.text((middle, y1 + 70), folio, font=small, fill=20)
        if self.frame:
            sheet.draw.rectangle((x0 - 40, y0 - 34, x1 + 40, y1 + 44), outline=30, width=7)
        self.pages.append(sheet)
        self.folio += 1
        self.x = x1

    def set(self, paragraph: Paragraph) -> None:
        """Set one paragraph."""
        layout = self.layout
        x0, y0, _, y1 = layout.area
        rows = (y1 - y0) // (layout.size + 3)
        indent = 1 if paragraph.heading else 2
        text = paragraph.text.translate(NUMERALS).replace(" ", "")
        for number, line in enumerate(break_lines(text, _cells, rows, indent)):
            if not self.pages or self.x - layout.pitch < x0:
                self._turn()
            self.x -= layout.pitch
            top = y0 + (indent if number == 0 else 0) * (layout.size + 3)
            self._column(line, top)

    def _column(self, line: str, top: int) -> None:
        sheet, size, step = self.pages[-1], self.layout.size, self.layout.size + 3
        face = font(self.layout.face, size)
        signs = font(SERIF, size)
        y: float = top
        for token in re.findall(r"[A-Za-z]+|.", line):
            if token.isascii() and token.isalpha():
                y += _sideways(sheet, token, (self.x, y), face)
                continue
            form = UPRIGHT_FORM.get(token, token)
            chosen = signs if unicodedata.category(token)[0] == "P" else face
            sheet.draw.text(
                (self.x + size / 2, y + size / 2), form, font=chosen, fill=15, anchor="mm"
            )
            y += step
        sheet.keep(line, self.x, top, self.x + size, y - 3)


def _cells(text: str) -> float:
    """Return how many character cells a column of ``text`` takes; Latin letters take half."""
    return sum(0.55 if c.isascii() and c.isalpha() else 1 for c in text)


def _sideways(
    sheet: Sheet, word: str, at: tuple[float, float], face: ImageFont.FreeTypeFont
) -> float:
    length, size = round(face.getlength(word)) + 6, round(face.size)
    strip = Image.new("L", (length, size), 255)
    ImageDraw.Draw(strip).text((3, size / 2), word, font=face, fill=15, anchor="lm")
    sheet.image.paste(strip.rotate(-90, expand=True), (round(at[0]), round(at[1])))
    return float(length)


def draw_table(sheet: Sheet, layout: Layout, rows: list[list[str]]) -> None:
    """Draw the plan's table: one ruled row each, four columns; every line of a cell is kept."""
    x0, y, x1, _ = layout.area
    edges = [x0, x0 + 250, x0 + 610, x0 + 1180, x1]
    face, bold = font(SERIF, layout.size), font(BOLD, layout.size)
    top = y
    for number, cells in enumerate(rows):
        used = bold if number == 0 else face
        columns = [
            break_lines(cell, used.getlength, right - left - 72, 0)
            for cell, (left, right) in zip(cells, pairwise(edges), strict=True)
        ]
        height = max(map(len, columns)) * layout.pitch + 28
        sheet.draw.line((x0, y, x1, y), fill=60, width=3)
        for left, lines in zip(edges, columns, strict=False):
            for row, line in enumerate(filter(None, lines)):
                at = (left + 18, y + 14 + row * layout.pitch)
                sheet.draw.text(at, line, font=used, fill=15)
                sheet.keep(line, *sheet.draw.textbbox(at, line, font=used))
        y += height
    sheet.draw.line((x0, y, x1, y), fill=60, width=3)
    for edge in edges:
        sheet.draw.line((edge, top, edge, y), fill=60, width=3)


def plan_table(text: str) -> list[list[str]]:
    """Return the rows of the departments 多元文化部 (四) and 研發部 of the plan's last section."""
    rows = [["部門", "工作計畫", "執行內容", "績效目標"]]
    wanted = ("(四) 培植繪本", "(一) 圖書館行政管理", "(二) 購藏或借展")
    for line in text.splitlines():
        cells = [re.sub(r"</?[op]l?[^>]*>|</?li>", "", c).strip() for c in line.split("\t")]
        if len(cells) == 4 and cells[1].startswith(wanted):
            rows.append(cells)
    rows[1][0] = "五、多元文化部"
    return rows


def drawn_pages(plan: str) -> dict[str, Sheet]:
    """Return the pages that this script draws, by their path in the collection."""
    paragraphs = plan_paragraphs(plan.partition("五、各部門的工作\n")[0] + "五、各部門的工作")
    pages: dict[str, Sheet] = {}
    layout = Layout(2480, 3508, (300, 394, 2180, 3160), 40, 62)
    across = HorizontalPages(layout, "高雄市立圖書館 營運計畫", 13)
    for text in between(paragraphs, "特殊需求者推出", "五、"):
        across.set(Paragraph(text, is_heading(text)))
    across.set(Paragraph("五、各部門的工作（節錄）", heading=True))
    sheet = across.pages[-1]
    table = Layout(2480, 3508, (300, across.y + 30, 2180, 3160), 40, 60)
    draw_table(sheet, table, plan_table(plan))
    for number, sheet in enumerate(across.pages, 3):
        pages[f"{HORIZONTAL}/{number}.png"] = sheet
    layout = Layout(2150, 3035, (220, 300, 1946, 2760), 46, 78)
    down = VerticalPages(layout, "高雄文獻", 39, frame=False)
    for text in between(paragraphs, "三、 中程計畫目標", "4. 擴大社會參與"):
        down.set(Paragraph(text, is_heading(text)))
    for number, sheet in enumerate(down.pages, 4):
        pages[f"{VERTICAL}/{number}.png"] = sheet
    layout = Layout(2150, 3035, (250, 300, 1900, 2740), 76, 126, KAI)
    preface = VerticalPages(layout, "臺灣通史", 1, frame=True)
    preface.set(Paragraph("臺灣通史自序", heading=True))
    for text in PREFACE_TEXT:
        preface.set(Paragraph(text))
    for number, sheet in enumerate(preface.pages, 1):
        pages[f"{PREFACE}/{number}.png"] = sheet
    return pages


def given_lines(fixtures: Path, source: str) -> list[dict[str, object]] | None:
    """Return text and boxes of a fixture page drawn without skew, else None."""
    facts = (fixtures / source).with_suffix(".json")
    if not facts.exists() or json.loads(facts.read_text("utf-8"))["params"]["skew"]:
        return None
    boxes = json.loads(facts.read_text("utf-8"))["line_boxes_before_skew"]
    # Running head and page number, the first and last line of the text, have no box.
    texts = facts.with_suffix(".gt.txt").read_text("utf-8").splitlines()[1:-1]
    return [
        {"text": text, "box": [x0, y0, x1 - x0, y1 - y0]}
        for text, (x0, y0, x1, y1) in zip(texts, boxes, strict=True)
    ]


def main() -> None:
    """Write the collection's images and the lines of its drawn pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixtures", type=Path, required=True)
    fixtures = parser.parse_args().fixtures
    known: dict[str, list[dict[str, object]]] = {}
    for target, source in TAKEN.items():
        (SAMPLES / target).parent.mkdir(exist_ok=True)
        shutil.copyfile(fixtures / source, SAMPLES / target)
        if lines := given_lines(fixtures, source):
            known[target] = lines
    plan = (fixtures / "operation-plan-2017.txt").read_text("utf-8")
    for target, sheet in drawn_pages(plan).items():
        (SAMPLES / target).parent.mkdir(exist_ok=True)
        grey = sheet.image.quantize(16, dither=Image.Dither.NONE)
        grey.save(SAMPLES / target, optimize=True, dpi=(300, 300))
        known[target] = sheet.lines
        print(target, len(sheet.lines), "lines")
    LINES.parent.mkdir(parents=True, exist_ok=True)
    LINES.write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
