"""What a batch has leased is its own while it lives, and free when it is gone."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures.library import ROOT, Library

from ingest.work.leases import Leases
from repository.catalogue.steps import Step
from storage.errors import StorageFullError

PAGES = ["p1", "p2"]


@pytest.fixture
def library(tmp_path):
    library = Library(tmp_path / "home")
    steps = [Step("w", page, name, "waiting") for page in PAGES for name in ("derive", "read")]
    library.catalogue.plan_steps(steps)
    return library


def leased(library: Library, seconds: float = 20.0) -> Leases:
    """The leases of a batch that begins."""
    return Leases(library.catalogue, library.holdings.running, seconds)


def states(library: Library) -> dict[tuple[str, str], str]:
    return {(s.page, s.name): s.state for s in library.catalogue.steps()}


def free(library: Library, name: str) -> list[str]:
    """The pages whose step another batch would get now."""
    return [s.page for s in library.catalogue.lease_steps(name, PAGES, 60)]


def test_leases_are_kept_however_long_the_batch_is_busy_with_something_else(library):
    with leased(library, seconds=1.0) as leases:
        leases.take("derive", PAGES)
        leases.take("read", ["p1"])
        time.sleep(2.0)
        assert free(library, "derive") == []
        assert free(library, "read") == ["p2"]


def interrupted(library: Library) -> None:
    with leased(library) as leases:
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
    catalogue = library.catalogue
    with leased(library, seconds=0.4) as leases:
        first, _ = leases.take("derive", PAGES)
        leases.finish([replace(first, state="failed")])
        leases.give_back(["p2"])
        catalogue.plan_steps([replace(first, state="waiting")])
        assert len(catalogue.lease_steps("derive", PAGES, 0.5)) == 2
        time.sleep(1.0)
        assert free(library, "derive") == PAGES


KILLED = """
import os, signal, sys
from pathlib import Path
from fixtures.library import Library
from ingest.work.leases import Leases
held = Library(Path(sys.argv[1])).holdings
leases = Leases(held.steps, held.running, seconds=60)
leases.take("derive", sys.argv[2:])
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_batch(library: Library) -> Path:
    """Let a batch lease the derive steps and be killed; return its journal."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    command = [sys.executable, "-c", KILLED, str(library.settings.home), *PAGES]
    killed = subprocess.run(command, env={"PATH": os.defpath, "PYTHONPATH": path}, check=False)
    assert killed.returncode == -signal.SIGKILL
    (journal,) = library.holdings.running.glob("*.leases")
    return journal


def test_the_leases_of_a_batch_that_died_are_free_at_once(library):
    journal = killed_batch(library)
    assert free(library, "derive") == []
    with leased(library):
        assert free(library, "derive") == PAGES
    assert not journal.exists()


def test_what_others_took_since_a_batch_died_stays_theirs(library):
    killed_batch(library)
    catalogue = library.catalogue
    catalogue.reset_steps(PAGES[:1], ("derive",))
    catalogue.lease_steps("derive", PAGES[:1], 60)
    catalogue.lease_steps("read", PAGES, 60)
    with leased(library):
        assert free(library, "derive") == PAGES[1:]
        assert free(library, "read") == []


def test_half_an_entry_and_entries_of_an_older_takao_are_passed_over(library):
    journal = killed_batch(library)
    journal.write_bytes(b"p1\n" + journal.read_bytes() + b"derive p")
    with leased(library):
        assert free(library, "derive") == PAGES


def test_giving_back_touches_nothing_that_another_batch_holds(library):
    library.catalogue.lease_steps("derive", PAGES[:1], 60)
    with leased(library) as leases:
        leases.take("derive", PAGES)
        leases.give_back(PAGES)
        assert free(library, "derive") == PAGES[1:]


def test_the_heart_goes_on_after_a_failure(library, monkeypatch):
    renew = library.catalogue.renew_leases
    failures = iter([RuntimeError("the server is read-only"), OSError("gone")])

    def now_and_then(leases, seconds):
        if failure := next(failures, None):
            raise failure
        renew(leases, seconds)

    monkeypatch.setattr(library.catalogue, "renew_leases", now_and_then)
    with leased(library, seconds=0.8) as leases:
        leases.take("derive", PAGES)
        time.sleep(1.6)
        assert free(library, "derive") == []


def test_a_full_disk_is_named(library, monkeypatch):
    with leased(library) as leases:
        monkeypatch.setattr(leases, "_file", os.open("/dev/full", os.O_WRONLY))
        with pytest.raises(StorageFullError, match="leases"):
            leases.take("derive", PAGES)
        assert states(library)["p1", "derive"] == "running"
    assert states(library)["p1", "derive"] == "waiting"


def test_a_batch_takes_nothing_from_one_that_lives(library):
    with leased(library) as one:
        one.take("derive", PAGES)
        with leased(library) as other:
            assert other.take("derive", PAGES) == []
