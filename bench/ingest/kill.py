"""SIGKILL at random points of whole ingests, new Works and changed ones: nothing lost or doubled.

    python -m bench.ingest.kill [--runs 200]

Before each run a page is changed or a Work is added; the ingest and all that it started is killed
somewhere between its start and its end, every object is checked by ocfl-py, every published page
must have its master, and the same command run again must succeed. Ends with 1 when a master is
lost, a page is there twice, an object is invalid, a second try fails, or the end differs from that
of an undisturbed ingest.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ocfl.validator import Validator
from PIL import Image

from repository import ids, preserved
from repository.catalogue.works import every_work
from repository.settings import read_settings
from repository.sql.catalogue import open_catalogue
from storage.ocfl.store import ObjectStore
from storage.open import open_store

ROOT = Path(__file__).resolve().parents[2]
PAGES = 3
NEW_WORK_EVERY = 8


@dataclass
class Tally:
    """What was found after ``runs`` kills, ``midway`` of them before the ingest had ended."""

    runs: int = 0
    midway: int = 0
    invalid: int = 0
    lost: int = 0
    doubled: int = 0
    failed_retries: int = 0
    different: bool = False

    @property
    def ok(self) -> bool:
        """Tell whether nothing went wrong."""
        trouble = self.invalid + self.lost + self.doubled + self.failed_retries
        return not (trouble or self.different)


class Drill:
    """A library below ``folder`` whose ingests are killed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._submitted = folder / "in"
        self._home = folder / "home"
        self._undisturbed = folder / "undisturbed"
        self._works = 0
        self._kept: dict[str, set[str]] = {}
        for home in (self._home, self._undisturbed):
            home.mkdir(parents=True)

    def run(self, runs: int) -> Tally:
        """Kill ``runs`` ingests; return what was found."""
        tally = Tally()
        begun = time.monotonic()
        self._change(anew=True)
        self._ingest(self._home).wait()
        seconds = time.monotonic() - begun
        for number in range(runs):
            self._note_kept()
            self._change(anew=number % NEW_WORK_EVERY == 0)
            tally.midway += self._killed(self._chance.uniform(0.1, 1.0) * seconds)
            self._check(tally)
            begun = time.monotonic()
            tally.failed_retries += self._ingest(self._home).wait() != 0
            seconds = 0.8 * seconds + 0.2 * (time.monotonic() - begun)
            tally.runs += 1
        self._check(tally)
        self._ingest(self._undisturbed).wait()
        tally.different = _held(self._home) != _held(self._undisturbed)
        return tally

    def _change(self, *, anew: bool) -> None:
        """Submit a new Work, or another picture for a page of an old one."""
        work = self._works if anew else self._chance.randrange(self._works)
        for n in range(PAGES) if anew else [self._chance.randrange(PAGES)]:
            path = self._submitted / f"作品 {work}" / f"頁 {n}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.frombytes("L", (60, 80), self._chance.randbytes(4800)).save(path)
        self._works += anew

    def _ingest(self, home: Path) -> subprocess.Popen[bytes]:
        own = {"TAKAO_HOME": str(home), "TAKAO_OCR": "none", "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            [sys.executable, "-m", "takao", "ingest", str(self._submitted)],
            env={"PATH": os.defpath, "HOME": str(home), **own},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _killed(self, seconds: float) -> bool:
        """Start an ingest and kill its process group; tell whether it had not ended by then."""
        process = self._ingest(self._home)
        time.sleep(seconds)
        running = process.poll() is None
        if running:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            _await_end(process.pid)
        return running

    def _check(self, tally: Tally) -> None:
        """Open every object, which ends what was cut short, and look for harm."""
        objects = _objects(self._home)
        for name in list(objects.objects()):
            objects.version(name)
        for work, digests in self._kept.items():
            tally.lost += len(digests - _digests(objects, work))
        for root in (self._home / "ocfl" / place for place in objects.roots()):
            if not Validator().validate_object(str(root)):
                tally.invalid += 1
                files = sorted(str(path.relative_to(root)) for path in root.rglob("*"))
                print(f"invalid: {root.relative_to(self._home)}: {files}", flush=True)
        held = _held(self._home)
        pages = [page for of_work in held.values() for page, _, _ in of_work]
        tally.doubled += len(pages) - len(set(pages))
        for work, of_work in held.items():
            tally.lost += len({digest for _, _, digest in of_work} - _digests(objects, work))

    def _note_kept(self) -> None:
        """Remember the masters that finished ingests have preserved: none may ever go."""
        objects = _objects(self._home)
        for work in _held(self._home):
            self._kept.setdefault(work, set()).update(_digests(objects, work))


def _await_end(group: int) -> None:
    """Wait until no thread of a killed group is left.

    A killed process whose first thread is gone shows as a zombie, but while another thread sits in
    an fsync it still holds its locks, and what it was writing cannot be recovered yet.
    """
    while any(_is_alive(process, group) for process in Path("/proc").glob("[0-9]*")):
        time.sleep(0.005)


def _is_alive(process: Path, group: int) -> bool:
    try:
        stats = [(task / "stat").read_bytes() for task in (process / "task").iterdir()]
    except OSError:
        return process.exists()  # it was ending: look again
    fields = [stat.rpartition(b")")[2].split()[:3] for stat in stats]
    return any(int(of_group) == group and state != b"Z" for state, _, of_group in fields)


def _objects(home: Path) -> ObjectStore:
    return ObjectStore(open_store(f"file:{home}/ocfl"))


def _digests(objects: ObjectStore, work: str) -> set[str]:
    """Return the digests of the masters of all versions, each read and compared with its digest."""
    name = preserved.object_id(ids.work_id(work))
    found = set()
    for version in objects.history(name):
        for path, digest in version.state.items():
            if path.startswith(preserved.master_path("")) and digest not in found:
                objects.read(name, path, version.number)
                found.add(digest)
    return found


def _held(home: Path) -> dict[str, list[tuple[str, int, str]]]:
    """Return (id, n, digest) of every page by its Work's identifier."""
    settings = read_settings({"TAKAO_HOME": str(home)})
    catalogue = open_catalogue(settings.catalogue)
    try:
        return {
            work.record.identifier: [(p.id, p.n, p.digest) for p in catalogue.pages_of(work.id)]
            for work in every_work(catalogue)
        }
    finally:
        catalogue.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="takao-kill-") as folder:
        tally = Drill(Path(folder), given.seed).run(given.runs)
    print(
        f"{tally.runs} ingests killed, {tally.midway} midway: {tally.lost} masters lost,"
        f" {tally.doubled} pages twice, {tally.invalid} objects invalid by ocfl-py,"
        f" {tally.failed_retries} second tries failed;"
        f" the end {'differs from' if tally.different else 'is'} that of an undisturbed ingest"
    )
    return 0 if tally.ok else 1


if __name__ == "__main__":
    sys.exit(main())
