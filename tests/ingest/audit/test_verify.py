"""The audit names exactly what is damaged, lost or unknown, and nothing else."""

import random
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from library import Library, draw

from ingest.audit.verify import Audit, verify
from repository import ids, preserved
from repository.catalogue.works import WorkState

WORKS, PAGES = 3, 8


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A library with some Works, made once; each test works on a copy."""
    folder = tmp_path_factory.mktemp("verify")
    library = Library(folder / "home")
    for work in range(WORKS):
        for page in range(PAGES):
            draw(folder / f"in/作品{work}/頁 {page}.png", work * PAGES + page)
    report = library.ingest(folder / "in")
    assert report.counts["pages"] == WORKS * PAGES
    library.catalogue.close()
    return folder / "home"


@pytest.fixture
def library(made, tmp_path):
    shutil.copytree(made, tmp_path / "home")
    library = Library(tmp_path / "home")
    yield library
    library.catalogue.close()


def audit(library, **options):
    holdings = library.holdings
    return verify(holdings, **options)


def masters(library) -> list[Path]:
    return sorted((library.settings.home / "ocfl").rglob("content/masters/*"))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[random.Random(str(path)).randrange(len(content))] ^= 0x10
    path.write_bytes(bytes(content))


def codes(findings) -> set[str]:
    return {entry.problem.code for entry in findings.entries}


def folder_of(library, work: str) -> Path:
    root = library.holdings.objects.root_of(preserved.object_id(work))
    return library.settings.home / "ocfl" / root


def test_nothing_is_wrong_with_what_was_just_received(library):
    found = audit(library)
    assert found.entries == ()
    assert found.ok
    assert found.checked > WORKS * PAGES


def test_each_work_gets_a_fixity_event(library):
    audit(library)
    for n in range(WORKS):
        events = library.catalogue.events(ids.work_id(f"作品{n}"))
        (told,) = [e for e in events if e.type == "fixity check"]
        assert told.outcome == "success"
        assert told.agent == "takao verify"


def test_one_flipped_bit_in_some_masters_names_these_and_no_other(library):
    chosen = random.Random(5).sample(masters(library), 6)
    for path in chosen:
        flip(path)
    found = audit(library)
    root = library.settings.home / "ocfl"
    assert {e.path for e in found.entries} == {p.relative_to(root).as_posix() for p in chosen}
    assert codes(found) == {"master-damaged"}
    assert len(found.entries) == 6
    assert not found.ok
    for entry in found.entries:
        page = library.catalogue.pages_of(entry.work)[entry.page - 1]
        assert Path(entry.path).name == page.file
        events = library.catalogue.events(entry.work)
        failures = {e.page for e in events if e.outcome == "failure"}
        assert page.id in failures


def test_a_lost_master_is_named(library):
    path = masters(library)[0]
    path.unlink()
    (entry,) = audit(library).entries
    assert entry.problem.code == "master-damaged"
    assert entry.path.endswith(f"content/masters/{path.name}")


def test_a_damaged_document_of_a_work_is_named(library):
    (record, *_) = (library.settings.home / "ocfl").rglob("content/record.json")
    flip(record)
    assert {"file-damaged", "work-documents-damaged"} == codes(audit(library))


def test_a_damaged_inventory_breaks_a_rule_of_ocfl(library):
    flip(folder_of(library, ids.work_id("作品0")) / "inventory.json")
    found = audit(library)
    assert codes(found) & {"object-invalid"}
    assert {e.work for e in found.entries} == {ids.work_id("作品0")}


def test_an_object_that_is_gone_is_missed(library):
    shutil.rmtree(folder_of(library, ids.work_id("作品1")))
    (entry,) = audit(library).entries
    assert (entry.problem.code, entry.work) == ("object-missing", ids.work_id("作品1"))


def test_a_folder_without_any_inventory_is_named(library):
    folder = folder_of(library, ids.work_id("作品1"))
    for inventory in folder.rglob("inventory.json"):
        inventory.unlink()
    assert codes(audit(library)) == {"object-unidentified"}


def test_an_object_that_the_catalogue_does_not_know_is_named(library):
    objects = library.holdings.objects
    work = library.catalogue.get_works([ids.work_id("作品0")])[ids.work_id("作品0")]
    stranger = replace(work, id=ids.work_id("stranger"), page_count=0)
    files = preserved.documents(preserved.PreservedWork(stranger))
    objects.update(preserved.object_id(stranger.id), files, message="m", user="x")
    objects.update("urn:other", {"x": b""}, message="m", user="x <urn:x>")
    found = audit(library)
    assert {(e.problem.code, e.work) for e in found.entries} == {
        ("work-not-in-catalogue", stranger.id),
        ("object-foreign", None),
    }


def test_a_catalogue_that_says_otherwise_is_named(library):
    catalogue = library.catalogue
    work = catalogue.get_works([ids.work_id("作品2")])[ids.work_id("作品2")]
    pages = catalogue.pages_of(work.id)
    other = replace(pages[0], digest="0" * 128)
    catalogue.save([WorkState(work, (other, *pages[1:]), (), b"{}")])
    found = audit(library)
    assert {(e.problem.code, e.work, e.page) for e in found.entries} == {
        ("work-differs", work.id, None),
        ("master-missing", work.id, 1),
    }


def test_derivatives_that_lack_or_belong_to_no_page_are_listed(library):
    derivatives = library.holdings.derivatives
    page = library.pages("作品0")[2]
    derivatives.pyramid(page.id).unlink()
    orphan = derivatives.pyramid("zzzzzzzzzzzz")
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"")
    found = audit(library)
    assert {(e.problem.code, e.page, e.path) for e in found.entries} == {
        ("derivative-missing", 3, str(derivatives.pyramid(page.id))),
        ("derivative-orphan", None, str(orphan.parent)),
    }


def test_a_sample_reads_a_part(library):
    whole = audit(library).checked
    parts = [audit(library, sample=0.3).checked for _ in range(6)]
    assert 0 < sum(parts) / len(parts) < 0.7 * whole
    assert audit(library, sample=0.0).checked == 0


def test_reading_can_be_slowed(library):
    size = sum(p.stat().st_size for p in (library.settings.home / "ocfl").rglob("content/**/*"))
    begun = time.monotonic()
    audit(library, rate=size)
    assert time.monotonic() - begun > 0.4


def test_an_audit_that_was_interrupted_goes_on(library):
    holdings = library.holdings
    for path in masters(library)[:: PAGES // 2]:
        flip(path)
    everything = {e.path for e in audit(library).entries}
    assert len(everything) == 2 * WORKS
    state = library.settings.home / "logs/verify.json"

    def audit_from_file():
        return Audit(holdings, state=state)

    first = audit_from_file()
    run = first.findings()
    some = [next(run) for _ in range(3)]
    run.close()
    assert state.is_file()
    second = audit_from_file()
    rest = list(second.findings())
    assert {e.path for e in rest} == everything
    assert len(rest) == len(everything), "no finding twice"
    assert {e.path for e in some} < everything
    assert not state.exists()
    assert second.checked == audit(library).checked


def test_a_damaged_state_file_begins_a_new_audit(library):
    state = library.settings.home / "logs/verify.json"
    state.parent.mkdir(exist_ok=True)
    for content in ("", "[]", '{"sample": null, "entries": [1]}'):
        state.write_text(content)
        assert audit(library, state=state).checked > WORKS * PAGES


def test_a_library_on_s3_is_ingested_audited_and_its_damage_named(tmp_path, s3_uri):
    library = Library(tmp_path / "home", TAKAO_STORAGE=s3_uri)
    for n in range(3):
        draw(tmp_path / f"in/頁 {n}.png", n)
    assert library.ingest(tmp_path / "in").counts["failed"] == 0
    assert audit(library).entries == ()
    blobs = library.holdings.objects.blobs
    (master,) = (key for key in blobs.keys("") if key.endswith("masters/頁 1.png"))
    blobs.put(master, b"damaged")
    (entry,) = audit(library).entries
    assert (entry.problem.code, entry.path, entry.page) == ("master-damaged", master, 2)
    library.catalogue.close()
