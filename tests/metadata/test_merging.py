"""Two descriptions as one, and what an update changes."""

from dataclasses import fields, replace

import records
from hypothesis import given, settings

from metadata.codec import from_json, to_json
from metadata.merging import Difference, differences, merged
from metadata.record import Record, SourceField, Title


def test_a_rows_values_win_and_gaps_are_filled():
    row = Record("KH-0001", (Title("新題名"),), call_number="C-1")
    whole = merged(row, replace(records.FULL, identifier="OTHER"))
    assert (whole.identifier, whole.title, whole.call_number) == ("KH-0001", "新題名", "C-1")
    assert whole.agents == records.FULL.agents
    assert whole.rights == records.FULL.rights


def test_a_title_that_stands_in_gives_way():
    row = Record("KH-0001", (Title("KH-0001"),))
    assert merged(row, records.FULL).titles == records.FULL.titles


def test_source_fields_of_both_are_kept():
    row = Record("A", (Title("甲"),), source_fields=(SourceField("欄", "值"),))
    kept = merged(row, records.FULL).source_fields
    assert kept == (SourceField("欄", "值"), *records.FULL.source_fields)


def test_differences_name_the_fields():
    after = replace(records.FULL, extent="5冊", binding=None)
    assert differences(records.FULL, after) == [
        Difference("extent", "4冊；26公分", "5冊"),
        Difference("binding", "線裝", None),
    ]


@settings(max_examples=50, deadline=None)
@given(records.ANY_RECORD, records.ANY_RECORD)
def test_no_difference_exactly_when_equal(one, other):
    assert differences(one, one) == []
    named = {d.field for d in differences(one, other)}
    assert named == {f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)}


@settings(max_examples=100, deadline=None)
@given(records.ANY_RECORD)
def test_records_go_through_json_unchanged(record):
    assert from_json(to_json(record)) == record
