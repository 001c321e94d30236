"""What is one submission, what are many, and in which order pages come (interfaces §1)."""

import os
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from ingest.intake.scan import natural_key, scan

NOBODY = 65534


def never(_: Path) -> bool:
    return False


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return root


def names(path: Path, is_many_page=never) -> dict[str, list[str]]:
    return {s.name: [f.name for f in s.files] for s in scan(path, is_many_page)}


def test_a_folder_with_a_page_file_is_one_work_with_all_below(tmp_path):
    folder = make(tmp_path / "gazetteer", "p10.jpg", "p2.jpg", "appendix/1.png", "map.pdf")
    assert names(folder) == {"gazetteer": ["appendix/1.png", "map.pdf", "p2.jpg", "p10.jpg"]}


def test_a_folder_of_folders_is_many_submissions(tmp_path):
    folder = make(tmp_path / "in", "甲/1.jpg", "乙/1.tif", "丙.pdf", "works.csv", ".hidden/1.jpg")
    assert names(folder) == {"in": [], "丙.pdf": ["丙.pdf"], "乙": ["1.tif"], "甲": ["1.jpg"]}


def test_spreadsheets_and_unknown_files_are_ignored_not_lost(tmp_path):
    folder = make(tmp_path / "in", "works.csv", "1.jpg", "notes.txt")
    (submission,) = scan(folder, never)
    assert [p.name for p in submission.ignored] == ["notes.txt", "works.csv"]


def test_many_page_tiffs_are_submissions_of_their_own(tmp_path):
    folder = make(tmp_path / "in", "a.tif", "b.tif")
    assert names(folder, lambda _: True) == {"a.tif": ["a.tif"], "b.tif": ["b.tif"]}
    assert names(folder, never) == {"in": ["a.tif", "b.tif"]}


def test_a_zip_a_bag_and_mets_are_known_by_their_marks(tmp_path):
    with zipfile.ZipFile(tmp_path / "work.zip", "w") as archive:
        archive.writestr("1.jpg", b"x")
    make(tmp_path / "bag", "bagit.txt", "data/1.jpg")
    mets = make(tmp_path / "issue", "1.jpg") / "mets.xml"
    mets.write_text('<?xml version="1.0"?><mets:mets xmlns:mets="http://www.loc.gov/METS/"/>')
    kinds = {p.name: next(iter(scan(p, never))).kind for p in tmp_path.iterdir()}
    assert kinds == {"work.zip": "zip", "bag": "bag", "issue": "mets"}


def test_a_decomposed_name_is_composed(tmp_path):
    folder = make(tmp_path / "in", "e\u0301.jpg")
    assert names(folder) == {"in": ["\u00e9.jpg"]}


def test_a_link_out_of_the_submission_is_a_problem_and_not_read(tmp_path):
    make(tmp_path, "secret.jpg")
    folder = make(tmp_path / "in", "1.jpg")
    (folder / "2.jpg").symlink_to(tmp_path / "secret.jpg")
    (submission,) = scan(folder, never)
    assert [f.name for f in submission.files] == ["1.jpg"]
    assert [p.code for p in submission.problems] == ["link-outside"]


@contextmanager
def as_nobody(folder):
    """Let root be a user for whom a folder's rights count."""
    if os.geteuid():
        yield
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_unreadable_folder_is_a_problem():
    with tempfile.TemporaryDirectory(prefix="takao-") as name:
        Path(name).chmod(0o755)
        folder = make(Path(name, "in"), "1.jpg", "sub/2.jpg")
        (folder / "sub").chmod(0)
        with as_nobody(folder):
            (submission,) = scan(folder, never)
        (folder / "sub").chmod(0o700)
    assert [p.code for p in submission.problems] == ["folder-unreadable"]


def test_pages_are_in_natural_order():
    given_names = ["p10.jpg", "p2.jpg", "p1.jpg", "a/1.jpg", "a.jpg", "卷二.jpg", "卷10.jpg"]
    ordered = sorted(given_names, key=natural_key)
    assert ordered.index("p2.jpg") < ordered.index("p10.jpg")
    assert ordered.index("p1.jpg") < ordered.index("p2.jpg")


@given(st.permutations(["p10.jpg", "p2.jpg", "a/10.png", "a/9.png", "卷二", "卷10", "a.jpg"]))
def test_the_natural_order_does_not_depend_on_the_order_before(shuffled):
    ordered = sorted(shuffled, key=natural_key)
    assert ordered == ["a/9.png", "a/10.png", "a.jpg", "p2.jpg", "p10.jpg", "卷10", "卷二"]
