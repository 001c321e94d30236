"""A home made by an earlier Takao opens, is migrated, answers the same, and goes on working.

The present program is met as everybody meets it, by its commands and over HTTP: so this holds
whatever is arranged anew inside.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fixtures.library import draw

from bench.earlier.answers import OUTSIDE, Asked, differing, from_json, whatever_its_looks
from bench.earlier.program import ROOT, Program
from repository import ids
from repository.sql.catalogue import open_catalogue

HOMES = Path(__file__).parents[1] / "fixtures" / "homes"
MADE = sorted(HOMES.glob("*.tar.xz"))
PRESENT = Program(ROOT, workers=1)
NEWSPAPER = "EH-01"
AUDITED = "record.mets"  # an audit is an event that METS tells


@dataclass(frozen=True)
class Earlier:
    """A home as it was left, and what it answered then."""

    home: Path
    answers: dict


@pytest.fixture(scope="module", params=MADE, ids=lambda path: path.name.partition(".")[0])
def left(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(request.param) as packed:
        packed.extractall(folder, filter="data")
    kept = json.loads((folder / "answers.json").read_text("utf-8"))
    return Earlier(folder / "home", from_json(kept))


@pytest.fixture
def earlier(left, tmp_path):
    shutil.copytree(left.home, tmp_path / "home", symlinks=True)
    return replace(left, home=tmp_path / "home")


def assert_same(before, after):
    """Compare answers; pages for people may look different, but hold the same."""
    before, after = (
        {asked: whatever_its_looks(asked, answer) for asked, answer in answers.items()}
        for answers in (before, after)
    )
    found = [f"{one}: {_where(before[one], after[one])}" for one in differing(before, after)]
    if found:
        pytest.fail("\n".join([f"{len(found)} of {len(before)} answers differ", *found[:10]]))


def _where(before, after) -> str:
    """Return what stands around the first difference of two answers."""
    texts = [f"{one.status} {one.headers} {one.body}" for one in (before, after)]
    first = next((n for n, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), 0)
    start = max(0, first - 60)
    return " → ".join(repr(text[start : start + 120]) for text in texts)


def documents_of(answers):
    """Return the answers to machines outside the library."""
    return {one: a for one, a in answers.items() if one.reader == OUTSIDE and not one.browser}


def schema(home: Path) -> tuple[str, dict[str, set[str]]]:
    """Return a catalogue's version, and the columns of each table."""
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as catalogue:
        (version,) = catalogue.execute("SELECT version_num FROM alembic_version").fetchone()
        tables = catalogue.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        columns = {
            table: {column[1] for column in catalogue.execute(f"PRAGMA table_info({table})")}
            for (table,) in tables
        }
    return version, columns


def test_there_is_an_earlier_home():
    assert MADE


def test_it_holds_a_correction_and_tombstones(left):
    texts = [a.body for asked, a in left.answers.items() if asked.path.endswith("/1/text.txt")]
    assert any("鐵道通車" in text for text in texts)
    assert not any("鐵道開通" in text for text in texts)
    statuses = {answer.status for answer in left.answers.values()}
    assert statuses == {200, 303, 400, 401, 404, 410}


@pytest.mark.slow
def test_it_is_migrated_and_answers_as_before(earlier, tmp_path):
    assert_same(earlier.answers, PRESENT.answers(earlier.home, list(earlier.answers)))
    open_catalogue(f"sqlite:///{tmp_path}/new/catalogue.sqlite").close()
    assert schema(earlier.home) == schema(tmp_path / "new")


@pytest.mark.slow
def test_it_goes_on_working(earlier, tmp_path):
    submitted = draw(tmp_path / "new" / "新收" / "1.png").parent
    PRESENT.run(earlier.home, "ingest", str(submitted))
    PRESENT.run(earlier.home, "withdraw", ids.work_id(NEWSPAPER), "--reason", "著作權爭議")
    PRESENT.run(earlier.home, "verify")
    gone, new = (f"/works/{ids.work_id(name)}" for name in (NEWSPAPER, "新收"))
    untouched = {
        asked: answer
        for asked, answer in documents_of(earlier.answers).items()
        if asked.path.startswith("/works/") and not asked.path.startswith(gone)
        if AUDITED not in asked.path
    }
    changed = [Asked(f"{gone}/text.txt"), Asked(f"/iiif{new}/manifest.json")]
    answers = PRESENT.answers(earlier.home, [*untouched, *changed])
    assert [answers[asked].status for asked in changed] == [410, 200]
    assert_same(untouched, answers)


@pytest.mark.slow
def test_it_is_rebuilt_from_its_store_alone_to_the_same_answers(left, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(left.home / "ocfl", home / "ocfl")
    PRESENT.run(home, "rebuild")
    documents = documents_of(left.answers)
    assert_same(documents, PRESENT.answers(home, list(documents)))
    PRESENT.run(home, "verify")
