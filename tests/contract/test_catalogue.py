"""What every catalogue promises: on SQLite and on PostgreSQL."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from holdings import NOW, described, page, record, save, state, text, withdraw

from metadata.record import Agent, Place
from repository import ids
from repository.catalogue.changes import ChangeFilter, ChangePoint
from repository.catalogue.works import WorkState
from repository.collection import collection_id
from repository.errors import StaleWorkError
from repository.model import Event, Withdrawal, Work
from repository.sql.catalogue import open_catalogue
from storage.errors import StorageFullError

ALL = ChangeFilter()


def kept(catalogue, work):
    return replace(catalogue.get_works([work])[work], changed=None)


# Works and pages


def test_what_was_saved_comes_back(catalogue):
    saved = state()
    save(catalogue, saved)
    work = saved.work
    assert kept(catalogue, work.id) == work
    assert catalogue.pages_of(work.id) == saved.pages
    assert catalogue.get_pages([p.id for p in saved.pages]) == {p.id: p for p in saved.pages}
    assert catalogue.texts([p.id for p in saved.pages]) == {t.page: t for t in saved.texts}
    assert catalogue.plain_texts([p.id for p in saved.pages]) == {
        t.page: t.text for t in saved.texts
    }
    assert catalogue.manifest(work.id) == saved.manifest
    assert catalogue.first_pages([work.id]) == {work.id: saved.pages[0]}
    assert catalogue.count() == {"works": 1, "pages": 2, "withdrawn": 0}


def test_unknown_ids_are_absent(catalogue):
    strange = ["", "zzzzzzzzzz", "a\x00b", "\ud800", "x" * 5000, "'; DROP TABLE works; --"]
    assert catalogue.get_works(strange) == {}
    assert catalogue.get_pages(strange) == {}
    assert catalogue.texts(strange) == catalogue.plain_texts(strange) == {}
    assert [catalogue.pages_of(name) for name in strange] == [()] * len(strange)
    assert [catalogue.manifest(name) for name in strange] == [None] * len(strange)
    assert catalogue.list_works(None, 5, "collection:\x00") == []


def test_questions_may_be_larger_than_a_statement(catalogue):
    save(catalogue, *[state(f"W{i}", pages=1) for i in range(3)])
    many = [ids.work_id(f"W{i}") for i in range(70_000)]
    assert len(catalogue.get_works(many)) == 3
    catalogue.reset_steps(many, ("derive",))
    assert catalogue.lease_steps("derive", many, 10) == []


def test_pages_replace_the_earlier_ones(catalogue):
    first = state(pages=3)
    save(catalogue, first)
    a, _, c = first.pages
    between = page(a.work, 2, file="頁 1a.tif")
    pages = (a, between, replace(c, n=3))
    save(catalogue, replace(first, pages=pages, texts=(text(between),)))
    assert catalogue.pages_of(a.work) == pages
    assert set(catalogue.texts([p.id for p in first.pages])) == {a.id, c.id}
    assert catalogue.texts([c.id])[c.id].n == 3


def test_a_page_without_text_loses_its_earlier_text(catalogue):
    first = state(pages=1)
    save(catalogue, first)
    blank = replace(first.pages[0], has_text=False, direction=None)
    save(catalogue, replace(first, pages=(blank,), texts=()))
    assert catalogue.texts([blank.id]) == {}
    assert catalogue.indexed(catalogue.outbox(0, 10))[-1].text is None


def test_text_that_no_database_takes_keeps_its_length(catalogue):
    first = state(pages=1)
    hostile = "高\x00雄\ud800港\U0002a6a5"
    save(catalogue, replace(first, texts=(text(first.pages[0], hostile),)))
    (found,) = catalogue.texts([first.pages[0].id]).values()
    assert found.text == "高\ufffd雄\ufffd港\U0002a6a5"


def test_a_record_comes_back_with_every_field(catalogue):
    work = described(
        agents=(Agent("余文儀", "纂輯", "cmp", "viaf:1"),),
        embargo_until=date(2030, 1, 1).isoformat(),
        access="onsite",
    )
    save(catalogue, WorkState(work, ()))
    assert kept(catalogue, work.id) == work


def test_lists_go_on_after_an_id_and_leave_out_withdrawn_works(catalogue):
    save(catalogue, *[state(f"W{i}", pages=1) for i in range(7)])
    gone = ids.work_id("W3")
    withdraw(catalogue, gone)
    seen, after = [], None
    while found := catalogue.list_works(after, 2):
        seen += [w.id for w in found]
        after = found[-1].id
    assert len(seen) == len(set(seen)) == 6
    assert gone not in seen
    assert [w.id for w in catalogue.newest(2)] == [ids.work_id("W6"), ids.work_id("W5")]


# Collections and sets


def test_sets_follow_the_record(catalogue):
    first = state(pages=1)
    save(catalogue, first)
    harbour = f"collection:{collection_id('高雄港')}"
    expected = {"type:local-document": 1, harbour: 1, "district:64000020": 1}
    assert catalogue.set_counts() == expected
    assert catalogue.collection_names() == ["高雄港"]
    assert catalogue.list_works(None, 5, harbour)
    moved = replace(first.work.record, material="map", collections=("輿圖", "輿圖"), places=())
    save(catalogue, replace(first, work=replace(first.work, record=moved), texts=()))
    assert catalogue.collection_names() == ["輿圖"]
    assert catalogue.list_works(None, 5, harbour) == []
    assert catalogue.newest(5, "type:map")[0].id == first.work.id


# Order of change


def test_changes_are_listed_once_in_order_with_tombstones(catalogue):
    save(catalogue, *[state(f"W{i}", pages=1) for i in range(5)])
    withdraw(catalogue, ids.work_id("W1"))
    save(catalogue, state("W0", pages=1))
    seen, after = [], None
    while found := catalogue.changes(after, 2, ALL):
        seen += found
        after = ChangePoint(found[-1].changed, found[-1].work.id)
    assert [c.work.record.identifier for c in seen] == ["W2", "W3", "W4", "W1", "W0"]
    assert [c.work.withdrawal is not None for c in seen] == [False, False, False, True, False]
    assert seen[3].work.withdrawal == Withdrawal("版權爭議", NOW)
    assert all(c.changed == c.work.changed for c in seen)
    assert catalogue.earliest_change() == seen[0].changed
    assert catalogue.changes(None, 2, ALL, offset=3) == seen[3:]
    assert catalogue.count_changes(ALL) == 5


def test_changes_by_date_are_inclusive(catalogue):
    save(catalogue, *[state(f"W{i}", pages=1) for i in range(4)])
    stamps = [c.changed for c in catalogue.changes(None, 10, ALL)]
    which = ChangeFilter(since=stamps[1], until=stamps[2])
    assert [c.changed for c in catalogue.changes(None, 10, which)] == stamps[1:3]
    assert catalogue.count_changes(which) == 2


def test_changes_by_set_and_with_pages(catalogue):
    bare = described("BARE", material="map")
    save(catalogue, state("W0", pages=1), WorkState(bare, ()))
    which = ChangeFilter(set_spec="type:map")
    assert [c.work.id for c in catalogue.changes(None, 10, which)] == [bare.id]
    which = ChangeFilter(with_pages=True)
    assert [c.work.id for c in catalogue.changes(None, 10, which)] == [ids.work_id("W0")]


def test_a_parent_set_holds_the_works_of_all_its_members(catalogue):
    save(catalogue, state("W0", pages=1), WorkState(described("W1", material="map"), ()))
    withdraw(catalogue, ids.work_id("W1"))
    for parent in ("type", "collection", "district"):
        which = ChangeFilter(set_spec=parent)
        found = [c.work.record.identifier for c in catalogue.changes(None, 10, which)]
        assert found == ["W0", "W1"]
        assert catalogue.count_changes(which) == 2
        assert [w.record.identifier for w in catalogue.list_works(None, 10, parent)] == ["W0"]
        assert [w.record.identifier for w in catalogue.newest(10, parent)] == ["W0"]
    which = ChangeFilter(set_spec="type", with_pages=True)
    assert catalogue.count_changes(which) == 1
    assert "type" not in catalogue.set_counts()


def test_a_save_is_later_than_all_that_could_be_seen(catalogue):
    ahead = replace(state("FUTURE").work, changed=datetime.now(UTC) + timedelta(days=400))
    catalogue.adopt([replace(state("FUTURE"), work=ahead)])
    save(catalogue, state("W1"), state("W2"))
    changed = [c.changed for c in catalogue.changes(None, 10, ALL)]
    assert changed[0] == ahead.changed
    assert changed == sorted(set(changed))


def test_works_are_adopted_with_their_own_datestamps(catalogue):
    one = state()
    told = Event("ingestion", one.work.id, NOW, "takao")
    old = replace(one, work=replace(one.work, changed=NOW), events=(told,))
    catalogue.adopt([old])
    catalogue.adopt([old])
    assert catalogue.get_works([one.work.id])[one.work.id].changed == NOW
    assert catalogue.events(one.work.id) == [told]


def test_a_work_that_stands_is_not_adopted_over(catalogue):
    one = state()
    save(catalogue, one)
    stood = catalogue.get_works([one.work.id])
    renamed = replace(one.work, record=record(title="舊題名"), changed=NOW)
    catalogue.adopt([replace(one, work=renamed)])
    assert catalogue.get_works([one.work.id]) == stood


def test_a_state_made_from_an_older_version_is_not_saved(catalogue):
    one, other = state("W1"), state("W2")
    save(catalogue, one, other)
    known = catalogue.get_works([one.work.id, other.work.id])
    save(catalogue, replace(one, work=replace(one.work, record=record("W1", "他人的修改"))))
    stood, sequence = catalogue.get_works(list(known)), catalogue.last_sequence()
    stale = [
        replace(other, work=known[other.work.id]),
        replace(one, work=known[one.work.id]),
    ]
    called = []
    with pytest.raises(StaleWorkError, match=one.work.id):
        catalogue.save(stale, preserve=called.append)
    assert catalogue.get_works(list(known)) == stood
    assert (catalogue.last_sequence(), called) == (sequence, [])


def test_a_new_work_is_not_saved_over_one_that_came_meanwhile(catalogue):
    catalogue.save([state()])
    with pytest.raises(StaleWorkError):
        catalogue.save([state()])


def test_a_change_of_a_work_that_is_not_held_is_not_saved(catalogue):
    one = state()
    with pytest.raises(StaleWorkError):
        catalogue.save([replace(one, work=replace(one.work, changed=NOW))])
    assert catalogue.count()["works"] == 0


def test_nothing_is_ever_committed_at_or_before_the_horizon(catalogue):
    save(catalogue, state("W1"))
    horizon = catalogue.horizon()
    assert horizon >= catalogue.changes(None, 10, ALL)[-1].changed
    save(catalogue, state("W2"))
    assert catalogue.changes(None, 10, ALL)[-1].changed > horizon
    seen = []

    def look(works):
        seen.extend([catalogue.horizon(), works[0].changed])

    catalogue.save([state("W3")], preserve=look)
    assert seen[0] < seen[1], "a transaction that was running had its datestamp already"


# Save and the store


def test_what_the_store_keeps_carries_the_same_datestamp(catalogue):
    given = []
    catalogue.save([state()], preserve=given.extend)
    assert catalogue.get_works([given[0].id])[given[0].id] == given[0]


def test_nothing_is_saved_when_the_store_fails(catalogue):
    def fail(works):
        raise StorageFullError("disk full")

    with pytest.raises(StorageFullError):
        catalogue.save([state()], preserve=fail)
    assert catalogue.count() == {"works": 0, "pages": 0, "withdrawn": 0}
    assert catalogue.outbox(0, 10) == []


# Events and secrets


def test_events_come_back_in_order(catalogue):
    told = [
        Event("ingestion", "w", NOW, "takao"),
        Event("fixity check", "w", NOW, "takao", outcome="failure", page="p", detail="頁 1.tif"),
    ]
    catalogue.record_events(told)
    catalogue.record_events([])
    assert catalogue.events("w") == told
    assert catalogue.events("other") == []


def test_a_secret_is_made_once(catalogue, catalogue_uri):
    made = catalogue.secret("oai")
    assert len(made) >= 32
    assert catalogue.secret("oai") == made
    assert catalogue.secret("other") != made
    with closing(open_catalogue(catalogue_uri)) as again:
        assert again.secret("oai") == made


def test_works_without_pages_have_no_manifest(catalogue):
    work = Work(ids.work_id("R-1"), record("R-1", places=(Place("鳳山"),)))
    save(catalogue, WorkState(work, ()))
    assert catalogue.manifest(work.id) is None
    assert catalogue.first_pages([work.id]) == {}
    assert catalogue.count() == {"works": 1, "pages": 0, "withdrawn": 0}
