"""Bags out and in: BagIt 1.0 (RFC 8493), checked by the Library of Congress's bagit."""

import hashlib
import os
from pathlib import Path

import bagit
import holdings
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.intake.bag import read_bag, work_in, write_bag
from repository import preserved
from repository.errors import NotFoundError
from storage.errors import DamagedObjectError
from storage.ocfl.store import ObjectStore
from storage.open import open_store

WORK = holdings.described().id


@pytest.fixture
def objects(tmp_path):
    store = ObjectStore(open_store(f"file:{tmp_path}/ocfl"))
    store.prepare()
    work = holdings.described()
    pages = tuple(holdings.page(work.id, n) for n in (1, 2))
    files = preserved.documents(preserved.PreservedWork(work, pages))
    files |= {"masters/頁 1.tif": os.urandom(3000), "masters/100%.tif": b"x", "alto/a.xml": b""}
    store.update(preserved.object_id(work.id), files, message="m", user="x")
    return store


@pytest.fixture
def folder(objects, tmp_path):
    return write_bag(objects, WORK, tmp_path / "bag")


def codes(folder: Path) -> set[str]:
    return {p.code for p in read_bag(folder).problems}


def named(folder: Path) -> set[tuple[str, str]]:
    return {
        (p.code, Path(p.where).relative_to(folder).as_posix()) for p in read_bag(folder).problems
    }


def test_a_bag_holds_the_object_byte_for_byte_and_comes_back(objects, folder):
    bag = read_bag(folder)
    assert bag.problems == ()
    assert bag.is_valid
    state = objects.version(preserved.object_id(WORK)).state
    found = {n: hashlib.sha512(p.read_bytes()).hexdigest() for n, p in bag.payload.items()}
    assert found == state
    assert bag.info["External-Identifier"] == WORK
    assert work_in(bag) == preserved.load(objects, WORK)


def test_bagit_calls_it_valid(objects, tmp_path):
    # bagit 1.9 does not know RFC 8493's escape of "%".
    objects.update(
        preserved.object_id(WORK), {}, removed=["masters/100%.tif"], message="m", user="x"
    )
    bagit.Bag(str(write_bag(objects, WORK, tmp_path / "bag"))).validate()


def test_a_bag_of_another_tool_is_read(tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "頁 1.tif").write_bytes(b"1")
    (folder / "50%25 off.tif").write_bytes(b"2")
    (folder / "9% off.tif").write_bytes(b"3")
    bagit.make_bag(str(folder), {"Contact-Name": "典藏組"}, checksums=["md5", "sha256"])
    bag = read_bag(folder)
    assert bag.problems == ()
    assert set(bag.payload) == {"頁 1.tif", "50%25 off.tif", "9% off.tif"}
    assert bag.info["Contact-Name"] == "典藏組"
    assert work_in(bag) is None


def test_no_bag_without_the_work_and_none_over_another(objects, folder, tmp_path):
    with pytest.raises(NotFoundError):
        write_bag(objects, "nothing", tmp_path / "none")
    with pytest.raises(FileExistsError):
        write_bag(objects, WORK, folder)
    assert not (tmp_path / "none").exists()


def test_a_damaged_master_stops_the_export_and_leaves_nothing(objects, tmp_path):
    (master,) = (tmp_path / "ocfl").rglob("頁 1.tif")
    master.write_bytes(b"damaged")
    with pytest.raises(DamagedObjectError):
        write_bag(objects, WORK, tmp_path / "bag")
    assert {p.name for p in tmp_path.iterdir()} == {"ocfl"}


def test_a_changed_file_is_named(folder):
    target = folder / "data/masters/頁 1.tif"
    content = bytearray(target.read_bytes())
    content[1000] ^= 1
    target.write_bytes(bytes(content))
    assert named(folder) == {("bag-digest-wrong", "data/masters/頁 1.tif")}
    assert not read_bag(folder).is_valid


def test_missing_and_extra_files_are_named(folder):
    (folder / "data/masters/頁 1.tif").rename(folder / "data/masters/other.tif")
    assert named(folder) == {
        ("bag-file-missing", "data/masters/頁 1.tif"),
        ("bag-file-extra", "data/masters/other.tif"),
    }
    (folder / "data/masters/other.tif").unlink()
    assert "bag-oxum-wrong" in codes(folder)


def test_a_changed_tag_file_is_named(folder):
    with (folder / "bag-info.txt").open("a") as info:
        info.write("Contact-Name: x\n")
    assert named(folder) == {("bag-digest-wrong", "bag-info.txt")}


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "/etc/passwd", "data/../../x", "data//x", "bag-info.txt", "~/x"]
)
def test_a_path_that_leads_out_is_refused_and_never_read(folder, path):
    digest = hashlib.sha512(b"").hexdigest()
    with (folder / "manifest-sha512.txt").open("a") as manifest:
        manifest.write(f"{digest}  {path}\n")
    assert ("bag-path-hostile", "manifest-sha512.txt") in named(folder)


def test_a_link_is_refused(folder, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    master = folder / "data/masters/頁 1.tif"
    master.unlink()
    master.symlink_to(tmp_path / "secret")
    assert {"link-outside", "bag-file-missing"} <= codes(folder)
    assert "masters/頁 1.tif" not in read_bag(folder).payload


def test_what_is_to_be_fetched_is_not_fetched(folder):
    (folder / "fetch.txt").write_text("http://127.0.0.1:9/x 1 data/x\n")
    assert codes(folder) == {"bag-to-be-fetched"}


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bagit.txt", b"hello", "bag-undeclared"),
        ("bagit.txt", b"BagIt-Version: 7.0\nTag-File-Character-Encoding: UTF-8\n",
         "bag-undeclared"),
        ("bagit.txt", b"BagIt-Version: 1.0\nTag-File-Character-Encoding: klingon\n",
         "bag-tag-unreadable"),
        ("manifest-sha512.txt", b"hello\n", "bag-line-unreadable"),
        ("manifest-sha512.txt", b"\xff\xfe", "bag-tag-unreadable"),
        ("manifest-crc32.txt", b"", "bag-algorithm-unknown"),
    ],
)  # fmt: skip
def test_damaged_tag_files_are_named(folder, name, content, code):
    (folder / name).write_bytes(content)
    assert code in codes(folder)


def test_a_bag_without_manifest_is_refused(folder):
    (folder / "manifest-sha512.txt").unlink()
    assert "bag-without-manifest" in codes(folder)


def test_big5_tag_files_are_read(folder):
    (folder / "bagit.txt").write_text(
        "BagIt-Version: 0.97\nTag-File-Character-Encoding: Big5\n", "ascii"
    )
    manifest = folder / "manifest-sha512.txt"
    manifest.write_bytes(manifest.read_text("utf-8").encode("big5"))
    (folder / "tagmanifest-sha512.txt").unlink()
    assert codes(folder) == set()


TAG_FILES = ["bagit.txt", "bag-info.txt", "manifest-sha512.txt"]


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=60), st.sampled_from(["bagit.txt", "bag-info.txt", "manifest-sha512.txt"])
)
def test_no_tag_file_raises(folder, content, name):
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(content)
    try:
        read_bag(folder)
    finally:
        (folder / name).write_bytes(before)
