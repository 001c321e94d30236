"""Many processes on one catalogue, some of them killed: on SQLite and on PostgreSQL."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from holdings import state

from repository.catalogue.changes import ChangeFilter, ChangePoint
from repository.catalogue.steps import Step

ROOT = Path(__file__).parents[2]
CHILD = ROOT / "tests/fixtures/catalogue_process.py"
ALL = ChangeFilter()

pytestmark = pytest.mark.slow


@pytest.fixture
def start(catalogue_uri):
    running = []

    def begin(*arguments):
        command = [sys.executable, CHILD, arguments[0], catalogue_uri, *map(str, arguments[1:])]
        child = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
        )
        running.append(child)
        return child

    yield begin
    for child in running:
        child.kill()
        child.wait()
        child.stdout.close()


def lines(child):
    output, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    return output.split()


def test_many_processes_may_make_the_same_new_catalogue(start):
    assert [lines(child) for child in [start("count") for _ in range(3)]] == [["0"]] * 3


def test_no_reader_is_overtaken_by_a_late_commit(catalogue, start):
    savers = [start("save", name, 25, 2) for name in ("甲", "乙", "丙")]
    drained, cursor = set(), 0
    harvested, point = [], None
    horizons = []
    while any(saver.poll() is None for saver in savers):
        horizons.append((at := catalogue.horizon(), seen_until(catalogue, at)))
        cursor, drained = drain(catalogue, cursor, drained)
        point, harvested = harvest(catalogue, point, harvested)
    cursor, drained = drain(catalogue, cursor, drained)
    point, harvested = harvest(catalogue, point, harvested)
    works = [w.id for w in catalogue.list_works(None, 1000)]
    assert len(works) == 75
    assert sorted(harvested) == sorted(works)
    pages = {(p.work, p.id) for w in works for p in catalogue.pages_of(w)}
    assert drained == {(w, None) for w in works} | pages
    assert len({len(seen) for _, seen in horizons}) > 3, "nothing happened at the same time"
    for horizon, seen in horizons:
        assert seen_until(catalogue, horizon) == seen


def drain(catalogue, cursor, drained):
    while rows := catalogue.outbox(cursor, 50):
        drained = drained | {(row.work, row.page) for row in rows}
        cursor = rows[-1].sequence
    return cursor, drained


def harvest(catalogue, point, harvested):
    while found := catalogue.changes(point, 7, ALL):
        harvested = [*harvested, *(c.work.id for c in found)]
        point = ChangePoint(found[-1].changed, found[-1].work.id)
    return point, harvested


def seen_until(catalogue, horizon):
    return [c.work.id for c in catalogue.changes(None, 1000, ChangeFilter(until=horizon))]


def test_no_step_is_done_twice(catalogue, start):
    pages = [f"p{n}" for n in range(60)]
    catalogue.plan_steps([Step("w", page, "read", "waiting") for page in pages])
    done = [lines(child) for child in [start("lease", *pages) for _ in range(3)]]
    assert sorted(page for some in done for page in some) == sorted(pages)


def test_steps_of_a_killed_process_are_taken_over(catalogue, start):
    catalogue.plan_steps([Step("w", "p1", "read", "waiting")])
    child = start("lease_and_hang", 1.5, "p1")
    child.stdout.readline()
    assert catalogue.lease_steps("read", ["p1"], 60) == []
    child.kill()
    ends = time.monotonic() + 10
    while not (taken := catalogue.lease_steps("read", ["p1"], 60)):
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert taken[0].attempt == 2


def test_a_process_killed_before_the_commit_leaves_nothing(catalogue, start):
    child = start("save_slowly", "KH-1")
    assert child.stdout.readline() == "saving\n"
    horizon = catalogue.horizon()
    child.kill()
    child.wait()
    assert catalogue.count() == {"works": 0, "pages": 0, "withdrawn": 0}
    catalogue.save([state("KH-2")])
    assert [row.work for row in catalogue.outbox(0, 10)] == [state("KH-2").work.id] * 3
    assert catalogue.changes(None, 1, ALL)[0].changed > horizon


def test_a_process_killed_anywhere_leaves_whole_works(catalogue, start):
    acknowledged = []
    for round_ in range(3):
        child = start("save", f"R{round_}", 1000, 5)
        acknowledged += [child.stdout.readline().strip()]
        time.sleep(0.02 + 0.11 * round_)
        child.kill()
        acknowledged += child.stdout.read().split()
        child.wait()
    held = {w.record.identifier: w for w in catalogue.list_works(None, 10_000)}
    assert held.keys() >= set(acknowledged)
    assert len(held) <= len(acknowledged) + 3, "at most one commit each was not heard of"
    rows = catalogue.outbox(0, 100_000)
    for work in held.values():
        pages = catalogue.pages_of(work.id)
        assert [p.n for p in pages] == [1, 2, 3, 4, 5]
        assert len(catalogue.texts([p.id for p in pages])) == 5
        assert {r.page for r in rows if r.work == work.id} == {None, *(p.id for p in pages)}
    assert {r.work for r in rows} == {w.id for w in held.values()}
