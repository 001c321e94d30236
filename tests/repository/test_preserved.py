"""What an object keeps of a Work comes back the same."""

import json
from datetime import UTC, datetime

import pytest
from holdings import page
from hypothesis import given
from hypothesis import strategies as st
from records import ANY_RECORD, FULL

from repository import ids, preserved
from repository.model import Event, Withdrawal, Work
from repository.preserved import PreservedWork

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
WORK = ids.work_id("KH-0001")


def whole(record=FULL, withdrawal=None):
    pages = tuple(page(WORK, n, frame=n - 1, label="封面") for n in (1, 2, 3))
    told = (Event("ingestion", WORK, NOW, "takao 0.1", detail="3 頁"),)
    work = Work(WORK, record, 3, NOW, withdrawal, "鳳山縣采訪冊")
    return PreservedWork(work, pages, told, (page(WORK, 0, has_text=False),))


@given(ANY_RECORD, st.none() | st.builds(Withdrawal, st.text(), st.just(NOW)))
def test_a_work_comes_back_the_same(record, withdrawal):
    kept = whole(record, withdrawal)
    assert preserved.read(preserved.documents(kept)) == kept


def test_the_documents_are_readable_without_takao():
    files = preserved.documents(whole())
    assert set(files) == {"record.json", "structure.json", "events.json"}
    assert "鳳山縣采訪冊 𠮷 <&>" in files["record.json"].decode()
    structure = json.loads(files["structure.json"])
    assert structure["changed"] == "2026-11-24T08:30:15.123456+00:00"
    assert [p["master"] for p in structure["pages"]] == [f"masters/頁 {n}.tif" for n in (1, 2, 3)]


def test_the_same_work_gives_the_same_bytes():
    assert preserved.documents(whole()) == preserved.documents(whole())


@pytest.mark.parametrize("name", ["record.json", "structure.json", "events.json"])
@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"schema": 2}', b'{"schema": 1}', b"null", b"\xff"]
)
def test_damaged_documents_are_named(name, damage):
    files = {**preserved.documents(whole()), name: damage}
    with pytest.raises(ValueError):  # noqa: PT011  # any of its kinds
        preserved.read(files)


def test_an_absent_document_is_named():
    files = preserved.documents(whole())
    del files["structure.json"]
    with pytest.raises(ValueError, match=r"structure\.json"):
        preserved.read(files)


@pytest.mark.parametrize("name", ["takao:", "other:x", "x", ""])
def test_objects_of_others_are_refused(name):
    with pytest.raises(ValueError, match="not an object of Takao"):
        preserved.work_of(name)
    assert preserved.work_of(preserved.object_id(WORK)) == WORK
