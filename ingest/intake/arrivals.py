"""What lies at the paths of a batch, one submission after the other, each opened and checked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.intake.gather import Gathered
from ingest.intake.packages import Opened, opened
from ingest.intake.plan import PlannedWork, Rows, plan
from ingest.intake.report import RecordEntry, file_entry, refused_entry
from ingest.intake.scan import scan
from metadata.importing import read_records
from metadata.problem import problem
from repository import ids
from storage.images.decode import is_many_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ingest.intake.plan import CheckLimits, Described
    from ingest.intake.report import FileEntry, ReportEntry
    from metadata.record import MaterialType, Record
    from metadata.sheets.sheet import SheetRow


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


def read_rows(request: BatchRequest) -> tuple[Rows, list[ReportEntry]]:
    """Read the metadata files; what is to be said of them and of unusable rows comes beside."""
    gathered = Gathered()
    told: list[ReportEntry] = []
    for path in request.metadata:
        sheet = read_records(path, request.profile)
        told.extend(sheet.problems)
        for row in sheet.rows:
            gathered.add(path, row)
    told.extend(refused_entry(row) for _, row in gathered.refused)
    return Rows(gathered.rows, gathered.refused, gathered.joined), told


def packages(paths: Iterable[Path], scratch: Path) -> Iterator[Opened | ReportEntry]:
    """Yield the submissions at ``paths``, opened; of those that cannot be taken, why.

    ZIPs are unpacked below ``scratch``. Raises StorageFullError.
    """
    for path in paths:
        for submission in scan(path, is_many_page):
            if not submission.files and submission.kind == "pages":
                yield from submission.problems
                yield from (file_entry(p, submission, "ignored") for p in submission.ignored)
                continue
            package = opened(submission, scratch)
            if package.refused:
                why = package.refused
                yield file_entry(submission.path, submission, "rejected", problems=why)
            else:
                yield package


def planned_works(
    arrivals: Iterable[Opened | PlannedWork | ReportEntry],
    rows: Rows,
    limits: CheckLimits,
    *,
    has_paths: bool,
) -> Iterator[PlannedWork | ReportEntry]:
    """Yield each Work once: the submissions, then the rows that none of them took."""
    seen: set[str] = set()
    for arrival in arrivals:
        if not isinstance(arrival, Opened):
            yield arrival
            continue
        planned = plan(arrival, rows, limits)
        if planned.work in seen:
            yield from _twice(planned)
        else:
            seen.add(planned.work)
            yield planned
    for row in rows.unused():
        if row.record is not None:
            yield _record_only(row, row.record, seen, has_paths=has_paths)


def _twice(planned: PlannedWork) -> Iterator[FileEntry]:
    reason = problem("identifier-twice", planned.name, identifier=planned.record.identifier)
    for page in planned.pages:
        yield replace(planned.entry(page, "rejected"), problems=(reason,))


def _record_only(
    row: SheetRow, record: Record, seen: set[str], *, has_paths: bool
) -> PlannedWork | RecordEntry:
    """Return the Work of a row without a submission, unless another has its identifier."""
    work = ids.work_id(record.identifier)
    if work in seen:
        reason = problem("identifier-twice", str(row.number), identifier=record.identifier)
        return refused_entry(row, reason)
    seen.add(work)
    name = row.folder or record.identifier
    problems = (problem("submission-missing", name),) if has_paths else ()
    describes: Described = "columns" if row.columns else "whole"
    return PlannedWork(work, record, None, row=row, problems=problems, describes=describes)
