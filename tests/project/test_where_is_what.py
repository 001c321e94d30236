"""docs/where-is-what.md: each file and name on it is there, and each room has a row."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    line.strip("|").split(" | ")
    for line in (ROOT / "docs" / "where-is-what.md").read_text("utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| behaviour")
]
PACKAGES = ("ingest", "metadata", "repository", "search", "storage", "viewer")


def places(cell):
    """Each file of a cell, with the names that are to stand in it."""
    found = re.split(r"(?=`[a-z_0-9/]+\.py`)", cell)
    for part in found[1:]:
        file, *names = re.findall(r"`([^`]+)`", part)
        yield file, names


def defined(path):
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip())
def test_a_row_names_a_file_and_what_stands_in_it(row):
    behaviour, cell = row
    found = list(places(cell))
    assert behaviour.strip()
    assert found
    for file, names in found:
        assert (ROOT / file).is_file(), file
        assert set(names) <= defined(ROOT / file), (file, names)


def test_no_behaviour_stands_twice():
    behaviours = [row[0] for row in ROWS]
    assert len(set(behaviours)) == len(behaviours)


def test_every_room_has_a_row():
    rooms = {
        path.parent.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py" and "migrations" not in path.parts
    }
    shown = {Path(file).parent for row in ROWS for file, _ in places(row[1])}
    generated = {Path("metadata/gazetteer"), Path("search/tables"), Path("repository/catalogue")}
    assert rooms - shown <= generated
