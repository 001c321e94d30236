"""Batches and steps: who does what until when, on SQLite and on PostgreSQL."""

import threading
import time
from contextlib import closing
from dataclasses import replace

import pytest

from repository.catalogue.steps import Step
from repository.sql.catalogue import open_catalogue
from repository.sql.database import open_database


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
    (taken,) = catalogue.lease_steps("derive", ["p1"], -1)
    catalogue.renew_leases([taken.lease], 60)
    assert catalogue.lease_steps("derive", ["p1"], 60) == []
    catalogue.release_leases([taken.lease])
    assert len(catalogue.lease_steps("derive", ["p1"], 60)) == 1


def test_a_lease_that_another_has_taken_over_is_neither_renewed_nor_released(catalogue):
    catalogue.plan_steps([step()])
    (lost,) = catalogue.lease_steps("derive", ["p1"], -1)
    (taken,) = catalogue.lease_steps("derive", ["p1"], -1)
    catalogue.renew_leases([lost.lease], 60)
    (again,) = catalogue.lease_steps("derive", ["p1"], 60)
    catalogue.release_leases([lost.lease, taken.lease])
    assert catalogue.lease_steps("derive", ["p1"], 60) == []
    assert again.attempt == 3


def test_a_lease_lasts_from_the_moment_that_its_turn_to_write_came(catalogue_uri):
    with closing(open_catalogue(catalogue_uri)) as one, closing(open_database(catalogue_uri)) as it:
        one.plan_steps([step()])
        with it.writing("steps"):
            waiting = threading.Thread(target=one.lease_steps, args=("derive", ["p1"], 1.0))
            waiting.start()
            time.sleep(1.5)
        waiting.join()
        assert one.lease_steps("derive", ["p1"], 60) == []


@pytest.mark.live
def test_a_host_whose_clock_is_an_hour_ahead_takes_no_living_lease(postgresql_uri, monkeypatch):
    with closing(open_catalogue(postgresql_uri)) as catalogue:
        catalogue.plan_steps([step()])
        assert catalogue.lease_steps("derive", ["p1"], 60)
        ahead = time.time_ns() + 3600 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: ahead)
        assert catalogue.lease_steps("derive", ["p1"], 60) == []


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
