"""Who wins: what a person set, a later submission, a spreadsheet that names the field."""

from dataclasses import replace

import pytest
from fixtures.library import Library, draw

from ingest.again import read_again, retry
from ingest.batch import BatchRequest, check
from repository import ids, preserved
from repository.editing import edit

WORK = ids.work_id("采訪冊")
MODS = """<mods xmlns="http://www.loc.gov/mods/v3"><identifier>采訪冊</identifier>
<titleInfo><title>{title}</title></titleInfo>{more}</mods>"""
EXTENT = "<physicalDescription><extent>8 葉</extent></physicalDescription>"


@pytest.fixture
def folder(tmp_path):
    draw(tmp_path / "采訪冊" / "p1.png", 100)
    return tmp_path / "采訪冊"


@pytest.fixture
def library(tmp_path, folder):
    opened = Library(tmp_path / "home")
    describe(folder, "初版")
    opened.ingest(folder)
    return opened


def describe(folder, title, more=""):
    (folder / "record.xml").write_text(MODS.format(title=title, more=more), "utf-8")


def edited(library, **values):
    record = work(library).record
    edit(library.holdings.versions, WORK, record, replace(record, **values), "a-1")


def work(library):
    return library.catalogue.get_works([WORK])[WORK]


def test_what_a_person_set_wins_over_a_later_submission_and_the_report_says_so(library, folder):
    edited(library, extent="12 葉")
    describe(folder, "再版", EXTENT)
    report = library.ingest(folder)
    (kept,) = [p for p in report.problems if p.code == "edit-kept"]
    assert "extent" in kept.message["en"]
    assert "8 葉" in kept.message["zh-Hant"]
    assert report.ok
    record = work(library).record
    assert (record.title, record.extent) == ("再版", "12 葉")
    assert preserved.load(library.holdings.objects, WORK).work == work(library)


def test_a_submission_that_is_silent_about_it_says_nothing(library, folder):
    edited(library, extent="12 葉")
    describe(folder, "再版")
    assert not [p for p in library.ingest(folder).problems if p.code == "edit-kept"]
    assert work(library).record.extent == "12 葉"


def test_a_spreadsheet_that_names_the_field_wins_over_both(library, folder, tmp_path):
    edited(library, extent="12 葉", binding="線裝")
    describe(folder, "再版", EXTENT)
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,稽核項\n采訪冊,30 葉\n", "utf-8")
    library.ingest(metadata=(sheet,))
    assert work(library).record.extent == "30 葉"
    sheet.write_text("識別號,稽核項\n采訪冊,31 葉\n", "utf-8")
    library.ingest(folder, metadata=(sheet,))
    record = work(library).record
    assert (record.extent, record.binding, record.title) == ("31 葉", "線裝", "再版")


def test_what_nobody_set_is_as_the_later_submission_says(library, folder):
    describe(folder, "再版", EXTENT)
    library.ingest(folder)
    describe(folder, "三版")
    library.ingest(folder)
    record = work(library).record
    assert (record.title, record.extent) == ("三版", None)


def test_reading_again_changes_nothing_that_was_set(library):
    edited(library, extent="12 葉", page_labels=("封面",))
    stood = work(library)
    read_again(library.holdings, WORK, None)
    assert retry(library.settings, library.holdings, [WORK], library.silent).ok
    assert work(library) == stood
    assert [p.label for p in library.pages("采訪冊")] == ["封面"]


def test_a_dry_run_says_what_would_stay(library, folder):
    edited(library, titles=work(library).record.titles, extent="12 葉")
    describe(folder, "再版", EXTENT)
    report = check(BatchRequest((folder,), (), None), 10**8, library.catalogue)
    assert report.works == {WORK: "updated"}
    assert [p.code for p in report.problems if p.code == "edit-kept"] == ["edit-kept"]


def test_a_rebuild_knows_what_people_set(library, folder, tmp_path):
    edited(library, extent="12 葉")
    stood = work(library)
    library.catalogue.close()
    (library.settings.home / "catalogue.sqlite").unlink()
    from ingest.again import rebuild

    anew = Library(library.settings.home)
    assert rebuild(anew.settings, anew.holdings, anew.silent).ok
    assert work(anew) == stood
    describe(folder, "再版", EXTENT)
    anew.ingest(folder)
    assert work(anew).record.extent == "12 葉"
