"""OCFL objects: versions, deduplication, and a crash at any moment (specification 1.1)."""

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocfl.validator import Validator

from storage.errors import BadPathError, StorageFullError, naming_full_disks
from storage.ocfl import ObjectStore
from storage.ocfl_inventory import logical_path
from storage.ocfl_layout import object_root
from storage.open import open_store


def opened(root: Path) -> ObjectStore:
    store = ObjectStore(open_store(f"file:{root}"))
    store.prepare()
    return store


def is_valid(root: Path, object_id: str) -> bool:
    return Validator().validate_object(str(root / object_root(object_id)))


@pytest.fixture
def root(tmp_path):
    return tmp_path / "ocfl"


def test_versions_keep_what_was(root):
    store = opened(root)
    store.update("takao:a", {"masters/高雄.tif": b"1", "r": b"2"}, message="one", user="x")
    store.update("takao:a", {"r": b"3"}, message="two", user="x")
    store.update("takao:a", {}, removed=["r"], message="three", user="x")
    assert [v.message for v in store.history("takao:a")] == ["one", "two", "three"]
    assert store.read("takao:a", "r", version=1) == b"2"
    assert store.read("takao:a", "masters/高雄.tif") == b"1"
    with pytest.raises(KeyError):
        store.read("takao:a", "r")
    assert is_valid(root, "takao:a")


def test_the_same_state_makes_no_version(root):
    store = opened(root)
    first = store.update("takao:a", {"r": b"2"}, message="one", user="x")
    assert store.update("takao:a", {"r": b"2"}, message="again", user="x") == first


def test_the_same_content_is_kept_once(root):
    store = opened(root)
    store.update("takao:a", {"a": b"same", "b": b"same"}, message="m", user="x")
    store.update("takao:a", {"c": b"same"}, message="m", user="x")
    assert len([p for p in root.rglob("content/*") if p.is_file()]) == 1
    assert is_valid(root, "takao:a")


def test_names_in_chinese_stay_and_long_ones_are_kept_too(root):
    store = opened(root)
    names = ["masters/鳳山縣采訪冊 卷一.tif", "masters/" + "長" * 120 + ".tif"]
    store.update("takao:a", {n: n.encode() for n in names}, message="m", user="x")
    assert sorted(store.version("takao:a").state) == sorted(names)
    assert all(store.read("takao:a", n) == n.encode() for n in names)
    assert is_valid(root, "takao:a")


def test_every_object_is_found_by_its_id(root):
    store = opened(root)
    made = {f"takao:{n}" for n in range(20)}
    for object_id in made:
        store.update(object_id, {"r": object_id.encode()}, message="m", user="x")
    assert set(store.objects()) == made
    assert store.version("takao:none") is None


@given(st.text(max_size=20))
def test_a_logical_path_never_leads_out(path):
    try:
        checked = logical_path(path)
    except BadPathError:
        return
    assert not {"", ".", ".."} & set(checked.split("/"))
    assert logical_path(checked) == checked


@pytest.mark.parametrize("path", ["../a", "/a", "a/../../b", "a/", "", "a\0b", "a\nb"])
def test_hostile_paths_leave_the_object_as_it_was(root, path):
    store = opened(root)
    with pytest.raises(BadPathError):
        store.update("takao:a", {path: b""}, message="m", user="x")
    assert store.version("takao:a") is None


def _write_again_and_again(root: str, begun) -> None:
    store = opened(Path(root))
    begun.set()
    number = 0
    while True:
        number += 1
        files = {f"f{i}": f"{number} {i}".encode() * 50 for i in range(12)}
        store.update("takao:a", files, message=str(number), user="x")


@pytest.mark.slow
def test_a_killed_write_leaves_a_valid_object_and_a_retry_succeeds(root):
    context = multiprocessing.get_context("spawn")
    chance = random.Random(3)
    for _ in range(20):
        begun = context.Event()
        writer = context.Process(target=_write_again_and_again, args=(str(root), begun))
        writer.start()
        begun.wait(20)
        time.sleep(chance.uniform(0.0, 0.06))
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        store = opened(root)
        before = store.version("takao:a")
        store.update("takao:a", {"after": os.urandom(8)}, message="retry", user="x")
        assert is_valid(root, "takao:a")
        after = store.version("takao:a")
        if before is not None:
            assert after.number == before.number + 1
            assert {p: d for p, d in after.state.items() if p != "after"} == {
                p: d for p, d in before.state.items() if p != "after"
            }


@pytest.mark.parametrize("place", ["before the inventory", "before the sidecar"])
def test_recovery_at_the_two_narrow_places(root, place):
    store = opened(root)
    store.update("takao:a", {"r": b"1"}, message="one", user="x")
    folder = root / object_root("takao:a")
    old = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    store.update("takao:a", {"r": b"2"}, message="two", user="x")
    sidecar = folder / "inventory.json.sha512"
    sidecar.write_bytes(old[sidecar.name])
    if place == "before the inventory":
        (folder / "inventory.json").write_bytes(old["inventory.json"])
    assert not is_valid(root, "takao:a")
    version = opened(root).update("takao:a", {"r": b"3"}, message="three", user="x")
    assert version.number == (2 if place == "before the inventory" else 3)
    assert is_valid(root, "takao:a")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_named():
    with (
        Path("/dev/full").open("wb", buffering=0) as out,
        pytest.raises(StorageFullError),
        naming_full_disks(),
    ):
        out.write(b"x")
