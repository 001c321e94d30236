"""Descriptions that lie in a submission, updates that show what they change, refused records."""

import json
from dataclasses import replace

import pytest
import records
from fixtures.library import Library, draw

from ingest.batch import BatchRequest, check
from metadata.crosswalks import marcxml
from metadata.elements import to_bytes


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


def held(library):
    (work,) = library.catalogue.list_works(None, 10)
    return work


def test_a_marc_record_beside_the_pages_describes_them(library, tmp_path):
    folder = tmp_path / "采訪冊"
    draw(folder / "1.png", 100)
    (folder / "record.xml").write_bytes(to_bytes(marcxml.write(records.FULL, records.context(0))))
    report = library.ingest(folder)
    work = held(library)
    assert work.record.title == records.FULL.title
    assert work.page_count == 1
    assert report.counts["created"] == 1


def test_a_row_wins_over_the_record_beside_the_pages(library, tmp_path):
    folder = tmp_path / "采訪冊"
    draw(folder / "1.png", 100)
    record = replace(records.FULL, access="open", embargo_until=None)
    (folder / "record.xml").write_bytes(to_bytes(marcxml.write(record, records.context(0))))
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,資料夾,稽核項\nKH-0001,采訪冊,5冊\n", "utf-8")
    library.ingest(folder, metadata=(sheet,))
    record = held(library).record
    assert record.extent == "5冊"
    assert record.title == records.FULL.title
    assert record.agents[0].name == "盧德嘉"


def test_a_dry_run_shows_what_an_update_changes(library, tmp_path):
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,題名,日期\nA,港灣,1934\n", "utf-8")
    library.ingest(metadata=(sheet,))
    assert library.ingest(metadata=(sheet,)).counts["unchanged"] == 1
    sheet.write_text("識別號,題名,日期\nA,港灣,1935\n", "utf-8")
    request = BatchRequest((), (sheet,), None)
    (entry,) = check(request, 10**9, library.catalogue).to_json()["records"]
    assert entry["outcome"] == "updated"
    assert [c["field"] for c in entry["changes"]] == ["dates"]
    assert entry["changes"][0]["before"][0]["edtf"] == "1934"
    assert entry["changes"][0]["after"][0]["edtf"] == "1935"


def test_a_refused_record_is_kept_with_its_reason(library, tmp_path):
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,題名\n,無號\n", "utf-8")
    for _ in range(2):
        report = library.ingest(metadata=(sheet,))
        assert report.counts["rejected"] == 1
    (folder,) = library.holdings.quarantine.iterdir()
    assert "無號" in (folder / "record.csv").read_text("utf-8")
    reason = json.loads((folder / "reason.json").read_text("utf-8"))
    assert reason["problems"][0]["code"] == "record-without-identifier"
