"""What a batch has leased is its own while it lives, and free when it is gone."""

import time
from dataclasses import replace

import pytest
from fixtures.library import Library

from ingest.leases import Leases
from repository.catalogue import Step

PAGES = ["p1", "p2"]


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "home")
    steps = [Step("w", page, name, "waiting") for page in PAGES for name in ("derive", "read")]
    library.holdings.catalogue.plan_steps(steps)
    return library


def states(library: Library) -> dict[tuple[str, str], str]:
    return {(s.page, s.name): s.state for s in library.holdings.catalogue.steps()}


def free(library: Library, name: str) -> list[str]:
    """The pages whose step another batch would get now."""
    return [s.page for s in library.holdings.catalogue.lease_steps(name, PAGES, 60)]


def test_leases_are_kept_however_long_the_batch_is_busy_with_something_else(library):
    with Leases(library.holdings, seconds=0.4) as leases:
        leases.take("derive", PAGES)
        leases.take("read", ["p1"])
        time.sleep(1.2)
        assert free(library, "derive") == []
        assert free(library, "read") == ["p2"]


def interrupted(library: Library) -> None:
    with Leases(library.holdings) as leases:
        leases.take("derive", PAGES)
        (read,) = leases.take("read", ["p1"])
        leases.finish([replace(read, state="done")])
        raise KeyboardInterrupt


def test_all_that_is_still_leased_is_given_back_at_the_end(library):
    with pytest.raises(KeyboardInterrupt):
        interrupted(library)
    assert states(library) == {
        ("p1", "derive"): "waiting",
        ("p2", "derive"): "waiting",
        ("p1", "read"): "done",
        ("p2", "read"): "waiting",
    }


def test_what_is_finished_or_given_back_is_renewed_for_nobody_else(library):
    catalogue = library.holdings.catalogue
    with Leases(library.holdings, seconds=0.4) as leases:
        first, _ = leases.take("derive", PAGES)
        leases.finish([replace(first, state="failed")])
        leases.give_back(["p2"])
        catalogue.plan_steps([replace(first, state="waiting")])
        assert len(catalogue.lease_steps("derive", PAGES, 0.5)) == 2
        time.sleep(1.0)
        assert free(library, "derive") == PAGES


def test_the_leases_of_a_batch_that_died_are_free_at_once(library, tmp_path):
    dead = Leases(library.holdings, seconds=60)
    dead.take("derive", PAGES)
    journal = next((library.holdings.derivatives.root / "running").glob("*.leases"))
    left = tmp_path / "left.leases"
    left.write_bytes(journal.read_bytes())  # as a killed process leaves it: nobody holds it locked
    with dead:
        catalogue = library.holdings.catalogue
        catalogue.reset_steps(PAGES, ("derive",))
        catalogue.lease_steps("derive", PAGES, 60)
        left.rename(journal.with_name("left.leases"))
        with Leases(library.holdings):
            assert free(library, "derive") == PAGES


def test_a_batch_takes_nothing_from_one_that_lives(library):
    with Leases(library.holdings) as one:
        one.take("derive", PAGES)
        with Leases(library.holdings) as other:
            assert other.take("derive", PAGES) == []
