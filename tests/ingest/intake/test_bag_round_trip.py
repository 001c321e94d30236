"""A Work given out as a bag and taken in elsewhere is the same Work, byte for byte."""

import pytest
from fixtures.library import Library, draw

from ingest.intake.bag import write_bag
from repository import ids


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("p1.png", "p2.png", "p10.png")):
        draw(tmp_path / "采訪冊" / name, 100 + n)
    return tmp_path / "采訪冊"


def files(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in (folder / "data").rglob("*")
        if p.is_file()
    }


def test_a_bag_comes_back_the_same(tmp_path, folder):
    first = Library(tmp_path / "first")
    first.ingest(folder)
    work = ids.work_id("采訪冊")
    bag = write_bag(first.holdings.objects, work, tmp_path / "bag")
    second = Library(tmp_path / "second")
    report = second.ingest(bag)
    assert report.ok
    assert report.counts["created"] == 1
    assert second.pages("采訪冊") == first.pages("采訪冊")
    theirs, ours = (x.catalogue.get_works([work])[work] for x in (first, second))
    assert ours == theirs
    again = write_bag(second.holdings.objects, work, tmp_path / "again")
    assert files(again) == files(bag)


def test_the_same_bag_again_changes_nothing(tmp_path, folder):
    first = Library(tmp_path / "first")
    first.ingest(folder)
    bag = write_bag(first.holdings.objects, ids.work_id("采訪冊"), tmp_path / "bag")
    report = first.ingest(bag)
    assert report.counts["unchanged"] == 1


def test_a_bag_from_elsewhere_is_a_folder_of_pages(tmp_path, folder):
    import bagit

    made = tmp_path / "elsewhere"
    folder.rename(made)
    bagit.make_bag(str(made), checksums=["sha512"])
    library = Library(tmp_path / "home")
    assert library.ingest(made).ok
    assert [p.file for p in library.pages("elsewhere")] == ["p1.png", "p2.png", "p10.png"]


def test_a_damaged_bag_is_refused_whole(tmp_path, folder):
    first = Library(tmp_path / "first")
    first.ingest(folder)
    bag = write_bag(first.holdings.objects, ids.work_id("采訪冊"), tmp_path / "bag")
    master = bag / "data" / "masters" / "p2.png"
    master.write_bytes(master.read_bytes()[:-1] + b"x")
    library = Library(tmp_path / "home")
    report = library.ingest(bag)
    assert [(f.outcome, f.problems[0].code) for f in report.files] == [
        ("rejected", "bag-digest-wrong")
    ]
    assert library.catalogue.count()["works"] == 0
