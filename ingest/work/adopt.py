"""A Work that lies whole in its object, taken over into the catalogue as it stands there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.intake.report import WorkOutcome
from ingest.work.readings import Readings
from ingest.work.receive import step_of
from ingest.work.tasks import failures, texts_read
from repository import preserved
from repository.versions import HeldWork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingest.holdings import Holdings
    from ingest.intake.plan import PlannedWork
    from ingest.intake.report import ReportEntry
    from ingest.work.leases import Leases
    from ingest.work.tasks import PageOutcome
    from metadata.problem import Problem


def finish(leases: Leases, planned: PlannedWork, failed: Mapping[str, Problem]) -> None:
    """Mark the published pages' steps done, and give those of failed pages back."""
    pages = [page for page in planned.pages if page.id not in failed]
    leases.finish([step_of(planned, page, "publish", "done") for page in pages])
    leases.give_back(list(failed))


def adopt(
    holdings: Holdings,
    leases: Leases,
    planned: PlannedWork,
    outcomes: Mapping[str, PageOutcome],
) -> list[ReportEntry]:
    """Adopt a Work and write nothing to the store.

    A page whose derivative fails now is kept and reported.
    """
    held = preserved.load(holdings.objects, planned.work)
    readings = Readings(holdings.derivatives, {}, texts_read(outcomes))
    texts = tuple(readings.rows(held.pages, {}))
    holdings.versions.adopt(HeldWork(held.work, held.pages), texts, held.events)
    failed = failures(outcomes)
    published = {page.id for page in held.pages}
    pages = tuple(page for page in planned.pages if page.id in published)
    finish(leases, replace(planned, pages=pages), failed)
    others = [page.id for page in planned.pages if page.id not in published]
    holdings.steps.reset_steps(others, ("read", "publish"))
    return [WorkOutcome(planned.work, "created"), *failed.values()]
