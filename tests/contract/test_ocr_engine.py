"""One contract for every engine that reads: real programs and models, recorded readings, faults."""

import json
import os
import pickle
import shutil
import time
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ingest.reading.engine import EngineError, RawReading
from ingest.reading.rapid import Rapid
from ingest.reading.replay import Recorder, Replay
from ingest.reading.tesseract import Tesseract

ROOT = Path(__file__).parents[2]
LINES = json.loads((ROOT / "tests/fixtures/sample-lines.json").read_text("utf-8"))
ENGINES = ["tesseract", "rapidocr", "replay"]
LINUX = Path("/proc/self/task").is_dir()


def drawn(page: str, count: int) -> tuple[np.ndarray, list[str]]:
    """The first lines of a sample page, in grey, and what they say."""
    lines = LINES[page][:count]
    boxes = np.array([line["box"] for line in lines])
    left, top = boxes[:, :2].min(0) - 40
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(0) + 40
    with Image.open(ROOT / "samples" / page) as image:
        part = image.convert("L").crop((left, top, right, bottom))
    return np.asarray(part), ["".join(line["text"].split()) for line in lines]


ACROSS, ACROSS_TEXTS = drawn("營運計畫-橫排/1.png", 3)
DOWN, DOWN_TEXTS = drawn("臺灣通史自序/1.png", 4)
BLANK = np.full((300, 400), 255, np.uint8)
SMALL = [np.full(shape, 255, np.uint8) for shape in ((1, 1), (3, 200), (200, 3))]
SHOWN = [(ACROSS, "horizontal", ACROSS_TEXTS), (DOWN, "vertical", DOWN_TEXTS)]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A file of readings of all that the suite shows."""
    file = tmp_path_factory.mktemp("recorded") / "readings.json"
    recorder = Recorder(Rapid(), file)
    for image in (ACROSS, DOWN, BLANK, *SMALL):
        recorder.recognise(image, "unknown", "zh-Hant")
    return file


@pytest.fixture(scope="module", params=ENGINES)
def engine(request):
    if request.param == "replay":
        return Replay(request.getfixturevalue("recorded"))
    if request.param == "rapidocr":
        return Rapid()
    if not shutil.which("tesseract"):
        pytest.skip("tesseract: apt-get install tesseract-ocr")
    return Tesseract()


def texts(reading: RawReading) -> list[str]:
    return ["".join(g.text for g in line.glyphs) for line in reading.lines]


@pytest.mark.parametrize(("image", "direction", "truth"), SHOWN, ids=["across", "down"])
def test_lines_are_read_in_their_direction(engine, image, direction, truth):
    reading = engine.recognise(image, direction, "zh-Hant")
    assert {line.direction for line in reading.lines} == {direction}
    assert len(reading.lines) == len(truth)
    for expected in truth:  # lines come in no order
        alike = max(
            SequenceMatcher(None, "".join(read.split()), expected).ratio()
            for read in texts(reading)
        )
        assert alike > 0.7, expected


@pytest.mark.parametrize(("image", "direction", "_"), SHOWN, ids=["across", "down"])
def test_glyphs_lie_in_the_image_along_their_line(engine, image, direction, _):
    height, width = image.shape
    for line in engine.recognise(image, direction, "zh-Hant").lines:
        for glyph in line.glyphs:
            assert glyph.text
            assert 0 <= glyph.x0 < glyph.x1 <= width
            assert 0 <= glyph.y0 < glyph.y1 <= height
            assert 0.0 <= glyph.score <= 1.0
            assert all(0.0 <= score <= 1.0 for _, score in glyph.choices)
        starts = [g.y0 + g.y1 if direction == "vertical" else g.x0 + g.x1 for g in line.glyphs]
        assert starts == sorted(starts)


def test_the_same_image_gives_the_same_reading_however_it_lies_in_memory(engine):
    first = engine.recognise(ACROSS, "horizontal", "zh-Hant")
    before = ACROSS.copy()
    before.setflags(write=False)
    assert engine.recognise(before, "horizontal", "zh-Hant") == first
    assert engine.recognise(np.asfortranarray(ACROSS), "horizontal", "zh-Hant") == first
    assert engine.recognise(np.repeat(ACROSS, 2, 1)[:, ::2], "horizontal", "zh-Hant") == first
    assert np.array_equal(ACROSS, before)


def test_a_reading_says_who_read_and_crosses_to_another_process(engine):
    reading = engine.recognise(ACROSS, "horizontal", "zh-Hant")
    assert engine.version
    assert any(character.isdigit() for character in reading.engine)
    assert pickle.loads(pickle.dumps(reading)) == reading


def test_no_text_is_an_empty_reading(engine):
    for image in (BLANK, *SMALL):
        assert engine.recognise(image, "horizontal", "zh-Hant").lines == ()


@pytest.mark.parametrize("language", ["ja", "en", "nan-Latn", "tlh"])
def test_every_language_is_taken(engine, language):
    assert len(engine.recognise(ACROSS, "horizontal", language).lines) == len(ACROSS_TEXTS)


def test_an_unknown_direction_is_taken(engine):
    assert engine.recognise(ACROSS, "unknown", "zh-Hant").lines


EMPTY = """cat > "$2.hocr" <<'HOCR'
<html><body><div class="ocr_page" title="bbox 0 0 9 9"></div></body></html>
HOCR"""
FAULTS = {
    "crash": "echo bad >&2; exit 3",
    "signal": "kill -SEGV $$",
    "no output": "exit 0",
    "bytes": 'printf "\\377\\000" > "$2.hocr"',
    "other markup": 'echo "<html>" > "$2.hocr"',
}


def install(folder: Path, script: str) -> None:
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder in which the program is looked for first."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_program_is_an_engine_error_and_the_next_image_is_read(folder, fault):
    engine = Tesseract()
    install(folder, FAULTS[fault])
    with pytest.raises(EngineError, match=r"failed|no hOCR"):
        engine.recognise(ACROSS, "horizontal", "zh-Hant")
    install(folder, f'[ "$1" = --version ] && echo "tesseract 5.0.0" && exit 0\n{EMPTY}')
    assert engine.recognise(ACROSS, "horizontal", "zh-Hant").lines == ()


def test_a_program_that_is_not_installed_is_an_engine_error(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="not installed"):
        Tesseract().recognise(ACROSS, "horizontal", "zh-Hant")


@pytest.mark.skipif(not LINUX, reason="process groups are found by /proc")
def test_a_program_that_hangs_is_ended_with_all_it_started(folder):
    mark = folder / "child"
    install(folder, f"sleep 300 & echo $! > {mark}; wait")
    before = time.monotonic()
    with pytest.raises(EngineError, match="took over"):
        Tesseract(time_limit=1.0).recognise(ACROSS, "horizontal", "zh-Hant")
    assert time.monotonic() - before < 10
    state = Path(f"/proc/{mark.read_text().strip()}/stat")
    while state.exists() and state.read_text().split()[2] != "Z":
        assert time.monotonic() - before < 10
        time.sleep(0.02)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"%s": {}}',
        '{"%s": {"lines": [{}], "engine": "", "parameters": ""}}',
    ],
)
def test_a_damaged_record_is_an_engine_error(recorded, tmp_path, content):
    file = tmp_path / "readings.json"
    digest = next(iter(json.loads(recorded.read_text("utf-8"))))
    file.write_text(content.replace("%s", digest), "utf-8")
    with pytest.raises(EngineError):
        Replay(file).recognise(ACROSS, "horizontal", "zh-Hant")


def test_what_was_not_recorded_is_an_engine_error(recorded, tmp_path):
    with pytest.raises(EngineError, match="no reading is recorded"):
        Replay(recorded).recognise(255 - ACROSS, "horizontal", "zh-Hant")
    with pytest.raises(EngineError, match="cannot be used"):
        Replay(tmp_path / "none.json").recognise(ACROSS, "horizontal", "zh-Hant")
