"""One contract for everything that runs tasks: processes of this machine, a Dask cluster."""

import os
import pickle
import time
from concurrent.futures import wait
from contextlib import closing
from pathlib import Path

import pytest
import worked

from ingest.errors import MasterChangedError
from ingest.work.open import open_workers
from repository.errors import SettingsError

COUNT = 2
SECONDS = 60


@pytest.fixture(scope="module")
def dask_address():
    """A cluster whose scheduler tells of the first death: one more and a nanny would give up."""
    distributed = pytest.importorskip("distributed", reason="pip install takao-repository[cluster]")
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=COUNT, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture(params=["processes", "dask"])
def uri(request):
    if request.param == "processes":
        return "processes:"
    return f"dask:{request.getfixturevalue('dask_address')}"


@pytest.fixture
def workers(uri):
    with closing(open_workers(uri, COUNT)) as opened:
        yield opened


def test_a_task_gives_what_its_function_returns(workers):
    futures = [workers.submit(worked.double, n) for n in range(20)]
    assert [future.result(SECONDS) for future in futures] == list(range(0, 40, 2))
    assert workers.run_alone(worked.double, 21) == 42


def test_the_same_task_twice_runs_twice(workers, tmp_path):
    """Nothing is kept of a task that was done: the file that it looked at may have changed."""
    note = tmp_path / "note"
    for _ in range(2):
        with pytest.raises(MasterChangedError):
            workers.submit(worked.refuse, note).result(SECONDS)
    assert note.read_text() == "xx"


def test_tasks_run_elsewhere(workers):
    assert workers.submit(worked.process_id, None).result(SECONDS) != os.getpid()
    assert workers.run_alone(worked.process_id, None) != os.getpid()


def test_as_many_tasks_run_at_once_as_it_says(workers, tmp_path):
    assert workers.count == COUNT
    began = time.monotonic()
    futures = [workers.submit(worked.meet, (tmp_path, COUNT)) for _ in range(COUNT)]
    assert time.monotonic() - began < SECONDS / 4  # submit does not wait for the task
    assert all(future.result(SECONDS) for future in futures)


def test_an_error_crosses_the_border_with_its_class_after_one_run(workers, tmp_path):
    note = tmp_path / "note"
    with pytest.raises(MasterChangedError) as caught:
        workers.submit(worked.refuse, note).result(SECONDS)
    assert caught.value.args == ("another file", 7)
    assert not isinstance(caught.value, workers.deaths)
    assert note.read_text() == "x"
    with pytest.raises(OSError, match="No space left") as full:
        workers.run_alone(worked.fill_disk, None)
    assert (full.value.errno, full.value.filename) == (28, "derivatives")
    assert workers.submit(worked.double, 1).result(SECONDS) == 2


def test_a_task_that_kills_its_worker_is_told_and_the_pool_goes_on(workers):
    with pytest.raises(workers.deaths):
        workers.submit(worked.die, None).result(SECONDS)
    futures = [workers.submit(worked.double, n) for n in range(8)]
    assert [future.result(SECONDS) for future in futures] == list(range(0, 16, 2))


def test_a_suspect_that_kills_its_worker_is_told(workers):
    with pytest.raises(workers.deaths):
        workers.run_alone(worked.die, None)
    assert workers.run_alone(worked.double, 2) == 4


def test_a_worker_that_dies_once_costs_no_task(workers, tmp_path):
    """Either another worker does the task, or the death is told and it can be given again."""
    note = tmp_path / "note"
    try:
        assert workers.submit(worked.die_once, note).result(SECONDS) == "done"
    except workers.deaths:
        assert workers.run_alone(worked.die_once, note) == "done"


def test_deaths_are_told_of_every_task_that_was_under_way(workers, tmp_path):
    waiting = [workers.submit(worked.process_id_after, 0.5) for _ in range(3 * COUNT)]
    dying = workers.submit(worked.die, None)
    _, open_ = wait([*waiting, dying], SECONDS)
    assert not open_
    assert isinstance(dying.exception(), workers.deaths)
    for future in waiting:
        assert future.exception() is None or isinstance(future.exception(), workers.deaths)


def test_closing_waits_for_what_has_begun_and_ends_every_process_that_it_started(uri, tmp_path):
    before = children()
    workers = open_workers(uri, COUNT)
    marks = [tmp_path / str(n) for n in range(COUNT)]
    futures = [workers.submit(worked.linger, (mark, 1.0)) for mark in marks]
    for mark in marks:
        await_file(mark.with_suffix(".begun"))
    started = {int(mark.with_suffix(".begun").read_text()) for mark in marks} - before
    workers.close()
    assert all(mark.with_suffix(".ended").exists() for mark in marks)
    assert all(future.done() for future in futures)
    assert len(started) == (COUNT if uri == "processes:" else 0)
    assert not children() & started
    workers.close()


def test_closing_drops_what_has_not_begun(uri, tmp_path):
    workers = open_workers(uri, COUNT)
    marks = [tmp_path / str(n) for n in range(10 * COUNT)]
    futures = [workers.submit(worked.linger, (mark, 0.5)) for mark in marks]
    await_file(marks[0].with_suffix(".begun"))
    workers.close()
    begun = {mark.stem for mark in tmp_path.glob("*.begun")}
    assert {mark.stem for mark in tmp_path.glob("*.ended")} == begun
    assert len(begun) < len(marks)
    assert all(future.done() for future in futures)


def test_what_cannot_be_opened_is_said():
    for wrong in ("threads:", "dask:"):
        with pytest.raises(SettingsError, match="TAKAO_EXECUTOR"):
            open_workers(wrong, 1)


def test_deaths_can_be_told_from_errors_of_tasks(workers):
    assert workers.deaths
    for kind in (MasterChangedError, OSError, ValueError, pickle.PickleError):
        assert not issubclass(kind, workers.deaths)


def await_file(path: Path) -> None:
    until = time.monotonic() + SECONDS
    while not path.exists():
        assert time.monotonic() < until, f"{path.name} did not come"
        time.sleep(0.02)


def children() -> set[int]:
    """The processes that this one started and that still run (Linux)."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    return {int(n) for thread in tasks.iterdir() for n in (thread / "children").read_text().split()}
