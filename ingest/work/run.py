"""A batch: submissions received, their pages derived and read by workers, Works published.

Every step is a row in the catalogue, so a batch that was killed goes on when it is run again, and
two batches at once share the pages between them: whoever leases a page's steps does them.
"""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from ingest.intake.quarantine import keep_files
from ingest.intake.report import Report
from ingest.work import publish
from ingest.work.receive import OWN_FAULTS, Receiver, Receiving, not_preserved
from ingest.work.steps import PageOutcome, PageTask, work_on_all
from metadata.problem import Problem, problem
from repository.catalogue import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Self

    from ingest.holdings import Holdings
    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.work.leases import Leases
    from ingest.work.publish import Published
    from ingest.work.steps import PageStep
    from ingest.work.workers import Workers
    from repository.catalogue import StepName, StepState
    from repository.settings import Settings

_PAGE_STEPS: tuple[PageStep, ...] = ("derive", "read")
# Pages that finish within this time are noted in one transaction.
_GATHER_SECONDS = 0.5
# How many pages are leased at most, and how few are left before more are, for each worker.
_MOST, _FEW = 16, 8
# Small pages go to a worker several at once, about this many seconds' work.
_TOGETHER_SECONDS = 0.4
# How often to try for pages that another batch has: it may have died.
_ASK_SECONDS = 5.0


class Progress(Protocol):
    """Hears how far a batch is."""

    def planned(self, pages: int) -> None:
        """``pages`` more pages were found."""

    def page_done(self, name: str, reason: Problem | None) -> None:
        """One page was finished, or failed for ``reason``."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """``configuration`` is the digest of all that decides how a page is derived and read."""

    ocr: str
    configuration: dict[StepName, str]


def run_options(settings: Settings) -> RunOptions:
    """Return the options that the settings ask for."""
    from ingest.reading import read_page as reading
    from storage.images.pyramid import FORMAT

    decided: dict[StepName, str] = {"derive": FORMAT, "read": reading.configuration(settings.ocr)}
    return RunOptions(settings.ocr, decided)


class Ends(Receiver, Protocol):
    """What happens to a Work before and after its pages are worked on."""

    def end(
        self,
        planned: PlannedWork,
        outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Publish what was done; ``outcomes`` are those of this batch, by page id."""

    def refuse(
        self,
        planned: PlannedWork,
        step: StepName,
        reason: Problem,
        outcomes: Mapping[str, PageOutcome],
    ) -> Published:
        """Give a Work up whose ``step`` failed as a whole; ``outcomes`` are as for ``end``."""


@dataclass(slots=True)
class _WorkRun:
    """A Work on its way: ``open`` pages are not finished yet, by us or by another batch."""

    planned: PlannedWork
    open: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    outcomes: dict[str, PageOutcome] = field(default_factory=dict)


_Waiting = tuple[_WorkRun, "PlannedPage"]


class Run:
    """One batch over planned Works. Use as a context manager: leaving it stops the workers."""

    def __init__(
        self,
        holdings: Holdings,
        ends: Ends,
        workers: Workers,
        leases: Leases,
        options: RunOptions,
        progress: Progress,
    ) -> None:
        self._holdings = holdings
        self._ends = ends
        self._workers = workers
        self._options = options
        self._progress = progress
        self._queue: deque[_Waiting] = deque()
        self._asked = time.monotonic()
        self._flying: dict[Future[list[PageOutcome]], list[_Waiting]] = {}
        self._page_seconds = _TOGETHER_SECONDS
        self._runs: dict[str, _WorkRun] = {}
        self._leases = leases
        self._receiving = Receiving(ends, workers, holdings.catalogue, leases)
        self.report = Report()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.close()

    def works(self, planned: Iterable[PlannedWork], arguments: str) -> Report:
        """Bring every planned Work to its end.

        Raises StorageFullError and StorageUnavailableError, leaving all resumable.
        """
        batch = self._holdings.catalogue.begin_batch(arguments)
        self.report.batch = batch.id
        for work in planned:
            self._begin(work, batch.id)
            while len(self._queue) + self._receiving.pages > _MOST * self._workers.count:
                self._turn()
        while self._runs:
            self._turn()
        self._holdings.catalogue.end_batch(batch.id)
        return self.report

    def _begin(self, planned: PlannedWork, batch: int) -> None:
        self.report.files.extend(planned.set_aside)
        self.report.problems.extend(planned.problems)
        keep_files(self._holdings.quarantine, planned.set_aside)
        self._progress.planned(len(planned.pages))
        if not planned.pages and planned.row is None and planned.submission is not None:
            return
        self._holdings.catalogue.plan_steps(self._steps_of(planned, batch))
        run = self._runs[planned.work] = _WorkRun(planned)
        if not planned.pages:
            self._end(run)
            return
        self._receiving.add(planned)
        self._go_on()

    def _go_on(self) -> None:
        """Let the pages of those Works begin whose masters are safe now."""
        for planned, reason in self._receiving.turn():
            run = self._runs[planned.work]
            if reason is None:
                self._open(run)
            else:
                self._refuse(run, "receive", reason)

    def _open(self, run: _WorkRun) -> None:
        planned = run.planned
        done = self._done(planned)
        run.open = {p.id for p in planned.pages if p.id not in done}
        self._queue.extend((run, page) for page in planned.pages if page.id in run.open)
        for page in planned.pages:
            if page.id in done:
                self._progress.page_done(page.name, None)
        if not run.open:
            self._end(run)

    def _steps_of(self, planned: PlannedWork, batch: int) -> list[Step]:
        names: tuple[StepName, ...] = ("receive", "derive", "read", "publish")
        return [
            Step(
                work=planned.work,
                page=page.id,
                name=name,
                state="waiting",
                batch=batch,
                input_digest=page.digest,
                configuration_digest=self._options.configuration.get(name, ""),
            )
            for page in planned.pages
            for name in names
        ]

    def _done(self, planned: PlannedWork) -> set[str]:
        states = self._states(planned.work)
        return {
            p.id for p in planned.pages if all(states.get((p.id, n)) == "done" for n in _PAGE_STEPS)
        }

    def _states(self, work: str) -> dict[tuple[str, str], str]:
        return {(s.page, s.name): s.state for s in self._holdings.catalogue.steps(work=work)}

    def _turn(self) -> None:
        """Start what can start, wait a little, settle what is finished."""
        in_work = sum(map(len, self._flying.values()))
        if in_work <= _FEW * self._workers.count:
            self._start(_MOST * self._workers.count - in_work)
        if self._flying or self._receiving.futures:
            under_way: list[Future[Any]] = [*self._flying, *self._receiving.futures]
            wait(under_way, _GATHER_SECONDS)
            self._settle([future for future in self._flying if future.done()])
        elif self._runs:
            time.sleep(_GATHER_SECONDS)
        self._go_on()
        self._look_elsewhere()

    def _start(self, room: int) -> None:
        """Give the workers up to ``room`` of the pages that wait."""
        pages = [self._queue.popleft() for _ in range(min(room, len(self._queue)))]
        taken = self._take(pages)
        fair = len(taken) // (4 * self._workers.count)
        together = max(1, min(fair, int(_TOGETHER_SECONDS / self._page_seconds)))
        for first in range(0, len(taken), together):
            part = taken[first : first + together]
            future = self._workers.submit(work_on_all, [task for _, _, task in part])
            self._flying[future] = [(run, page) for run, page, _ in part]

    def _take(self, pages: Sequence[_Waiting]) -> list[tuple[_WorkRun, PlannedPage, PageTask]]:
        """Lease pages' steps and say what workers have to do; note those that others have."""
        leased = self._lease([page.id for _, page in pages])
        for run, page in pages:
            if page.id not in leased:
                run.elsewhere.add(page.id)
        return [
            (run, page, self._task(run, page, leased[page.id]))
            for run, page in pages
            if page.id in leased
        ]

    def _task(self, run: _WorkRun, page: PlannedPage, steps: tuple[PageStep, ...]) -> PageTask:
        return PageTask(
            page=page.id,
            name=page.name,
            source=page.source,
            frame=page.frame,
            media_type=page.media_type,
            size=(page.width, page.height),
            derivatives=self._holdings.derivatives.root,
            steps=steps,
            ocr=self._options.ocr,
            hints=publish.hints(run.planned.record),
            alto=page.alto,
        )

    def _lease(self, pages: Sequence[str]) -> dict[str, tuple[PageStep, ...]]:
        """Take the steps that pages still need; whoever holds a page's first one has them all."""
        steps = self._holdings.catalogue.steps(pages=pages)
        done = {(s.page, s.name) for s in steps if s.state == "done"}
        leased: dict[str, tuple[PageStep, ...]] = {}
        free = set(pages)
        for name in _PAGE_STEPS:
            needed = [p for p in pages if p in free and (p, name) not in done]
            taken = self._leases.take(name, needed)
            leased |= {s.page: (*leased.get(s.page, ()), name) for s in taken}
            free -= set(needed) - {s.page for s in taken}
        return leased

    def _settle(self, finished: Sequence[Future[list[PageOutcome]]]) -> None:
        pages: list[tuple[_WorkRun, PlannedPage, PageOutcome]] = []
        suspects: list[_Waiting] = []
        for future, outcomes in [(future, self._outcomes(future)) for future in finished]:
            part = self._flying.pop(future)
            if outcomes is None:
                suspects += part
            else:
                pages += [(*w, outcome) for w, outcome in zip(part, outcomes, strict=True)]
        self._finish(pages)
        took = [outcome.seconds for *_, outcome in pages if not outcome.failed]
        if took:
            self._page_seconds = max(0.001, sum(took) / len(took))
        if suspects:
            self._try_alone(suspects)

    def _outcomes(self, future: Future[list[PageOutcome]]) -> list[PageOutcome] | None:
        """Return what became of pages, None when their worker died."""
        try:
            return future.result()
        except self._workers.deaths:
            return None

    def _try_alone(self, suspects: list[_Waiting]) -> None:
        """Find out which of the pages that dead workers had killed them, one by one."""
        self._leases.give_back([page.id for _, page in suspects])
        for run, page in suspects:
            for _, _, task in self._take([(run, page)]):
                try:
                    (outcome,) = self._workers.run_alone(work_on_all, [task])
                except self._workers.deaths:
                    reason = problem("worker-died", page.name)
                    outcome = PageOutcome(page.id, (), task.steps[0], reason)
                self._finish([(run, page, outcome)])

    def _finish(self, pages: Sequence[tuple[_WorkRun, PlannedPage, PageOutcome]]) -> None:
        steps = []
        for run, page, outcome in pages:
            steps += [self._step(run, page, name, "done", None) for name in outcome.done]
            if outcome.failed:
                steps.append(self._step(run, page, outcome.failed, "failed", outcome.reason))
        self._leases.finish(steps)
        self._leases.give_back([p.id for _, p, outcome in pages if outcome.failed == "derive"])
        for run, page, outcome in pages:
            run.outcomes[page.id] = outcome
            self._close(run, page.id, page.name)

    def _close(self, run: _WorkRun, page: str, name: str) -> None:
        run.open.discard(page)
        run.elsewhere.discard(page)
        outcome = run.outcomes.get(page)
        self._progress.page_done(name, outcome.reason if outcome else None)
        if not run.open:
            self._end(run)

    def _step(
        self,
        run: _WorkRun,
        page: PlannedPage,
        name: StepName,
        state: StepState,
        reason: Problem | None,
    ) -> Step:
        return Step(
            work=run.planned.work,
            page=page.id,
            name=name,
            state=state,
            input_digest=page.digest,
            configuration_digest=self._options.configuration.get(name, ""),
            reason=reason.to_json() if reason else None,
        )

    def _look_elsewhere(self) -> None:
        """Take note of pages that another batch finished, and ask now and then for the others."""
        ask = time.monotonic() - self._asked > _ASK_SECONDS
        if ask:
            self._asked = time.monotonic()
        for run in [r for r in self._runs.values() if r.elsewhere]:
            by_id = {p.id: p for p in run.planned.pages}
            steps = {
                (s.page, s.name): s for s in self._holdings.catalogue.steps(work=run.planned.work)
            }
            for page in sorted(run.elsewhere):
                mine = [steps[page, name] for name in _PAGE_STEPS if (page, name) in steps]
                failed = next((s for s in mine if s.state == "failed"), None)
                if failed is not None:
                    run.outcomes[page] = _failed_elsewhere(failed)
                if failed is not None or all(s.state == "done" for s in mine):
                    self._close(run, page, by_id[page].name)
                elif ask or not any(s.state == "running" for s in mine):
                    run.elsewhere.discard(page)
                    self._queue.append((run, by_id[page]))

    def _end(self, run: _WorkRun) -> None:
        try:
            published = self._ends.end(run.planned, run.outcomes)
        except OWN_FAULTS as error:
            reason = not_preserved(run.planned.name, error)
            published = self._ends.refuse(run.planned, "publish", reason, run.outcomes)
        self._note(run, published)

    def _refuse(self, run: _WorkRun, step: StepName, reason: Problem) -> None:
        for page in run.planned.pages:
            self._progress.page_done(page.name, reason)
        self._note(run, self._ends.refuse(run.planned, step, reason, run.outcomes))

    def _note(self, run: _WorkRun, published: Published) -> None:
        del self._runs[run.planned.work]
        self.report.works[run.planned.work] = published.work
        self.report.files.extend(published.files)
        if published.record is not None:
            self.report.records.append(published.record)
        self.report.problems.extend(published.problems)


def _failed_elsewhere(step: Step) -> PageOutcome:
    reason = Problem(**cast("dict[str, Any]", step.reason)) if step.reason else None
    return PageOutcome(step.page, (), "derive" if step.name == "derive" else "read", reason)
