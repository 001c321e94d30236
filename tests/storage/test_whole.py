"""A file or a folder appears under its name whole or not at all."""

import os

import pytest

from storage.whole import whole, write_whole


def write_half(draft):
    draft.write_bytes(b"half")
    raise ZeroDivisionError


def test_a_file_takes_the_place_of_the_one_before(tmp_path):
    file = tmp_path / "a" / "b.json"
    write_whole(file, b"one")
    write_whole(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(file.parent.iterdir()) == [file]


def test_a_block_that_fails_leaves_what_was_there(tmp_path):
    file = tmp_path / "b.json"
    write_whole(file, b"one")
    with pytest.raises(ZeroDivisionError), whole(file) as draft:
        write_half(draft)
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_is_made_at_once_and_only_where_none_is(tmp_path):
    folder = tmp_path / "bag"
    with whole(folder) as draft:
        (draft / "data").mkdir(parents=True)
        (draft / "data" / "1").write_bytes(b"1")
        assert not folder.exists()
    assert (folder / "data" / "1").read_bytes() == b"1"
    with pytest.raises(OSError, match="not empty"), whole(folder) as draft:
        draft.mkdir()
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_killed_process_of_the_same_id_left_is_cleared_away(tmp_path):
    left = tmp_path / f".bag.{os.getpid()}"
    left.mkdir()
    (left / "old").write_bytes(b"old")
    with whole(tmp_path / "bag") as draft:
        draft.mkdir()
    assert list((tmp_path / "bag").iterdir()) == []
