"""kill -9 at any moment of an ingest, then run again: nothing lost, nothing twice, the same end."""

import pytest
from fixtures.library import Library, draw, start_ingest

from bench.ingest.kill import Drill, Tally
from repository import ids, preserved

RUNS = 20
WORKS = ("甲", "乙", "丙")


def held(library: Library) -> dict[str, list]:
    return {name: [(p.id, p.n, p.digest) for p in library.pages(name)] for name in WORKS}


@pytest.fixture
def folder(tmp_path):
    shade = iter(range(10, 200))
    for work in WORKS:
        for n in range(3):
            draw(tmp_path / "in" / work / f"{n}.png", next(shade))
    return tmp_path / "in"


@pytest.mark.slow
def test_killed_ingests_lose_and_double_nothing(tmp_path):
    tally = Drill(tmp_path, seed=5).run(RUNS)
    assert tally.midway >= RUNS // 2
    assert tally == Tally(runs=RUNS, midway=tally.midway)


@pytest.mark.slow
def test_two_ingests_at_once_do_no_work_twice(tmp_path, folder):
    home = tmp_path / "home"
    home.mkdir()
    both = [start_ingest(home, folder), start_ingest(home, folder)]
    assert [p.wait(timeout=120) for p in both] == [0, 0]
    library = Library(home)
    undisturbed = Library(tmp_path / "undisturbed")
    undisturbed.ingest(folder)
    assert held(library) == held(undisturbed)
    steps = library.catalogue.steps()
    assert {(s.state, s.attempt) for s in steps if s.name in ("derive", "read")} == {("done", 1)}
    for name in WORKS:
        object_id = preserved.object_id(ids.work_id(name))
        assert len(library.holdings.objects.history(object_id)) == 2
