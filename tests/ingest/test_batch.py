"""``takao ingest`` as a cataloguer meets it: what is published, rejected, unchanged, resumed."""

import json
import shutil
from pathlib import Path

import pytest
from fixtures.library import Library, draw

from ingest.batch import BatchRequest, check
from repository import ids, preserved
from repository.catalogue.changes import ChangeFilter


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("p1.png", "p2.png", "p10.png")):
        draw(tmp_path / "鳳山縣 采訪冊" / name, 100 + n)
    return tmp_path / "鳳山縣 采訪冊"


def test_a_folder_becomes_a_work_with_pages_in_natural_order(library, folder):
    report = library.ingest(folder)
    assert report.ok
    assert report.counts["created"] == 1
    assert [p.file for p in library.pages("鳳山縣 采訪冊")] == ["p1.png", "p2.png", "p10.png"]
    assert [p.n for p in library.pages("鳳山縣 采訪冊")] == [1, 2, 3]


def test_masters_are_preserved_byte_for_byte(library, folder):
    library.ingest(folder)
    object_id = preserved.object_id(ids.work_id("鳳山縣 采訪冊"))
    for file in folder.iterdir():
        kept = library.holdings.objects.read(object_id, preserved.master_path(file.name))
        assert kept == file.read_bytes()


def test_the_same_folder_again_changes_nothing(library, folder):
    library.ingest(folder)
    object_id = preserved.object_id(ids.work_id("鳳山縣 采訪冊"))
    before = library.holdings.objects.version(object_id)
    last = library.catalogue.last_sequence()
    report = library.ingest(folder)
    assert report.counts["unchanged"] == 1
    assert {f.outcome for f in report.files} == {"unchanged"}
    assert library.holdings.objects.version(object_id) == before
    assert library.catalogue.last_sequence() == last


def test_a_changed_file_makes_a_version_and_a_page_put_between_keeps_ids(library, folder):
    library.ingest(folder)
    first = {p.file: p for p in library.pages("鳳山縣 采訪冊")}
    draw(folder / "p2.png", 50)
    draw(folder / "p3.png", 60)
    report = library.ingest(folder)
    assert report.counts["updated"] == 1
    second = {p.file: p for p in library.pages("鳳山縣 采訪冊")}
    assert {f: p.id for f, p in first.items()}.items() <= {
        f: p.id for f, p in second.items()
    }.items()
    assert second["p10.png"].n == 4
    assert second["p2.png"].digest != first["p2.png"].digest
    history = library.holdings.objects.history(preserved.object_id(ids.work_id("鳳山縣 采訪冊")))
    assert len(history) == 4


def test_a_removed_file_is_reported_and_its_page_kept(library, folder):
    library.ingest(folder)
    (folder / "p2.png").unlink()
    report = library.ingest(folder)
    assert [p.code for p in report.problems if p.severity == "warning"] == ["page-not-submitted"]
    assert len(library.pages("鳳山縣 采訪冊")) == 3


def test_a_bad_file_fails_alone_and_is_kept_with_its_reason(library, folder):
    (folder / "p4.jpg").write_text("這不是影像")
    (folder / "p5.tif").write_bytes(b"")
    whole = (folder / "p1.png").read_bytes()
    (folder / "p6.png").write_bytes(whole[: len(whole) // 2])
    report = library.ingest(folder)
    outcomes = {Path(f.file).name: f.outcome for f in report.files}
    assert {n for n, o in outcomes.items() if o == "published"} == {"p1.png", "p2.png", "p10.png"}
    assert outcomes["p4.jpg"] == outcomes["p5.tif"] == "rejected"
    assert outcomes["p6.png"] in ("rejected", "failed")
    assert not report.ok
    kept = [p for p in library.holdings.quarantine.rglob("*") if p.name == "p4.jpg"]
    assert kept[0].read_text() == "這不是影像"
    reason = json.loads((kept[0].parent / "reason.json").read_text("utf-8"))
    assert reason["problems"][0]["remedy"]["zh-Hant"]


def test_rows_describe_folders_and_stand_alone_without_one(library, tmp_path, folder):
    sheet = tmp_path / "works.csv"
    sheet.write_text(
        "識別號,資料夾,題名,資料類型\nA-1,鳳山縣 采訪冊,鳳山縣采訪冊,善本\nB-2,,打狗港圖,輿圖\n",
        "utf-8",
    )
    report = library.ingest(folder, metadata=(sheet,))
    works = library.catalogue.get_works([ids.work_id("A-1"), ids.work_id("B-2")])
    assert {w.record.title: w.page_count for w in works.values()} == {
        "鳳山縣采訪冊": 3,
        "打狗港圖": 0,
    }
    assert [p.code for p in report.problems] == ["submission-missing"]
    assert report.ok


def test_a_dry_run_says_what_would_happen_and_writes_nothing(library, folder):
    request = BatchRequest((folder,), (), None)
    report = check(request, library.settings.max_pixels, library.catalogue)
    assert report.batch is None
    assert {f.outcome for f in report.files} == {"published"}
    assert library.catalogue.count()["works"] == 0
    library.ingest(folder)
    again = check(request, library.settings.max_pixels, library.catalogue)
    assert {f.outcome for f in again.files} == {"unchanged"}


def test_the_same_submission_has_the_same_ids_in_another_home(library, tmp_path, folder):
    library.ingest(folder)
    other = Library(tmp_path / "other")
    shutil.copytree(folder, tmp_path / "moved" / folder.name)
    other.ingest(tmp_path / "moved" / folder.name)
    assert other.pages("鳳山縣 采訪冊") == library.pages("鳳山縣 采訪冊")


def test_the_store_carries_the_catalogues_datestamp(library, folder):
    library.ingest(folder)
    (change,) = library.catalogue.changes(None, 10, ChangeFilter())
    held = preserved.load(library.holdings.objects, change.work.id)
    assert held.work.changed == change.changed
    assert held.pages == library.pages("鳳山縣 采訪冊")
