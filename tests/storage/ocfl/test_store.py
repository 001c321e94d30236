"""OCFL objects: versions, deduplication, names (specification 1.1)."""

import hashlib
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ocfl import StorageRoot
from ocfl.validator import Validator

from storage.errors import (
    BadPathError,
    ConflictError,
    DamagedObjectError,
    UnsupportedObjectError,
)
from storage.ocfl.inventory import logical_path
from storage.ocfl.layout import HashedTuples
from storage.ocfl.store import Hashed, ObjectStore
from storage.open import open_store


def opened(root: Path, **options) -> ObjectStore:
    store = ObjectStore(open_store(f"file:{root}"), **options)
    store.prepare()
    return store


def folder_of(root: Path, object_id: str) -> Path:
    return root / HashedTuples().path(object_id)


def outside_verdict(folder: Path) -> str:
    """What ocfl-py finds, warnings too: nothing when the object is all it should be."""
    validator = Validator(log_warnings=True)
    valid = validator.validate_object(str(folder))
    return validator.status_str() if not valid else "".join(validator.status_str().split())


def content_files(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file() and "content" in p.parts]


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
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_a_version_says_who_what_and_when(root):
    store = opened(root)
    before = datetime.now(UTC).replace(microsecond=0)
    made = store.update("takao:a", {"r": b"2"}, message="收錄", user="典藏組 <mailto:a@b.tw>")
    assert (made.number, made.message, made.user) == (1, "收錄", "典藏組 <mailto:a@b.tw>")
    assert made.state == {"r": hashlib.sha512(b"2").hexdigest()}
    assert before <= made.created <= datetime.now(UTC)
    assert store.version("takao:a") == made
    plain = store.update("takao:a", {"r": b"3"}, message="m", user="takao ingest")
    assert store.version("takao:a").user == plain.user == "takao ingest"
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_the_same_state_makes_no_version(root):
    store = opened(root)
    first = store.update("takao:a", {"r": b"2"}, message="one", user="x")
    assert store.update("takao:a", {"r": b"2"}, message="again", user="x") == first
    assert store.update("takao:a", {}, removed=["never there"], message="m", user="x") == first


def test_an_object_may_hold_nothing(root):
    store = opened(root)
    assert store.update("takao:a", {}, message="a Work without pages", user="x").state == {}
    assert store.validate("takao:a") == []
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_the_same_content_is_kept_once(root):
    store = opened(root)
    store.update("takao:a", {"a": b"same", "b": b"same"}, message="m", user="x")
    store.update("takao:a", {"c": b"same", "a": b"other"}, message="m", user="x")
    store.update("takao:a", {"a": b"same"}, message="m", user="x")
    assert len(content_files(root)) == 2
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_names_in_chinese_stay_and_long_ones_are_kept_too(root):
    store = opened(root)
    names = [
        "masters/鳳山縣采訪冊 卷一.tif",
        "masters/" + "長" * 120 + ".tif",
        "/".join("深" * 400),
    ]
    store.update("takao:a", {n: n.encode() for n in names}, message="m", user="x")
    assert sorted(store.version("takao:a").state) == sorted(names)
    assert all(store.read("takao:a", n) == n.encode() for n in names)
    assert folder_of(root, "takao:a").joinpath("v1/content", names[0]).is_file()
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_further_digests_are_recorded_on_wish(root):
    store = opened(root, fixity=("md5", "sha256"))
    store.update("takao:a", {"a": b"1", "b": b"2", "c": b"1"}, message="m", user="x")
    store.update("takao:a", {"d": b"3"}, message="m", user="x")
    fixity = store.inventory("takao:a").fixity
    assert fixity["md5"][hashlib.md5(b"1").hexdigest()] == ("v1/content/a",)
    assert fixity["sha256"][hashlib.sha256(b"3").hexdigest()] == ("v2/content/d",)
    assert outside_verdict(folder_of(root, "takao:a")) == ""


def test_every_object_is_found_by_its_id(root):
    store = opened(root)
    made = {f"takao:{n}" for n in range(8)}
    for object_id in made:
        store.update(object_id, {"r": object_id.encode()}, message="m", user="x")
    assert set(store.objects()) == made
    assert store.version("takao:none") is None
    assert store.history("takao:none") == []
    with pytest.raises(KeyError):
        store.validate("takao:none")


def test_an_object_whose_root_inventory_is_lost_is_still_known_by_its_id(root):
    store = opened(root)
    store.update("takao:a", {"r": b"1"}, message="m", user="x")
    folder_of(root, "takao:a").joinpath("inventory.json").unlink()
    assert list(store.objects()) == ["takao:a"]
    assert "E063" in {f.code for f in store.validate("takao:a")}
    with pytest.raises(DamagedObjectError):
        store.update("takao:a", {"r": b"2"}, message="m", user="x")
    assert len(content_files(root)) == 1


def test_a_head_that_moved_on_is_a_conflict(root):
    store = opened(root)
    store.update("takao:a", {"r": b"1"}, message="m", user="x", expected=0)
    store.update("takao:a", {"r": b"2"}, message="m", user="x", expected=1)
    with pytest.raises(ConflictError):
        store.update("takao:a", {"r": b"3"}, message="m", user="x", expected=1)
    assert store.read("takao:a", "r") == b"2"


def test_the_storage_root_declares_its_layout(root):
    opened(root)
    assert (root / "0=ocfl_1.1").read_bytes() == b"ocfl_1.1\n"
    named = (root / "ocfl_layout.json").read_text("utf-8")
    assert "0004-hashed-n-tuple-storage-layout" in named
    assert (root / "extensions/0004-hashed-n-tuple-storage-layout/config.json").is_file()


def test_ocfl_py_finds_an_object_on_s3_valid(s3_uri, tmp_path):
    store = ObjectStore(open_store(s3_uri))
    store.prepare()
    store.update("takao:a", {"masters/頁 1.tif": b"1"}, message="m", user="x")
    store.update("takao:a", {"masters/頁 2.tif": b"2"}, message="m", user="x")
    for key in store.blobs.keys(""):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(store.blobs.get(key))
    assert outside_verdict(folder_of(tmp_path, "takao:a")) == ""


def test_ocfl_py_finds_the_storage_root_valid(root):
    store = opened(root)
    for n in range(3):
        store.update(f"takao:{n}", {"r": b"1"}, message="m", user="x")
    (root / "ocfl_layout.json").unlink()  # ocfl-py knows the layouts 0002 and 0003 only
    judge = StorageRoot(root=str(root))
    assert judge.validate(), judge.log.status_str()
    assert judge.num_objects == 3


def test_the_layout_is_that_of_the_extension():
    """The examples of extension 0004 for the default parameters."""
    path = HashedTuples().path
    assert path("object-01").startswith("3c0/ff4/240/3c0ff4240c1e116dba14c7627f2319b58aa3d77606d")
    assert path("..hor/rib:le-$id").startswith("487/326/d8c/487326d8c2a3c0b885e23da1469b4d6671fd4e")
    short = HashedTuples("md5", 2, 15, short=True).path
    assert short("object-01") == "ff/75/53/44/92/48/5e/ab/b3/9f/86/35/67/28/88/4e"


def test_a_root_with_another_layout_is_left_alone(root):
    root.mkdir()
    (root / "ocfl_layout.json").write_text('{"extension": "0002-flat-direct-storage-layout"}')
    with pytest.raises(UnsupportedObjectError):
        opened(root)
    assert [p.name for p in root.iterdir()] == ["ocfl_layout.json"]


def test_parameters_of_the_root_are_obeyed(root):
    config = root / "extensions/0004-hashed-n-tuple-storage-layout/config.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"digestAlgorithm": "md5", "tupleSize": 2, "numberOfTuples": 1}')
    store = opened(root)
    store.update("takao:a", {"r": b"1"}, message="m", user="x")
    digest = hashlib.md5(b"takao:a").hexdigest()
    assert list(store.roots()) == [f"{digest[:2]}/{digest}"]
    assert list(store.objects()) == ["takao:a"]


def test_a_source_that_cannot_be_read_leaves_the_object_as_it_was(root, tmp_path):
    store = opened(root)
    store.update("takao:a", {"r": b"1"}, message="m", user="x")
    with pytest.raises(FileNotFoundError):
        store.update("takao:a", {"s": tmp_path / "missing.tif"}, message="m", user="x")
    assert store.version("takao:a").state.keys() == {"r"}
    assert store.validate("takao:a") == []


@given(st.text(max_size=20))
def test_a_logical_path_never_leads_out(path):
    try:
        checked = logical_path(path)
    except BadPathError:
        return
    assert not {"", ".", ".."} & set(checked.split("/"))
    assert logical_path(checked) == checked


PARTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/"), min_size=1, max_size=9
) | st.sampled_from(["臺灣", "港", "が", "Tâi-oân", "~", "a b", "%2F", "\\..\\", "長" * 90, "ﬁ"])


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(PARTS, min_size=1, max_size=3).map("/".join), min_size=1, max_size=4))
def test_whatever_name_a_file_has_it_comes_back_and_the_object_is_valid(tmp_path_factory, paths):
    root = tmp_path_factory.mktemp("names")
    store = opened(root)
    files = {path: f"{number}".encode() for number, path in enumerate(paths)}
    try:
        store.update("takao:a", files, message="m", user="x")
    except BadPathError:
        assert store.version("takao:a") is None
        return
    state = store.version("takao:a").state
    assert set(state) == {unicodedata.normalize("NFC", path) for path in files}
    for path, content in files.items():
        assert store.read("takao:a", path) == content
    assert outside_verdict(folder_of(root, "takao:a")) == ""
    assert store.validate("takao:a") == []


def test_a_name_in_decomposed_form_is_composed(root):
    store = opened(root)
    store.update("takao:a", {unicodedata.normalize("NFD", "が/é"): b"1"}, message="m", user="x")
    assert list(store.version("takao:a").state) == ["が/é"]
    assert store.read("takao:a", unicodedata.normalize("NFD", "が/é")) == b"1"


HOSTILE = ["../a", "/a", "a/../../b", "a/", "", "a\0b", "a\nb", ".", "a//b", "a\ud800"]


@pytest.mark.parametrize("path", HOSTILE)
def test_hostile_paths_leave_the_object_as_it_was(root, path):
    store = opened(root)
    with pytest.raises(BadPathError):
        store.update("takao:a", {path: b""}, message="m", user="x")
    assert store.version("takao:a") is None


@pytest.mark.parametrize("files", [{"a": b"", "a/b": b""}, {"\u00e9": b"", "e\u0301": b""}])
def test_contradictory_paths_are_refused(root, files):
    with pytest.raises(BadPathError):
        opened(root).update("takao:a", files, message="m", user="x")


def test_a_source_that_is_no_longer_what_was_hashed_is_refused(root, tmp_path):
    store = opened(root)
    master = tmp_path / "頁.tif"
    master.write_bytes(b"as planned")
    planned = hashlib.sha512(b"as planned").hexdigest()
    store.update("takao:a", {"m": Hashed(master, planned)}, message="m", user="x")
    assert store.read("takao:a", "m") == b"as planned"
    before = hashlib.sha512(b"another").hexdigest()
    with pytest.raises(OSError, match="changed"):
        store.update("takao:b", {"m": Hashed(master, before)}, message="m", user="x")
    assert store.inventory("takao:b") is None
    assert not content_files(folder_of(root, "takao:b"))
