"""One byte flipped in 100 of 10,000 small masters: the audit must name these 100 and no other.

    python -m bench.storage.fixity [--files 10000] [--damaged 100]

Prints the speed of the audit as a ratio to reading and hashing the same files with hashlib.
"""

import argparse
import hashlib
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ingest.audit.verify import verify
from ingest.holdings import Holdings, open_holdings
from ingest.work import manifest_gate
from metadata.record import Record, Title
from repository import ids, preserved
from repository.catalogue.works import WorkState
from repository.model import Page, Work
from repository.settings import read_settings
from repository.sql.catalogue import SqlCatalogue
from storage.ocfl.store import ObjectStore

PAGES, SIZE = 250, 8_000


def keep(
    objects: ObjectStore,
    pages: tuple[Page, ...],
    masters: dict[str, bytes],
    saved: Sequence[Work],
) -> None:
    """Preserve a Work as publishing does, inside the catalogue's transaction."""
    files = masters | preserved.documents(preserved.PreservedWork(saved[0], pages))
    objects.update(preserved.object_id(saved[0].id), files, message="m", user="bench")


def fill(home: Path, files: int) -> tuple[SqlCatalogue, Holdings]:
    """Preserve and catalogue Works of 250 pages of random bytes."""
    settings = read_settings({"TAKAO_HOME": str(home)})
    catalogue, holdings = open_holdings(settings, manifest_gate.check)
    chance = random.Random(1)
    for number in range(files // PAGES):
        record = Record(f"W{number}", (Title(f"W{number}"),))
        work = Work(ids.work_id(record.identifier), record, page_count=PAGES)
        masters = {f"頁 {n}.tif": chance.randbytes(SIZE) for n in range(1, PAGES + 1)}
        pages = tuple(
            Page(
                ids.page_id(work.id, name), work.id, n, name, None, preserved.master_path(name),
                hashlib.sha512(content).hexdigest(), "image/tiff", 10, 10,
            )
            for n, (name, content) in enumerate(masters.items(), 1)
        )  # fmt: skip

        files_of = {preserved.master_path(name): content for name, content in masters.items()}
        catalogue.save(
            [WorkState(work, pages, (), b"{}")], partial(keep, holdings.objects, pages, files_of)
        )
    return catalogue, holdings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--damaged", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="takao-fixity-") as name:
        home = Path(name)
        catalogue, holdings = fill(home, given.files)
        masters = sorted((home / "ocfl").rglob("content/masters/*"))
        damaged = random.Random(2).sample(masters, given.damaged)
        for path in damaged:
            content = bytearray(path.read_bytes())
            content[len(content) // 3] ^= 1
            path.write_bytes(bytes(content))
        begun = time.perf_counter()
        for path in masters:
            hashlib.sha512(path.read_bytes()).hexdigest()
        plain = time.perf_counter() - begun
        begun = time.perf_counter()
        found = verify(holdings).entries
        audit = time.perf_counter() - begun
        # The bench draws no access images; their absence is reported too.
        named = {e.path for e in found if e.problem.code != "derivative-missing"}
        catalogue.close()
    right = {path.relative_to(home / "ocfl").as_posix() for path in damaged}
    missed, false = len(right - named), len(named - right)
    print(f"{len(masters)} masters, {len(right)} damaged: {len(right & named)} named, "
          f"{missed} missed, {false} false")  # fmt: skip
    print(f"audit / (read + sha512) of the masters: {audit / plain:.2f}")
    return 1 if missed or false else 0


if __name__ == "__main__":
    sys.exit(main())
