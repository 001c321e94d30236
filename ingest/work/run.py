"""A batch: submissions received, their pages derived and read by workers, Works published.

Every step is a row in the catalogue, so a batch that was killed goes on when it is run again, and
two batches at once share the pages between them: whoever leases a page's steps does them.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol

from ingest.intake.plan import PlannedWork
from ingest.intake.quarantine import keep_files
from ingest.reading import read_page
from ingest.work.flight import Flight, PageJob
from ingest.work.leases import Leases
from ingest.work.ledger import Ledger
from ingest.work.open import open_workers
from ingest.work.publish import Publishing
from ingest.work.receive import OWN_FAULTS, Receiver, Receiving, not_preserved
from storage.images.pyramid import FORMAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ingest.holdings import Holdings
    from ingest.intake.report import ReportEntry
    from ingest.work.ledger import OpenWork
    from ingest.work.tasks import PageOutcome
    from metadata.problem import Problem
    from repository.catalogue.steps import StepName
    from repository.settings import Settings


class Progress(Protocol):
    """Hears how far a batch is."""

    def planned(self, pages: int) -> None:
        """``pages`` more pages were found."""

    def page_done(self, name: str, reason: Problem | None) -> None:
        """One page was finished, or failed for ``reason``."""


class Ends(Receiver, Protocol):
    """What happens to a Work before and after its pages are worked on."""

    def end(
        self, planned: PlannedWork, outcomes: Mapping[str, PageOutcome]
    ) -> Sequence[ReportEntry]:
        """Publish what was done; ``outcomes`` are those of this batch, by page id."""

    def refuse(
        self,
        planned: PlannedWork,
        step: StepName,
        reason: Problem,
        outcomes: Mapping[str, PageOutcome],
    ) -> Sequence[ReportEntry]:
        """Give a Work up whose ``step`` failed as a whole; ``outcomes`` are as for ``end``."""


class Run:
    """One batch over planned Works: what waits and flies is Flight's, what is noted Ledger's."""

    def __init__(
        self,
        holdings: Holdings,
        ends: Ends,
        flight: Flight,
        ledger: Ledger,
        receiving: Receiving,
        progress: Progress,
    ) -> None:
        self._holdings = holdings
        self._ends = ends
        self._flight = flight
        self._ledger = ledger
        self._receiving = receiving
        self._progress = progress

    def works(
        self, arriving: Iterable[PlannedWork | ReportEntry], arguments: str
    ) -> Iterator[ReportEntry]:
        """Bring every Work that arrives to its end; yield the batch, and what there is to tell.

        Raises StorageFullError and StorageUnavailableError, leaving all resumable.
        """
        steps = self._holdings.steps
        batch = steps.begin_batch(arguments)
        yield batch
        for planned in arriving:
            if not isinstance(planned, PlannedWork):
                yield planned
                continue
            yield from self._begin(planned, batch.id)
            while self._flight.has_enough(self._receiving.pages):
                yield from self._turn()
        while not self._ledger.is_settled:
            yield from self._turn()
        steps.end_batch(batch.id)

    def _begin(self, planned: PlannedWork, batch: int) -> Iterator[ReportEntry]:
        yield from planned.left_out
        yield from planned.problems
        keep_files(self._holdings.quarantine, planned.left_out)
        self._progress.planned(len(planned.pages))
        if not planned.pages and planned.row is None and planned.submission is not None:
            return
        work = self._ledger.begin(planned, batch)
        if planned.pages:
            self._receiving.add(planned)
            yield from self._go_on()
        else:
            yield from self._end(work)

    def _turn(self) -> Iterator[ReportEntry]:
        """Let pages fly, and whatever has landed be noted and published."""
        landed = self._flight.turn(self._receiving.futures)
        finished = self._ledger.note(landed)
        for one in landed:
            self._progress.page_done(one.job.page.name, one.outcome.reason)
        for work in finished:
            yield from self._end(work)
        yield from self._go_on()

    def _go_on(self) -> Iterator[ReportEntry]:
        """Let the pages of those Works begin whose masters are safe now."""
        for planned, reason in self._receiving.turn():
            work, todo, done = self._ledger.open_pages(planned.work)
            if reason is not None:
                yield from self._refuse(work, "receive", reason)
                continue
            self._flight.add(PageJob(planned, page) for page in todo)
            for page in done:
                self._progress.page_done(page.name, None)
            if not todo:
                yield from self._end(work)

    def _end(self, work: OpenWork) -> Iterator[ReportEntry]:
        planned = work.planned
        try:
            entries = self._ends.end(planned, work.outcomes)
        except OWN_FAULTS as error:
            reason = not_preserved(planned.name, error)
            entries = self._ends.refuse(planned, "publish", reason, work.outcomes)
        self._ledger.close(planned.work)
        yield from entries

    def _refuse(self, work: OpenWork, step: StepName, reason: Problem) -> Iterator[ReportEntry]:
        planned = work.planned
        for page in planned.pages:
            self._progress.page_done(page.name, reason)
        entries = self._ends.refuse(planned, step, reason, work.outcomes)
        self._ledger.close(planned.work)
        yield from entries


def configurations(settings: Settings) -> dict[StepName, str]:
    """Return, by step, the digest of all that decides how it is done."""
    return {"derive": FORMAT, "read": read_page.configuration(settings.ocr)}


@contextmanager
def open_run(settings: Settings, holdings: Holdings, progress: Progress) -> Iterator[Run]:
    """Open a batch with the workers that the settings name; leaving it stops them."""
    with (
        closing(open_workers(settings.executor, settings.workers)) as workers,
        Leases(holdings.steps, holdings.running) as leases,
    ):
        ends = Publishing(holdings, settings.storage, leases)
        root = holdings.derivatives.root
        flight = Flight(holdings.steps, workers, leases, root, settings.ocr)
        ledger = Ledger(holdings.steps, leases, configurations(settings))
        receiving = Receiving(ends, workers, holdings.steps, leases)
        yield Run(holdings, ends, flight, ledger, receiving, progress)
