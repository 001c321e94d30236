"""Everything that is installed is pinned and hashed, from one resolution, with no index named."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = (
    "requirements-build.lock", "requirements.lock", "requirements-dev.lock",
    "requirements-schemas.lock",
)  # fmt: skip
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def locked(name):
    """The version and number of hashes of each package in a lock file."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    found = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        match = re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,_-]+\])?==([^\s;]+)", line)
        assert match, f"not pinned: {line[:60]}"
        found[match[1]] = (match[2], line.count("--hash=sha256:"))
    return found


def names(requirements):
    return {re.match(r"[A-Za-z0-9._-]+", r)[0].lower().replace("_", "-") for r in requirements}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_has_hashes(name):
    assert [package for package, (_, hashes) in locked(name).items() if not hashes] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_index_is_named(name):
    text = (ROOT / name).read_text("utf-8")
    assert (
        re.findall(r"^\s*(?:-i|-f|--[a-z-]*index|--find-links).*|\w+://.*", text, re.MULTILINE)
        == []
    )


def test_versions_agree():
    everything = locked("requirements-dev.lock")
    for name in LOCKS[:2]:
        assert locked(name).items() <= everything.items()


def test_locks_hold_what_the_project_asks_for():
    groups = PROJECT["dependency-groups"]
    assert names(PROJECT["project"]["dependencies"]) <= set(locked("requirements.lock"))
    assert names(groups["build"]) <= set(locked("requirements-build.lock"))
    assert names(groups["dev"]) <= set(locked("requirements-dev.lock"))
    assert names(groups["schemas"]) == set(locked("requirements-schemas.lock"))


def test_the_licence_is_there():
    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text("utf-8")
