"""Pages that wait for a worker, are with one, or are another batch's: what waits and what flies."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ingest.reading.engine import ReadingHints
from ingest.work.tasks import PageOutcome, PageTask, work_on_all
from metadata.problem import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.work.leases import Leases
    from ingest.work.tasks import PageStep
    from ingest.work.workers import Workers
    from metadata.record import Record
    from repository.catalogue.steps import Step, Steps

PAGE_STEPS: tuple[PageStep, ...] = ("derive", "read")
# Pages that finish within this time are noted in one transaction.
_GATHER_SECONDS = 0.5
# How many pages are leased at most, and how few are left before more are, for each worker.
_MOST, _FEW = 16, 8
# Small pages go to a worker several at once, about this many seconds' work.
_TOGETHER_SECONDS = 0.4
# How often to try for pages that another batch has: it may have died.
_ASK_SECONDS = 5.0
_PAGES_AT_ONCE = 400  # in one question about steps


class PageJob(NamedTuple):
    """A page whose steps are to be done."""

    work: PlannedWork
    page: PlannedPage


class Landed(NamedTuple):
    """A page that is finished, by a worker of this batch (``here``) or of another one."""

    job: PageJob
    outcome: PageOutcome
    here: bool


class Flight:
    """Gives pages to workers, no more at once than they need, and tells which have landed."""

    def __init__(
        self, steps: Steps, workers: Workers, leases: Leases, derivatives: Path, ocr: str
    ) -> None:
        self._steps = steps
        self._workers = workers
        self._leases = leases
        self._derivatives = derivatives
        self._ocr = ocr
        self._waiting: deque[PageJob] = deque()
        self._flying: dict[Future[list[PageOutcome]], list[PageJob]] = {}
        self._elsewhere: dict[str, PageJob] = {}
        self._page_seconds = _TOGETHER_SECONDS
        self._asked = time.monotonic()

    def add(self, jobs: Iterable[PageJob]) -> None:
        """Let pages wait for a worker."""
        self._waiting.extend(jobs)

    def has_enough(self, others: int) -> bool:
        """Tell whether enough pages wait, with so many ``others`` that soon will."""
        return len(self._waiting) + others > _MOST * self._workers.count

    def turn(self, others: Iterable[Future[Any]]) -> list[Landed]:
        """Start what can start, wait a little for pages and ``others``; return what has landed."""
        in_work = sum(map(len, self._flying.values()))
        if in_work <= _FEW * self._workers.count:
            self._start(_MOST * self._workers.count - in_work)
        under_way: list[Future[Any]] = [*self._flying, *others]
        if not under_way:
            time.sleep(_GATHER_SECONDS)
            return self._landed_elsewhere()
        wait(under_way, _GATHER_SECONDS)
        return [*self._landed_here(), *self._landed_elsewhere()]

    def _start(self, room: int) -> None:
        """Give the workers up to ``room`` of the pages that wait."""
        tasks = self._take([self._waiting.popleft() for _ in range(min(room, len(self._waiting)))])
        fair = len(tasks) // (4 * self._workers.count)
        together = max(1, min(fair, int(_TOGETHER_SECONDS / self._page_seconds)))
        for first in range(0, len(tasks), together):
            part = tasks[first : first + together]
            future = self._workers.submit(work_on_all, [task for _, task in part])
            self._flying[future] = [job for job, _ in part]

    def _take(self, jobs: Sequence[PageJob]) -> list[tuple[PageJob, PageTask]]:
        """Lease pages' steps and say what workers have to do; others' pages are looked after."""
        leased = self._lease([job.page.id for job in jobs])
        self._elsewhere |= {job.page.id: job for job in jobs if job.page.id not in leased}
        return [
            (job, self._task(job, leased[job.page.id])) for job in jobs if job.page.id in leased
        ]

    def _task(self, job: PageJob, steps: tuple[PageStep, ...]) -> PageTask:
        work, page = job
        return PageTask(
            page=page.id,
            name=page.name,
            source=page.source,
            frame=page.frame,
            media_type=page.media_type,
            size=(page.width, page.height),
            derivatives=self._derivatives,
            steps=steps,
            ocr="none" if work.adopted else self._ocr,
            hints=hints(work.record),
            alto=page.alto,
        )

    def _lease(self, pages: Sequence[str]) -> dict[str, tuple[PageStep, ...]]:
        """Take the steps that pages still need; whoever holds a page's first one has them all."""
        steps = self._steps.steps(pages=pages)
        done = {(s.page, s.name) for s in steps if s.state == "done"}
        leased: dict[str, tuple[PageStep, ...]] = {}
        free = set(pages)
        for name in PAGE_STEPS:
            needed = [p for p in pages if p in free and (p, name) not in done]
            taken = self._leases.take(name, needed)
            leased |= {s.page: (*leased.get(s.page, ()), name) for s in taken}
            free -= set(needed) - {s.page for s in taken}
        return leased

    def _landed_here(self) -> list[Landed]:
        landed: list[Landed] = []
        suspects: list[PageJob] = []
        for future in [future for future in self._flying if future.done()]:
            outcomes, jobs = self._outcomes(future), self._flying.pop(future)
            if outcomes is None:
                suspects += jobs
            else:
                landed += [Landed(*pair, here=True) for pair in zip(jobs, outcomes, strict=True)]
        took = [one.outcome.seconds for one in landed if not one.outcome.failed]
        if took:
            self._page_seconds = max(0.001, sum(took) / len(took))
        return [*landed, *self._tried_alone(suspects)] if suspects else landed

    def _outcomes(self, future: Future[list[PageOutcome]]) -> list[PageOutcome] | None:
        """Return what became of pages, None when their worker died."""
        try:
            return future.result()
        except self._workers.deaths:
            return None

    def _tried_alone(self, suspects: list[PageJob]) -> list[Landed]:
        """Find out which of the pages that dead workers had killed them, one by one."""
        self._leases.give_back([job.page.id for job in suspects])
        landed = []
        for job, task in self._take(suspects):
            try:
                (outcome,) = self._workers.run_alone(work_on_all, [task])
            except self._workers.deaths:
                reason = problem("worker-died", job.page.name)
                outcome = PageOutcome(job.page.id, (), task.steps[0], reason)
            landed.append(Landed(job, outcome, here=True))
        return landed

    def _landed_elsewhere(self) -> list[Landed]:
        """Look at pages that others have: finished ones land, free ones wait for a worker again.

        Now and then those in work are tried for, too: whoever had them may have died.
        """
        ask = time.monotonic() - self._asked > _ASK_SECONDS
        if ask:
            self._asked = time.monotonic()
        landed = []
        for page, steps in self._steps_elsewhere().items():
            failed = next((s for s in steps if s.state == "failed"), None)
            if failed is not None or all(s.state == "done" for s in steps):
                outcome = _failed(failed) if failed else PageOutcome(page, ())
                landed.append(Landed(self._elsewhere.pop(page), outcome, here=False))
            elif ask or not any(s.state == "running" for s in steps):
                self._waiting.append(self._elsewhere.pop(page))
        return landed

    def _steps_elsewhere(self) -> dict[str, list[Step]]:
        pages = sorted(self._elsewhere)
        steps: dict[str, list[Step]] = {page: [] for page in pages}
        for first in range(0, len(pages), _PAGES_AT_ONCE):
            for step in self._steps.steps(pages=pages[first : first + _PAGES_AT_ONCE]):
                if step.name in PAGE_STEPS:
                    steps[step.page].append(step)
        return steps


def hints(record: Record) -> ReadingHints:
    """Return what a Record says about how its pages are to be read."""
    years = [y for d in record.dates for y in (d.first_year, d.last_year) if y is not None]
    span = (min(years), max(years)) if years else None
    return ReadingHints(record.material, record.languages, span)


def _failed(step: Step) -> PageOutcome:
    reason = Problem(**cast("dict[str, Any]", step.reason)) if step.reason else None
    return PageOutcome(step.page, (), "derive" if step.name == "derive" else "read", reason)
