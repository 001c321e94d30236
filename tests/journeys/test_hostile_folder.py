"""A folder of good and bad files through the command line: the good are published."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import hostile
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
GIB = 1 << 30
BAD = {
    "truncated.jpg": hostile.truncated_jpeg,
    "empty.tif": hostile.zero_byte_tiff,
    "text.jpg": hostile.text_named_jpg,
    "encrypted.pdf": hostile.encrypted_pdf,
    "one-colour.png": hostile.png_bomb,
}


def takao(home: Path, *arguments: str) -> subprocess.Popen:
    own = {"TAKAO_HOME": str(home), "TAKAO_OCR": "none", "PYTHONPATH": str(ROOT)}
    environment = {"PATH": os.defpath, "HOME": str(home), **own}
    return subprocess.Popen(
        [sys.executable, "-m", "takao", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def descendants(pid: int) -> list[int]:
    found = [pid]
    for number in found:
        try:
            for task in Path(f"/proc/{number}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue  # it ended meanwhile
    return found


def watch_memory(pid: int, peaks: dict[int, int], stop: threading.Event) -> None:
    while not stop.is_set():
        for number in descendants(pid):
            try:
                status = Path(f"/proc/{number}/status").read_text()
            except OSError:
                continue
            for line in status.splitlines():
                if line.startswith("VmHWM"):
                    peaks[number] = max(peaks.get(number, 0), int(line.split()[1]) * 1024)
        time.sleep(0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in") / "好壞 混雜"
    folder.mkdir()
    Image.new("RGB", (900, 1200), "white").save(folder / "第 1 頁 打狗.jpg")
    Image.new("L", (900, 1200), 128).save(folder / "第 2 頁.tif")
    for expected, make in BAD.items():
        made = make(folder)
        made.rename(folder / expected)
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_good_pages_are_published_bad_ones_listed_and_memory_is_bounded(folder, tmp_path):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    process = takao(tmp_path / "home", "ingest", str(folder), "--json")
    peaks: dict[int, int] = {}
    stop = threading.Event()
    watcher = threading.Thread(target=watch_memory, args=(process.pid, peaks, stop))
    watcher.start()
    output, _ = process.communicate(timeout=240)
    stop.set()
    watcher.join()
    report = json.loads(output)
    outcomes = {Path(f["file"]).name: f for f in report["files"]}
    published = {name for name, f in outcomes.items() if f["outcome"] == "published"}
    assert published == {"第 1 頁 打狗.jpg", "第 2 頁.tif"}
    for name in BAD:
        assert outcomes[name]["outcome"] in ("rejected", "failed")
        (problem,) = [p for p in outcomes[name]["problems"] if p["severity"] == "error"]
        assert problem["message"]["zh-Hant"]
        assert problem["remedy"]["en"]
    assert process.returncode == 1
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before
    assert max(peaks.values()) < 2 * GIB


@pytest.mark.slow
def test_the_command_line_says_what_is_wrong_with_its_use(tmp_path):
    for arguments, code in (
        (["ingest", str(tmp_path / "nothing")], 2),
        (["ingest"], 2),
        (["nonsense"], 2),
        (["status", "--json"], 0),
        (["withdraw", "nothing", "--reason", "x"], 2),
    ):
        process = takao(tmp_path / "home", *arguments)
        process.communicate(timeout=60)
        assert process.returncode == code, arguments
