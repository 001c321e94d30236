"""Updates by spreadsheet change what they say and nothing else."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records import ANY_RECORD, FULL

from metadata.rows import ImportOptions
from metadata.sheets.export import write_sheet
from metadata.sheets.sheet import read_table
from metadata.sheets.updating import rechecked, restricted_as_before, updated

TODAY = date(2026, 11, 24)


def row_of(text):
    (row,) = read_table(text.encode(), ImportOptions("works.csv", None, TODAY)).rows
    return row


def update(text, held=FULL):
    row = row_of(text)
    return updated(row.record, row.columns, held, TODAY)


@given(ANY_RECORD, st.none() | st.just("folder"))
def test_a_record_that_was_exported_comes_back_whole(record, folder):
    """Authority numbers, role codes and languages too, which no spreadsheet holds."""
    rows = read_table(write_sheet([(record, folder)]), ImportOptions("x.csv", None, TODAY)).rows
    for row in rows:
        if row.record and row.record.identifier == record.identifier:
            assert updated(row.record, row.columns, record, TODAY) == record


def test_the_fullest_record_comes_back_whole():
    row = row_of(write_sheet([(FULL, "善本")]).decode("utf-8-sig"))
    assert updated(row.record, row.columns, FULL, TODAY) == FULL


def test_a_column_that_is_not_there_leaves_its_field_alone():
    found = update("識別號,題名\nKH-0001,鳳山縣志\n")
    assert found.title == "鳳山縣志"
    assert found.titles[1:] == FULL.titles[1:2] + FULL.titles[2:]
    assert replace(found, titles=FULL.titles, source_format=FULL.source_format) == FULL


def test_a_restricted_work_stays_restricted_when_the_sheet_says_nothing_of_access():
    held = replace(FULL, access="restricted", embargo_until="2040-01-01", withdrawn=True)
    found = update("識別號,題名,說明\nKH-0001,新題名,說明\n", held)
    assert (found.access, found.embargo_until, found.withdrawn) == (
        "restricted",
        "2040-01-01",
        True,
    )


def test_an_empty_cell_clears_its_field():
    found = update("識別號,題名,索書號,主題\nKH-0001,鳳山縣采訪冊,,\n")
    assert found.call_number is None
    assert [s.scheme for s in found.subjects] == ["class", "siku"]


def test_what_stands_as_before_keeps_its_authority_number():
    found = update("識別號,責任者\nKH-0001,盧德嘉（纂）；某甲（編）\n")
    assert found.agents[0] == FULL.agents[0]
    assert found.agents[1].name == "某甲"


def test_a_note_of_one_kind_is_changed_alone():
    found = update("識別號,附註\nKH-0001,缺末葉\n")
    notes = {n.kind: n.value for n in found.notes}
    assert notes == {n.kind: n.value for n in FULL.notes} | {"note": "缺末葉"}


def test_only_restoring_takes_a_withdrawal_back():
    held = replace(FULL, withdrawn=True)
    cleared = row_of("識別號,狀態\nKH-0001,\n")
    found = updated(cleared.record, cleared.columns, held, TODAY)
    assert found.withdrawn
    assert "still-withdrawn" in [p.code for p in rechecked(cleared, found).problems]
    assert update("識別號,狀態\nKH-0001,撤除\n").withdrawn


@pytest.mark.parametrize(("said", "level"), [("open", "restricted"), ("onsite", "onsite")])
def test_a_marc_record_opens_nothing_by_leaving_access_out(said, level):
    held = replace(FULL, access="restricted")
    assert restricted_as_before(replace(FULL, access=said), held).access == level
