"""How far a batch is, told from counts of steps; failed pages first."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from holdings import state
from library import Library

from ingest.audit.status import examine_batches, progress
from metadata.problem import problem
from repository.catalogue.steps import Batch, Step, StepCount

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
NOW = START + timedelta(minutes=10)
BATCH = Batch(1, START, None, "samples")
LEASED = NOW + timedelta(seconds=15)


def counts(lease=LEASED, **reads):
    last = {"done": {"last_ended": START + timedelta(minutes=4)}, "running": {"last_lease": lease}}
    return [StepCount(1, "read", s, n, **last.get(s, {})) for s, n in reads.items()]


def test_the_rate_so_far_tells_the_time_left():
    found = progress(BATCH, counts(done=200, running=2, waiting=398), NOW)
    assert found.steps == {"read": {"done": 200, "running": 2, "waiting": 398}}
    assert found.pages_per_minute == 20
    assert found.seconds_left == 20 * 60


def test_a_batch_that_was_killed_has_no_time_left():
    expired = counts(lease=NOW - timedelta(seconds=1), done=200, running=2, waiting=398)
    found = progress(BATCH, expired, NOW)
    assert found.seconds_left is None
    assert found.pages_per_minute == 50


def test_an_ended_batch_keeps_its_rate():
    ended = replace(BATCH, ended=START + timedelta(minutes=5))
    found = progress(ended, counts(done=200), NOW)
    assert (found.pages_per_minute, found.seconds_left) == (40, None)


def test_pages_that_cannot_be_derived_are_not_waited_for():
    found = progress(
        BATCH,
        [*counts(done=100, running=1, waiting=9), StepCount(1, "derive", "failed", 5)],
        NOW,
    )
    assert found.seconds_left == 30


@pytest.mark.parametrize("reads", [{}, {"waiting": 5}, {"running": 5}])
def test_nothing_done_tells_nothing(reads):
    found = progress(BATCH, counts(**reads), NOW)
    assert (found.pages_per_minute, found.seconds_left) == (None, None)


def test_failed_pages_stand_first_with_their_reasons(tmp_path):
    library = Library(tmp_path / "home")
    with closing(library.catalogue) as catalogue:
        saved = state(pages=2)
        catalogue.save([saved])
        batch = catalogue.begin_batch("samples")
        steps = [
            Step(p.work, p.id, name, "waiting", batch.id)
            for p in saved.pages
            for name in ("receive", "derive", "read")
        ]
        catalogue.plan_steps(steps)
        (taken,) = catalogue.lease_steps("read", [saved.pages[1].id], 60)
        reason = problem("file-unreadable", "頁 2.tif", reason="x").to_json()
        catalogue.finish_steps([replace(taken, state="failed", reason=reason)])
        found = examine_batches(library.holdings)
    (entry,) = found.findings.entries
    assert (entry.problem.code, entry.work, entry.page) == ("file-unreadable", saved.work.id, 2)
    assert found.findings.checked == 2
    assert found.to_json()["batches"][0]["steps"]["read"] == {"failed": 1, "waiting": 1}
