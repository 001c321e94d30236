"""New versions of Works: made from what stands, in catalogue and store alike, and never lost."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from holdings import described, page, record, text

from metadata.record import Title
from repository import preserved
from repository.editing import EditConflictError, edit
from repository.errors import NotFoundError
from repository.model import Event
from repository.sql.catalogue import open_catalogue
from repository.versions import NewVersion, Versions
from repository.withdrawal import restore, withdraw
from storage.ocfl.store import ObjectStore
from storage.open import open_store

WORK = described().id


@pytest.fixture
def catalogue(tmp_path):
    with closing(open_catalogue(f"sqlite:///{tmp_path}/catalogue.sqlite")) as opened:
        yield opened


@pytest.fixture
def objects(tmp_path):
    store = ObjectStore(open_store(f"file:{tmp_path}/ocfl"))
    store.prepare()
    return store


@pytest.fixture
def refused():
    """Manifests that the gate does not let through, by label."""
    return set()


@pytest.fixture
def versions(catalogue, objects, refused):
    def gate(document):
        if str(document["label"]) in refused:
            raise ValueError("not a manifest")

    return Versions(catalogue, catalogue, objects, gate)


def made(kind="ingestion", agent="takao", detail=""):
    return Event(kind, WORK, datetime.now(UTC), agent, detail=detail)


@pytest.fixture
def held(versions):
    """A Work of two pages, saved once."""
    pages = (page(WORK, 1), page(WORK, 2))
    work = replace(described(), page_count=2)
    texts = tuple(text(p) for p in pages)
    versions.save(WORK, lambda _: NewVersion(work, pages, "publish", (made(),), texts))
    return versions.held(WORK)


def agrees(versions, catalogue, objects):
    """Tell whether the object says what the catalogue says."""
    stands, stored = versions.held(WORK), preserved.load(objects, WORK)
    return (stored.work, stored.pages) == (stands.work, stands.pages) and (
        list(stored.events) == catalogue.events(WORK)
    )


def renamed(work, title):
    return replace(work, record=replace(work.record, titles=(Title(title),)))


def test_a_version_is_in_catalogue_store_and_manifest(versions, catalogue, objects, held):
    assert agrees(versions, catalogue, objects)
    assert held.work.changed is not None
    assert "打狗築港史料".encode() in catalogue.manifest(WORK)
    assert objects.version(preserved.object_id(WORK)).message == "publish"


def test_what_makes_no_difference_is_not_written(versions, catalogue, objects, held):
    saved = versions.save(WORK, lambda now: NewVersion(now.work, now.pages, "edit", (made(),)))
    assert not saved.written
    assert versions.held(WORK) == held
    assert len(catalogue.events(WORK)) == 1
    assert len(objects.history(preserved.object_id(WORK))) == 1


def test_a_change_is_made_again_from_what_somebody_else_saved(versions, catalogue, objects, held):
    seen = []

    def change(now):
        if not seen:
            withdraw(versions, WORK, "版權爭議")
        seen.append(now.work.withdrawal)
        return NewVersion(renamed(now.work, "新題名"), now.pages, "edit", (made("modification"),))

    assert versions.save(WORK, change).written
    assert [withdrawal is not None for withdrawal in seen] == [False, True]
    stands = versions.held(WORK).work
    assert (stands.record.title, stands.withdrawal.reason) == ("新題名", "版權爭議")
    assert [e.type for e in catalogue.events(WORK)] == ["ingestion", "deaccession", "modification"]
    assert agrees(versions, catalogue, objects)


def test_a_work_that_came_meanwhile_is_what_the_change_is_made_from(versions):
    given = []

    def change(now):
        if not given:
            versions.save(WORK, lambda _: NewVersion(described(), (), "publish", (made(),)))
        given.append(now)
        work = now.work if now else described()
        return NewVersion(renamed(work, "後到"), (), "publish", (made(),))

    versions.save(WORK, change)
    assert [now is not None for now in given] == [False, True]
    assert versions.held(WORK).work.record.title == "後到"


@pytest.mark.parametrize("fault", ["gate", "store"])
def test_what_cannot_be_kept_changes_nothing(versions, catalogue, objects, held, refused, fault):
    work = renamed(held.work, "不收")
    if fault == "gate":
        refused.add(str({"zh-Hant": ["不收"]}))
    files = {"../outside": b"x"} if fault == "store" else {}
    version = NewVersion(work, held.pages, "edit", (made("modification"),), files=files)
    with pytest.raises(ValueError, match=r"not a manifest|outside"):
        versions.save(WORK, lambda _: version)
    assert versions.held(WORK) == held
    assert agrees(versions, catalogue, objects)


def test_received_pages_that_are_not_published_stay_known(versions, objects, held):
    name = preserved.object_id(WORK)
    third = replace(page(WORK, 3), n=0)
    again = replace(held.pages[0], digest="f" * 128)
    received = preserved.PreservedWork(held.work, held.pages, (), (third, again))
    masters = {third.master: b"third"}
    objects.update(name, {**preserved.documents(received), **masters}, message="m", user="u")
    digest = objects.version(name).state[third.master]
    kept = replace(third, digest=digest)
    documents = preserved.documents(replace(received, unpublished=(kept, again)))
    objects.update(name, documents, message="m", user="u")
    withdraw(versions, WORK, "下架")
    assert preserved.load(objects, WORK).unpublished == (kept,)


def test_withdrawn_twice_is_withdrawn_once(versions, catalogue, held):
    withdraw(versions, WORK, "版權爭議")
    first = versions.held(WORK)
    withdraw(versions, WORK, "又一次")
    assert versions.held(WORK) == first
    restore(versions, WORK)
    assert versions.held(WORK).work.withdrawal is None
    assert [e.type for e in catalogue.events(WORK)] == ["ingestion", "deaccession", "recovery"]


def test_what_is_not_held_cannot_be_changed(versions):
    with pytest.raises(NotFoundError):
        withdraw(versions, "nothing", "x")


# Edits


def test_an_edit_changes_its_fields_and_leaves_the_others(versions, catalogue, objects, held):
    seen = held.work.record
    edit(versions, WORK, seen, replace(seen, extent="12 葉"), "a-1")
    edit(versions, WORK, seen, replace(seen, binding="線裝"), "b-2")
    stands = versions.held(WORK).work
    assert (stands.record.extent, stands.record.binding) == ("12 葉", "線裝")
    assert stands.edited == ("binding", "extent")
    assert [(e.agent, e.detail) for e in catalogue.events(WORK)][1:] == [
        ("a-1", "record: extent"),
        ("b-2", "record: binding"),
    ]
    assert agrees(versions, catalogue, objects)


def test_two_edits_of_one_field_are_for_people_to_settle(versions, held):
    seen = held.work.record
    edit(versions, WORK, seen, replace(seen, extent="12 葉"), "a-1")
    stood = versions.held(WORK)
    with pytest.raises(EditConflictError) as caught:
        edit(versions, WORK, seen, replace(seen, extent="13 葉", binding="線裝"), "b-2")
    (field,) = caught.value.fields
    assert (field.field, field.before, field.after) == ("extent", "12 葉", "13 葉")
    assert versions.held(WORK) == stood


def test_the_same_edit_twice_is_one(versions, held):
    asked = replace(held.work.record, extent="12 葉")
    assert edit(versions, WORK, held.work.record, asked, "a-1").written
    assert not edit(versions, WORK, held.work.record, asked, "b-2").written


def test_labels_follow_the_record(versions, held):
    seen = held.work.record
    edit(versions, WORK, seen, replace(seen, page_labels=("封面",)), "a-1")
    assert [p.label for p in versions.held(WORK).pages] == ["封面", None]


def test_an_edited_title_is_in_the_manifest(versions, catalogue, held):
    seen = held.work.record
    edit(versions, WORK, seen, record(title="打狗港圖"), "a-1")
    assert "打狗港圖".encode() in catalogue.manifest(WORK)
