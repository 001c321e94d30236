"""Two changes of one Record become one, field by field."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from metadata.merging import reconciled
from metadata.record import Record, Title

BASE = Record("KH-1", (Title("打狗"),), extent="12 葉", publisher="臺灣總督府")
TEXTS = ("extent", "publisher", "binding", "volumes", "edition", "call_number")


def changes():
    return st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(["甲", "乙", None]))


@given(changes(), changes())
def test_of_each_field_the_changed_value_stays(mine, theirs):
    a, b = replace(BASE, **mine), replace(BASE, **theirs)
    merged, gave_way = reconciled(BASE, a, b)
    for field in fields(Record):
        was, asked, now = (getattr(record, field.name) for record in (BASE, a, b))
        kept = now if now != was else asked
        assert getattr(merged, field.name) == kept
        lost = asked not in (was, now) and now != was
        assert (field.name in [one.field for one in gave_way]) == lost


@given(changes(), changes())
def test_what_gave_way_is_told_beside_what_stays(mine, theirs):
    a, b = replace(BASE, **mine), replace(BASE, **theirs)
    _, gave_way = reconciled(BASE, a, b)
    assert all(one.before == getattr(b, one.field) for one in gave_way)
    assert all(one.after == getattr(a, one.field) for one in gave_way)


@given(changes())
def test_with_nothing_changed_beside_it_a_change_stands(mine):
    changed = replace(BASE, **mine)
    assert reconciled(BASE, changed, BASE) == (changed, ())
    assert reconciled(BASE, BASE, changed) == (changed, ())


@given(changes(), changes())
def test_named_fields_stand_whatever_the_others_did(mine, theirs):
    a, b = replace(BASE, **mine), replace(BASE, **theirs)
    merged, gave_way = reconciled(BASE, a, b, frozenset(TEXTS))
    assert (merged, gave_way) == (a, ())
