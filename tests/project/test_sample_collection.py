"""The sample collection: small, described, licensed, and known line by line where it was drawn."""

import json
from pathlib import Path

import pytest
from PIL import Image

from metadata.sheets.sheet import read_sheet

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
ROWS = read_sheet(SAMPLES / "works.csv").rows
LINES = json.loads((ROOT / "tests" / "fixtures" / "sample-lines.json").read_text("utf-8"))
MAP = SAMPLES / "高雄市行政區圖" / "1.png"


def folders():
    return {p.name for p in SAMPLES.iterdir() if p.is_dir() and p.name != "__pycache__"}


def size(path):
    with Image.open(path) as image:
        return image.size


def test_every_folder_is_described_and_licensed():
    assert {row.folder for row in ROWS if row.folder} == folders()
    licences = (SAMPLES / "LICENSES.md").read_text("utf-8")
    assert [name for name in folders() if f"`{name}/" not in licences] == []


def test_the_descriptions_are_read_without_a_word_of_complaint():
    assert [(row.number, p.code) for row in ROWS for p in row.problems] == []


def test_renderings_and_records_without_pages_say_what_they_are():
    drawn = {name.partition("/")[0] for name in LINES}
    for row in ROWS:
        notes = "".join(note.value for note in row.record.notes)
        if row.folder in drawn:
            assert "並非原件掃描" in notes
        if row.folder is None:
            assert "並無對應之實際館藏" in notes


def test_it_is_small():
    assert sum(p.stat().st_size for p in SAMPLES.rglob("*") if p.is_file()) <= 15 << 20


def test_the_map_is_large():
    assert min(size(MAP)) >= 8000


@pytest.mark.parametrize("name", LINES)
def test_drawn_lines_lie_on_their_page(name):
    width, height = size(SAMPLES / name)
    for line in LINES[name]:
        x, y, w, h = line["box"]
        assert line["text"]
        assert w > 0
        assert h > 0
        assert 0 <= x < x + w <= width
        assert 0 <= y < y + h <= height


@pytest.mark.parametrize("words", ["圖書館", "台灣", "臺灣", "港"])
def test_the_words_of_the_tour_stand_on_drawn_pages(words):
    assert any(words in line["text"] for lines in LINES.values() for line in lines)
