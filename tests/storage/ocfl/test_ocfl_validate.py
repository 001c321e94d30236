"""Damage is named exactly: the file, by the code of the rule that it breaks."""

import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocfl.validator import Validator

from storage.errors import DamagedObjectError
from storage.ocfl.check import check_inventory
from storage.ocfl.inventory import inventory_of, load_document
from storage.ocfl.layout import HashedTuples
from storage.ocfl.store import ObjectStore
from storage.open import open_store

FOLDER = HashedTuples().path("takao:a")


@pytest.fixture
def store(tmp_path):
    store = ObjectStore(open_store(f"file:{tmp_path}"))
    store.prepare()
    files = {f"masters/第{n}頁.tif": os.urandom(4000) for n in range(6)}
    store.update("takao:a", files, message="m", user="x")
    store.update("takao:a", {"record.json": b"{}"}, message="m", user="x")
    return store


def flip(path: Path, at: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    at = random.Random(str(path)).randrange(len(content)) if at is None else at
    content[at] ^= 1
    path.write_bytes(bytes(content))


def found(store) -> set[tuple[str, str]]:
    return {(f.code, f.path) for f in store.validate("takao:a") if f.severity == "error"}


def test_an_object_that_we_write_has_no_finding(store):
    assert store.validate("takao:a") == []


def test_one_flipped_bit_of_a_master_names_that_file(store, tmp_path):
    flip(tmp_path / FOLDER / "v1/content/masters/第3頁.tif")
    assert found(store) == {("E092", "v1/content/masters/第3頁.tif")}
    with pytest.raises(DamagedObjectError) as told:
        store.read("takao:a", "masters/第3頁.tif")
    assert told.value.path == f"{FOLDER}/v1/content/masters/第3頁.tif"
    with pytest.raises(DamagedObjectError):
        b"".join(store.chunks("takao:a", "masters/第3頁.tif"))
    assert store.read("takao:a", "masters/第4頁.tif")


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        ("inventory.json.sha512", {("E060", "inventory.json")}),
        ("v2/inventory.json.sha512", {("E060", "v2/inventory.json")}),
        ("v1/inventory.json.sha512", {("E060", "v1/inventory.json")}),
        ("0=ocfl_object_1.1", {("E007", "0=ocfl_object_1.1")}),
    ],
)
def test_one_flipped_bit_beside_the_content(store, tmp_path, file, codes):
    content = (tmp_path / FOLDER / file).read_bytes()
    flip(tmp_path / FOLDER / file, next(at for at, byte in enumerate(content) if byte in b"012345"))
    assert codes <= found(store)
    assert {path for _, path in found(store)} == {path for _, path in codes}


def test_a_damaged_root_inventory_is_not_believed(store, tmp_path):
    flip(tmp_path / FOLDER / "inventory.json")
    assert found(store)
    with pytest.raises(DamagedObjectError):
        store.version("takao:a")
    with pytest.raises(DamagedObjectError):
        store.update("takao:a", {"x": b""}, message="m", user="x")


def test_lost_and_foreign_files_are_named(store, tmp_path):
    root = tmp_path / FOLDER
    (root / "v1/content/masters/第1頁.tif").unlink()
    (root / "v1/content/masters/stray").write_bytes(b"")
    (root / "v1/stray").write_bytes(b"")
    (root / "stray").write_bytes(b"")
    (root / "v9").mkdir()
    (root / "v1/content/empty").mkdir()
    assert found(store) == {
        ("E092", "v1/content/masters/第1頁.tif"),
        ("E023", "v1/content/masters/stray"),
        ("E015", "v1/stray"),
        ("E001", "stray"),
        ("E046", "v9"),
        ("E024", "v1/content/empty"),
    }


def test_a_link_is_no_content(store, tmp_path):
    master = tmp_path / FOLDER / "v1/content/masters/第1頁.tif"
    content = master.read_bytes()
    master.unlink()
    (tmp_path / "elsewhere").write_bytes(content)
    master.symlink_to(tmp_path / "elsewhere")
    assert found(store) == {("E092", "v1/content/masters/第1頁.tif")}


def test_reading_can_be_chosen_and_paced(store, tmp_path):
    flip(tmp_path / FOLDER / "v1/content/masters/第3頁.tif")
    assert store.validate("takao:a", wanted=lambda path: "第3頁" not in path) == []
    read: list[int] = []
    store.validate("takao:a", pace=read.append)
    assert sum(read) == 6 * 4000 + 2


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    ),
    st.sampled_from(
        ["id", "type", "head", "manifest", "versions", "fixity", "contentDirectory",
         "digestAlgorithm", "versions/v1", "versions/v1/state", "versions/v1/user"]
    ),
)  # fmt: skip
def test_a_hostile_inventory_gives_findings_and_never_an_exception(value, place):
    document = {
        "id": "takao:a",
        "type": "https://ocfl.io/1.1/spec/#inventory",
        "digestAlgorithm": "sha512",
        "head": "v1",
        "manifest": {},
        "versions": {
            "v1": {
                "created": "2026-11-24T00:00:00Z",
                "message": "m",
                "user": {"name": "x", "address": "a:b"},
                "state": {},
            }
        },
    }
    block, *parts = document, *place.split("/")
    for part in parts[:-1]:
        block = block[part]
    block[parts[-1]] = value
    findings = list(check_inventory(document, "inventory.json"))
    if not any(f.severity == "error" for f in findings):
        assert inventory_of(document, "1.1").head.number == 1


@pytest.mark.parametrize("raw", [b"", b"{", b"[" * 100_000, b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_not_json_is_a_value_error(raw):
    with pytest.raises(ValueError, match=r"."):
        load_document(raw)


def test_ocfl_py_agrees_on_damage(store, tmp_path):
    assert Validator().validate_object(str(tmp_path / FOLDER))
    flip(tmp_path / FOLDER / "v1/content/masters/第0頁.tif")
    assert not Validator().validate_object(str(tmp_path / FOLDER))
