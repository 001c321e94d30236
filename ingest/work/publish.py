"""The ends of a Work's way: its masters received into the store, its pages published.

Each is one OCFL version; publishing is one catalogue transaction around it. Both may be run again
at any time: what is there already is not written twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ingest.errors import MasterChangedError
from ingest.intake.report import FileEntry, RecordEntry, record_entry
from ingest.intake.scan import natural_key
from ingest.reading.engine import ReadingHints
from ingest.work import manifest_gate
from ingest.work.readings import Readings
from ingest.work.receive import ReceiveTask, step_of
from metadata.problem import problem
from repository import manifest, preserved
from repository.catalogue import WorkState
from repository.model import Event, Page, PageTextRow, Withdrawal, Work
from storage.ocfl.inventory import logical_path
from storage.ocfl.store import Hashed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.holdings import Holdings
    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.intake.report import RecordOutcome
    from ingest.work.leases import Leases
    from ingest.work.readings import ReadText
    from ingest.work.steps import PageOutcome
    from metadata.problem import Problem
    from metadata.record import Record
    from repository.catalogue import StepName

AGENT = "takao"
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a Work, its pages and its record."""

    work: RecordOutcome
    files: tuple[FileEntry, ...]
    record: RecordEntry | None
    problems: tuple[Problem, ...]


def hints(record: Record) -> ReadingHints:
    """Return what a Record says about how its pages are to be read."""
    years = [y for d in record.dates for y in (d.first_year, d.last_year) if y is not None]
    span = (min(years), max(years)) if years else None
    return ReadingHints(record.material, record.languages, span)


def failures(outcomes: Mapping[str, PageOutcome]) -> dict[str, Problem]:
    """Return why pages failed, by page id."""
    return {page: o.reason for page, o in outcomes.items() if o.reason is not None}


def texts_read(outcomes: Mapping[str, PageOutcome]) -> dict[str, ReadText]:
    """Return what was read on pages, by page id."""
    return {page: o.text for page, o in outcomes.items() if o.text is not None}


class Publishing:
    """The ends of a Work's way through a batch: received at the beginning, published at the end."""

    def __init__(self, holdings: Holdings, storage: str, leases: Leases) -> None:
        self._holdings = holdings
        self._storage = storage
        self._leases = leases

    def prepare(self, planned: PlannedWork) -> ReceiveTask:
        """Say what to preserve: the masters, and what is known of the pages so far."""
        catalogue, objects = self._holdings.catalogue, self._holdings.objects
        name = preserved.object_id(planned.work)
        head = objects.version(name)
        before = catalogue.pages_of(planned.work)
        known = {(p.id, p.digest) for p in before}
        new = tuple(_page(p, None) for p in planned.pages if (p.id, p.digest) not in known)
        existing = catalogue.get_works([planned.work]).get(planned.work)
        work = existing or Work(planned.work, planned.record, submission=planned.name)
        told = tuple(catalogue.events(planned.work))
        files: dict[str, bytes | Hashed] = {
            **preserved.documents(preserved.PreservedWork(work, before, told, new))
        }
        for page in planned.pages:
            if isinstance(page.source, Path):
                files[preserved.master_path(page.name)] = Hashed(page.source, page.digest)
        return ReceiveTask(self._storage, name, files, head.number if head else 0, AGENT)

    def refuse(
        self,
        planned: PlannedWork,
        step: StepName,
        reason: Problem,
        outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Give a Work up: ``step`` failed for all of it. What was published before stays so.

        A page that had failed before keeps its own reason.
        """
        steps = self._holdings.catalogue.steps(work=planned.work)
        safe = {s.page for s in steps if (s.name, s.state) == ("receive", "done")}
        own = failures(outcomes)
        failed = [
            replace(step_of(planned, page, step, "failed"), reason=reason.to_json())
            for page in planned.pages
            if page.id not in (safe if step == "receive" else own)
        ]
        self._leases.finish(failed)
        self._leases.give_back([page.id for page in planned.pages])
        files = []
        for page in planned.pages:
            entry = planned.entry(page, "failed")
            entry.problems = (*page.problems, own.get(page.id, reason))
            files.append(entry)
        record = record_entry(planned.row, "rejected", planned.work) if planned.row else None
        return Published("rejected", tuple(files), record, () if files else (reason,))

    def end(
        self,
        planned: PlannedWork,
        outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Publish the pages that were read, with those of earlier batches, and the Record.

        Raises MasterChangedError when the store does not hold the master of one of them.
        """
        catalogue = self._holdings.catalogue
        failed = failures(outcomes)
        self._await_turn(planned)
        existing = catalogue.get_works([planned.work]).get(planned.work)
        before = {p.id: p for p in catalogue.pages_of(planned.work)}
        version = self._holdings.objects.version(preserved.object_id(planned.work))
        kept = version.state if version else {}
        _require_masters(planned, failed, kept)
        readings = Readings(self._holdings.derivatives, kept, texts_read(outcomes))
        pages = _pages(planned, failed, before, readings)
        work = _work(planned, existing, len(pages))
        texts = tuple(readings.rows(pages, before))
        same_work = existing is not None and replace(work, changed=existing.changed) == existing
        if same_work and tuple(before.values()) == pages and not texts:
            finish(self._leases, planned, failed)
            return _published(planned, "unchanged", pages, before, failed)
        events = _events(work, existing, texts, outcomes)
        state = WorkState(work, pages, texts, manifest_bytes(work, pages), events)
        unpublished = tuple(_page(p, None) for p in planned.pages if p.id in failed)
        self._save(state, readings.altos(pages), unpublished)
        finish(self._leases, planned, failed)
        return _published(planned, "updated" if existing else "created", pages, before, failed)

    def _await_turn(self, planned: PlannedWork) -> None:
        """Lease the publish steps; wait while another batch is publishing this Work."""
        pages = [p.id for p in planned.pages]
        while not self._leases.take("publish", pages):
            steps = self._holdings.catalogue.steps(work=planned.work)
            if not any(s.name == "publish" and s.state == "running" for s in steps):
                return
            time.sleep(_PAUSE_SECONDS)

    def _save(
        self, state: WorkState, altos: Mapping[str, bytes], unpublished: tuple[Page, ...]
    ) -> None:
        """Commit a Work to the catalogue and, inside the transaction, to the store."""
        name = preserved.object_id(state.work.id)
        told = (*self._holdings.catalogue.events(state.work.id), *state.events)

        def preserve(saved: Sequence[Work]) -> None:
            held = preserved.PreservedWork(saved[0], state.pages, told, unpublished)
            files = {**preserved.documents(held), **altos}
            self._holdings.objects.update(name, files, message="publish", user=AGENT)

        self._holdings.catalogue.save([state], preserve)


def _require_masters(
    planned: PlannedWork, failed: Mapping[str, Problem], kept: Mapping[str, str]
) -> None:
    for page in planned.pages:
        path = logical_path(preserved.master_path(page.name))
        if page.id not in failed and kept.get(path) != page.digest:
            raise MasterChangedError(f"{path} is not what was derived and read")


def _pages(
    planned: PlannedWork,
    failed: Mapping[str, Problem],
    before: Mapping[str, Page],
    readings: Readings,
) -> tuple[Page, ...]:
    """Return the Work's pages in order: the new ones, and those that it had before."""
    merged = dict(before)
    for page in planned.pages:
        known = before.get(page.id)
        if page.id in failed:
            continue
        if known is None or known.digest != page.digest or readings.is_new(page.id):
            merged[page.id] = _page(page, readings.text(page.id))
    ordered = _in_order(planned, merged, before)
    labels = planned.record.page_labels
    return tuple(
        replace(page, n=n, label=labels[n - 1] if n <= len(labels) else None)
        for n, page in enumerate(ordered, 1)
    )


def _in_order(
    planned: PlannedWork, merged: Mapping[str, Page], before: Mapping[str, Page]
) -> list[Page]:
    """Return pages as the submission orders them, else as before, else in natural order."""
    submitted = [p.id for p in planned.pages if p.id in merged]
    if planned.submission is not None and len(submitted) == len(merged):
        return [merged[page] for page in submitted]
    natural = sorted(
        merged.values(), key=lambda p: (natural_key(p.file), -1 if p.frame is None else p.frame)
    )
    if [p.id for p in natural if p.id in before] == list(before):
        return natural
    return [merged[page] for page in before] + [p for p in natural if p.id not in before]


def _page(page: PlannedPage, text: ReadText | None) -> Page:
    return Page(
        id=page.id,
        work=page.work,
        n=0,
        file=page.name,
        frame=page.frame,
        master=preserved.master_path(page.name),
        digest=page.digest,
        media_type=page.media_type,
        width=page.width,
        height=page.height,
        direction=text.direction if text else None,
        has_text=text is not None,
    )


def _work(planned: PlannedWork, existing: Work | None, page_count: int) -> Work:
    withdrawal = existing.withdrawal if existing else None
    if planned.record.withdrawn and withdrawal is None:
        withdrawal = Withdrawal("withdrawn by the record", datetime.now(UTC))
    submission = planned.submission.name if planned.submission else None
    return Work(
        id=planned.work,
        record=planned.record,
        page_count=page_count,
        withdrawal=withdrawal,
        submission=submission or (existing.submission if existing else None),
    )


def manifest_bytes(work: Work, pages: tuple[Page, ...]) -> bytes | None:
    """Return the manifest to store, checked as a whole; None without pages."""
    if not pages:
        return None
    document = manifest.build(work, pages)
    manifest_gate.check(document)
    return orjson.dumps(document)


def _events(
    work: Work,
    existing: Work | None,
    texts: tuple[PageTextRow, ...],
    outcomes: Mapping[str, PageOutcome],
) -> tuple[Event, ...]:
    now = datetime.now(UTC)
    first = Event("modification" if existing else "ingestion", work.id, now, AGENT)
    read = (
        Event(
            "transcription",
            work.id,
            now,
            AGENT,
            page=row.page,
            detail="; ".join(outcomes[row.page].choices if row.page in outcomes else ()),
        )
        for row in texts
    )
    return (first, *read)


def finish(
    leases: Leases,
    planned: PlannedWork,
    failed: Mapping[str, Problem],
) -> None:
    """Mark the published pages' steps done, and give those of failed pages back."""
    pages = [page for page in planned.pages if page.id not in failed]
    leases.finish([step_of(planned, page, "publish", "done") for page in pages])
    leases.give_back(list(failed))


def _published(
    planned: PlannedWork,
    outcome: RecordOutcome,
    pages: tuple[Page, ...],
    before: Mapping[str, Page],
    failed: Mapping[str, Problem],
) -> Published:
    now = {p.id: p for p in pages}
    files = []
    for page in planned.pages:
        entry = planned.entry(page, "published")
        entry.problems = page.problems
        if page.id in failed:
            entry.outcome, entry.problems = "failed", (*page.problems, failed[page.id])
        elif before.get(page.id) == now[page.id]:
            entry.outcome = "unchanged"
        entry.n = now[page.id].n if page.id in now else None
        files.append(entry)
    planned_ids = {p.id for p in planned.pages}
    gone = [p for p in before.values() if p.id not in planned_ids] if planned.submission else []
    missing = tuple(problem("page-not-submitted", p.file, work=planned.work) for p in gone)
    record = record_entry(planned.row, outcome, planned.work) if planned.row else None
    return Published(outcome, tuple(files), record, missing)
