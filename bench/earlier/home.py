"""A home made at an earlier commit, answered from by the present program.

    python -m bench.earlier.home [--ref ea94257]

The program as it stood at REF ingests its samples, reading them; pages are corrected by ALTO, one
Work is withdrawn, another withdrawn and restored; what it then answers to the public is kept. The
present program opens a copy of that home, and builds another from its store alone; both must give
every document byte for byte, and their audits find nothing. Pages for people are compared too,
but may differ. Ends with 1 otherwise.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.earlier.answers import addresses, differing
from bench.earlier.mets_packages import PackedPage, write_mets
from bench.earlier.program import ROOT, Program, getter, taken_out

if TYPE_CHECKING:
    import httpx

    from bench.earlier.answers import Answer, Asked

    Answers = dict[Asked, Answer]

QUERIES = ("圖書館", "台灣", "港", "四庫", "総目", "民國106年")
CORRECTED = ("臺灣通史自序", "營運計畫-橫排")
WITHDRAWN, RESTORED = "TAKAO-S-07", "TAKAO-S-02"
_WRONG, _RIGHT = "之", "乎"


def make(program: Program, home: Path) -> Answers:
    """Fill a home by an earlier program's commands; return what it then answers to the public."""
    sheet = ("--metadata", "samples/works.csv")
    program.run(home, "ingest", "samples", *sheet)
    with program.serving(home) as client:
        asked = addresses(getter(client), QUERIES)
        works = _works(client, asked)
        _correct(client, works, program.source)
    # Pages are read anew when the reader changed, and then take over the text that they come with.
    replace(program, ocr="none").run(home, "ingest", "corrected", *sheet)
    for identifier in (WITHDRAWN, RESTORED):
        program.run(home, "withdraw", works[identifier], "--reason", "著作權爭議")
    program.run(home, "restore", works[RESTORED])
    answers = program.answers(home, asked)
    _check_corrected(answers)
    return answers


def _works(client: httpx.Client, asked: list[Asked]) -> dict[str, str]:
    """Return the Works' ids by their identifiers."""
    found: dict[str, str] = {}
    for path in (one.path for one in asked if one.path.startswith("/api/works/")):
        described = client.get(path).json()
        for name in described["identifiers"]:
            found[name] = described["id"]
    return found


def _correct(client: httpx.Client, works: dict[str, str], source: Path) -> None:
    """Write packages of page images that are held, with their ALTO corrected."""
    folders = dict(
        line.split(",")[:2]
        for line in (source / "samples" / "works.csv").read_text("utf-8-sig").splitlines()
    )
    for name in CORRECTED:
        folder = source / "corrected" / name
        shutil.copytree(source / "samples" / name, folder)
        images = sorted(path.name for path in folder.iterdir())
        packed = []
        for n, image in enumerate(images, 1):
            text = client.get(f"/works/{works[folders[name]]}/alto/{n}.xml").text
            (folder / f"{n}.xml").write_text(text.replace(_WRONG, _RIGHT), "utf-8")
            packed.append(PackedPage(image, f"{n}.xml"))
        write_mets(folder, folders[name], name, packed)


def _check_corrected(answers: Answers) -> None:
    """See that corrections were taken; raise ValueError when a page says what it said before."""
    texts = [answer.body for one, answer in answers.items() if one.path.endswith("/text.txt")]
    corrected = [text for text in texts if _RIGHT in text and _WRONG not in text]
    if not corrected:
        raise ValueError("no text was corrected")
    print(f"{len(corrected)} texts of Works and pages as they were corrected by ALTO")


def compare(name: str, before: Answers, after: Answers) -> bool:
    """Print how many answers are the same; tell whether all documents are."""
    differ = differing(before, after)
    for what, browser in (("documents", False), ("pages for people", True)):
        asked = Counter(answer.status for one, answer in before.items() if one.browser == browser)
        count = asked.total()
        others = [one for one in differ if one.browser == browser]
        statuses = ", ".join(f"{number} × {status}" for status, number in sorted(asked.items()))
        print(
            f"{name}: {count} {what} compared ({statuses}): {count - len(others)} byte-equal,"
            f" {len(others)} differing" + ("" if browser else " (target 0)")
        )
        for one in others[:20]:
            print(f"  differs: {one}")
    return all(one.browser for one in differ)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ref", default="ea94257")
    ref = parser.parse_args().ref
    with tempfile.TemporaryDirectory(prefix="takao-earlier-") as name:
        folder = Path(name)
        before = make(taken_out(ref, folder / "program", "auto"), folder / "home")
        present = Program(ROOT)
        anew = folder / "anew"
        shutil.copytree(folder / "home" / "ocfl", anew / "ocfl")
        opened = compare(f"opened, {ref}", before, present.answers(folder / "home", list(before)))
        present.run(folder / "home", "verify")
        present.run(anew, "rebuild")
        rebuilt = compare(f"rebuilt, {ref}", before, present.answers(anew, list(before)))
        present.run(anew, "verify")
        print("both audited: nothing found")
    return 0 if opened and rebuilt else 1


if __name__ == "__main__":
    sys.exit(main())
