"""A drop folder gives a submission when it has stopped growing, once for each state of it."""

from ingest.watch import DropFolder


def test_a_growing_submission_is_left_alone(tmp_path):
    folder = tmp_path / "drop"
    (folder / "甲").mkdir(parents=True)
    drop = DropFolder(folder, tmp_path / "watch.json")
    for n in range(4):
        (folder / "甲" / f"{n}.jpg").write_bytes(b"x" * n)
        assert drop.look() == []
    assert drop.look() == []
    assert [p.name for p in drop.look()] == ["甲"]


def test_what_was_taken_comes_again_only_when_it_changed(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "map.pdf").write_bytes(b"x")
    memory = tmp_path / "watch.json"
    drop = DropFolder(folder, memory, settled=0)
    (ready,) = drop.look()
    drop.remember(ready)
    assert drop.look() == []
    assert DropFolder(folder, memory, settled=0).look() == []
    (folder / "map.pdf").write_bytes(b"xy")
    assert [p.name for p in drop.look()] == ["map.pdf"]


def test_hidden_files_are_not_submissions(tmp_path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / ".part").write_bytes(b"x")
    assert DropFolder(tmp_path / "drop", tmp_path / "watch.json", settled=0).look() == []
