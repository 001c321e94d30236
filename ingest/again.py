"""Work done again from what the store holds: failed pages tried once more, a site rebuilt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ingest.intake.report import Report
from ingest.work.leases import Leases
from ingest.work.open import open_workers
from ingest.work.publish import (
    AGENT,
    Published,
    Publishing,
    failures,
    finish,
    manifest_bytes,
    texts_read,
)
from ingest.work.readings import Readings
from ingest.work.receive import OWN_FAULTS, not_preserved
from ingest.work.run import Run, run_options
from ingest.work.stored import planned_from_store
from metadata.problem import problem
from repository import preserved
from repository.catalogue import WorkState
from repository.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ingest.holdings import Holdings
    from ingest.intake.packages import Opened
    from ingest.intake.plan import PlannedWork
    from ingest.work.run import Progress
    from ingest.work.steps import PageOutcome
    from metadata.problem import Problem
    from repository.catalogue import StepName
    from repository.settings import Settings


def retry(
    settings: Settings, holdings: Holdings, works: Iterable[str], progress: Progress
) -> Report:
    """Do the unfinished and failed steps of Works again, from their preserved masters."""
    options = run_options(settings)
    names = map(preserved.object_id, dict.fromkeys(works))
    workers = open_workers(settings.executor, settings.workers)
    with Leases(holdings.catalogue, holdings.running) as leases:
        ends = Publishing(holdings, settings.storage, leases)
        with Run(holdings, ends, workers, leases, options, progress) as batch:
            return batch.works(_held(settings, holdings, names, batch.report, anew=False), "retry")


def failed_works(holdings: Holdings) -> list[str]:
    """Return the Works that have a failed step."""
    return sorted({s.work for s in holdings.catalogue.steps(state="failed")})


def read_again(holdings: Holdings, work: str, n: int | None) -> None:
    """Mark a Work's pages, or its page ``n``, to be derived and read again.

    Raises NotFoundError when there is no such Work or page.
    """
    pages = [p.id for p in holdings.catalogue.pages_of(work) if n in (None, p.n)]
    if not pages:
        raise NotFoundError(f"沒有這件作品或這一頁 no such work or page: {work} {n or ''}")
    holdings.catalogue.reset_steps(pages, ("derive", "read", "publish"))


def rebuild(settings: Settings, holdings: Holdings, progress: Progress) -> Report:
    """Make catalogue and derivatives anew from the storage root alone.

    Works that the catalogue has already are left alone, so a rebuild that was killed goes on.
    """
    report = Report()
    names = holdings.objects.objects()
    _adopt(settings, holdings, names, report, progress)
    return report


class Restoring:
    """Takes Works back that Takao gave out as bags: byte for byte, with their datestamps."""

    def __init__(self, settings: Settings, holdings: Holdings) -> None:
        self._settings = settings
        self._holdings = holdings
        self._names: list[str] = []
        self._refused: list[Problem] = []

    def takes(self, package: Opened) -> bool:
        """Store a bag's payload as it is, when it is of a Work that is not held here yet."""
        held, bag = package.exported, package.bag
        if held is None or bag is None or self._holdings.catalogue.get_works([held.work.id]):
            return False
        name = preserved.object_id(held.work.id)
        try:
            self._holdings.objects.update(name, bag.payload, message="restore", user=AGENT)
        except (*OWN_FAULTS, OSError) as error:
            self._refused.append(not_preserved(package.submission.name, error))
        else:
            self._names.append(name)
        return True

    def finish(self, report: Report, progress: Progress) -> None:
        """Adopt what was stored."""
        report.problems.extend(self._refused)
        if self._names:
            _adopt(self._settings, self._holdings, self._names, report, progress)


def _adopt(
    settings: Settings,
    holdings: Holdings,
    names: Iterable[str],
    report: Report,
    progress: Progress,
) -> None:
    options = replace(run_options(settings), ocr="none")
    workers = open_workers(settings.executor, settings.workers)
    with (
        Leases(holdings.catalogue, holdings.running) as leases,
        Run(holdings, _Rebuilding(holdings, leases), workers, leases, options, progress) as batch,
    ):
        batch.report = report
        batch.works(_held(settings, holdings, names, report, anew=True), "rebuild")


def _held(
    settings: Settings, holdings: Holdings, names: Iterable[str], report: Report, *, anew: bool
) -> Iterator[PlannedWork]:
    """Yield Works as their objects hold them; note those that cannot be read.

    ``anew`` takes those alone that the catalogue does not have, with the texts that they hold.
    """
    for name in names:
        try:
            work = preserved.work_of(name)
            if not anew or not holdings.catalogue.get_works([work]):
                yield planned_from_store(holdings.objects, settings.storage, work, keep_text=anew)
        except (KeyError, ValueError) as error:
            report.problems.append(problem("object-unreadable", name, reason=str(error)))


class _Rebuilding:
    """Adopts each Work as its object describes it, and writes nothing to the store."""

    def __init__(self, holdings: Holdings, leases: Leases) -> None:
        self._holdings = holdings
        self._leases = leases

    def prepare(self, _: PlannedWork) -> None:
        """Nothing to receive: the masters are where they belong."""

    def refuse(
        self,
        _work: PlannedWork,
        _step: StepName,
        reason: Problem,
        _outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Leave a Work out that cannot be adopted."""
        return Published("rejected", (), None, (reason,))

    def end(
        self,
        planned: PlannedWork,
        outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Adopt a Work; a page whose derivative fails now is kept and reported."""
        held = preserved.load(self._holdings.objects, planned.work)
        readings = Readings(self._holdings.derivatives, {}, texts_read(outcomes))
        texts = tuple(readings.rows(held.pages, {}))
        manifest = manifest_bytes(held.work, held.pages)
        state = WorkState(held.work, held.pages, texts, manifest, held.events)
        self._holdings.catalogue.adopt([state])
        failed = failures(outcomes)
        published = {page.id for page in held.pages}
        pages = tuple(page for page in planned.pages if page.id in published)
        finish(self._leases, replace(planned, pages=pages), failed)
        others = [page.id for page in planned.pages if page.id not in published]
        self._holdings.catalogue.reset_steps(others, ("read", "publish"))
        return Published("created", (), None, tuple(failed.values()))
