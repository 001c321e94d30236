"""A crash at any moment: no version is lost, none is half there, and a retry succeeds."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import small_disk
from ocfl.validator import Validator

from storage.errors import DamagedObjectError, StorageBusyError
from storage.files import FileStore
from storage.ocfl.store import ObjectStore
from storage.open import open_store
from storage.s3 import S3Store

HERE = Path(__file__).parents[3]
OLD = {"masters/一": b"1" * 9, "record.json": b"old"}
NEW = {"masters/二": b"2" * 9, "record.json": b"new"}


class Died(BaseException):
    """The power went out."""


class Mortal:
    """A real store whose power goes out before its ``left``-th write; nothing works after that."""

    left = 10**9

    def _tick(self):
        self.left -= 1
        if self.left <= 0:
            raise Died

    def put(self, key, source):
        self._tick()
        return super().put(key, source)

    def put_all(self, blobs):
        if self.left > 1 and len(blobs) > 1:
            first = dict(list(blobs.items())[: len(blobs) // 2])
            super().put_all(first)
        self._tick()
        return super().put_all(blobs)

    def move_folder(self, source, target):
        self._tick()
        super().move_folder(source, target)

    def delete(self, keys):
        self._tick()
        super().delete(keys)

    def delete_folder(self, prefix):
        self._tick()
        super().delete_folder(prefix)

    def get(self, key):
        if self.left <= 0:
            raise Died
        return super().get(key)


class MortalFiles(Mortal, FileStore):
    pass


class MortalBucket(Mortal, S3Store):
    def _copy(self, key, target, size):
        self._tick()
        super()._copy(key, target, size)


@pytest.fixture(params=["file", "s3"])
def place(request, tmp_path):
    if request.param == "file":
        return MortalFiles, tmp_path / "ocfl", f"file:{tmp_path}/ocfl"
    uri = request.getfixturevalue("s3_uri")
    return MortalBucket, uri, uri


@pytest.mark.parametrize("work", ["create", "update"])
def test_power_loss_before_each_single_write(place, work):
    kind, address, uri = place
    calm = ObjectStore(open_store(uri))
    calm.prepare()
    died = 0
    for moment in range(1, 40):
        object_id = f"takao:{work}{moment}"
        before = None
        if work == "update":
            before = calm.update(object_id, OLD, message="old", user="x")
        blobs = kind(address)
        blobs.left = moment
        try:
            ObjectStore(blobs).update(object_id, NEW, message="new", user="x")
        except Died:
            died += 1
        else:
            break
        found = calm.version(object_id)
        assert found == before or found.message == "new"
        if found:
            assert calm.validate(object_id) == []
        retried = calm.update(object_id, NEW, message="new", user="x")
        assert retried.number == (1 if before is None else 2)
        assert calm.validate(object_id) == []
        for path, content in (NEW | ({} if before is None else {"masters/一": b"1" * 9})).items():
            assert calm.read(object_id, path) == content
    assert died >= 5
    assert list(calm.blobs.keys("extensions/takao-staging/")) == []


def test_a_version_folder_that_nothing_names_is_set_aside_and_not_deleted(tmp_path):
    store = ObjectStore(open_store(f"file:{tmp_path}"))
    store.prepare()
    store.update("takao:a", OLD, message="old", user="x")
    root = store.root_of("takao:a")
    (tmp_path / root / "v2/content").mkdir(parents=True)
    (tmp_path / root / "v2/content/stranger").write_bytes(b"?")
    assert {f.code for f in store.validate("takao:a")} >= {"E046"}
    assert store.update("takao:a", NEW, message="new", user="x").number == 2
    assert store.validate("takao:a") == []
    (kept,) = tmp_path.glob("extensions/takao-staging/set-aside/*/content/stranger")
    assert kept.read_bytes() == b"?"


WRITER = """
import sys
from storage.ocfl.store import ObjectStore
from storage.open import open_store
store = ObjectStore(open_store(sys.argv[1]))
print("begun", flush=True)
for number in range(int(sys.argv[2]), 10**9):
    files = {f"masters/{n}": f"{number} {n}".encode() * 50 for n in range(8)}
    version = store.update("takao:a", files, message=str(number), user="x")
    print(version.number, flush=True)
"""


def writer(root: Path, number: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, f"file:{root}", str(number)]
    return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_kill_9_at_random_points(tmp_path):
    root = tmp_path / "ocfl"
    store = ObjectStore(open_store(f"file:{root}"))
    store.prepare()
    folder = root / store._layout.path("takao:a")
    chance = random.Random(3)
    promised = 0
    for run in range(20):
        process = writer(root, run * 1000)
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.08))
        process.kill()
        told = [int(line) for line in process.stdout.read().split()]
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
        promised = max([promised, *told])
        found = store.version("takao:a")
        assert (found.number if found else 0) >= promised, "a version that was promised is lost"
        promised = store.update("takao:a", {"r": os.urandom(8)}, message="retry", user="x").number
        assert Validator().validate_object(str(folder))
    assert store.validate("takao:a") == []
    left = list(store.blobs.keys("extensions/takao-staging/"))
    assert [key for key in left if "/parts/" not in key] == []


def test_a_killed_writer_keeps_no_one_out(tmp_path):
    store = ObjectStore(open_store(f"file:{tmp_path}"), wait=5)
    store.prepare()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), store._location("takao:a").name],
        cwd=HERE,
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    with pytest.raises(StorageBusyError):
        ObjectStore(store.blobs, wait=0.1).update("takao:a", NEW, message="m", user="x")
    holder.kill()
    holder.communicate()
    assert store.update("takao:a", NEW, message="m", user="x").number == 1


HOLDER = """
import sys, time
from pathlib import Path
from storage.files import FileStore
with FileStore(Path(sys.argv[1])).lock(sys.argv[2], 0):
    print("held", flush=True)
    time.sleep(60)
"""


def test_many_writers_of_one_object_lose_nothing(place):
    _, _, uri = place
    ObjectStore(open_store(uri)).prepare()
    writers = [
        subprocess.Popen([sys.executable, "-c", ADDER, uri, str(n)], cwd=HERE) for n in range(3)
    ]
    assert [w.wait(60) for w in writers] == [0, 0, 0]
    store = ObjectStore(open_store(uri))
    assert store.version("takao:a").number == 9
    assert len(store.version("takao:a").state) == 9
    assert store.validate("takao:a") == []


ADDER = """
import sys
from storage.ocfl.store import ObjectStore
from storage.open import open_store
store = ObjectStore(open_store(sys.argv[1]))
for n in range(3):
    name = f"{sys.argv[2]}-{n}"
    store.update("takao:a", {name: name.encode()}, message="m", user="x")
"""

FULL = """
import sys
from pathlib import Path
from storage.errors import StorageFullError
from storage.ocfl.store import ObjectStore
from storage.open import open_store
store = ObjectStore(open_store(f"file:{sys.argv[1]}"))
store.prepare()
store.update("takao:a", {"r": b"1"}, message="m", user="x")
try:
    store.update("takao:a", {"m": b"x" * 4_000_000}, message="m", user="x")
except StorageFullError:
    print("full", flush=True)
store.update("takao:a", {"r": b"2"}, message="m", user="x")
print(store.version("takao:a").number, store.validate("takao:a"))
"""


def test_a_full_disk_stops_cleanly_and_goes_on_later(tmp_path):
    assert small_disk.run_in(tmp_path / "disk", "size=2m", FULL) == "full\n2 []\n"


READ_ONLY = """
import subprocess, sys
from storage.errors import StorageFullError
from storage.ocfl.store import ObjectStore
from storage.open import open_store
store = ObjectStore(open_store(f"file:{sys.argv[1]}"))
store.prepare()
store.update("takao:a", {"r": b"1"}, message="m", user="x")
subprocess.run(["mount", "-o", "remount,ro", sys.argv[1]], check=True)
try:
    store.update("takao:a", {"r": b"2"}, message="m", user="x")
except StorageFullError:
    print("read-only", store.read("takao:a", "r"), store.validate("takao:a"))
"""


def test_a_read_only_store_says_so_and_can_be_read(tmp_path):
    assert small_disk.run_in(tmp_path / "disk", "size=2m", READ_ONLY) == "read-only b'1' []\n"


def journal(store, version: int) -> None:
    """Leave the journal of a write that was not ended, as an old backup may hold one."""
    content = f'{{"object": "takao:a", "version": {version}, "folder": "v{version}"}}'
    store.blobs.put(store._location("takao:a").journal, content.encode())


@pytest.mark.parametrize("version", [1, 2, 3, 4, 9])
def test_a_journal_that_came_with_a_backup_costs_nothing(place, version):
    store = ObjectStore(open_store(place[2]))
    store.prepare()
    for number in range(3):
        made = store.update("takao:a", {"r": str(number).encode()}, message="m", user="x")
    journal(store, version)
    assert store.version("takao:a") == made
    assert store.validate("takao:a") == []
    assert store.update("takao:a", {"r": b"9"}, message="m", user="x").number == 4


def test_a_journal_never_makes_damage_into_loss(place):
    store = ObjectStore(open_store(place[2]))
    store.prepare()
    store.update("takao:a", OLD, message="m", user="x")
    root = store.root_of("takao:a")
    kept = {key for key in store.blobs.keys(f"{root}/") if not key.endswith("/inventory.json")}
    store.blobs.delete([f"{root}/inventory.json"])
    journal(store, 1)
    with pytest.raises(DamagedObjectError):
        store.version("takao:a")
    with pytest.raises(DamagedObjectError):
        store.update("takao:a", NEW, message="m", user="x")
    assert kept <= set(store.blobs.keys(f"{root}/"))
