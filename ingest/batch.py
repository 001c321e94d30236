"""One run of ``takao ingest``: paths and metadata files in, a report out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.intake.gather import Gathered
from ingest.intake.packages import Opened, opened
from ingest.intake.plan import CheckLimits, PlannedWork, Rows, plan
from ingest.intake.quarantine import keep_records
from ingest.intake.report import FileEntry, Report, file_entry, record_entry
from ingest.intake.scan import scan
from metadata.importing import read_records
from metadata.merging import Difference, differences
from metadata.problem import problem
from metadata.sheets.updating import rechecked, restricted_as_before, updated
from repository import ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from ingest.again import Restoring
    from ingest.holdings import Holdings
    from ingest.intake.report import RecordOutcome
    from ingest.intake.scan import Submission
    from ingest.work.run import Progress
    from metadata.record import MaterialType, Record
    from metadata.sheets.sheet import SheetRow
    from repository.catalogue import Catalogue
    from repository.settings import Settings

Changes = dict[str, tuple[Difference, ...]]  # by Work id
_UNDESCRIBED = ("row-missing", "described-by-name")


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """What the command line asks for. ``profile`` is the type of rows that give none."""

    paths: tuple[Path, ...]
    metadata: tuple[Path, ...]
    profile: MaterialType | None

    @property
    def arguments(self) -> str:
        """Return how the batch was called, for ``takao status``."""
        return " ".join(str(p) for p in (*self.paths, *self.metadata))


def run(
    request: BatchRequest, settings: Settings, holdings: Holdings, progress: Progress
) -> Report:
    """Ingest everything that ``request`` names. Raises StorageFullError; what was done stays."""
    from ingest.again import Restoring
    from ingest.intake.packages import scratch_folder
    from ingest.work.leases import Leases
    from ingest.work.open import open_workers
    from ingest.work.publish import Publishing
    from ingest.work.run import Run, run_options

    rows, report = read_rows(request)
    restoring = Restoring(settings, holdings)
    options = run_options(settings)
    workers = open_workers(settings.executor, settings.workers)
    with (
        scratch_folder(settings.derivatives) as scratch,
        Leases(holdings.catalogue, holdings.running) as leases,
        Run(
            holdings,
            Publishing(holdings, settings.storage, leases),
            workers,
            leases,
            options,
            progress,
        ) as batch,
    ):
        batch.report = report
        keep_records(holdings.quarantine, rows.refused)
        planned = _planned(request, rows, report, settings.max_pixels, scratch, restoring)
        changes: Changes = {}
        batch.works(_settled(planned, holdings.catalogue, changes), request.arguments)
    _conclude(report, rows, changes)
    restoring.finish(report, progress)
    return report


def check(request: BatchRequest, max_pixels: int, catalogue: Catalogue | None) -> Report:
    """Say what ``run`` would do, and write nothing (``--dry-run``)."""
    rows, report = read_rows(request)
    changes: Changes = {}
    with tempfile.TemporaryDirectory(prefix="takao-") as scratch:
        works = _planned(request, rows, report, max_pixels, Path(scratch))
        for planned in _settled(works, catalogue, changes):
            _foresee(planned, report, catalogue)
    _conclude(report, rows, changes)
    return report


def _settled(
    works: Iterable[PlannedWork], catalogue: Catalogue | None, changes: Changes
) -> Iterator[PlannedWork]:
    """Yield Works with their Records as they will be; note what that changes in held ones."""
    today = datetime.now(UTC).date()
    for planned in works:
        known = catalogue.get_works([planned.work]).get(planned.work) if catalogue else None
        if known is None:
            yield planned
            continue
        settled = _settled_work(planned, known.record, today)
        changes[planned.work] = tuple(differences(known.record, settled.record))
        yield settled


def _settled_work(planned: PlannedWork, held: Record, today: date) -> PlannedWork:
    row = planned.row
    if row is not None and row.columns and row.record == planned.record:
        record = updated(planned.record, row.columns, held, today)
        return replace(planned, record=record, row=rechecked(row, record))
    if any(p.code in _UNDESCRIBED for p in planned.problems):
        return replace(planned, record=held)  # pages without a description take none away
    return replace(planned, record=restricted_as_before(planned.record, held))


def _foresee(planned: PlannedWork, report: Report, catalogue: Catalogue | None) -> None:
    """Add to a report what would become of one Work."""
    before = catalogue.get_works([planned.work]) if catalogue else {}
    known = before.get(planned.work)
    pages = {p.id: p.digest for p in catalogue.pages_of(planned.work)} if catalogue else {}
    report.files.extend(planned.set_aside)
    report.problems.extend(planned.problems)
    changed = False
    for n, page in enumerate(planned.pages, 1):
        same = pages.get(page.id) == page.digest
        changed |= not same
        entry = planned.entry(page, "unchanged" if same else "published")
        entry.n, entry.problems = n, page.problems
        report.files.append(entry)
    if not planned.pages and planned.row is None:
        return
    same_record = known is not None and known.record == planned.record
    word: RecordOutcome = "updated" if known else "created"
    if same_record and not changed:
        word = "unchanged"
    report.works[planned.work] = word
    if planned.row is not None:
        report.records.append(record_entry(planned.row, word, planned.work))


def read_rows(request: BatchRequest) -> tuple[Rows, Report]:
    """Read the metadata files; rows that cannot be used are in the report already."""
    report, gathered = Report(), Gathered()
    for path in request.metadata:
        sheet = read_records(path, request.profile)
        report.problems.extend(sheet.problems)
        for row in sheet.rows:
            gathered.add(path, row)
    report.records.extend(record_entry(row, "rejected", None) for _, row in gathered.refused)
    return Rows(gathered.rows, gathered.refused, gathered.joined), report


def _conclude(report: Report, rows: Rows, changes: Changes) -> None:
    """Note what updates changed, and what became of records that went into another's row."""
    for row in rows.joined:
        if row.record is not None:
            work = ids.work_id(row.record.identifier)
            outcome = report.works.get(work, "unchanged")
            report.records.append(record_entry(row, outcome, work))
    for entry in report.records:
        entry.changes = changes.get(entry.work or "", ())


def _planned(
    request: BatchRequest,
    rows: Rows,
    report: Report,
    max_pixels: int,
    scratch: Path,
    restoring: Restoring | None = None,
) -> Iterator[PlannedWork]:
    """Yield each Work once: the submissions, then the rows that none of them took."""
    from storage.images.decode import is_many_page

    limits = CheckLimits(max_pixels, request.profile, bool(request.metadata))
    seen: set[str] = set()
    for path in request.paths:
        for submission in scan(path, is_many_page):
            if not submission.files and submission.kind == "pages":
                _nothing_in(submission, report)
                continue
            package = opened(submission, scratch)
            if package.refused:
                _refused(package, report)
                continue
            if restoring is not None and restoring.takes(package):
                continue
            planned = plan(package, rows, limits)
            if planned.work in seen:
                report.files.extend(_twice(planned))
                continue
            seen.add(planned.work)
            yield planned
    for row in rows.unused():
        if row.record is not None:
            yield from _record_only(row, row.record, seen, report, has_paths=bool(request.paths))


def _nothing_in(submission: Submission, report: Report) -> None:
    """Note what lies beside submissions, or in one without a page."""
    report.problems.extend(submission.problems)
    report.files.extend(file_entry(p, submission, "ignored") for p in submission.ignored)


def _refused(package: Opened, report: Report) -> None:
    entry = file_entry(package.submission.path, package.submission, "rejected")
    entry.problems = package.refused
    report.files.append(entry)


def _twice(planned: PlannedWork) -> Iterator[FileEntry]:
    reason = problem("identifier-twice", planned.name, identifier=planned.record.identifier)
    for page in planned.pages:
        entry = planned.entry(page, "rejected")
        entry.problems = (reason,)
        yield entry


def _record_only(
    row: SheetRow, record: Record, seen: set[str], report: Report, *, has_paths: bool
) -> Iterator[PlannedWork]:
    work = ids.work_id(record.identifier)
    if work in seen:
        reason = problem("identifier-twice", str(row.number), identifier=record.identifier)
        entry = record_entry(row, "rejected", None)
        report.records.append(replace(entry, problems=(*entry.problems, reason)))
        return
    seen.add(work)
    name = row.folder or record.identifier
    problems = (problem("submission-missing", name),) if has_paths else ()
    yield PlannedWork(work, record, None, row=row, problems=problems)
