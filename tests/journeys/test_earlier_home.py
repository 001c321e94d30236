"""A home made by an earlier Takao opens, is migrated, answers the same, and goes on working."""

from __future__ import annotations

import json
import shutil
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from fixtures.library import Library, draw
from fixtures.reading_room import Visitor

from bench.public_answers import (
    OUTSIDE,
    PUBLIC,
    READING_ROOM,
    Asked,
    ask,
    differing,
    from_json,
    whatever_its_looks,
)
from ingest.again import rebuild
from ingest.audit.verify import verify
from ingest.withdrawal import withdraw
from repository import ids
from repository.sql.database import HEAD
from search.indexer import Indexer
from search.open import open_backend
from search.searcher import Searcher
from viewer.app import create_app
from viewer.site import App

FIXTURES = Path(__file__).parents[1] / "fixtures"
MADE = sorted(FIXTURES.glob("home-*.tar.xz"))
CLIENTS = {OUTSIDE: "203.0.113.9", READING_ROOM: "192.0.2.7"}
NEWSPAPER = "EH-01"


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


class Opened:
    """A home opened by the present program, with its site."""

    def __init__(self, home: Path) -> None:
        self.library = Library(home, TAKAO_WORKERS="1", TAKAO_ONSITE_NETWORKS="192.0.2.0/24")
        self.holdings = self.library.holdings
        self._backend = open_backend(self.library.settings)

    def index(self) -> None:
        Indexer(self.holdings.catalogue, self._backend).drain()

    def answers(self, asked):
        """Return what the site answers to each request."""
        held = self.holdings
        searcher = Searcher(held.catalogue, self._backend)
        site = create_app(
            App(
                self.library.settings, PUBLIC, held.catalogue, held.objects, held.derivatives,
                searcher,
            )
        )  # fmt: skip
        visitors = {name: Visitor(site, address) for name, address in CLIENTS.items()}
        try:
            return {one: ask(_getter(visitors[one.reader]), one) for one in asked}
        finally:
            site.close()
            for visitor in visitors.values():
                visitor.close()

    def verify(self):
        held = self.holdings
        return verify(held.catalogue, held.objects, held.derivatives)

    def close(self) -> None:
        self._backend.close()
        self.holdings.catalogue.close()


def _getter(visitor):
    return lambda path, headers: visitor.get(path, **headers)


@pytest.fixture
def opened(earlier):
    home = Opened(earlier.home)
    home.index()
    yield home
    home.close()


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


def schema(home: Path) -> str:
    engine = sa.create_engine(f"sqlite:///{home}/catalogue.sqlite")
    with engine.connect() as connection:
        version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return version


def test_there_is_an_earlier_home():
    assert MADE


def test_it_holds_a_correction_and_tombstones(left):
    texts = [a.body for asked, a in left.answers.items() if asked.path.endswith("/1/text.txt")]
    assert any("鐵道通車" in text for text in texts)
    assert not any("鐵道開通" in text for text in texts)
    statuses = {answer.status for answer in left.answers.values()}
    assert statuses == {200, 303, 400, 401, 404, 410}


@pytest.mark.slow
def test_it_is_migrated_and_answers_as_before(earlier, opened):
    assert schema(earlier.home) == HEAD
    assert_same(earlier.answers, opened.answers(earlier.answers))


@pytest.mark.slow
def test_it_goes_on_working(earlier, opened, tmp_path):
    assert opened.verify().entries == ()
    draw(tmp_path / "new" / "新收" / "1.png")
    assert opened.library.ingest(tmp_path / "new" / "新收").counts["created"] == 1
    withdraw(opened.holdings, ids.work_id(NEWSPAPER), "著作權爭議")
    opened.index()
    assert opened.verify().entries == ()
    gone, new = (f"/works/{ids.work_id(name)}" for name in (NEWSPAPER, "新收"))
    untouched = {
        asked: answer
        for asked, answer in earlier.answers.items()
        if asked.path.startswith("/works/") and not asked.path.startswith(gone)
        if "record.mets" not in asked.path  # an audit is an event that METS tells
    }
    changed = [Asked(f"{gone}/text.txt"), Asked(f"/iiif{new}/manifest.json")]
    answers = opened.answers([*untouched, *changed])
    assert [answers[asked].status for asked in changed] == [410, 200]
    assert_same(untouched, answers)


@pytest.mark.slow
def test_it_is_rebuilt_from_its_store_alone_to_the_same_answers(left, tmp_path):
    shutil.copytree(left.home / "ocfl", tmp_path / "home" / "ocfl")
    home = Opened(tmp_path / "home")
    assert rebuild(home.library.settings, home.holdings, home.library.silent).ok
    home.index()
    documents = {asked: answer for asked, answer in left.answers.items() if not asked.browser}
    assert_same(documents, home.answers(documents))
    assert home.verify().entries == ()
    home.close()
