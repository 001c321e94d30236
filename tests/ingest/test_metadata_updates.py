"""``takao ingest --metadata``: updates by identifier say what they change, and lose nothing."""

import json

import pytest
from fixtures.library import Library, draw

from ingest.batch import BatchRequest, check
from metadata.sheets.export import write_sheet
from repository import ids
from repository.catalogue.works import every_work

FULL = (
    "識別號,題名,責任者,日期,典藏系列,取用層級,索書號\n"
    "A-1,鳳山縣采訪冊,盧德嘉（纂）,光緒20年,鳳山文獻,限制,673.33\n"
)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def take(library, tmp_path):
    """Ingest a spreadsheet's text; or, ``dry``, ask what would happen."""

    def take(text, dry=False):
        path = tmp_path / "works.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        if dry:
            request = BatchRequest((), (path,), None)
            return check(request, 10**8, library.catalogue)
        return library.ingest(metadata=(path,))

    return take


def held(library, identifier="A-1"):
    work = ids.work_id(identifier)
    return library.catalogue.get_works([work])[work].record


def changed_fields(report):
    return [(c.field, c.before, c.after) for r in report.records for c in r.changes]


def test_a_dry_run_and_the_run_itself_show_the_same_changes(library, take):
    take(FULL)
    edited = FULL.replace("673.33", "673.34")
    foreseen = take(edited, dry=True)
    assert held(library).call_number == "673.33"
    done = take(edited)
    assert changed_fields(foreseen) == changed_fields(done) == [("call_number", "673.33", "673.34")]
    assert held(library).call_number == "673.34"


def test_the_same_file_again_changes_nothing(library, take):
    take(FULL)
    again = take(FULL)
    assert again.counts["unchanged"] == 1
    assert changed_fields(again) == []


def test_a_sheet_of_few_columns_changes_those_alone(library, take):
    """A restricted Work stays restricted when a list of corrected titles is taken in."""
    take(FULL)
    report = take("識別號,題名\nA-1,鳳山縣志\n")
    assert [field for field, _, _ in changed_fields(report)] == ["titles"]
    record = held(library)
    assert (record.title, record.access, record.call_number) == (
        "鳳山縣志",
        "restricted",
        "673.33",
    )


def test_what_is_exported_and_taken_in_again_changes_nothing(library, take):
    take(FULL + "B-2,甲；乙,某人（刻）,[1935?],甲；乙,公開,=1+1\n")
    works = list(every_work(library.catalogue))
    report = take(write_sheet([(w.record, w.submission) for w in works]))
    assert report.counts["unchanged"] == 2
    assert list(every_work(library.catalogue)) == works


def test_a_row_that_repeats_an_identifier_is_refused_and_kept(library, take):
    """The first row is taken; no other vanishes without a word."""
    report = take("識別號,題名\nA-1,甲\nA-1,乙\nB-2,丙\n A-1 ,丁\n")
    assert [(r.number, r.outcome) for r in sorted(report.records, key=lambda r: r.number)] == [
        (1, "created"), (2, "rejected"), (3, "created"), (4, "rejected"),
    ]  # fmt: skip
    assert held(library).title == "甲"
    refused = [r for r in report.records if r.outcome == "rejected"]
    assert {p.code for r in refused for p in r.problems if p.severity == "error"} == {
        "identifier-twice"
    }
    kept = sorted(library.holdings.quarantine.glob("*/reason.json"))
    assert sorted(json.loads(k.read_text("utf-8"))["record"] for k in kept) == [2, 4]
    assert {k.with_name("record.csv").read_text("utf-8").strip() for k in kept} == {
        "A-1,乙", "A-1 ,丁",
    }  # fmt: skip


def test_what_a_short_sheet_leaves_out_is_no_absence_when_it_is_held(library, take):
    take(FULL.replace("識別號", "權利聲明,識別號").replace("A-1", "公有領域,A-1"))
    (record,) = take("識別號,索書號\nA-1,673.34\n").records
    assert record.title == "鳳山縣采訪冊"
    assert not [p.code for p in record.problems if p.severity == "warning"]


def test_pages_that_come_again_without_a_description_keep_the_one_they_have(library, tmp_path):
    draw(tmp_path / "A-1" / "p1.png", 100)
    sheet = tmp_path / "works.csv"
    sheet.write_text(FULL, "utf-8")
    library.ingest(tmp_path / "A-1", metadata=(sheet,))
    before = held(library)
    draw(tmp_path / "A-1" / "p2.png", 120)
    report = library.ingest(tmp_path / "A-1")
    assert held(library) == before
    assert report.counts["updated"] == 1
    assert len(library.pages("A-1")) == 2


MARC_OF_A1 = """<record xmlns="http://www.loc.gov/MARC21/slim">
<leader>00000nam a2200000 i 4500</leader>
<controlfield tag="001">A-1</controlfield>
<datafield tag="245" ind1=" " ind2=" "><subfield code="a">題名在機讀格式</subfield></datafield>
<datafield tag="300" ind1=" " ind2=" "><subfield code="a">4冊</subfield></datafield></record>"""


def test_a_row_and_a_marc_record_of_one_work_describe_it_together(library, tmp_path):
    """The row's values win (interfaces §3); a third description is refused."""
    sheet, marc, second = (tmp_path / name for name in ("works.csv", "a.xml", "b.xml"))
    sheet.write_text(FULL, "utf-8")
    marc.write_text(MARC_OF_A1, "utf-8")
    second.write_text(MARC_OF_A1, "utf-8")
    report = library.ingest(metadata=(marc, sheet))
    record = held(library)
    assert (record.title, record.extent, record.call_number) == ("鳳山縣采訪冊", "4冊", "673.33")
    assert [(r.identifier, r.outcome) for r in report.records] == [("A-1", "created")] * 2
    again = library.ingest(metadata=(marc, sheet, second))
    assert sorted(r.outcome for r in again.records) == ["rejected", "unchanged", "unchanged"]
    assert held(library) == record
