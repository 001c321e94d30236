"""What is noted of a batch: the steps of its pages, and what is left to do of each Work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.work.flight import PAGE_STEPS
from repository.catalogue.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.work.flight import Landed
    from ingest.work.leases import Leases
    from ingest.work.tasks import PageOutcome
    from repository.catalogue.steps import StepName, Steps, StepState

_NAMES: tuple[StepName, ...] = ("receive", *PAGE_STEPS, "publish")


@dataclass(slots=True)
class OpenWork:
    """A Work on its way: ``open`` pages are not finished yet; ``outcomes`` are by page id."""

    planned: PlannedWork
    open: set[str] = field(default_factory=set)
    outcomes: dict[str, PageOutcome] = field(default_factory=dict)


class Ledger:
    """Plans the steps of Works and notes how they end.

    ``configuration`` is, by step, the digest of all that decides how it is done.
    """

    def __init__(self, steps: Steps, leases: Leases, configuration: Mapping[StepName, str]) -> None:
        self._steps = steps
        self._leases = leases
        self._configuration = configuration
        self._open: dict[str, OpenWork] = {}

    @property
    def is_settled(self) -> bool:
        """Tell whether every Work has come to its end."""
        return not self._open

    def begin(self, planned: PlannedWork, batch: int) -> OpenWork:
        """Plan all steps of a Work's pages."""
        self._steps.plan_steps(
            [
                self._step(planned, page, name, "waiting", batch=batch)
                for page in planned.pages
                for name in _NAMES
            ]
        )
        work = self._open[planned.work] = OpenWork(planned)
        return work

    def open_pages(self, work: str) -> tuple[OpenWork, list[PlannedPage], list[PlannedPage]]:
        """Return a Work, its pages that are to be derived or read, and those that are done."""
        found = self._open[work]
        states = {(s.page, s.name): s.state for s in self._steps.steps(work=work)}
        todo: list[PlannedPage] = []
        done: list[PlannedPage] = []
        for page in found.planned.pages:
            is_done = all(states.get((page.id, name)) == "done" for name in PAGE_STEPS)
            (done if is_done else todo).append(page)
        found.open = {page.id for page in todo}
        return found, todo, done

    def note(self, landed: Sequence[Landed]) -> list[OpenWork]:
        """Note how pages ended; return the Works of which no page is left."""
        here = [one for one in landed if one.here]
        self._leases.finish([step for one in here for step in self._ends(one)])
        self._leases.give_back([one.job.page.id for one in here if one.outcome.failed == "derive"])
        finished = []
        for (planned, page), outcome, _ in landed:
            work = self._open[planned.work]
            work.outcomes[page.id] = outcome
            work.open.discard(page.id)
            if not work.open:
                finished.append(work)
        return finished

    def close(self, work: str) -> None:
        """Let go of a Work that has come to its end."""
        del self._open[work]

    def _ends(self, landed: Landed) -> Iterable[Step]:
        (planned, page), outcome, _ = landed
        for name in outcome.done:
            yield self._step(planned, page, name, "done")
        if outcome.failed:
            reason = outcome.reason.to_json() if outcome.reason else None
            yield self._step(planned, page, outcome.failed, "failed", reason=reason)

    def _step(
        self,
        planned: PlannedWork,
        page: PlannedPage,
        name: StepName,
        state: StepState,
        *,
        batch: int | None = None,
        reason: Mapping[str, object] | None = None,
    ) -> Step:
        return Step(
            work=planned.work,
            page=page.id,
            name=name,
            state=state,
            batch=batch,
            input_digest=page.digest,
            configuration_digest=self._configuration.get(name, ""),
            reason=reason,
        )
