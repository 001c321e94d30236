"""OAI-PMH under load.

    python -m bench.viewer.oai_harvest [--records 100000] [--edits 200] [--kills 5]

A provider process, an editor process (5 % of its edits withdraw a Work) and sickle as harvester.
Prints what was lost, doubled or stale after one incremental harvest, records per second without
edits beside what sickle alone makes of the same bytes, and the time of the last page as a multiple
of the first. Exits 1 when a target is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime

import requests
from lxml import etree
from sickle import Sickle
from sickle.models import Record as HarvestedRecord

from metadata.record import DateStatement, Note, Place, Record, Rights, Subject, Title
from repository import ids
from repository.catalogue.works import WorkState
from repository.model import Withdrawal, Work
from repository.sql.catalogue import SqlCatalogue, open_catalogue

_BATCH = 2000
_TURNS = 15
_LEAST_A_SECOND = 5000
_MOST_TIMES_THE_FIRST = 1.5
State = dict[str, tuple[str, bool]]


def main() -> None:
    """Run the drill and print its figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--edits", type=float, default=200)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--catalogue", default="")
    parser.add_argument("--edit", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.edit:
        _edit(given.edit, given.records, given.edits)
        return
    with tempfile.TemporaryDirectory() as home:
        uri = given.catalogue or f"sqlite:///{home}/catalogue.sqlite"
        catalogue = open_catalogue(uri)
        _fill(catalogue, given.records)
        with _Provider(home, uri) as provider:
            is_fast = _speed(provider, given.records)
            is_whole = _drill(provider, catalogue, given)
    sys.exit(0 if is_fast and is_whole else 1)


def _fill(catalogue: SqlCatalogue, count: int) -> None:
    for start in range(0, count, _BATCH):
        numbers = range(start, min(start + _BATCH, count))
        catalogue.save([WorkState(Work(ids.work_id(_name(n)), _record(n)), ()) for n in numbers])


def _name(number: int) -> str:
    return f"B-{number:07}"


def _record(number: int, revision: int = 0) -> Record:
    """Return a Record of ordinary length."""
    return Record(
        identifier=_name(number),
        titles=(Title(f"打狗築港史料第{number}號"), Title("高雄港", kind="alternative")),
        dates=(DateStatement("昭和10年", "1935", first_year=1935, last_year=1935),),
        places=(Place("鹽埕", district="64000010"),),
        subjects=(Subject("港灣"), Subject("673.33", "class")),
        publisher="臺灣總督府",
        notes=(Note("高雄港第二期築港工事的圖面與公文。", "description"), Note(f"rev {revision}")),
        collections=(f"系列{number % 10}",),
        rights=Rights("http://rightsstatements.org/vocab/NoC-US/1.0/", "No Copyright"),
    )


class _Provider:
    """A provider process that can be killed and started again."""

    def __init__(self, home: str, uri: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}/oai"
        self._environment = {
            **os.environ,  # noqa: TID251  # handed on to the provider process
            "TAKAO_HOME": home,
            "TAKAO_CATALOGUE": uri,
        }

    def __enter__(self) -> _Provider:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        command = [sys.executable, "-m", "takao", "serve", "--port", str(self.port)]
        self._process = subprocess.Popen(
            command, env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        for _ in range(600):
            try:
                requests.get(f"{self.base}?verb=Identify", timeout=5)
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit("the provider does not start")

    def kill(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _speed(provider: _Provider, count: int) -> bool:
    started = time.perf_counter()
    harvested = sum(1 for _ in Sickle(provider.base).ListRecords(metadataPrefix="oai_dc"))
    seconds = time.perf_counter() - started
    speed = harvested / seconds
    addresses = [f"{provider.base}?verb=ListRecords&metadataPrefix=oai_dc"]
    while token := _token(requests.get(addresses[-1], timeout=60).text):
        addresses.append(f"{provider.base}?verb=ListRecords&resumptionToken={token}")
    # The second page and the one before the last, in turn: both are full and both have a token.
    first, last = zip(
        *((_seconds(addresses[1]), _seconds(addresses[-2])) for _ in range(_TURNS)), strict=True
    )
    ratio = statistics.median(last) / statistics.median(first)
    print(
        f"{harvested}/{count} records, {speed:,.0f} records/s through sickle (target ≥"
        f" {_LEAST_A_SECOND:,}); sickle alone, on bytes at hand: {_ceiling(addresses[0]):,.0f}"
    )
    print(
        f"{len(addresses)} pages, a late page takes {ratio:.2f} times an early one (target ≤"
        f" {_MOST_TIMES_THE_FIRST})"
    )
    return harvested == count and speed >= _LEAST_A_SECOND and ratio <= _MOST_TIMES_THE_FIRST


def _ceiling(address: str) -> float:
    """Return how many records a second sickle's own parsing allows, without a provider."""
    content = requests.get(address, timeout=60).content
    parser = etree.XMLParser(recover=True)
    parsed = 0
    started = time.perf_counter()
    for _ in range(_TURNS):
        parsed += sum(1 for r in etree.XML(content, parser).iter("{*}record") if HarvestedRecord(r))
    return parsed / (time.perf_counter() - started)


def _token(answer: str) -> str:
    return answer.rpartition("<resumptionToken")[2].partition(">")[2].partition("<")[0]


def _seconds(address: str) -> float:
    started = time.perf_counter()
    requests.get(address, timeout=60)
    return time.perf_counter() - started


def _drill(provider: _Provider, catalogue: SqlCatalogue, given: argparse.Namespace) -> bool:
    command = [sys.executable, "-m", "bench.viewer.oai_harvest", "--records", str(given.records)]
    command += ["--edits", str(given.edits), "--edit", given.catalogue or str(_uri(provider))]
    editor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    first, pairs, begun = _harvest(provider, given.kills)
    editor.terminate()
    edits = (editor.communicate()[0] or "").strip()
    second, _, _ = _harvest(provider, 0, begun)
    state = {**first, **second}
    lost = stale = 0
    after = None
    while works := catalogue.list_works(after, _BATCH):
        after = works[-1].id
        for work in works:
            lost += work.id not in state
            stale += state.get(work.id) != (_revision(work.record), False)
    known_gone = sum(gone for _, gone in state.values())
    stale += known_gone != catalogue.count()["withdrawn"]
    doubled = len(pairs) - len(set(pairs))
    print(
        f"{given.records} records, {edits}, {given.kills} kills: lost {lost},"
        f" doubled (id, datestamp) {doubled}, stale after one incremental harvest {stale},"
        f" tombstones {known_gone} (target 0, 0, 0)"
    )
    return lost == doubled == stale == 0


def _uri(provider: _Provider) -> str:
    return provider._environment["TAKAO_CATALOGUE"]


def _harvest(
    provider: _Provider, kills: int, since: str | None = None
) -> tuple[State, list[tuple[str, str]], str]:
    """Harvest page by page; kill the provider between pages and go on with the last token."""
    arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    if since:
        arguments["from"] = since
    state: State = {}
    pairs: list[tuple[str, str]] = []
    begun, pages = "", 0
    while arguments:
        try:
            items = Sickle(provider.base).harvest(**arguments)
        except requests.ConnectionError:
            provider.start()
            continue
        begun = begun or items.xml.findtext("{*}responseDate")
        for record in items.xml.iter("{*}record"):
            header = record.find("{*}header")
            identifier = header.findtext("{*}identifier").rpartition(":")[2]
            pairs.append((identifier, header.findtext("{*}datestamp")))
            text = "|".join(record.itertext())
            revision = text.partition("rev ")[2].partition("|")[0]
            digits = "".join(c for c in revision if c.isdigit())
            state[identifier] = (digits, header.get("status") == "deleted")
        token = items.xml.findtext(".//{*}resumptionToken")
        arguments = {"verb": "ListRecords", "resumptionToken": token} if token else {}
        pages += 1
        if kills and pages % 20 == 0:
            provider.kill()
            kills -= 1
    return state, pairs, begun


def _revision(record: Record) -> str:
    text = next(n.value for n in record.notes if n.value.startswith("rev "))
    return "".join(c for c in text if c.isdigit())


def _edit(uri: str, count: int, rate: float) -> None:
    """Edit Works at ``rate`` a second until told to stop, then print how many and how fast."""
    catalogue = open_catalogue(uri)
    chance = random.Random(1)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    done = 0
    began = time.monotonic()
    while not stop:
        if done > (time.monotonic() - began) * rate:
            time.sleep(0.005)
            continue
        number = chance.randrange(count)
        work = catalogue.get_works([ids.work_id(_name(number))])[ids.work_id(_name(number))]
        if work.withdrawal is None and chance.random() < 0.05:
            work = replace(work, withdrawal=Withdrawal("drill", datetime.now(UTC)))
        revision = int(_revision(work.record)) + 1
        work = replace(work, record=_record(number, revision))
        catalogue.save([WorkState(work, ())])
        done += 1
    print(f"{done} edits ({done / (time.monotonic() - began):.0f}/s)")


if __name__ == "__main__":
    main()
