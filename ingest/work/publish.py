"""The ends of a Work's way: its masters received into the store, its pages published.

Each is one OCFL version; publishing is one catalogue transaction around it. Both may be run again
at any time: what is there already is not written twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import MasterChangedError
from ingest.intake.report import WorkOutcome, record_entry
from ingest.intake.scan import natural_key
from ingest.intake.settle import kept_edits, settled_record
from ingest.work.adopt import adopt, finish
from ingest.work.readings import Readings
from ingest.work.receive import ReceiveTask, step_of
from ingest.work.tasks import failures, texts_read
from metadata.merging import differences
from metadata.problem import problem
from repository import preserved
from repository.model import AGENT, Event, Page, PageTextRow, Withdrawal, Work, numbered
from repository.versions import HeldWork, NewVersion
from storage.ocfl.inventory import logical_path
from storage.ocfl.store import Hashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ingest.holdings import Holdings
    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.intake.report import FileEntry, RecordOutcome, ReportEntry
    from ingest.work.leases import Leases
    from ingest.work.readings import ReadText
    from ingest.work.tasks import PageOutcome
    from metadata.problem import Problem
    from metadata.record import Record
    from repository.catalogue.steps import StepName
    from repository.versions import Saved

_PAUSE_SECONDS = 0.2


class Publishing:
    """The ends of a Work's way through a batch: received at the beginning, published at the end."""

    def __init__(self, holdings: Holdings, storage: str, leases: Leases) -> None:
        self._holdings = holdings
        self._storage = storage
        self._leases = leases

    def prepare(self, planned: PlannedWork) -> ReceiveTask | None:
        """Say what to preserve: the masters, and what is known of the pages so far.

        The object's own documents go on, not the catalogue's: a version that is being saved now
        makes this one stale. Raises DamagedObjectError.
        """
        if planned.adopted:
            return None
        name = preserved.object_id(planned.work)
        head = self._holdings.objects.version(name)
        with preserved.naming_damage(name):
            held = preserved.load(self._holdings.objects, planned.work) if head else None
        known = {(p.id, p.digest) for p in held.pages} if held else set()
        new = [_page(p, None) for p in planned.pages if (p.id, p.digest) not in known]
        if held is None:
            work = Work(planned.work, planned.record, submission=planned.name)
            held = preserved.PreservedWork(work)
        waiting = {page.id: page for page in (*held.unpublished, *new)}
        documents = preserved.documents(replace(held, unpublished=tuple(waiting.values())))
        files: dict[str, bytes | Hashed] = {**documents}
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
    ) -> list[ReportEntry]:
        """Give a Work up: ``step`` failed for all of it. What was published before stays so.

        A page that had failed before keeps its own reason.
        """
        work = WorkOutcome(planned.work, "rejected")
        if planned.adopted:
            return [work, reason]
        steps = self._holdings.steps.steps(work=planned.work)
        safe = {s.page for s in steps if (s.name, s.state) == ("receive", "done")}
        own = failures(outcomes)
        failed = [
            replace(step_of(planned, page, step, "failed"), reason=reason.to_json())
            for page in planned.pages
            if page.id not in (safe if step == "receive" else own)
        ]
        self._leases.finish(failed)
        self._leases.give_back([page.id for page in planned.pages])
        files = [planned.entry(p, "failed", own.get(p.id, reason)) for p in planned.pages]
        record = [record_entry(planned.row, work)] if planned.row else []
        return [work, *files, *record, *(() if files else (reason,))]

    def end(self, planned: PlannedWork, outcomes: Mapping[str, PageOutcome]) -> list[ReportEntry]:
        """Publish the pages that were read, with those of earlier batches, and the Record.

        Raises MasterChangedError when the store does not hold the master of one of them, and what
        ``Versions.save`` raises.
        """
        if planned.adopted:
            return adopt(self._holdings, self._leases, planned, outcomes)
        self._await_turn(planned)
        today = datetime.now(UTC).date()
        saved = self._holdings.versions.save(
            planned.work, lambda held: self._version(planned, outcomes, held, today)
        )
        failed = failures(outcomes)
        finish(self._leases, planned, failed)
        return list(_told(planned, saved, failed))

    def _await_turn(self, planned: PlannedWork) -> None:
        """Lease the publish steps; wait while another batch is publishing this Work."""
        pages = [p.id for p in planned.pages]
        while not self._leases.take("publish", pages):
            steps = self._holdings.steps.steps(work=planned.work)
            if not any(s.name == "publish" and s.state == "running" for s in steps):
                return
            time.sleep(_PAUSE_SECONDS)

    def _version(
        self,
        planned: PlannedWork,
        outcomes: Mapping[str, PageOutcome],
        held: HeldWork | None,
        today: date,
    ) -> NewVersion:
        """Return what a submission makes of a Work as it stands."""
        failed = failures(outcomes)
        before = {p.id: p for p in held.pages} if held else {}
        version = self._holdings.objects.version(preserved.object_id(planned.work))
        kept = version.state if version else {}
        _require_masters(planned, failed, kept)
        readings = Readings(self._holdings.derivatives, kept, texts_read(outcomes))
        record = settled_record(planned, held.work if held else None, today)
        pages = _pages(planned, failed, before, readings, record.page_labels)
        texts = tuple(readings.rows(pages, before))
        work = _work(planned, record, held, len(pages))
        events = _events(work, held, texts, outcomes)
        return NewVersion(work, pages, "publish", events, texts, readings.altos(pages))


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
    labels: Sequence[str],
) -> tuple[Page, ...]:
    """Return the Work's pages in order: the new ones, and those that it had before."""
    merged = dict(before)
    for page in planned.pages:
        known = before.get(page.id)
        if page.id in failed:
            continue
        if known is None or known.digest != page.digest or readings.is_new(page.id):
            merged[page.id] = _page(page, readings.text(page.id))
    return numbered(_in_order(planned, merged, before), labels)


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


def _work(planned: PlannedWork, record: Record, held: HeldWork | None, page_count: int) -> Work:
    existing = held.work if held else None
    withdrawal = existing.withdrawal if existing else None
    if record.withdrawn and withdrawal is None:
        withdrawal = Withdrawal("withdrawn by the record", datetime.now(UTC))
    submission = planned.submission.name if planned.submission else None
    return Work(
        id=planned.work,
        record=record,
        page_count=page_count,
        withdrawal=withdrawal,
        submission=submission or (existing.submission if existing else None),
        edited=existing.edited if existing else (),
    )


def _events(
    work: Work,
    held: HeldWork | None,
    texts: tuple[PageTextRow, ...],
    outcomes: Mapping[str, PageOutcome],
) -> tuple[Event, ...]:
    now = datetime.now(UTC)
    first = Event("modification" if held else "ingestion", work.id, now, AGENT)
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


def _told(
    planned: PlannedWork, saved: Saved, failed: Mapping[str, Problem]
) -> Iterator[ReportEntry]:
    """Yield what became of a Work, its pages, its row, and of what it no longer has."""
    before, now = saved.before, saved.version
    changes = tuple(differences(before.work.record, now.work.record)) if before else ()
    outcome: RecordOutcome = "unchanged"
    if saved.written:
        outcome = "updated" if before else "created"
    work = WorkOutcome(planned.work, outcome, changes)
    yield work
    yield from _files(planned, before, now, failed)
    if planned.row is not None:
        yield record_entry(planned.row, work)
    planned_ids = {p.id for p in planned.pages}
    if planned.submission is not None and before is not None:
        for page in before.pages:
            if page.id not in planned_ids:
                yield problem("page-not-submitted", page.file, work=planned.work)
    yield from kept_edits(planned, before.work if before else None)


def _files(
    planned: PlannedWork, before: HeldWork | None, now: NewVersion, failed: Mapping[str, Problem]
) -> Iterator[FileEntry]:
    pages = {p.id: p for p in now.pages}
    known = {p.id: p for p in before.pages} if before else {}
    for page in planned.pages:
        n = pages[page.id].n if page.id in pages else None
        if page.id in failed:
            yield planned.entry(page, "failed", failed[page.id], n=n)
        elif known.get(page.id) == pages[page.id]:
            yield planned.entry(page, "unchanged", n=n)
        else:
            yield planned.entry(page, "published", n=n)
