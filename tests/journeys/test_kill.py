"""kill -9 at any moment of an ingest, then run again: nothing lost, nothing twice, the same end."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.library import Library, draw
from ocfl.validator import Validator

from repository import ids, preserved

ROOT = Path(__file__).parents[2]
RUNS = 20
WORKS = ("甲", "乙", "丙")


def start(home: Path, folder: Path) -> subprocess.Popen:
    own = {"TAKAO_HOME": str(home), "TAKAO_OCR": "none", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "takao", "ingest", str(folder)],
        env={"PATH": os.defpath, "HOME": str(home), **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen) -> None:
    """End the whole process group: the batch, its workers and their sandboxes."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def held(library: Library) -> dict[str, list]:
    return {name: [(p.id, p.n, p.digest) for p in library.pages(name)] for name in WORKS}


@pytest.fixture
def folder(tmp_path):
    shade = iter(range(10, 200))
    for work in WORKS:
        for n in range(3):
            draw(tmp_path / "in" / work / f"{n}.png", next(shade))
    return tmp_path / "in"


@pytest.mark.slow
def test_a_killed_ingest_ends_like_an_undisturbed_one(tmp_path, folder):
    undisturbed = Library(tmp_path / "undisturbed")
    undisturbed.ingest(folder)
    home = tmp_path / "home"
    home.mkdir()
    chance = random.Random(5)
    for _ in range(RUNS):
        process = start(home, folder)
        time.sleep(chance.uniform(0.3, 4.0))
        kill(process)
    assert start(home, folder).wait(timeout=120) == 0
    library = Library(home)
    assert held(library) == held(undisturbed)
    assert {s.state for s in library.holdings.catalogue.steps()} == {"done"}
    for name in WORKS:
        object_id = preserved.object_id(ids.work_id(name))
        assert library.holdings.objects.validate(object_id) == []
        for page in library.pages(name):
            assert library.holdings.objects.read(object_id, page.master)
    roots = [p.parent for p in (home / "ocfl").rglob("0=ocfl_object_1.1")]
    assert len(roots) == len(WORKS)
    assert all(Validator().validate_object(str(root)) for root in roots)
    assert sorted(library.holdings.objects.objects()) == sorted(
        undisturbed.holdings.objects.objects()
    )


@pytest.mark.slow
def test_two_ingests_at_once_do_no_work_twice(tmp_path, folder):
    home = tmp_path / "home"
    home.mkdir()
    both = [start(home, folder), start(home, folder)]
    assert [p.wait(timeout=120) for p in both] == [0, 0]
    library = Library(home)
    undisturbed = Library(tmp_path / "undisturbed")
    undisturbed.ingest(folder)
    assert held(library) == held(undisturbed)
    steps = library.holdings.catalogue.steps()
    assert {(s.state, s.attempt) for s in steps if s.name in ("derive", "read")} == {("done", 1)}
    for name in WORKS:
        object_id = preserved.object_id(ids.work_id(name))
        assert len(library.holdings.objects.history(object_id)) == 2
