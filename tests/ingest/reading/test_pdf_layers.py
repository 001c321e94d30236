"""Searchable PDFs out, and the own text of born-digital PDFs in."""

import io
import shutil
import subprocess

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from pypdfium2 import raw

from ingest.reading.pdf_text import embedded_text, looks_wrecked
from repository.formats.pdf import PageImage, jpeg_size, write_pdf
from repository.text import Block, Box, Glyph, Line, PageText


def jpeg(width, height, mode="L"):
    out = io.BytesIO()
    Image.fromarray(np.full((height, width), 230, np.uint8)).convert(mode).save(out, "JPEG")
    return PageImage(out.getvalue())


def line(text, x, y, direction):
    step = (0, 50) if direction == "vertical" else (50, 0)
    glyphs = (Glyph(c, Box(x + n * step[0], y + n * step[1], 44, 44)) for n, c in enumerate(text))
    return Line(tuple(glyphs), direction)


def page(direction, *texts):
    lines = tuple(
        line(t, 900 - 90 * n, 100, direction)
        if direction == "vertical"
        else line(t, 100, 100 + 90 * n, direction)
        for n, t in enumerate(texts)
    )
    return PageText(1200, 1600, (Block(lines),), direction)


VERTICAL = (
    "鹽埕區曾是高雄最熱鬧的",
    "地方，百貨公司與戲院。",
    "𠮷野家ニ於テ",
    "一二三四五六七八九十",
)
HORIZONTAL = ("旗津渡輪站旁的老照相館", "保存了 1895 年以來", "The harbour of Takow", "Ta̍k-ke hó")


@pytest.mark.skipif(
    not shutil.which("pdftotext"), reason="pdftotext: apt-get install poppler-utils"
)
def test_poppler_copies_every_character_in_order(tmp_path):
    pages = [
        (jpeg(600, 800), page("vertical", *VERTICAL)),
        (jpeg(300, 400, "RGB"), page("horizontal", *HORIZONTAL)),
    ]
    with (tmp_path / "work.pdf").open("wb") as out:
        write_pdf(pages, out, title="打狗")
    for mode in ([], ["-raw"]):
        command = ["pdftotext", *mode, str(tmp_path / "work.pdf"), "-"]
        done = subprocess.run(command, capture_output=True, check=True)
        assert done.stderr == b""
        first, second, _ = done.stdout.decode().split("\f")
        assert first.split() == list(VERTICAL)
        assert [" ".join(row.split()) for row in second.splitlines() if row.strip()] == list(
            HORIZONTAL
        )


def test_invisible_text_over_a_scan_is_not_the_documents_own(tmp_path):
    with (tmp_path / "scan.pdf").open("wb") as out:
        write_pdf([(jpeg(600, 800), page("vertical", *VERTICAL))], out)
    assert embedded_text(tmp_path / "scan.pdf", 0, (600, 800)) is None


def test_an_image_that_is_no_plain_jpeg_is_refused():
    out = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(out, "JPEG")
    whole = jpeg(30, 20).jpeg
    assert jpeg_size(whole) == (30, 20, 1)
    for content in (b"", b"\x89PNG", b"\0\0" + whole[2:], whole[:40], out.getvalue()):
        with pytest.raises(ValueError, match="JPEG"):
            jpeg_size(content)
    with pytest.raises(ValueError, match="page"):
        write_pdf([], io.BytesIO())


@pytest.fixture
def born_digital(tmp_path):
    pdf = pypdfium2.PdfDocument.new()
    sheet = pdf.new_page(600, 800)
    font = raw.FPDFText_LoadStandardFont(pdf, b"Helvetica")
    for text, y in (("Harbour works", 700), ("of Takow 1908", 670)):
        item = raw.FPDFPageObj_CreateTextObj(pdf, font, 20.0)
        encoded = (text + "\x00").encode("utf-16-le")
        buffer = np.frombuffer(encoded, np.uint16).copy()
        raw.FPDFText_SetText(item, buffer.ctypes.data_as(raw.FPDF_WIDESTRING))
        raw.FPDFPageObj_Transform(item, 1, 0, 0, 1, 100, y)
        raw.FPDFPage_InsertObject(sheet, item)
    raw.FPDFPage_GenerateContent(sheet)
    file = tmp_path / "born.pdf"
    pdf.save(file)
    pdf.close()
    return file


def test_a_born_digital_page_gives_its_text_with_boxes_over_the_ink(born_digital):
    size = (1200, 1600)
    text = embedded_text(born_digital, 0, size)
    assert text.flat().text == "Harbour works of Takow 1908"
    pdf = pypdfium2.PdfDocument(born_digital)
    pixels = pdf[0].render(scale=2, grayscale=True).to_numpy().reshape(1600, 1200)
    pdf.close()
    for glyph in (g for b in text.blocks for row in b.lines for g in row.glyphs if g.text != " "):
        box = glyph.box
        assert pixels[box.y : box.bottom, box.x : box.right].min() < 128, glyph


def test_a_page_or_file_that_is_not_there_has_no_text(born_digital, tmp_path):
    assert embedded_text(born_digital, 7, (10, 10)) is None
    (tmp_path / "no.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert embedded_text(tmp_path / "no.pdf", 0, (10, 10)) is None


@pytest.mark.parametrize(
    ("text", "wrecked"),
    [
        ("高雄市立圖書館營運計畫與地方文獻典藏之數位化工作", False),
        ("高雄市ニ於テ圖書館ヲ設置シ公衆ノ閲覽ニ供ス", False),
        ("Société de géographie, Paris", False),
        ("高雄市立圖書館營運計畫".encode("big5").decode("latin-1"), True),
        ("高雄市立圖書館營運計畫".encode().decode("latin-1"), True),
        ("嚙踝蕭嚙踝蕭", True),
        (
            "高雄市立圖書館營運計畫與地方文獻典藏".encode("gbk").decode("big5", "ignore"),
            True,
        ),
    ],
)
def test_wrongly_decoded_text_is_seen(text, wrecked):
    assert looks_wrecked(text) is wrecked
