"""A worker that dies takes no page with it; a page that kills every worker fails alone."""

import os
import random
import signal
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from fixtures.library import Library, draw
from PIL import Image

from repository import ids

SMALL = [f"{n}.png" for n in range(80)]
DEADLY, BROKEN = "60a.tif", "62.png"


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "ingest.work.flight._TOGETHER_SECONDS", 60.0
    )  # all but the first go in groups
    return Library(tmp_path / "home", TAKAO_WORKERS="2")


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(SMALL):
        draw(tmp_path / "甲" / name, 100 + n)
    broken = bytearray((tmp_path / "甲" / BROKEN).read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    (tmp_path / "甲" / BROKEN).write_bytes(broken)
    noise = random.Random(1).randbytes(3 * 3000 * 3000)
    Image.frombytes("RGB", (3000, 3000), noise).save(tmp_path / "甲" / DEADLY)
    return tmp_path / "甲"


@contextmanager
def killed_while_deriving(library: Library, file: str, times: int):
    """Kill the worker that derives a page, as often as ``times``; its draft has the worker's id."""
    drafts = library.holdings.derivatives.pyramid(ids.page_id(ids.work_id("甲"), file, None)).parent
    ended = threading.Event()
    killed: list[int] = []

    def kill():
        while not ended.is_set() and len(killed) < times:
            for draft in drafts.glob(".*.tif.*"):
                worker = int(draft.suffix[1:])
                if worker not in killed:
                    with suppress(ProcessLookupError):
                        os.kill(worker, signal.SIGKILL)
                    killed.append(worker)
            time.sleep(0.005)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        ended.set()
        killer.join()


def failed(report) -> dict[str, list[str]]:
    files = [f for f in report.files if f.outcome not in ("published", "unchanged")]
    return {Path(f.file).name: [p.code for p in f.problems] for f in files}


def test_the_pages_of_a_worker_that_was_killed_are_done_by_others(library, folder):
    with killed_while_deriving(library, DEADLY, 1) as killed:
        report = library.ingest(folder)
    assert len(killed) == 1
    assert failed(report) == {BROKEN: ["image-corrupt"]}
    assert len(library.pages("甲")) == len(SMALL)


def test_a_page_that_kills_every_worker_fails_alone_and_can_be_tried_again(library, folder):
    with killed_while_deriving(library, DEADLY, 9) as killed:
        report = library.ingest(folder)
    assert len(killed) == 2
    assert failed(report) == {BROKEN: ["image-corrupt"], DEADLY: ["worker-died"]}
    assert [p.file for p in library.pages("甲")] == [name for name in SMALL if name != BROKEN]
    assert failed(library.ingest(folder)) == {BROKEN: ["image-corrupt"]}
    assert len(library.pages("甲")) == len(SMALL)
