"""Validity at scale: ``python -m bench.viewer.metadata_formats [--records 10000]``.

Random Records are harvested in every format and each is checked by its XSD (MODS by xmlschema);
random MARC 21 and CMARC files in four encodings, 1 % of them damaged, are imported and every record
must come out or be refused with its reason. The schemas are those that the tests find.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from lxml import etree
from xmlschema import XMLSchemaValidationError

sys.path[:0] = [
    str(Path(__file__).parents[2] / "tests" / name) for name in ("fixtures", "metadata")
]

import records  # noqa: E402  # the tests' own generators
import schemas  # noqa: E402
from test_importing import cmarc, damaged, marc21  # noqa: E402

from metadata.importing import read_content  # noqa: E402
from metadata.oai.provider import Provider, Repository  # noqa: E402
from metadata.oai.source import OaiRecord  # noqa: E402
from metadata.rows import ImportOptions  # noqa: E402

_SCHEMAS = {
    "oai_dc": "oai_dc.xsd",
    "mods": "mods.xsd",
    "marcxml": "MARC21slim.xsd",
    "mets": "mets.xsd",
    "edm": "edm.rng",
}
_ENCODINGS = ("utf-8", "big5", "marc-8", "cccii")


def main() -> None:
    """Print how many documents are invalid and how many records are missing."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=10_000)
    given_ = parser.parse_args()
    invalid = _formats(given_.records)
    missing = _imports(given_.records)
    sys.exit(1 if invalid or missing else 0)


def _formats(count: int) -> int:
    made = _records(count)
    repository = Repository("b", "http://b.example/oai", "b.example", "a@b.example", b"k" * 32)
    invalid = 0
    for prefix, schema in _SCHEMAS.items():
        began = time.perf_counter()
        wrong = 0
        provider = Provider(repository, _Source(made))
        for n in range(count):
            pairs = [("verb", "GetRecord"), ("metadataPrefix", prefix)]
            answer = provider.answer([*pairs, ("identifier", f"oai:b.example:{n}")])
            document = etree.fromstring(answer).find(".//{*}metadata")[0]
            try:
                schemas.check(schema, document)
            except (etree.DocumentInvalid, XMLSchemaValidationError) as error:
                wrong += 1
                print(prefix, n, str(error)[:200])
        seconds = time.perf_counter() - began
        print(f"{prefix}: {wrong} invalid of {count} documents, {seconds:.0f} s with validation")
        invalid += wrong
    return invalid


class _Source:
    """Answers GetRecord only."""

    def __init__(self, made: list[records.Record]) -> None:
        self._made = made

    def horizon(self) -> datetime:
        return datetime.now(UTC)

    def get(self, work: str, _prefix: str) -> OaiRecord:
        return OaiRecord(work, records.CHANGED, (), self._made[int(work)], records.context(2))


def _records(count: int) -> list[records.Record]:
    made: list[records.Record] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(records.ANY_RECORD)
    def collect(record: records.Record) -> None:
        made.append(record)

    collect()
    while len(made) < count:
        made.append(made[len(made) % 97])
    return made[:count]


def _imports(count: int) -> int:
    chance = random.Random(11)
    parts, sound = [], set()
    for n in range(count):
        make = chance.choice((marc21, cmarc))
        record = make(n, f"鳳山縣志{n}", chance.choice(_ENCODINGS))
        if chance.random() < 0.01:
            parts.append(damaged(chance, record))
        else:
            parts.append(record)
            sound.add(f"{'M' if make is marc21 else 'C'}{n}")
    began = time.perf_counter()
    sheet = read_content(b"".join(parts), ImportOptions("b.mrc", None, date(2026, 11, 24)))
    seconds = time.perf_counter() - began
    taken = {row.record.identifier for row in sheet.rows if row.record}
    refused = [row for row in sheet.rows if row.record is None]
    silent = sum(not (row.source and row.problems) for row in refused)
    print(
        f"MARC: {count} records, {count - len(sound)} damaged: {len(sound - taken)} lost,"
        f" {len(taken - sound)} taken though damaged, {len(refused)} refused,"
        f" {silent} without reason; {count / seconds:,.0f} records/s"
    )
    return len(sound - taken) + silent


if __name__ == "__main__":
    main()
