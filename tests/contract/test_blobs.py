"""What every BlobStore promises: on files and on S3."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.blobs import checked_key
from storage.errors import BadPathError, StorageError
from storage.open import open_store


@pytest.fixture(params=["file", "s3"])
def uri(request, tmp_path):
    if request.param == "file":
        return f"file:{tmp_path}/blobs"
    return request.getfixturevalue("s3_uri")


@pytest.fixture
def store(uri):
    return open_store(uri)


def test_what_was_put_comes_back(store, tmp_path):
    big = tmp_path / "big"
    big.write_bytes(os.urandom(3_000_000))
    store.put("masters/高雄 港.tif", b"x" * 10)
    store.put("masters/big", big)
    assert store.get("masters/高雄 港.tif") == b"x" * 10
    assert b"".join(store.chunks("masters/big")) == big.read_bytes()
    assert store.size("masters/big") == 3_000_000
    with store.local("masters/big") as path:
        assert path.read_bytes() == big.read_bytes()


def test_a_put_replaces_the_whole_blob(store):
    store.put("a", b"long content")
    store.put("a", b"x")
    assert store.get("a") == b"x"


def test_ranges_stop_at_the_end(store):
    store.put("a", b"0123456789")
    assert store.get_range("a", 2, 3) == b"234"
    assert store.get_range("a", 8, 100) == b"89"
    assert store.get_range("a", 20, 1) == b""


def test_what_is_absent_is_a_key_error(store):
    assert store.size("nothing") is None
    for read in (
        lambda: store.get("nothing"),
        lambda: store.get_range("nothing", 0, 1),
        lambda: list(store.chunks("nothing")),
        lambda: store.local("nothing").__enter__(),
    ):
        with pytest.raises(KeyError):
            read()


def test_listing(store):
    for key in ("a/1/x", "a/1/y", "a/2/x", "b"):
        store.put(key, b"")
    assert sorted(store.keys("a/")) == ["a/1/x", "a/1/y", "a/2/x"]
    assert sorted(store.folders("a/")) == ["1", "2"]
    assert list(store.keys("nothing/")) == list(store.folders("nothing/")) == []


def test_a_folder_moves_whole(store):
    for n in range(3):
        store.put(f"staging/v1/content/{n}", str(n).encode())
    store.move_folder("staging/v1", "object/v1")
    assert sorted(store.keys("object/")) == [f"object/v1/content/{n}" for n in range(3)]
    assert list(store.keys("staging/")) == []


def test_deleting_twice_is_nothing(store):
    store.put("a/b", b"")
    store.put("a/c/d", b"")
    store.delete(["a/b", "a/b"])
    store.delete_folder("a/c")
    store.delete_folder("a/c")
    assert list(store.keys("")) == []


def test_a_lock_is_held_by_one_at_a_time(uri):
    inside, most = [], []

    def work():
        with open_store(uri).lock("object", 30):
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4


@given(st.text(max_size=12))
def test_no_key_leads_out_of_the_store(key):
    try:
        checked_key(key)
    except BadPathError:
        return
    assert not {"", ".", ".."} & set(key.split("/"))


@pytest.mark.parametrize("key", ["../x", "a/../b", "/etc/passwd", "a//b", "", "a/.", "e\u0301"])
def test_hostile_keys_are_refused(store, key):
    with pytest.raises(BadPathError):
        store.put(key, b"")


@pytest.mark.parametrize("uri", ["ftp://x", "nothing", "s3:///no-bucket"])
def test_an_address_of_another_kind_is_named(uri):
    with pytest.raises(StorageError):
        open_store(uri)
