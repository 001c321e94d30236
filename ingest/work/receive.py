"""Works received: a worker writes each one's masters into the store before its pages begin.

Whoever leases a Work's receive steps has it received; other batches wait for the end of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ingest.errors import MasterChangedError
from ingest.stored_file import store_at
from metadata.problem import problem
from repository.catalogue.steps import Step
from storage.errors import (
    BadPathError,
    ConflictError,
    DamagedObjectError,
    StorageBusyError,
    UnsupportedObjectError,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from ingest.intake.plan import PlannedPage, PlannedWork
    from ingest.work.leases import Leases
    from ingest.work.workers import Workers
    from metadata.problem import Problem
    from repository.catalogue.steps import StepName, Steps, StepState
    from storage.ocfl.store import Hashed

# What is wrong with one Work alone. A receipt may also raise OSError: a master is gone, or was
# changed since it was checked.
OWN_FAULTS = (DamagedObjectError, UnsupportedObjectError, BadPathError, MasterChangedError)


@dataclass(frozen=True, slots=True)
class ReceiveTask:
    """The next version of a Work's object, by logical path; picklable.

    ``storage`` is the store's URI, ``expected`` the number of the object's head, 0 for none.
    """

    storage: str
    object: str
    files: dict[str, bytes | Hashed]
    expected: int
    user: str


def receive(task: ReceiveTask) -> None:
    """Write a Work's masters, in a worker. Raises what ``ObjectStore.update`` does."""
    store_at(task.storage).update(
        task.object, task.files, message="receive", user=task.user, expected=task.expected
    )


class Receiver(Protocol):
    """Knows what of a Work has to be preserved."""

    def prepare(self, planned: PlannedWork) -> ReceiveTask | None:
        """Say what to write; None when nothing is to be written."""


Received = tuple["PlannedWork", "Problem | None"]


class Receiving:
    """The Works of a batch whose masters are not safe yet."""

    def __init__(
        self,
        receiver: Receiver,
        workers: Workers,
        steps: Steps,
        leases: Leases,
    ) -> None:
        self._receiver = receiver
        self._workers = workers
        self._steps = steps
        self._leases = leases
        self._waiting: list[PlannedWork] = []
        self._flying: dict[Future[None], tuple[PlannedWork, ReceiveTask]] = {}

    @property
    def futures(self) -> Collection[Future[None]]:
        """Return what is being written."""
        return self._flying.keys()

    @property
    def pages(self) -> int:
        """Return how many pages' masters are being written by this batch."""
        return sum(len(planned.pages) for planned, _ in self._flying.values())

    def add(self, planned: PlannedWork) -> None:
        """Take up a Work; ``turn`` begins it."""
        self._waiting.append(planned)

    def turn(self) -> list[Received]:
        """Start what can start; return the Works that are received, or why one cannot be.

        Raises StorageFullError and StorageUnavailableError.
        """
        finished = [future for future in self._flying if future.done()]
        done = [found for future in finished if (found := self._settled(future))]
        waiting, self._waiting = self._waiting, []
        return [*done, *(found for planned in waiting if (found := self._begun(planned)))]

    def _begun(self, planned: PlannedWork) -> Received | None:
        try:
            if not self._leases.take("receive", [page.id for page in planned.pages]):
                return self._received_elsewhere(planned)
            return self._started(planned)
        except OWN_FAULTS as error:
            return planned, not_preserved(planned.name, error)

    def _started(self, planned: PlannedWork) -> Received | None:
        try:
            task = self._receiver.prepare(planned)
            if task is None:
                return self._received(planned)
            self._flying[self._workers.submit(receive, task)] = planned, task
        except BaseException:
            self._leases.give_back([page.id for page in planned.pages])
            raise
        return None

    def _received_elsewhere(self, planned: PlannedWork) -> Received | None:
        """See how far another batch is; what failed there is free to be tried here.

        Raises MasterChangedError when a page was planned anew with another master meanwhile.
        """
        wanted = {page.id: page for page in planned.pages}
        steps = [s for s in self._steps.steps(work=planned.work) if s.name == "receive"]
        steps = [step for step in steps if step.page in wanted]
        for step in steps:
            if step.input_digest != wanted[step.page].digest:
                name = wanted[step.page].name
                raise MasterChangedError(f"{name} was taken in anew, with other content")
        states = {step.state for step in steps}
        if states <= {"done"}:
            return planned, None
        if "running" not in states:
            failed = [step.page for step in steps if step.state == "failed"]
            self._steps.reset_steps(failed, ("receive",))
        self._waiting.append(planned)
        return None

    def _received(self, planned: PlannedWork) -> Received:
        done = [step_of(planned, page, "receive", "done") for page in planned.pages]
        self._leases.finish(done)
        return planned, None

    def _settled(self, future: Future[None]) -> Received | None:
        planned, task = self._flying[future]
        received: Received | None
        try:
            self._await(future, task)
        except (ConflictError, StorageBusyError):
            self._waiting.append(planned)  # with what the object has come to be
            self._leases.give_back([page.id for page in planned.pages])
            received = None
        except (*OWN_FAULTS, OSError) as error:
            received = planned, not_preserved(planned.name, error)
        else:
            received = self._received(planned)
        del self._flying[future]
        return received

    def _await(self, future: Future[None], task: ReceiveTask) -> None:
        try:
            future.result()
        except self._workers.deaths:
            receive(task)  # copies, decodes nothing: it was hardly this that killed a worker


def step_of(planned: PlannedWork, page: PlannedPage, name: StepName, state: StepState) -> Step:
    """Return how a step of a page ended."""
    return Step(planned.work, page.id, name, state, input_digest=page.digest)


def not_preserved(name: str, error: Exception) -> Problem:
    """Return why the Work of a submission is not in the store."""
    return problem("work-not-preserved", name, reason=str(error))
