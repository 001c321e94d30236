"""Reading a page: real engines on real pages, recorded readings, and engines that fail."""

import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lacking import everything_is_promised
from PIL import Image
from rapidfuzz.distance import Levenshtein

from ingest.reading.engine import (
    EngineError,
    RawGlyph,
    RawLine,
    RawReading,
    ReadingHints,
    mean_score,
)
from ingest.reading.prepare import prepare
from ingest.reading.read_page import Engines, check_engines, make_engines, read_page
from ingest.reading.replay import Recorder, Replay
from ingest.reading.tesseract import Tesseract

SAMPLES = Path(__file__).parents[3] / "samples"
PAGES = Path(__file__).parents[2] / "fixtures/pages"
needs_tesseract = pytest.mark.skipif(
    not (shutil.which("tesseract") or everything_is_promised()),
    reason="tesseract: apt-get install tesseract-ocr",
)
RARE = ReadingHints(material="rare-book")


def pixels(file):
    return np.asarray(Image.open(file).convert("RGB"))


def truth(name):
    return (PAGES / f"{name}.gt.txt").read_text("utf-8").split()


def sheet(ink=True):
    page = np.full((1200, 900), 245, np.uint8)
    if ink:
        for y in range(100, 1100, 60):
            for x in range(100, 800, 45):
                page[y : y + 30, x : x + 32] = 20
    return page


class Says:
    """An engine of its own: gives the text it was told to give, one line, with a score."""

    version = "1"

    def __init__(self, name, text, score=0.99):
        self.name = name
        self.asked = 0
        self._text, self._score = text, score

    def recognise(self, image, direction, language):
        self.asked += 1
        glyphs = (
            RawGlyph(c, 100 + 45 * n, 100, 132 + 45 * n, 130, self._score)
            for n, c in enumerate(self._text)
        )
        line = RawLine(tuple(glyphs), "horizontal")
        return RawReading((line,) if self._text else (), self.name)


class Turned(Says):
    """Finds another text in each direction."""

    def __init__(self, name, texts, score):
        super().__init__(name, "", score)
        self._texts = texts

    def recognise(self, image, direction, language):
        self._text = self._texts[direction]
        return super().recognise(image, direction, language)


class Fails:
    name, version = "rapidocr", "1"

    def recognise(self, image, direction, language):
        raise EngineError("crashed")


def test_a_manuscript_is_read_down_its_columns():
    image = pixels(SAMPLES / "四庫全書簡明目錄/2.png")
    size = image.shape[1], image.shape[0]
    reading = read_page(image, size, RARE, make_engines("auto"))
    text = reading.text.flat().text
    assert reading.text.direction == "vertical"
    wanted = "".join(truth("manuscript"))
    assert sum(a == b for a, b in zip(text, wanted, strict=False)) > 0.95 * len(wanted)
    for box in reading.text.flat().boxes:
        assert 0 <= box.x < box.right <= size[0]
        assert 0 <= box.y < box.bottom <= size[1]


def test_interlinear_notes_of_a_woodblock_leaf_are_read_inline():
    image = pixels(SAMPLES / "四庫全書總目/2.png")
    half = np.asarray(Image.fromarray(image).reduce(2))
    reading = read_page(half, (image.shape[1], image.shape[0]), RARE, make_engines("auto"))
    assert "也悍如王柏吳澄攻駁經文動輒刪改之類學脈旁分" in reading.text.flat().text
    kinds = {b.kind: "".join(line.text for line in b.lines) for b in reading.text.blocks}
    assert "易類" in kinds["running-title"]
    # 學 after the first note, in the master's pixels: three fifths down the page's third column.
    flat = reading.text.flat()
    box = flat.boxes[flat.text.index("學脈旁分")]
    assert 2200 < box.x < 2700
    assert 3050 < box.y < 3350


@needs_tesseract
def test_tesseract_alone_reads_across_and_says_what_it_did():
    image = pixels(PAGES / "mixed.png")
    size = image.shape[1], image.shape[0]
    reading = read_page(image, size, ReadingHints(), make_engines("tesseract"))
    text = reading.text.flat().text
    assert "打狗歲時記稿" in text
    assert "ISBN978-957-00-3521-4" in text.replace(" ", "")
    read, wanted = ("".join(filter(str.isalnum, t)) for t in (text, "".join(truth("mixed"))))
    assert Levenshtein.normalized_similarity(read, wanted) > 0.98
    assert "tesseract 5" in " ".join(reading.choices)
    # The page was drawn with characters 46 pixels wide; this line lies in y 487 to 536.
    start = text.index("打狗歲時記稿")
    for n, box in enumerate(reading.text.flat().boxes[start : start + 6]):
        assert 480 < box.y < box.bottom < 545
        assert 300 + 46 * (3 + n) - 5 < box.x < box.right < 300 + 46 * (4 + n) + 5


@needs_tesseract
@pytest.mark.parametrize(
    ("page", "installed", "model"),
    [("mixed.png", "chi_tra HanT", "HanT"), ("mixed.png", "chi_tra", "chi_tra"),
     ("across.jpg", "chi_tra HanT", "chi_tra")],
)  # fmt: skip
def test_tesseract_reads_pages_half_in_latin_letters_with_the_model_for_both(
    monkeypatch, page, installed, model
):
    monkeypatch.setattr("ingest.reading.tesseract._installed_models", installed.split)
    used = []
    run = Tesseract._run
    monkeypatch.setattr(
        Tesseract, "_run", lambda s, i, m, o: (used.append(m), run(s, i, "chi_tra", o))[1]
    )
    image = pixels(PAGES / page)
    read_page(image, image.shape[1::-1], ReadingHints(), make_engines("tesseract"))
    assert used == [model]


@needs_tesseract
def test_tesseract_alone_warns_of_a_page_that_it_cannot_read_well():
    image = pixels(PAGES / "kanbun.png")
    size = image.shape[1], image.shape[0]
    reading = read_page(image, size, ReadingHints(), make_engines("tesseract"))
    assert [p.code for p in reading.problems] == ["reading-doubtful"]
    image = pixels(SAMPLES / "營運計畫-直排/3.jpg")[:, -1000:]
    reading = read_page(image, size, ReadingHints(), make_engines("tesseract"))
    assert reading.problems == ()


def test_a_blank_page_is_read_as_blank_without_asking_an_engine():
    engine = Says("rapidocr", "不")
    reading = read_page(sheet(ink=False), (900, 1200), ReadingHints(), Engines("auto", engine))
    assert reading.text.blocks == ()
    assert "blank" in reading.choices[0]
    assert engine.asked == 0


def test_without_engine_nothing_is_read():
    reading = read_page(sheet(), (900, 1200), ReadingHints(), make_engines("none"))
    assert reading.text.blocks == ()


def test_the_other_engine_reads_what_the_first_cannot():
    engines = Engines("auto", Fails(), Says("tesseract", "高雄"))
    reading = read_page(sheet(), (900, 1200), ReadingHints(), engines)
    assert reading.text.flat().text == "高雄"
    assert "crashed" in " ".join(reading.choices)
    with pytest.raises(EngineError, match="crashed"):
        read_page(sheet(), (900, 1200), ReadingHints(), Engines("rapidocr", Fails()))


@pytest.mark.parametrize(("second", "text"), [(0.95, "打狗港"), (0.3, "扣抅巷")])
def test_a_doubtful_page_is_read_again_and_the_better_reading_taken(second, text):
    engines = Engines("auto", Says("rapidocr", "扣抅巷", 0.5), Says("tesseract", "打狗港", second))
    reading = read_page(sheet(), (900, 1200), ReadingHints(), engines)
    assert reading.text.flat().text == text
    assert bool(reading.problems) == (second < 0.5)
    assert all(p.severity == "notice" for p in reading.problems)


def test_an_engine_that_finds_nothing_takes_no_text_away():
    engines = Engines("auto", Says("rapidocr", "扣抅巷", 0.5), Says("tesseract", ""))
    reading = read_page(sheet(), (900, 1200), ReadingHints(), engines)
    assert reading.text.flat().text == "扣抅巷"
    nothing = Turned("tesseract", {"vertical": "", "horizontal": "高雄"}, 0.3)
    reading = read_page(sheet(), (900, 1200), ReadingHints(), Engines("tesseract", nothing))
    assert reading.text.flat().text == "高雄"


def test_the_score_of_a_reading_is_the_mean_of_its_characters():
    line = RawLine(
        (RawGlyph("高", 0, 0, 9, 9, 0.5), RawGlyph("雄", 9, 0, 18, 9, 0.9)), "horizontal"
    )
    assert mean_score([line]) == pytest.approx(0.7)
    assert mean_score([]) == 0.0
    assert mean_score([RawLine((), "vertical")]) == 0.0


def test_simplified_output_is_read_again_on_a_page_not_known_to_be_simplified():
    simplified, traditional = "图书馆运营计划与书籍", "圖書館運營計劃與書籍"
    engines = Engines("auto", Says("rapidocr", simplified), Says("tesseract", traditional, 0.9))
    assert read_page(sheet(), (900, 1200), ReadingHints(), engines).text.flat().text == traditional
    known = ReadingHints(languages=("zh-Hans",))
    assert read_page(sheet(), (900, 1200), known, engines).text.flat().text == simplified


def test_no_text_is_a_reading():
    reading = read_page(sheet(), (900, 1200), ReadingHints(), Engines("auto", Says("rapidocr", "")))
    assert reading.text.blocks == ()
    assert reading.problems == ()
    assert "found no text" in reading.choices[-1]


def test_recorded_readings_are_replayed_by_the_images_digest(tmp_path):
    file = tmp_path / "readings.json"
    engine = Recorder(Says("rapidocr", "哈瑪星"), file)
    first = read_page(sheet(), (1800, 2400), ReadingHints(), Engines("rapidocr", engine))
    again = read_page(sheet(), (1800, 2400), ReadingHints(), make_engines(f"replay:{file}"))
    assert again.text.flat() == first.text.flat()
    other = sheet()
    other[600:700] = 0
    with pytest.raises(EngineError, match="no reading is recorded"):
        read_page(other, (900, 1200), ReadingHints(), Engines("replay", Replay(file)))
    file.write_text('{"a": [', "utf-8")
    with pytest.raises(EngineError, match="cannot be used"):
        Replay(file).recognise(prepare(sheet(), (900, 1200)).image, "unknown", "zh-Hant")


def fake_tesseract(folder, script, monkeypatch):
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def test_ending_an_engine_leaves_what_ran_before(tmp_path, monkeypatch):
    fake_tesseract(tmp_path, "sleep 300", monkeypatch)
    with subprocess.Popen(["/bin/sleep", "300"]) as earlier:
        with pytest.raises(EngineError, match="took over"):
            Tesseract(time_limit=0.5).recognise(sheet(), "horizontal", "zh-Hant")
        assert earlier.poll() is None
        earlier.kill()


def test_what_is_missing_is_named_before_anything_starts(tmp_path, monkeypatch):
    assert check_engines("none") == []
    assert [p.code for p in check_engines("magic")] == ["ocr-spec-unknown"]
    assert [p.code for p in check_engines(f"replay:{tmp_path}/no")] == ["ocr-replay-missing"]
    with pytest.raises(ValueError, match="magic"):
        make_engines("magic")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = check_engines("tesseract")
    assert {p.where for p in found} >= {"tesseract-ocr", "tesseract-ocr-chi-tra-vert"}
    assert all("apt-get install" in p.remedy["en"] for p in found)
    assert {p.severity for p in found} == {"error"}
    assert {p.severity for p in check_engines("auto")} == {"warning"}


def test_a_language_without_data_is_named_with_its_package(tmp_path, monkeypatch):
    fake_tesseract(
        tmp_path, 'printf "List of available languages (2):\\nchi_tra\\neng\\n"', monkeypatch
    )
    missing = {p.where for p in check_engines("tesseract")}
    assert missing == {
        "tesseract-ocr-chi-tra-vert", "tesseract-ocr-jpn", "tesseract-ocr-jpn-vert",
        "tesseract-ocr-osd",
    }  # fmt: skip


def test_engines_are_cheap_to_make_and_hold_no_model_yet():
    before = time.process_time()
    engines = make_engines("auto")
    assert time.process_time() - before < 0.2
    assert engines.first is not None
    assert replace(engines, second=None).spec == "auto"
