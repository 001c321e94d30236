"""From the store alone: failed pages tried again, and a whole site rebuilt as it was."""

import shutil

import pytest
from fixtures.library import Library, draw

from ingest.again import failed_works, read_again, rebuild, retry
from ingest.intake.packages import opened
from ingest.intake.plan import CheckLimits, Rows, plan
from ingest.intake.scan import scan
from ingest.work.leases import Leases
from ingest.work.publish import Publishing
from ingest.work.receive import receive
from repository import ids, preserved
from repository.catalogue.changes import ChangeFilter
from repository.errors import NotFoundError
from repository.withdrawal import restore, withdraw
from storage.images.decode import is_many_page


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "home")


@pytest.fixture
def folder(tmp_path):
    for n, name in enumerate(("p1.png", "p2.png", "p10.png")):
        draw(tmp_path / "采訪冊" / name, 100 + n)
    return tmp_path / "采訪冊"


def test_a_site_is_rebuilt_from_the_storage_root_alone(library, tmp_path, folder):
    library.ingest(folder)
    draw(tmp_path / "圖" / "1.png", 7)
    library.ingest(tmp_path / "圖")
    withdraw(library.holdings.versions, ids.work_id("圖"), "不公開")
    home = library.settings.home
    for name in ("derivatives", "quarantine"):
        shutil.rmtree(home / name, ignore_errors=True)
    library.catalogue.close()
    for file in home.glob("catalogue.sqlite*"):
        file.rename(tmp_path / file.name)
    before = Library.opened(tmp_path, home)
    anew = Library(home)
    report = rebuild(anew.settings, anew.holdings, anew.silent)
    assert report.ok
    old, new = before.catalogue, anew.catalogue
    assert new.changes(None, 9, ChangeFilter()) == old.changes(None, 9, ChangeFilter())
    for identifier in ("采訪冊", "圖"):
        work = ids.work_id(identifier)
        assert new.pages_of(work) == old.pages_of(work)
        assert new.manifest(work) == old.manifest(work)
        assert new.events(work) == old.events(work)
        pages = [p.id for p in new.pages_of(work)]
        assert all(anew.holdings.derivatives.pyramid(p).exists() for p in pages)


def test_a_rebuild_writes_nothing_to_the_store(library, tmp_path, folder):
    library.ingest(folder)
    object_id = preserved.object_id(ids.work_id("采訪冊"))
    version = library.holdings.objects.version(object_id)
    library.catalogue.close()
    (library.settings.home / "catalogue.sqlite").unlink()
    anew = Library(library.settings.home)
    rebuild(anew.settings, anew.holdings, anew.silent)
    assert anew.holdings.objects.version(object_id) == version
    assert {step.state for step in anew.catalogue.steps()} == {"done"}
    assert {f.outcome for f in anew.ingest(folder).files} == {"unchanged"}
    assert anew.holdings.objects.version(object_id) == version


def test_what_was_received_alone_still_waits_to_be_published_after_a_rebuild(library, folder):
    (submission,) = scan(folder, is_many_page)
    planned = plan(opened(submission, folder), Rows(()), CheckLimits(10**9))
    with Leases(library.catalogue, library.holdings.running) as leases:
        publishing = Publishing(library.holdings, library.settings.storage, leases)
        receive(publishing.prepare(planned))
    assert rebuild(library.settings, library.holdings, library.silent).ok
    states = {(s.name, s.state) for s in library.catalogue.steps()}
    assert states == {
        ("receive", "done"),
        ("derive", "done"),
        ("read", "waiting"),
        ("publish", "waiting"),
    }
    assert {f.outcome for f in library.ingest(folder).files} == {"published"}


def test_a_failed_page_is_tried_again_without_its_submission(library, folder):
    whole = bytearray((folder / "p2.png").read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    (folder / "p2.png").write_bytes(whole)
    report = library.ingest(folder)
    work = ids.work_id("采訪冊")
    assert report.counts["failed"] == 1
    assert failed_works(library.holdings) == [work]
    shutil.rmtree(folder)
    again = retry(library.settings, library.holdings, [work], library.silent)
    assert [f.outcome for f in again.files if f.outcome == "failed"] == ["failed"]
    assert len(library.pages("采訪冊")) == 2


def test_a_work_is_read_again_on_request(library, folder):
    library.ingest(folder)
    work = ids.work_id("采訪冊")
    read_again(library.holdings, work, 2)
    states = {s.state for s in library.catalogue.steps(work=work)}
    assert states == {"done", "waiting"}
    report = retry(library.settings, library.holdings, [work], library.silent)
    assert report.ok
    assert {s.state for s in library.catalogue.steps(work=work)} == {"done"}
    with pytest.raises(NotFoundError):
        read_again(library.holdings, work, 9)


def test_withdrawn_and_brought_back(library, folder):
    library.ingest(folder)
    work = ids.work_id("采訪冊")
    first = library.catalogue.get_works([work])[work]
    withdraw(library.holdings.versions, work, "家屬要求")
    gone = library.catalogue.get_works([work])[work]
    assert gone.withdrawal.reason == "家屬要求"
    assert gone.changed > first.changed
    held = preserved.load(library.holdings.objects, work)
    assert held.work == gone
    restore(library.holdings.versions, work)
    back = library.catalogue.get_works([work])[work]
    assert back.withdrawal is None
    assert [e.type for e in library.catalogue.events(work)][-2:] == [
        "deaccession",
        "recovery",
    ]
    with pytest.raises(NotFoundError):
        withdraw(library.holdings.versions, "nothing", "x")
