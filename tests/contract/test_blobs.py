"""What every BlobStore promises: on files and on S3."""

import hashlib
import os
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.blobs import checked_key
from storage.errors import BadPathError, StorageBusyError, StorageError
from storage.files import FileStore
from storage.open import open_store
from storage.s3 import S3Store

HERE = Path(__file__).parents[2]


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
    big.write_bytes(os.urandom(20_000_000))
    store.put("masters/高雄 港.tif", b"x" * 10)
    assert store.put("masters/big", big) == hashlib.sha512(big.read_bytes()).hexdigest()
    assert store.get("masters/高雄 港.tif") == b"x" * 10
    assert b"".join(store.chunks("masters/big")) == big.read_bytes()
    assert store.size("masters/big") == 20_000_000
    with store.local("masters/big") as path:
        assert path.read_bytes() == big.read_bytes()


def test_many_are_put_at_once(store, tmp_path):
    (tmp_path / "one").write_bytes(b"1")
    blobs = {"a/b/1": tmp_path / "one", "a/2": b"22", "空": b""}
    digests = store.put_all(blobs)
    assert {key: store.get(key) for key in blobs} == {"a/b/1": b"1", "a/2": b"22", "空": b""}
    assert digests == {key: hashlib.sha512(store.get(key)).hexdigest() for key in blobs}
    assert store.put_all({}) == {}


def test_a_source_that_cannot_be_read_is_an_os_error_and_leaves_nothing(store, tmp_path):
    with pytest.raises(FileNotFoundError):
        store.put("a", tmp_path / "missing")
    assert store.size("a") is None


def test_a_put_replaces_the_whole_blob(store):
    store.put("a", b"long content")
    store.put("a", b"x")
    assert store.get("a") == b"x"


def test_what_is_absent_is_a_key_error(store):
    store.put("folder/blob", b"")
    for key in ("nothing", "folder", "folder/blob/below"):
        assert store.size(key) is None
        for read in (
            lambda key=key: store.get(key),
            lambda key=key: list(store.chunks(key)),
            lambda key=key: store.local(key).__enter__(),
        ):
            with pytest.raises(KeyError):
                read()


def test_listing(store):
    for key in ("a/1/x", "a/1/y", "a/2/x", "a/x", "ab/x", "b"):
        store.put(key, b"")
    assert sorted(store.keys("a/")) == ["a/1/x", "a/1/y", "a/2/x", "a/x"]
    assert sorted(store.folders("a/")) == ["1", "2"]
    assert list(store.keys("nothing/")) == list(store.folders("nothing/")) == []
    assert {"a", "ab"} <= set(store.folders(""))


def test_a_folder_moves_whole(store):
    for n in range(3):
        store.put(f"staging/v1/content/{n}", str(n).encode())
    store.put("staging/v1/inventory", b"")
    store.move_folder("staging/v1", "object/v1")
    moved = {f"object/v1/content/{n}" for n in range(3)} | {"object/v1/inventory"}
    assert set(store.keys("object/")) == moved
    assert list(store.keys("staging/")) == []


def test_a_folder_moves_nowhere_that_is_taken(store):
    store.put("a/x", b"1")
    store.put("b/y", b"2")
    with pytest.raises(FileExistsError):
        store.move_folder("a", "b")
    assert store.get("a/x") == b"1"
    assert store.get("b/y") == b"2"


def test_deleting_twice_is_nothing(store):
    store.put("a/b", b"")
    store.put("a/c/d", b"")
    store.delete(["a/b", "a/b", "never/there"])
    assert list(store.keys("a/")) == ["a/c/d"]
    store.delete_folder("a/c/")
    store.delete_folder("a/c/")
    assert list(store.keys("")) == []
    assert "a" not in set(store.folders(""))


def test_a_lock_is_held_by_one_at_a_time(uri):
    inside, most = [], []

    def work():
        with open_store(uri).lock("object", 30) as held:
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            held()
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 4


def test_who_waits_too_long_is_told(store, uri):
    with store.lock("object", 0), pytest.raises(StorageBusyError):
        open_store(uri).lock("object", 0.1).__enter__()
    with open_store(uri).lock("object", 0):
        pass


HOLDER = """
import sys, time
from pathlib import Path
from storage.files import FileStore
from storage.s3 import S3Store
kind, address = sys.argv[1:]
store = FileStore(Path(address)) if kind == "file" else S3Store(address, lease=3.0)
with store.lock("object", 0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_dead_holder_lets_go(uri, tmp_path):
    kind, _, rest = uri.partition(":")
    address = rest if kind == "file" else uri
    command = [sys.executable, "-c", HOLDER, kind, address]
    holder = subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    store = FileStore(Path(address)) if kind == "file" else S3Store(address, lease=3.0)
    with pytest.raises(StorageBusyError):
        store.lock("object", 0.1).__enter__()
    holder.kill()
    holder.communicate()
    with store.lock("object", 20):
        pass


def test_a_lease_that_ran_out_is_noticed_and_renewal_keeps_it(s3_uri):
    with S3Store(s3_uri, lease=1.5).lock("object", 0) as held:
        time.sleep(2.0)
        held()
        open_store(s3_uri).delete(["extensions/takao-staging/locks/object"])
        time.sleep(1.2)
        with pytest.raises(StorageBusyError):
            held()


@given(st.text(max_size=12))
def test_no_key_leads_out_of_the_store(key):
    try:
        checked_key(key)
    except BadPathError:
        return
    assert not {"", ".", ".."} & set(key.split("/"))


NAMES = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/"), min_size=1, max_size=6
).filter(lambda name: name not in {".", ".."})
STRANGE = ["%2e%2e", "a b", "a+b", "a%20b", "?*", "#", "[x]", "~", "\\", "臺", "𠮷", "{}", "é"]


@settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(STRANGE) | NAMES)
def test_every_valid_name_is_kept_as_it_is(store, name):
    name = unicodedata.normalize("NFC", name)
    store.put(f"n/{name}/{name}", name.encode())
    assert store.get(f"n/{name}/{name}") == name.encode()
    assert list(store.folders("n/")) == [name]
    assert list(store.keys("n/")) == [f"n/{name}/{name}"]
    store.move_folder(f"n/{name}", f"m/{name}")
    assert list(store.keys("m/")) == [f"m/{name}/{name}"]
    store.delete([f"m/{name}/{name}"])
    assert list(store.keys("m/")) == []


@pytest.mark.parametrize(
    "key", ["../x", "a/../b", "/etc/passwd", "a//b", "", "a/.", "e\u0301", "a\n", "a/" + "長" * 90]
)
def test_hostile_keys_are_refused(store, key):
    with pytest.raises(BadPathError):
        store.put(key, b"")
    with pytest.raises(BadPathError):
        store.get(key)


def test_a_link_in_a_file_store_is_not_followed(tmp_path):
    store = FileStore(tmp_path / "blobs")
    store.put("a/b", b"")
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "blobs/a/link").symlink_to(tmp_path / "secret")
    assert set(store.keys("a/")) == {"a/b", "a/link"}
    with pytest.raises(StorageError):
        store.get("a/link")
    store.delete(["a/link"])
    assert (tmp_path / "secret").read_bytes() == b"secret"


def test_parts_of_a_write_that_was_killed_long_ago_are_swept(tmp_path):
    store = FileStore(tmp_path)
    store.put("a", b"")
    old, new = (tmp_path / "extensions/takao-staging/parts" / name for name in ("old", "new"))
    for part in (old, new):
        part.write_bytes(b"x")
    os.utime(old, (0, 0))
    store.put("b", b"")
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize(
    "uri", ["ftp://x", "nothing", "file:", "s3:///no-bucket", "s3://bucket/x?colour=red"]
)
def test_an_address_of_another_kind_is_named(uri):
    with pytest.raises(StorageError):
        open_store(uri)


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(StorageError, match="a"):
        S3Store("s3://bucket?endpoint=http://127.0.0.1:9").get("a")
