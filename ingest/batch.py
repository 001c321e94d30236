"""One run of ``takao ingest``: paths and metadata files in, a report out.

A batch is a road: submissions are opened, planned, settled with what is held, worked on. Each stage
yields what goes on, and the report's entries for what it has to tell; one collector gathers them.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.intake.arrivals import BatchRequest, packages, planned_works, read_rows
from ingest.intake.plan import CheckLimits, PlannedWork
from ingest.intake.report import WorkOutcome, gathered, record_entry, with_joined
from ingest.intake.settle import kept_edits, settled
from metadata.merging import differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.holdings import Holdings
    from ingest.intake.report import Report, ReportEntry
    from ingest.work.run import Progress
    from repository.catalogue.works import Works
    from repository.settings import Settings

__all__ = ["BatchRequest", "check", "run"]


def run(
    request: BatchRequest, settings: Settings, holdings: Holdings, progress: Progress
) -> Report:
    """Ingest everything that ``request`` names. Raises StorageFullError; what was done stays."""
    from ingest.again import restored
    from ingest.intake.packages import scratch_folder
    from ingest.intake.quarantine import keep_records
    from ingest.work.run import open_run

    rows, told = read_rows(request)
    limits = CheckLimits(settings.max_pixels, request.profile, bool(request.metadata))
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_folder(settings.derivatives))
        batch = stack.enter_context(open_run(settings, holdings, progress))
        keep_records(holdings.quarantine, rows.refused)
        arrivals = restored(packages(request.paths, scratch), holdings, settings.storage)
        planned = planned_works(arrivals, rows, limits, has_paths=bool(request.paths))
        entries = batch.works(_settled(planned, holdings.works), request.arguments)
        return gathered(with_joined(chain(told, entries), rows.joined))


def check(request: BatchRequest, max_pixels: int, works: Works | None) -> Report:
    """Say what ``run`` would do, and write nothing (``--dry-run``)."""
    rows, told = read_rows(request)
    limits = CheckLimits(max_pixels, request.profile, bool(request.metadata))
    with tempfile.TemporaryDirectory(prefix="takao-") as scratch:
        arrivals = packages(request.paths, Path(scratch))
        planned = planned_works(arrivals, rows, limits, has_paths=bool(request.paths))
        entries = _foreseen(_settled(planned, works), works)
        return gathered(with_joined(chain(told, entries), rows.joined))


def _settled(
    arriving: Iterable[PlannedWork | ReportEntry], works: Works | None
) -> Iterator[PlannedWork | ReportEntry]:
    """Let the Record of each Work be made from the one that is held."""
    today = datetime.now(UTC).date()
    for planned in arriving:
        if isinstance(planned, PlannedWork) and works is not None and not planned.adopted:
            known = works.get_works([planned.work]).get(planned.work)
            yield settled(planned, known, today) if known else planned
        else:
            yield planned


def _foreseen(
    arriving: Iterable[PlannedWork | ReportEntry], works: Works | None
) -> Iterator[ReportEntry]:
    """Yield what would become of Works."""
    for planned in arriving:
        if isinstance(planned, PlannedWork):
            yield from _foreseen_work(planned, works)
        else:
            yield planned


def _foreseen_work(planned: PlannedWork, works: Works | None) -> Iterator[ReportEntry]:
    held = works.get_works([planned.work]).get(planned.work) if works else None
    pages = {p.id: p.digest for p in works.pages_of(planned.work)} if works else {}
    yield from planned.left_out
    yield from planned.problems
    yield from kept_edits(planned, held)
    same = [pages.get(page.id) == page.digest for page in planned.pages]
    for n, (page, known) in enumerate(zip(planned.pages, same, strict=True), 1):
        yield planned.entry(page, "unchanged" if known else "published", n=n)
    if not planned.pages and planned.row is None:
        return
    if held is None:
        entry = WorkOutcome(planned.work, "created")
    else:
        is_same = held.record == planned.record and all(same)
        changes = tuple(differences(held.record, planned.record))
        entry = WorkOutcome(planned.work, "unchanged" if is_same else "updated", changes)
    yield entry
    if planned.row is not None:
        yield record_entry(planned.row, entry)
