"""What every catalogue promises: on SQLite and on PostgreSQL."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from holdings import described, page, record, state, text

from metadata.record import Agent, Place, Title
from repository import database, ids, tables
from repository.catalogue import ChangeFilter, ChangePoint, OutboxRow, Step, WorkState
from repository.collection import collection_id
from repository.database import open_database
from repository.errors import CatalogueError, SettingsError
from repository.model import Event, Withdrawal, Work
from repository.sql import open_catalogue
from storage.errors import StorageFullError

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
ALL = ChangeFilter()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def uri(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalogue.sqlite"
    return request.getfixturevalue("postgresql_uri")


@pytest.fixture
def catalogue(uri):
    with closing(open_catalogue(uri)) as opened:
        yield opened


def kept(catalogue, work):
    return replace(catalogue.get_works([work])[work], changed=None)


def targets(catalogue, after):
    return {(row.work, row.page) for row in catalogue.outbox(after, 1000)}


# Works and pages


def test_what_was_saved_comes_back(catalogue):
    saved = state()
    catalogue.save([saved])
    work = saved.work
    assert kept(catalogue, work.id) == work
    assert catalogue.works_by_identifier(["KH-0001", "no"])["KH-0001"].id == work.id
    assert catalogue.pages_of(work.id) == saved.pages
    assert catalogue.get_pages([p.id for p in saved.pages]) == {p.id: p for p in saved.pages}
    assert catalogue.texts([p.id for p in saved.pages]) == {t.page: t for t in saved.texts}
    assert catalogue.manifest(work.id) == saved.manifest
    assert catalogue.first_pages([work.id]) == {work.id: saved.pages[0]}
    assert catalogue.count() == {"works": 1, "pages": 2, "withdrawn": 0}


def test_unknown_ids_are_absent(catalogue):
    strange = ["", "zzzzzzzzzz", "a\x00b", "\ud800", "x" * 5000, "'; DROP TABLE works; --"]
    assert catalogue.get_works(strange) == {}
    assert catalogue.get_pages(strange) == {}
    assert catalogue.texts(strange) == {}
    assert [catalogue.pages_of(name) for name in strange] == [()] * len(strange)
    assert [catalogue.manifest(name) for name in strange] == [None] * len(strange)
    assert catalogue.list_works(None, 5, "collection:\x00") == []


def test_questions_may_be_larger_than_a_statement(catalogue):
    catalogue.save([state(f"W{i}", pages=1) for i in range(3)])
    many = [ids.work_id(f"W{i}") for i in range(70_000)]
    assert len(catalogue.get_works(many)) == 3
    catalogue.release_steps(many)
    assert catalogue.lease_steps("derive", many, 10) == []


def test_pages_replace_the_earlier_ones(catalogue):
    first = state(pages=3)
    catalogue.save([first])
    a, _, c = first.pages
    between = page(a.work, 2, file="頁 1a.tif")
    pages = (a, between, replace(c, n=3))
    catalogue.save([replace(first, pages=pages, texts=(text(between),))])
    assert catalogue.pages_of(a.work) == pages
    assert set(catalogue.texts([p.id for p in first.pages])) == {a.id, c.id}
    assert catalogue.texts([c.id])[c.id].n == 3


def test_a_page_without_text_loses_its_earlier_text(catalogue):
    first = state(pages=1)
    catalogue.save([first])
    blank = replace(first.pages[0], has_text=False, direction=None)
    catalogue.save([replace(first, pages=(blank,), texts=())])
    assert catalogue.texts([blank.id]) == {}
    assert catalogue.indexed(catalogue.outbox(0, 10))[-1].text is None


def test_text_that_no_database_takes_keeps_its_length(catalogue):
    first = state(pages=1)
    hostile = "高\x00雄\ud800港\U0002a6a5"
    catalogue.save([replace(first, texts=(text(first.pages[0], hostile),))])
    (found,) = catalogue.texts([first.pages[0].id]).values()
    assert found.text == "高\ufffd雄\ufffd港\U0002a6a5"


def test_a_record_comes_back_with_every_field(catalogue):
    work = described(
        agents=(Agent("余文儀", "纂輯", "cmp", "viaf:1"),),
        embargo_until=date(2030, 1, 1).isoformat(),
        access="onsite",
    )
    catalogue.save([WorkState(work, ())])
    assert kept(catalogue, work.id) == work


def test_lists_go_on_after_an_id_and_leave_out_withdrawn_works(catalogue):
    catalogue.save([state(f"W{i}", pages=1) for i in range(7)])
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
    catalogue.save([first])
    harbour = f"collection:{collection_id('高雄港')}"
    expected = {"type:local-document": 1, harbour: 1, "district:64000020": 1}
    assert catalogue.set_counts() == expected
    assert catalogue.collection_names() == ["高雄港"]
    assert catalogue.list_works(None, 5, harbour)
    moved = replace(first.work.record, material="map", collections=("輿圖", "輿圖"), places=())
    catalogue.save([replace(first, work=replace(first.work, record=moved), texts=())])
    assert catalogue.collection_names() == ["輿圖"]
    assert catalogue.list_works(None, 5, harbour) == []
    assert catalogue.newest(5, "type:map")[0].id == first.work.id


# Order of change


def withdraw(catalogue, work, reason="版權爭議"):
    held = catalogue.get_works([work])[work]
    changed = replace(held, withdrawal=Withdrawal(reason, NOW))
    pages = catalogue.pages_of(work)
    catalogue.save([WorkState(changed, pages, manifest=catalogue.manifest(work))])


def test_changes_are_listed_once_in_order_with_tombstones(catalogue):
    catalogue.save([state(f"W{i}", pages=1) for i in range(5)])
    withdraw(catalogue, ids.work_id("W1"))
    catalogue.save([state("W0", pages=1)])
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
    catalogue.save([state(f"W{i}", pages=1) for i in range(4)])
    stamps = [c.changed for c in catalogue.changes(None, 10, ALL)]
    which = ChangeFilter(since=stamps[1], until=stamps[2])
    assert [c.changed for c in catalogue.changes(None, 10, which)] == stamps[1:3]
    assert catalogue.count_changes(which) == 2


def test_changes_by_set_and_with_pages(catalogue):
    bare = described("BARE", material="map")
    catalogue.save([state("W0", pages=1), WorkState(bare, ())])
    which = ChangeFilter(set_spec="type:map")
    assert [c.work.id for c in catalogue.changes(None, 10, which)] == [bare.id]
    which = ChangeFilter(with_pages=True)
    assert [c.work.id for c in catalogue.changes(None, 10, which)] == [ids.work_id("W0")]


def test_a_save_is_later_than_all_that_could_be_seen(catalogue):
    ahead = replace(state("FUTURE").work, changed=datetime.now(UTC) + timedelta(days=400))
    catalogue.adopt([replace(state("FUTURE"), work=ahead)])
    catalogue.save([state("W1"), state("W2")])
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


def test_nothing_is_ever_committed_at_or_before_the_horizon(catalogue):
    catalogue.save([state("W1")])
    horizon = catalogue.horizon()
    assert horizon >= catalogue.changes(None, 10, ALL)[-1].changed
    catalogue.save([state("W2")])
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


# Outbox


def test_a_new_work_has_a_row_for_itself_and_each_page(catalogue):
    saved = state(pages=3)
    catalogue.save([saved])
    rows = catalogue.outbox(0, 100)
    assert [row.page for row in rows] == [None, *sorted(p.id for p in saved.pages)]
    assert [row.sequence for row in rows] == sorted(row.sequence for row in rows)
    assert catalogue.last_sequence() == rows[-1].sequence
    assert catalogue.outbox(rows[1].sequence, 1) == rows[2:3]


def test_a_changed_text_touches_its_page_and_the_one_before(catalogue):
    saved = state(pages=4)
    catalogue.save([saved])
    last = catalogue.last_sequence()
    _, b, c, _ = saved.pages
    catalogue.save([replace(saved, texts=(text(c, "打狗港"),))])
    assert targets(catalogue, last) == {(c.work, None), (c.work, b.id), (c.work, c.id)}


def test_a_changed_description_touches_every_page(catalogue):
    saved = state(pages=3)
    catalogue.save([saved])
    last = catalogue.last_sequence()
    retitled = replace(saved.work.record, titles=(Title("高雄築港史"),))
    catalogue.save([replace(saved, work=replace(saved.work, record=retitled), texts=())])
    assert len(targets(catalogue, last)) == 4
    last = catalogue.last_sequence()
    withdraw(catalogue, saved.work.id)
    assert len(targets(catalogue, last)) == 4


def test_a_page_that_is_gone_is_a_target_too(catalogue):
    saved = state(pages=3)
    catalogue.save([saved])
    last = catalogue.last_sequence()
    a, b, c = saved.pages
    catalogue.save([replace(saved, pages=(a, b), texts=())])
    rows = catalogue.outbox(last, 100)
    assert {row.page for row in rows} == {None, b.id, c.id}
    found = {i.page_id: i for i in catalogue.indexed(rows)}
    assert found[c.id].page is None
    assert found[c.id].text is None
    assert found[c.id].work is not None
    assert found[b.id].next_text is None


def test_indexed_gives_the_present_state_and_its_sequence(catalogue):
    saved = state(pages=2)
    catalogue.save([saved])
    a = saved.pages[0]
    (row,) = [r for r in catalogue.outbox(0, 100) if r.page == a.id]
    catalogue.save([replace(saved, texts=(text(a, "打狗"),))])
    (found,) = catalogue.indexed([row, row])
    assert found.sequence > row.sequence
    assert found.page == a
    assert found.text.text == "打狗"
    assert found.next_text == saved.texts[1]
    assert found.work == catalogue.get_works([a.work])[a.work]
    nobody = catalogue.indexed([OutboxRow(1, "zzzzzzzzzz", None)])
    assert nobody[0].work is None


def test_the_outbox_never_outgrows_the_holdings(catalogue):
    for round_ in range(4):
        saved = state(pages=3)
        catalogue.save([replace(saved, texts=tuple(text(p, f"港{round_}") for p in saved.pages))])
    assert len(catalogue.outbox(0, 1000)) == 4


def test_everything_is_read_in_bounded_pieces(catalogue):
    catalogue.save([state(f"W{i}", pages=i % 3) for i in range(6)])
    catalogue.save([state("BIG1", pages=900), state("BIG2", pages=900)])
    seen, after, largest = [], None, 0
    while found := catalogue.everything(after, 100):
        seen += found
        largest = max(largest, len(found))
        after = found[-1].work_id
    assert largest < 1100
    assert len({(i.work_id, i.page_id) for i in seen}) == len(seen) == 8 + 6 + 1800
    works = [i.work_id for i in seen if i.page_id is None]
    assert works == sorted(works)
    assert all(i.sequence > 0 and i.work is not None for i in seen)
    assert sum(i.next_text is not None for i in seen) == 2 * 1 + 2 * 899


def test_cursors_are_kept_by_index(catalogue):
    catalogue.set_cursor("pages-1", 5)
    catalogue.set_cursor("pages-1", 7)
    catalogue.set_cursor("pages-2", 1)
    assert catalogue.cursors() == {"pages-1": 7, "pages-2": 1}
    catalogue.set_cursor("pages-1", None)
    assert catalogue.cursors() == {"pages-2": 1}


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


def test_a_secret_is_made_once(catalogue, uri):
    made = catalogue.secret("oai")
    assert len(made) >= 32
    assert catalogue.secret("oai") == made
    assert catalogue.secret("other") != made
    with closing(open_catalogue(uri)) as again:
        assert again.secret("oai") == made


# Batches and steps


def step(name="derive", of="p1", **values):
    standing = {"work": "w1", "page": of, "name": name, "state": "waiting", "input_digest": "i"}
    return Step(**{**standing, "configuration_digest": "c", **values})


def test_batches_are_listed_newest_first(catalogue):
    one, two = catalogue.begin_batch("a"), catalogue.begin_batch("b 高雄")
    catalogue.end_batch(one.id)
    newest, oldest = catalogue.batches(5)
    assert newest == two
    assert oldest.ended >= one.started
    assert catalogue.batches(1) == [two]


def test_a_step_is_leased_once(catalogue):
    catalogue.plan_steps([step(of=p) for p in ("p1", "p2", "p3")])
    taken = catalogue.lease_steps("derive", ["p3", "p1"], 60)
    assert [(s.page, s.state, s.attempt) for s in taken] == [
        ("p3", "running", 1),
        ("p1", "running", 1),
    ]
    assert [s.page for s in catalogue.lease_steps("derive", ["p1", "p2"], 60)] == ["p2"]
    assert catalogue.lease_steps("read", ["p1"], 60) == []


def test_a_lease_that_ran_out_is_taken_over(catalogue):
    catalogue.plan_steps([step()])
    assert catalogue.lease_steps("derive", ["p1"], -1)
    (again,) = catalogue.lease_steps("derive", ["p1"], 60)
    assert again.attempt == 2
    assert catalogue.lease_steps("derive", ["p1"], 60) == []


def test_a_heartbeat_keeps_a_lease(catalogue):
    catalogue.plan_steps([step()])
    catalogue.lease_steps("derive", ["p1"], -1)
    catalogue.renew_leases("derive", ["p1"], 60)
    assert catalogue.lease_steps("derive", ["p1"], 60) == []
    catalogue.release_steps(["p1"])
    assert len(catalogue.lease_steps("derive", ["p1"], 60)) == 1


def test_finished_steps_say_how_they_ended(catalogue):
    batch = catalogue.begin_batch("x")
    catalogue.plan_steps([step(batch=batch.id), step("read", batch=batch.id)])
    done = catalogue.lease_steps("derive", ["p1"], 60)
    read = catalogue.lease_steps("read", ["p1"], 60)
    reason = {"code": "file-unreadable", "message": {"zh-Hant": "無法讀取"}}
    catalogue.finish_steps([replace(done[0], state="done")])
    catalogue.finish_steps([replace(read[0], state="failed", reason=reason)])
    failed, derived = catalogue.steps(batch=batch.id)
    assert (failed.name, failed.state, failed.reason) == ("read", "failed", reason)
    assert (derived.state, derived.lease_until) == ("done", None)
    assert derived.ended >= batch.started
    assert catalogue.steps(state="failed") == [failed]
    assert catalogue.steps(work="other") == []
    counts = {(c.batch, c.name, c.state): c for c in catalogue.step_counts()}
    assert counts[batch.id, "derive", "done"].count == 1
    assert counts[batch.id, "read", "failed"].last_ended == failed.ended


def test_planning_again_leaves_what_is_done_and_retries_what_failed(catalogue):
    catalogue.plan_steps([step(of="done"), step(of="failed"), step(of="leased"), step(of="new")])
    taken = catalogue.lease_steps("derive", ["done", "failed", "leased"], 60)
    states = {"done": "done", "failed": "failed"}
    catalogue.finish_steps([replace(s, state=states[s.page]) for s in taken if s.page in states])
    catalogue.plan_steps([step(of=s, batch=9) for s in ("done", "failed", "leased", "new")])
    now = {s.page: s for s in catalogue.steps()}
    assert {p: s.state for p, s in now.items()} == {
        "done": "done",
        "failed": "waiting",
        "leased": "running",
        "new": "waiting",
    }
    assert {p for p, s in now.items() if s.batch == 9} == {"failed", "new"}
    assert now["failed"].attempt == 1


@pytest.mark.parametrize("digest", ["input_digest", "configuration_digest"])
def test_changed_digests_mean_work_and_stale_results_do_not_count(catalogue, digest):
    catalogue.plan_steps([step()])
    (old,) = catalogue.lease_steps("derive", ["p1"], 60)
    catalogue.plan_steps([step(**{digest: "changed"})])
    catalogue.finish_steps([replace(old, state="done")])
    (now,) = catalogue.steps()
    assert now.state == "waiting"
    (new,) = catalogue.lease_steps("derive", ["p1"], 60)
    catalogue.finish_steps([replace(new, state="done")])
    catalogue.plan_steps([step(**{digest: "changed"})])
    assert catalogue.steps()[0].state == "done"


def test_steps_are_set_back_on_request(catalogue):
    catalogue.plan_steps([step(), step("read"), step("publish")])
    for name in ("derive", "read"):
        (taken,) = catalogue.lease_steps(name, ["p1"], 60)
        catalogue.finish_steps([replace(taken, state="done")])
    catalogue.reset_steps(["p1"], ("read", "publish"))
    assert {s.name: s.state for s in catalogue.steps()} == {
        "derive": "done",
        "read": "waiting",
        "publish": "waiting",
    }


# Opening


def test_the_tables_are_those_that_the_migrations_make(uri):
    with closing(open_database(uri)) as opened, opened.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert context.get_current_revision() == database.HEAD
    scripts = ScriptDirectory(str(database.Path(database.__file__).parent / "migrations"))
    assert scripts.get_heads() == [database.HEAD]


def test_a_catalogue_opens_again(uri):
    with closing(open_catalogue(uri)) as first:
        first.save([state()])
    with closing(open_catalogue(uri)) as again:
        assert again.count()["works"] == 1


def test_a_newer_catalogue_is_refused_and_left_alone(uri):
    with closing(open_database(uri)) as opened, opened.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogueError, match="newer Takao"):
        open_catalogue(uri)
    with pytest.raises(CatalogueError, match="9999"):
        open_catalogue(uri)


@pytest.mark.parametrize("address", ["", "mysql://x/y", "sqlite://", "http://example.org", "x:y:z"])
def test_other_addresses_are_refused(address):
    with pytest.raises(SettingsError):
        open_catalogue(address)


def test_a_server_that_does_not_answer_is_named(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be used"):
        open_catalogue(f"postgresql:///takao?host={tmp_path}")


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "x").write_bytes(b"not a database " * 100)
    with pytest.raises(CatalogueError, match="cannot be used"):
        open_catalogue(f"sqlite:///{tmp_path}/x")


def test_a_full_disk_is_named(tmp_path):
    with closing(open_catalogue(f"sqlite:///{tmp_path}/c.sqlite")) as catalogue:
        catalogue.save([state()])
        with catalogue._database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageFullError, match="cannot be written"):
            catalogue.save([state(f"W{i}", pages=40) for i in range(20)])
        assert catalogue.count()["works"] == 1


def test_sqlite_is_durable_and_read_while_written(tmp_path):
    path = tmp_path / "c.sqlite"
    with closing(open_catalogue(f"sqlite:///{path}")) as catalogue:
        seen = []
        catalogue.save([state()], preserve=lambda _: seen.append(catalogue.count()["works"]))
        assert seen == [0]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_works_without_pages_have_no_manifest(catalogue):
    work = Work(ids.work_id("R-1"), record("R-1", places=(Place("鳳山"),)))
    catalogue.save([WorkState(work, ())])
    assert catalogue.manifest(work.id) is None
    assert catalogue.first_pages([work.id]) == {}
    assert catalogue.count() == {"works": 1, "pages": 0, "withdrawn": 0}
