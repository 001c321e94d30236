"""Edits that race submissions, retries and withdrawals: none may be lost.

    python -m bench.ingest.edits [--runs 1000] [--seed 1]

In each run people edit a Work, withdraw it and bring it back while it is submitted anew and read
again. Everybody works on the real catalogue and store, one call at a time: whose call is next is
drawn by lot, so each run is another interleaving. Afterwards each edit must stand, in the catalogue
and in the Work's object alike, each with its event.
"""

import argparse
import random
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from PIL import Image

from ingest.again import read_again, retry
from ingest.batch import BatchRequest, run
from ingest.holdings import Holdings, open_holdings
from ingest.work import manifest_gate
from repository import ids, preserved
from repository.editing import edit
from repository.settings import Settings, read_settings
from repository.versions import Versions
from repository.withdrawal import restore, withdraw

EDITS = 3
FIELDS = ("extent", "binding")
MODS = """<mods xmlns="http://www.loc.gov/mods/v3"><identifier>{id}</identifier>
<titleInfo><title>{title}</title></titleInfo></mods>"""


class Turns:
    """Lets one of several players go on at a time; which one is drawn whenever one asks.

    Only threads that have joined take turns; all others go through.
    """

    def __init__(self, chance: random.Random, players: int) -> None:
        self._chance = chance
        self._players = players
        self._waiting: dict[int, threading.Event] = {}
        self._guard = threading.Lock()
        self._mine = threading.local()

    def join(self, player: int) -> None:
        """Make this thread a player."""
        self._mine.player = player

    def leave(self) -> None:
        """Take no more turns."""
        with self._guard:
            self._players -= 1
            self._draw()

    def call(self, function: Callable[..., Any], *arguments: object, **named: object) -> Any:  # noqa: ANN401  # whatever it calls
        """Call a function when it is this thread's turn; what it calls itself is part of it."""
        player = getattr(self._mine, "player", None)
        if player is None or getattr(self._mine, "calls", False):
            return function(*arguments, **named)
        self._await(player)
        self._mine.calls = True
        try:
            return function(*arguments, **named)
        finally:
            self._mine.calls = False

    def _await(self, player: int) -> None:
        turn = threading.Event()
        with self._guard:
            self._waiting[player] = turn
            self._draw()
        turn.wait()

    def _draw(self) -> None:
        if self._waiting and len(self._waiting) == self._players:
            self._waiting.pop(self._chance.choice(sorted(self._waiting))).set()


class TakingTurns:
    """Anything whose methods wait for a turn."""

    def __init__(self, whose: object, turns: Turns) -> None:
        self._whose = whose
        self._turns = turns

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever it is
        found = getattr(self._whose, name)
        return partial(self._turns.call, found) if callable(found) else found


class Quiet:
    """Hears of no progress."""

    def planned(self, pages: int) -> None:
        """Say nothing."""

    def page_done(self, name: str, reason: object) -> None:
        """Say nothing."""


class Race:
    """One Work, and all that happens to it at once."""

    def __init__(self, settings: Settings, holdings: Holdings, number: int, seed: int) -> None:
        self._settings = settings
        self._chance = random.Random(seed * 1_000_003 + number)
        self._identifier = f"W{number}"
        self._work = ids.work_id(self._identifier)
        self._folder = settings.home.parent / "in" / self._identifier
        self._plain = holdings
        self._ends_withdrawn = self._chance.random() < 0.5
        self._faults: list[str] = []

    def run(self) -> list[str]:
        """Let everything happen, and return what is wrong afterwards."""
        self._submission("初版", 1)
        self._ingest(self._plain)
        self._submission("再版", 2)
        players: list[Callable[[Holdings], object]] = [
            self._ingest,
            self._retry,
            self._take_back,
            *(partial(self._edit, field) for field in FIELDS),
        ]
        turns = Turns(self._chance, len(players))
        shared = self._shared(turns)
        threads = [
            threading.Thread(target=self._play, args=(turns, n, player, shared))
            for n, player in enumerate(players)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [*self._faults, *self._lost()]

    def _shared(self, turns: Turns) -> Holdings:
        catalogue: Any = TakingTurns(self._plain.works, turns)
        objects: Any = TakingTurns(self._plain.objects, turns)
        versions = Versions(catalogue, catalogue, objects, manifest_gate.check)
        return replace(
            self._plain,
            works=catalogue,
            changes=catalogue,
            steps=catalogue,
            objects=objects,
            versions=versions,
        )

    def _play(
        self, turns: Turns, number: int, player: Callable[[Holdings], object], holdings: Holdings
    ) -> None:
        turns.join(number)
        try:
            player(holdings)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the finding
            self._faults.append(f"{player}: {error!r}")
        finally:
            turns.leave()

    def _submission(self, title: str, pages: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for n in range(1, pages + 1):
            Image.new("L", (60, 40), 40 * n).save(self._folder / f"{n}.png")
        document = MODS.format(id=self._identifier, title=title)
        (self._folder / "record.xml").write_text(document, "utf-8")

    def _ingest(self, holdings: Holdings) -> None:
        report = run(BatchRequest((self._folder,), (), None), self._settings, holdings, Quiet())
        if not report.ok:
            self._faults.append(f"ingest: {[p.code for p in report.all_problems()]}")

    def _retry(self, holdings: Holdings) -> None:
        read_again(holdings, self._work, 1)
        retry(self._settings, holdings, [self._work], Quiet())

    def _take_back(self, holdings: Holdings) -> None:
        withdraw(holdings.versions, self._work, "一")
        restore(holdings.versions, self._work)
        if self._ends_withdrawn:
            withdraw(holdings.versions, self._work, "二")

    def _edit(self, field: str, holdings: Holdings) -> None:
        for n in range(1, EDITS + 1):
            held = holdings.versions.held(self._work)
            if held is None:
                raise LookupError(self._work)
            asked = replace(held.work.record, **{field: f"{field} {n}"})
            edit(holdings.versions, self._work, held.work.record, asked, f"editor of {field}")

    def _lost(self) -> Iterator[str]:
        held = self._plain.versions.held(self._work)
        if held is None:
            yield "the Work"
            return
        record, events = held.work.record, self._plain.changes.events(self._work)
        if record.title != "再版" or len(held.pages) != 2:
            yield f"the submission: {record.title}, {len(held.pages)} pages"
        if (held.work.withdrawal is not None) != self._ends_withdrawn:
            yield f"the withdrawal: {held.work.withdrawal}"
        for field in FIELDS:
            if getattr(record, field) != f"{field} {EDITS}" or field not in held.work.edited:
                yield f"an edit: {field} is {getattr(record, field)}"
            told = sum(event.agent == f"editor of {field}" for event in events)
            if told != EDITS:
                yield f"events of {field}: {told} of {EDITS}"
        stored = preserved.load(self._plain.objects, self._work)
        if (stored.work, stored.pages) != (held.work, held.pages) or list(stored.events) != events:
            yield "the object does not say what the catalogue says"


def main(arguments: list[str] | None = None) -> int:
    """Run the drill; 1 when anything was lost."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="takao-edits-") as folder:
        settings = read_settings(
            {"TAKAO_HOME": f"{folder}/home", "TAKAO_OCR": "none", "TAKAO_WORKERS": "1"}
        )
        catalogue, holdings = open_holdings(settings, manifest_gate.check)
        for number in range(given.runs):
            found = Race(settings, holdings, number, given.seed).run()
            wrong += bool(found)
            for fault in found:
                print(f"run {number}: {fault}")
        catalogue.close()
    print(f"{given.runs} interleavings: {wrong} with something lost")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
