"""The fixtures of the OCFL editors: 156 objects, each with its verdict and codes in its name."""

import re
import tarfile
from pathlib import Path

import pytest

from storage.files import FileStore
from storage.ocfl.validate import validate_object

ARCHIVE = Path(__file__).parents[2] / "fixtures/ocfl-fixtures.tar.xz"
# Where our validator gives the code of another rule that the same object breaks.
NEIGHBOURS = {
    "E001_invalid_version_format": {"E009", "E046"},  # the versions block says it first
    "E010_missing_versions": {"E046"},  # named as folders that are missing
    "E015_content_not_in_content_dir": {"E042"},  # the manifest names the place
    "E019_inconsistent_content_dir": {"E042"},
}


@pytest.fixture(scope="module")
def fixtures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ocfl-fixtures")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    return folder


def objects(fixtures: Path, kind: str) -> list[Path]:
    found = sorted(p for spec in ("1.0", "1.1") for p in fixtures.glob(f"{spec}/{kind}-objects/*"))
    assert found
    return found


def codes(folder: Path, severity: str) -> set[str]:
    findings = validate_object(FileStore(folder.parent), folder.name)
    return {f.code for f in findings if f.severity == severity}


def test_all_156_are_there(fixtures):
    assert sum(len(objects(fixtures, kind)) for kind in ("good", "warn", "bad")) == 156


def test_good_objects_have_no_finding(fixtures):
    found = {p.name: codes(p, "error") for p in objects(fixtures, "good")}
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_warn_objects_are_valid_and_warned_of_by_their_codes(fixtures):
    for folder in objects(fixtures, "warn"):
        assert codes(folder, "error") == set(), folder
        assert set(re.findall(r"W\d{3}", folder.name)) <= codes(folder, "warning"), folder


def test_bad_objects_are_refused_by_their_codes(fixtures):
    for folder in objects(fixtures, "bad"):
        found = codes(folder, "error")
        expected = NEIGHBOURS.get(folder.name) or set(re.findall(r"E\d{3}", folder.name))
        assert expected & found, (folder, found)
