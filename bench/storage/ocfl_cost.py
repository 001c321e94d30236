"""What preserving costs: OCFL create, update and validation against a plain copy and ocfl-py.

    python -m bench.storage.ocfl_cost [--files 500] [--size 20000]

All in one run on the same files. Ours is given with its fsyncs, and without them to show what the
promise to survive a power cut costs; ocfl-py makes no fsync.
"""

import argparse
import hashlib
import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ocfl import Object, VersionMetadata
from ocfl.validator import Validator

from storage.ocfl.layout import HashedTuples
from storage.ocfl.store import ObjectStore
from storage.open import open_store

TARGET = 3.0


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def copy_and_hash(source: Path, target: Path) -> None:
    shutil.copytree(source, target)
    for file in target.iterdir():
        with file.open("rb") as stream:
            hashlib.file_digest(stream, "sha512")


def ours(root: Path, source: Path) -> tuple[float, float, float]:
    store = ObjectStore(open_store(f"file:{root}"))
    store.prepare()
    files: dict[str, Path | bytes] = {p.name: p for p in source.iterdir()}

    def update(changes: dict[str, Path | bytes]) -> None:
        store.update("takao:a", changes, message="m", user="x")

    create = seconds(lambda: update(files))
    one = seconds(lambda: update({"one": b"1"}))
    valid = seconds(lambda: store.validate("takao:a"))
    return create, one, valid


def anchor(root: Path, source: Path) -> tuple[float, float, float]:
    metadata = VersionMetadata(message="m", name="x", address="a:b")

    def create() -> None:
        Object(identifier="takao:a").create(srcdir=str(source), metadata=metadata, objdir=str(root))

    def update() -> None:
        Object(identifier="takao:a").add_version_with_content(
            objdir=str(root), srcdir=str(more), metadata=metadata
        )

    more = root.with_name("more")
    shutil.copytree(source, more)
    (more / "one").write_bytes(b"1")
    return seconds(create), seconds(update), seconds(lambda: Validator().validate_object(str(root)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--size", type=int, default=20_000)
    given = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="takao-ocfl-") as name:
        folder = Path(name)
        source = folder / "source"
        source.mkdir()
        chance = random.Random(1)
        for number in range(given.files):
            (source / f"p{number:05}.tif").write_bytes(chance.randbytes(given.size))
        os.sync()
        base = seconds(lambda: copy_and_hash(source, folder / "copy"))
        durable = ours(folder / "durable", source)
        fsync, os.fsync = os.fsync, lambda _: None
        quick = ours(folder / "quick", source)
        os.fsync = fsync
        theirs = anchor(folder / "anchor", source)
        place = folder / "quick" / HashedTuples().path("takao:a")
        valid = Validator().validate_object(str(place))
    print(f"{given.files} files of {given.size} bytes; copy + sha512 {base:.2f} s = 1")
    print("                     create  update of one  validate")
    for label, figures in (("with fsync", durable), ("without", quick), ("ocfl-py", theirs)):
        print(f"{label:18}" + "".join(f"{figure / base:12.2f}" for figure in figures))
    met = durable[0] / base <= TARGET and valid
    print(f"create with fsync at most {TARGET:.0f}: {'yes' if met else 'no'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
