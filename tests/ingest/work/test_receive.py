"""Masters come into the store first: whatever happens on the way, no page goes on without them."""

import hashlib
import os
import pickle
import random
import signal
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import small_disk
from fixtures.library import Library, Silent, draw, start_ingest
from PIL import Image

from ingest.again import retry
from ingest.work.run import configurations
from metadata.problem import Problem, problem
from repository import ids, preserved
from repository.catalogue.steps import Step
from storage.errors import DamagedObjectError, StorageUnavailableError


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


def masters(library: Library, work: str) -> dict[str, str]:
    """The digests of a Work's masters as they lie in the store, read and compared."""
    objects, name = library.holdings.objects, preserved.object_id(ids.work_id(work))
    state = objects.version(name).state
    held = [path for path in state if path.startswith(preserved.master_path(""))]
    return {
        path.removeprefix(preserved.master_path("")): hashlib.sha512(
            objects.read(name, path)
        ).hexdigest()
        for path in held
    }


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha512(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def draw_noise(path: Path, side: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side * side)).save(path)


def await_receiving(catalogue: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True) as connection:
                query = "SELECT 1 FROM steps WHERE name = 'receive' AND state = 'running'"
                if connection.execute(query).fetchone():
                    return
        except sqlite3.OperationalError:
            pass
        time.sleep(0.005)
    pytest.fail("nothing was received")


@pytest.mark.slow
def test_a_batch_killed_while_it_receives_leaves_nothing_out(tmp_path, library):
    folder = tmp_path / "海圖"
    draw_noise(folder / "1.tif", 4000)
    killed = start_ingest(library.settings.home, folder)
    await_receiving(library.settings.home / "catalogue.sqlite")
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    assert library.catalogue.pages_of(ids.work_id("海圖")) == ()
    report = library.ingest(folder)
    assert report.ok
    assert masters(library, "海圖") == digests(folder)


def test_pages_wait_for_masters_that_another_batch_receives(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png").parent
    work = ids.work_id("甲")
    page = ids.page_id(work, "1.png", None)
    digest = hashlib.sha512((folder / "1.png").read_bytes()).hexdigest()
    catalogue = library.catalogue
    catalogue.plan_steps([Step(work, page, "receive", "waiting", input_digest=digest)])
    assert catalogue.lease_steps("receive", [page], 2.0)
    begun = time.monotonic()
    assert library.ingest(folder).ok
    assert time.monotonic() - begun >= 1.5
    assert masters(library, "甲") == digests(folder)
    (step,) = [s for s in catalogue.steps(work=work) if s.name == "receive"]
    assert (step.state, step.attempt) == ("done", 2)


def planned_elsewhere(library: Library, folder: Path, *names: str) -> tuple[str, list[str]]:
    """Plan steps of a folder's pages as another batch does that is at work on it."""
    work = ids.work_id(folder.name)
    pages = [ids.page_id(work, name, None) for name in digests(folder)]
    steps = [
        Step(work, page, name, "waiting", input_digest=digest)
        for page, digest in zip(pages, digests(folder).values(), strict=True)
        for name in names
    ]
    library.catalogue.plan_steps(steps)
    return work, pages


def end_elsewhere(library: Library, work: str, name: str, why: Problem) -> threading.Thread:
    """Let the other batch fail in a second."""
    catalogue = library.catalogue
    steps = [s for s in catalogue.steps(work=work) if s.name == name]
    failed = [replace(s, state="failed", reason=why.to_json()) for s in steps]
    timer = threading.Timer(1.0, catalogue.finish_steps, [failed])
    timer.start()
    return timer


def test_masters_that_another_batch_could_not_receive_are_received_here(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png").parent
    work, pages = planned_elsewhere(library, folder, "receive")
    assert library.catalogue.lease_steps("receive", pages, 60.0)
    end_elsewhere(library, work, "receive", problem("worker-died", "1.png"))
    assert library.ingest(folder).ok
    assert masters(library, "甲") == digests(folder)


def test_a_page_that_failed_in_another_batch_is_reported_and_holds_up_nothing(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png", 1).parent
    draw(folder / "2.png", 2)
    catalogue = library.catalogue

    class Other(Silent):
        def planned(self, pages):
            if catalogue.steps():
                return
            work, pages = planned_elsewhere(library, folder, "derive", "read")
            decided = configurations(library.settings)
            steps = [
                replace(s, configuration_digest=decided[s.name])
                for s in catalogue.steps(work=work)
                if s.page == pages[0]
            ]
            catalogue.plan_steps(steps)
            assert catalogue.lease_steps("derive", pages[:1], 60.0)
            failed = next(s for s in catalogue.steps(work=work) if s.state == "running")
            reason = problem("worker-died", "1.png").to_json()
            done = [replace(failed, state="failed", reason=reason)]
            threading.Timer(1.5, catalogue.finish_steps, [done]).start()

    library.silent = Other()
    report = library.ingest(folder)
    assert [(f.outcome, [p.code for p in f.problems]) for f in report.files] == [
        ("failed", ["worker-died"]),
        ("published", []),
    ]


def test_a_page_whose_batch_froze_or_lost_its_machine_is_taken_over(tmp_path, library, monkeypatch):
    monkeypatch.setattr("ingest.work.flight._ASK_SECONDS", 0.2)
    folder = draw(tmp_path / "甲" / "1.png", 1).parent
    catalogue = library.catalogue

    class Other(Silent):
        def planned(self, pages):
            work, pages = planned_elsewhere(library, folder, "derive")
            decided = configurations(library.settings)["derive"]
            steps = catalogue.steps(work=work)
            catalogue.plan_steps([replace(s, configuration_digest=decided) for s in steps])
            assert catalogue.lease_steps("derive", pages, 2.0)

    library.silent = Other()
    begun = time.monotonic()
    assert library.ingest(folder).ok
    assert time.monotonic() - begun >= 1.9
    (derived,) = [s for s in catalogue.steps() if s.name == "derive"]
    assert (derived.state, derived.attempt) == ("done", 2)


def test_a_page_planned_anew_with_another_master_meanwhile_is_not_published(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png", 1).parent

    broken = bytearray(draw(folder / "2.png", 2).read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    (folder / "2.png").write_bytes(broken)

    class Replaced(Silent):
        def page_done(self, name, reason):
            name = preserved.object_id(ids.work_id("甲"))
            path = preserved.master_path("1.png")
            library.holdings.objects.update(name, {path: b"new"}, message="x", user="another")

    library.silent = Replaced()
    report = library.ingest(folder)
    codes = {Path(f.file).name: [p.code for p in f.problems] for f in report.files}
    assert codes == {"1.png": ["work-not-preserved"], "2.png": ["image-corrupt"]}
    failed = {(s.name, s.page) for s in library.catalogue.steps(state="failed")}
    first, second = (ids.page_id(ids.work_id("甲"), f"{n}.png", None) for n in (1, 2))
    assert failed == {("publish", first), ("derive", second)}
    assert library.pages("甲") == ()


class Meddler(Silent):
    """Writes to a file of the second Work between its check and its receipt."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._works = 0

    def planned(self, pages):
        self._works += 1
        if self._works == 2:
            draw(self._file, 9)


def test_a_master_that_changes_on_the_way_holds_up_its_own_work_alone(tmp_path, library):
    for work in ("甲", "乙"):
        draw(tmp_path / "in" / work / "1.png", 30)
    library.silent = Meddler(tmp_path / "in" / "甲" / "1.png")
    report = library.ingest(tmp_path / "in")
    outcomes = {f.submission: (f.outcome, [p.code for p in f.problems]) for f in report.files}
    assert outcomes == {"甲": ("failed", ["work-not-preserved"]), "乙": ("published", [])}
    assert not report.ok
    (step,) = library.catalogue.steps(state="failed")
    assert (step.name, step.work) == ("receive", ids.work_id("甲"))
    library.silent = Silent()
    assert library.ingest(tmp_path / "in").ok
    assert masters(library, "甲") == digests(tmp_path / "in" / "甲")


def test_a_damaged_object_holds_up_its_own_work_alone(tmp_path, library):
    for work in ("甲", "乙"):
        draw(tmp_path / "in" / work / "1.png", 30)
    library.ingest(tmp_path / "in" / "甲")
    objects, name = library.holdings.objects, preserved.object_id(ids.work_id("甲"))
    inventory = library.settings.home / "ocfl" / objects.root_of(name) / "inventory.json"
    inventory.write_bytes(inventory.read_bytes().replace(b"masters", b"maste\xffs"))
    draw(tmp_path / "in" / "甲" / "2.png", 31)
    report = library.ingest(tmp_path / "in")
    assert {f.submission: f.outcome for f in report.files} == {"甲": "failed", "乙": "published"}
    assert {p.code for p in report.all_problems()} >= {"work-not-preserved"}
    assert len(library.pages("甲")) == 1
    again = retry(
        library.settings, library.holdings, map(ids.work_id, ("甲", "乙")), library.silent
    )
    assert [p.code for p in again.problems] == ["object-unreadable"]
    assert [f.outcome for f in again.files] == ["unchanged"]


def test_a_master_that_cannot_be_read_any_more_fails_its_page_alone(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png", 30).parent
    draw(folder / "2.png", 31)
    library.ingest(folder)
    objects, name = library.holdings.objects, preserved.object_id(ids.work_id("甲"))
    version = library.settings.home / "ocfl" / objects.root_of(name) / "v1" / "content"
    next(version.rglob("2.png")).unlink()
    pages = [page.id for page in library.pages("甲")]
    library.catalogue.reset_steps(pages, ("derive", "read", "publish"))
    report = retry(library.settings, library.holdings, [ids.work_id("甲")], library.silent)
    assert [(f.outcome, [p.code for p in f.problems]) for f in report.files] == [
        ("unchanged", []),
        ("failed", ["file-unreadable"]),
    ]


def test_derivatives_that_cannot_be_written_end_the_batch_under_their_own_name(tmp_path, library):
    folder = draw(tmp_path / "甲" / "1.png", 30).parent
    page = ids.page_id(ids.work_id("甲"), "1.png", None)
    in_the_way = library.holdings.derivatives.pyramid(page).parent
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    in_the_way.write_text("a file, not a folder")
    with pytest.raises(StorageUnavailableError, match="derivatives"):
        library.ingest(folder)
    in_the_way.unlink()
    assert library.ingest(folder).ok


FULL = """
import os, subprocess, sys
sys.path[:0] = [".", "tests"]
from pathlib import Path
from fixtures.library import Library
from storage.errors import StorageFullError

if __name__ == "__main__":
    disk, folder = map(Path, sys.argv[1:])
    library = Library(disk / "home")
    for size in ("6m", "14m", "80m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)
        try:
            report = library.ingest(folder)
        except StorageFullError as error:
            print("full", "ocfl" in str(error))
        else:
            print(report.ok, report.counts["pages"])
"""


def test_a_full_disk_ends_the_batch_and_the_next_one_goes_on(tmp_path):
    draw_noise(tmp_path / "海圖" / "1.tif", 2000)
    told = small_disk.run_in(tmp_path / "disk", "size=6m", FULL, str(tmp_path / "海圖"))
    assert told == "full True\nfull False\nTrue 1\n"


def test_a_damaged_object_is_named_over_a_process_border():
    error = DamagedObjectError("0a/object", "is torn")
    again = pickle.loads(pickle.dumps(error))
    assert (again.path, again.detail, str(again)) == (error.path, error.detail, str(error))
