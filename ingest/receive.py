"""Works received: a worker writes each one's masters into the store before its pages begin.

Whoever leases a Work's receive steps has it received; other batches wait for the end of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from ingest.stored_file import store_at
from metadata.problem import problem
from storage.errors import BadPathError, ConflictError, DamagedObjectError, UnsupportedObjectError

if TYPE_CHECKING:
    from collections.abc import Collection
    from concurrent.futures import Future

    from ingest.plan import PlannedWork
    from ingest.pool import Workers
    from metadata.problem import Problem
    from repository.catalogue import Catalogue
    from storage.ocfl import Hashed

# What is wrong with one Work alone. A receipt may also raise OSError: a master is gone, or was
# changed since it was checked.
OWN_FAULTS = (DamagedObjectError, UnsupportedObjectError, BadPathError)


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

    def begin(self, planned: PlannedWork) -> ReceiveTask | Literal["received", "elsewhere"]:
        """Lease a Work's receive steps and say what to write.

        ``elsewhere``: another batch has them leased.
        """

    def received(self, planned: PlannedWork) -> None:
        """Note that the masters are safe."""


Received = tuple["PlannedWork", "Problem | None"]


class Receiving:
    """The Works of a batch whose masters are not safe yet."""

    def __init__(
        self, receiver: Receiver, workers: Workers, catalogue: Catalogue, lease_seconds: float
    ) -> None:
        self._receiver = receiver
        self._workers = workers
        self._catalogue = catalogue
        self._lease_seconds = lease_seconds
        self._waiting: list[PlannedWork] = []
        self._flying: dict[Future[None], tuple[PlannedWork, ReceiveTask]] = {}

    @property
    def futures(self) -> Collection[Future[None]]:
        """Return what is being written."""
        return self._flying.keys()

    @property
    def pages(self) -> list[str]:
        """Return the pages whose masters are being written by this batch."""
        return [page.id for planned, _ in self._flying.values() for page in planned.pages]

    def add(self, planned: PlannedWork) -> None:
        """Take up a Work; ``turn`` begins it."""
        self._waiting.append(planned)

    def turn(self) -> list[Received]:
        """Start what can start; return the Works that are received, or why one cannot be.

        Raises StorageFullError, StorageUnavailableError and StorageBusyError.
        """
        finished = [future for future in self._flying if future.done()]
        done = [found for future in finished if (found := self._settled(future))]
        waiting, self._waiting = self._waiting, []
        return [*done, *(found for planned in waiting if (found := self._begun(planned)))]

    def renew_leases(self) -> None:
        """Heartbeat."""
        self._catalogue.renew_leases("receive", self.pages, self._lease_seconds)

    def release(self) -> None:
        """Give all leases back."""
        self._catalogue.release_steps(self.pages)

    def _begun(self, planned: PlannedWork) -> Received | None:
        try:
            task = self._receiver.begin(planned)
        except OWN_FAULTS as error:
            return planned, not_preserved(planned, error)
        if task == "received":
            return planned, None
        if task == "elsewhere":
            self._waiting.append(planned)
        else:
            self._flying[self._workers.submit(receive, task)] = planned, task
        return None

    def _settled(self, future: Future[None]) -> Received | None:
        planned, task = self._flying[future]
        received: Received | None = planned, None
        try:
            self._await(future, task)
        except ConflictError:
            self._waiting.append(planned)  # with what the object has come to be
            self._catalogue.release_steps([page.id for page in planned.pages])
            received = None
        except (*OWN_FAULTS, OSError) as error:
            received = planned, not_preserved(planned, error)
        else:
            self._receiver.received(planned)
        del self._flying[future]
        return received

    def _await(self, future: Future[None], task: ReceiveTask) -> None:
        try:
            future.result()
        except self._workers.deaths:
            receive(task)  # copies, decodes nothing: it was hardly this that killed a worker


def not_preserved(planned: PlannedWork, error: Exception) -> Problem:
    """Return why a Work is not in the store."""
    return problem("work-not-preserved", planned.name, reason=str(error))
