"""ZIP submissions: what comes out, and that nothing gets out."""

import io
import os
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pytest
import small_disk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.intake.archive import ArchiveLimits, unpack


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "submission.zip"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "inner" / "out"


def make(archive: Path, entries, **options) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, **options) as out:
        for name, content in entries:
            out.writestr(name, content)


def make_raw(archive: Path, entries: list[tuple[bytes, bytes]], flags=0, **fields) -> None:
    """Write a ZIP as an old tool does: names are the bytes given, without the UTF-8 flag."""
    body, directory = io.BytesIO(), io.BytesIO()
    for name, content in entries:
        at = body.tell()
        crc = fields.get("crc", zlib.crc32(content))
        stated = fields.get("stated", len(content))
        common = struct.pack(
            "<HHHHHIIIHH", 20, flags, fields.get("method", 0), 0, 33, crc, len(content), stated,
            len(name), 0,
        )  # fmt: skip
        body.write(b"PK\x03\x04" + common + name + content)
        attributes = fields.get("attributes", 0)
        directory.write(
            b"PK\x01\x02" + struct.pack("<H", 0x31E) + common
            + struct.pack("<HHHII", 0, 0, 0, attributes, at) + name
        )  # fmt: skip
    start, length = body.tell(), directory.tell()
    end = b"PK\x05\x06" + struct.pack(
        "<HHHHIIH", 0, 0, len(entries), len(entries), length, start, 0
    )
    archive.write_bytes(body.getvalue() + directory.getvalue() + end)


def codes(unpacked) -> list[str]:
    return [p.code for p in unpacked.problems]


def everything(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()}


def test_all_files_come_out_as_they_were(archive, folder):
    files = {"頁 1.tif": os.urandom(2_500_000), "卷一/頁 2.tif": b"", "a/b/c.txt": b"x" * 99}
    make(archive, [("卷一/", b""), *files.items()])
    found = unpack(archive, folder)
    assert found.problems == ()
    assert set(found.files) == set(files) == everything(folder)
    assert all((folder / name).read_bytes() == content for name, content in files.items())


def test_names_of_older_windows_are_big5(archive, folder):
    make_raw(archive, [("鳳山縣志/頁一.tif".encode("cp950"), b"1"), (b"plain.tif", b"2")])
    found = unpack(archive, folder)
    assert set(found.files) == {"鳳山縣志/頁一.tif", "plain.tif"} == everything(folder)
    assert codes(found) == ["archive-names-big5"]


def test_names_of_a_mac_are_utf8_without_the_flag_and_composed(archive, folder):
    make_raw(archive, [(unicodedata.normalize("NFD", "が é.tif").encode(), b"1")])
    found = unpack(archive, folder)
    assert found.files == ("が é.tif",)
    assert found.problems == ()


def test_names_in_no_known_encoding_are_reported(archive, folder):
    make_raw(archive, [(b"\xff\xfe\x81.tif", b"1"), (b"good.tif", b"2")])
    found = unpack(archive, folder)
    assert found.files == ("good.tif",)
    assert codes(found) == ["archive-name-hostile"]


HOSTILE = [
    b"../out.tif", b"a/../../out.tif", b"/etc/out.tif", b"C:/out.tif", b"C:\\out.tif",
    b"..\\out.tif", b"\\\\server\\share\\out.tif", b"a/./b.tif", b"a//b.tif", b"", b".", b"..",
    b"a\x00.tif", b"a\n.tif", b"x" * 300, b"d/" * 600 + b"x",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_in(archive, folder, name, tmp_path):
    make_raw(archive, [(name, b"evil"), (b"good.tif", b"2")])
    found = unpack(archive, folder)
    assert found.files == ("good.tif",)
    assert codes(found) == ["archive-name-hostile"]
    assert everything(tmp_path) == {"submission.zip", "inner/out/good.tif"}


def test_backslashes_of_windows_divide_folders(archive, folder):
    make_raw(archive, [(b"sub\\1.tif", b"1")])
    assert unpack(archive, folder).files == ("sub/1.tif",)


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("\u00e9", "e\u0301"), ("a/b", "a\\b")]
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_reported_and_the_first_kept(archive, folder, names):
    make(archive, [(names[0], b"first"), (names[1], b"second")])
    found = unpack(archive, folder)
    assert codes(found) == ["archive-name-twice"]
    assert [(folder / name).read_bytes() for name in found.files] == [b"first"]


def test_links_are_not_made(archive, folder):
    link = zipfile.ZipInfo("link.tif")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    make(archive, [(link, "/etc/passwd"), ("good.tif", b"1")])
    found = unpack(archive, folder)
    assert codes(found) == ["archive-link"]
    assert everything(folder) == {"good.tif"}


def test_encrypted_entries_are_counted_in_one_problem(archive, folder):
    make_raw(archive, [(b"1.tif", b"x" * 12), (b"2.tif", b"x" * 12)], flags=1)
    found = unpack(archive, folder)
    assert codes(found) == ["archive-encrypted"]
    assert "2" in found.problems[0].message["en"]
    assert found.files == ()


def test_a_bomb_gives_nothing(archive, folder):
    make(archive, [("zeros.tif", b"\0" * 20_000_000)])
    limits = ArchiveLimits(small=1 << 20)
    found = unpack(archive, folder, limits)
    assert codes(found) == ["archive-bomb"]
    assert not folder.exists()
    assert unpack(archive, folder).problems == ()


def test_too_many_entries_give_nothing(archive, folder):
    make(archive, [(f"{n}.tif", b"") for n in range(11)])
    assert codes(unpack(archive, folder, ArchiveLimits(entries=10))) == ["archive-bomb"]


def test_entries_that_share_their_bytes_are_a_bomb(archive, folder):
    make(archive, [("a.tif", b"x" * 5000), ("b.tif", b"y" * 5000)])
    raw = bytearray(archive.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = struct.pack("<I", 0)
    archive.write_bytes(bytes(raw))
    assert codes(unpack(archive, folder)) == ["archive-bomb"]


@pytest.mark.parametrize(
    ("fields", "stated"),
    [({"crc": 1}, b"x" * 50), ({"stated": 5}, b"x" * 50), ({"stated": 500}, b"x" * 50),
     ({"method": 99}, b"x" * 50), ({"method": 8}, b"\xff" * 50), ({"method": 12}, b"\xff" * 50),
     ({"method": 14}, b"\xff" * 50)],
)  # fmt: skip
def test_a_damaged_entry_leaves_no_part_of_it(archive, folder, fields, stated):
    make_raw(archive, [(b"bad.tif", stated)], **fields)
    found = unpack(archive, folder)
    assert codes(found) == ["archive-entry-damaged"]
    assert found.problems[0].where == f"{archive}/bad.tif"
    assert everything(folder) == set()


def test_a_truncated_zip_is_unreadable(archive, folder):
    make(archive, [("a.tif", os.urandom(9000))])
    archive.write_bytes(archive.read_bytes()[:-40])
    assert codes(unpack(archive, folder)) == ["archive-unreadable"]


@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_damage_raises_and_nothing_gets_out(tmp_path_factory, data):
    root = tmp_path_factory.mktemp("zip")
    make(root / "x.zip", [("卷/頁.tif", b"abc" * 40), ("2.tif", b"")])
    raw = bytearray((root / "x.zip").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    (root / "x.zip").write_bytes(bytes(raw))
    found = unpack(root / "x.zip", root / "out")
    assert found.files or found.problems
    assert everything(root) == {"x.zip"} | {f"out/{name}" for name in found.files}


FULL = """
import sys
from pathlib import Path
from ingest.intake.archive import unpack
from storage.errors import StorageFullError
try:
    unpack(Path(sys.argv[2]), Path(sys.argv[1], "out"))
except StorageFullError:
    print("full")
"""


def test_a_full_disk_is_named(archive, tmp_path):
    make(archive, [("a.tif", os.urandom(3_000_000))])
    assert small_disk.run_in(tmp_path / "disk", "size=1m", FULL, str(archive)) == "full\n"
