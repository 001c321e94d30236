"""A ZIP is one submission: the folder that it holds, with the same ids."""

import zipfile

import pytest
from fixtures.library import Library, draw

from ingest.batch import BatchRequest, check


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("p1.png", "p2.png", "p10.png")):
        draw(tmp_path / "采訪冊" / name, 100 + n)
    return tmp_path / "采訪冊"


def zipped(folder, target, prefix="", extra=()):
    with zipfile.ZipFile(target, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{prefix}{file.name}")
        for name, content in extra:
            archive.writestr(name, content)
    return target


@pytest.mark.parametrize("prefix", ["", "采訪冊/"])
def test_a_zip_has_the_ids_of_the_folder_in_it(tmp_path, folder, prefix):
    plain, packed = Library(tmp_path / "plain"), Library(tmp_path / "packed")
    plain.ingest(folder)
    archive = zipped(folder, tmp_path / "采訪冊.zip", prefix)
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,資料夾,題名\n采訪冊,采訪冊,鳳山縣采訪冊\n", "utf-8")
    report = packed.ingest(archive, metadata=(sheet,))
    assert report.ok
    assert packed.pages("采訪冊") == plain.pages("采訪冊")
    assert list((packed.settings.derivatives / "unpacked").iterdir()) == []


def test_a_hostile_name_stays_out_and_the_rest_comes_in(tmp_path, folder):
    archive = zipped(folder, tmp_path / "a.zip", extra=[("../../out.png", b"x")])
    library = Library(tmp_path / "home")
    report = library.ingest(archive)
    assert len(library.pages("a")) == 3
    assert "archive" in " ".join(p.code for p in report.problems)
    assert not (tmp_path / "out.png").exists()


def test_what_is_no_zip_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 not really")
    library = Library(tmp_path / "home")
    report = library.ingest(tmp_path / "a.zip")
    assert [f.outcome for f in report.files] == ["rejected"]
    assert not report.ok


def test_a_dry_run_looks_into_a_zip_and_keeps_nothing(tmp_path, folder):
    archive = zipped(folder, tmp_path / "a.zip")
    library = Library(tmp_path / "home")
    request = BatchRequest((archive,), (), None)
    report = check(request, library.settings.max_pixels, library.catalogue)
    assert [f.outcome for f in report.files] == ["published"] * 3
    assert library.catalogue.count()["works"] == 0
