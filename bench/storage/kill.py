"""SIGKILL at random points of OCFL creates and updates: ours, and ocfl-py's writer beside it.

    python -m bench.storage.kill [--runs 200] [--anchor 20]

After every kill the object must hold the last promised version (none lost), a retry of the same
write must succeed, and ocfl-py must call the object valid. Ends with 1 when ours fails any of it.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ocfl.validator import Validator

from storage.ocfl.layout import HashedTuples
from storage.ocfl.store import ObjectStore
from storage.open import open_store

HERE = Path(__file__).resolve().parents[2]
FILES, SIZE = 32, 20_000

OURS = """
import sys
from pathlib import Path
from storage.ocfl.store import ObjectStore
from storage.open import open_store
store = ObjectStore(open_store(f"file:{sys.argv[1]}"))
files = {p.name: p for p in Path(sys.argv[2]).iterdir()}
print("begun", flush=True)
print(store.update("takao:a", files, message="m", user="x").number, flush=True)
"""
ANCHOR = """
import logging, sys
from pathlib import Path
from ocfl import Object, VersionMetadata
logging.disable()
target = Path(sys.argv[1])
metadata = VersionMetadata(message="m", name="x", address="a:b")
made = Object(identifier="takao:a")
print("begun", flush=True)
if target.exists():
    made.add_version_with_content(objdir=str(target), srcdir=sys.argv[2], metadata=metadata)
else:
    made.create(srcdir=sys.argv[2], objdir=str(target), metadata=metadata)
print("1", flush=True)
"""


@dataclass
class Tally:
    """What became of the object after each kill."""

    old: int = 0
    new: int = 0
    absent: int = 0
    lost: int = 0
    invalid: int = 0
    retry_failed: int = 0


def write(code: str, target: Path, source: Path, until: float | None) -> tuple[bool, float]:
    """Run a writer; kill it ``until`` seconds after it began. Tell whether it ended, and when."""
    command = [sys.executable, "-c", code, str(target), str(source)]
    with subprocess.Popen(
        command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as writer:
        writer.stdout.readline()
        began = time.monotonic()
        if until is not None:
            time.sleep(until)
            writer.kill()
        ended = bool(writer.stdout.read())
        writer.wait()
        return ended, time.monotonic() - began


def sources(folder: Path) -> tuple[Path, Path]:
    """Make two versions of a Work's files; every fourth file stays the same."""
    chance = random.Random(1)
    for name in ("one", "two"):
        (folder / name).mkdir()
        for number in range(FILES):
            same = folder / "one" / f"第{number}頁.tif"
            content = same.read_bytes() if name == "two" and number % 4 == 0 else None
            (folder / name / same.name).write_bytes(content or chance.randbytes(SIZE))
    return folder / "one", folder / "two"


def drill_ours(folder: Path, runs: int) -> Tally:
    one, two = sources(folder)
    tally = Tally()
    chance = random.Random(2)
    calm = folder / "calm"
    store = ObjectStore(open_store(f"file:{calm}"))
    store.prepare()
    full = {"create": write(OURS, calm, one, None)[1], "update": write(OURS, calm, two, None)[1]}
    for run in range(runs):
        root = folder / "ocfl"
        shutil.rmtree(root, ignore_errors=True)
        store = ObjectStore(open_store(f"file:{root}"))
        store.prepare()
        work = "create" if run % 2 else "update"
        before = 0
        if work == "update":
            write(OURS, root, one, None)
            before = 1
        source = one if work == "create" else two
        promised, _ = write(OURS, root, source, chance.uniform(0, full[work] * 1.05))
        found = store.version("takao:a")
        number = found.number if found else 0
        tally.absent += number == 0
        tally.old += number == before > 0
        tally.new += number == before + 1
        tally.lost += number < before + promised
        place = root / HashedTuples().path("takao:a")
        tally.invalid += number > 0 and not Validator().validate_object(str(place))
        ended, _ = write(OURS, root, source, None)
        state = store.version("takao:a")
        good = ended and state is not None and state.number == before + 1
        same = good and len(state.state) == FILES and store.validate("takao:a") == []
        # A part of a killed write may lie there for a day; it belongs to nothing.
        left = [k for k in store.blobs.keys("extensions/takao-staging/") if "/parts/" not in k]
        tally.retry_failed += not same or left != []
    return tally


def drill_anchor(folder: Path, runs: int) -> Tally:
    one, two = folder / "one", folder / "two"
    tally = Tally()
    whole = folder / "anchor-calm"
    write(ANCHOR, whole, one, None)
    full = write(ANCHOR, whole, two, None)[1]
    for run in range(runs):
        target = folder / f"anchor-{run}"
        write(ANCHOR, target, one, None)
        write(ANCHOR, target, two, full * (run + 0.5) / runs)
        if Validator().validate_object(str(target)):
            if (target / "v2").exists():
                tally.new += 1
            else:
                tally.old += 1
            continue
        tally.invalid += 1
        ended, _ = write(ANCHOR, target, two, None)
        tally.retry_failed += not ended or not Validator().validate_object(str(target))
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--anchor", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="takao-kill-") as folder:
        ours = drill_ours(Path(folder), given.runs)
        print(f"takao, {given.runs} kills during create and update: {ours}")
        if given.anchor:
            anchor = drill_anchor(Path(folder), given.anchor)
            print(f"ocfl-py, {given.anchor} kills during update: {anchor}")
    return 1 if ours.lost or ours.invalid or ours.retry_failed else 0


if __name__ == "__main__":
    sys.exit(main())
