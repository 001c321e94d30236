"""The seam of steps: the state of each page's way through a batch, and who works on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


StepName = Literal["receive", "derive", "read", "publish"]
StepState = Literal["waiting", "running", "done", "failed", "rejected"]


class Lease(NamedTuple):
    """A step of a page that is someone's for a while. ``attempt`` tells one lease from the next."""

    name: StepName
    page: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one page. ``reason`` is the Problem's JSON when it failed.

    ``ended`` is set by the catalogue when the step is finished.
    """

    work: str
    page: str
    name: StepName
    state: StepState
    batch: int | None = None
    attempt: int = 0
    input_digest: str = ""
    configuration_digest: str = ""
    reason: Mapping[str, object] | None = None
    lease_until: datetime | None = None
    ended: datetime | None = None

    @property
    def lease(self) -> Lease:
        """Return the lease under which the step is done."""
        return Lease(self.name, self.page, self.attempt)


@dataclass(frozen=True, slots=True)
class StepCount:
    """How many steps of a batch are in a state, the last end and the last lease among them."""

    batch: int | None
    name: StepName
    state: StepState
    count: int
    last_ended: datetime | None = None
    last_lease: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One run over submissions."""

    id: int
    started: datetime
    ended: datetime | None
    arguments: str


class Steps(Protocol):
    """Batches and the steps of their pages. Every method is one transaction."""

    def begin_batch(self, arguments: str) -> Batch:
        """Open a batch."""

    def end_batch(self, batch: int) -> None:
        """Close a batch."""

    def batches(self, limit: int) -> list[Batch]:
        """Return the newest batches first."""

    def plan_steps(self, steps: Sequence[Step]) -> None:
        """Add steps, or set back to waiting those that failed or whose digests changed.

        A step that is done, or leased, with the same digests stays as it is; one that still waits
        goes over to the new batch.
        """

    def lease_steps(self, name: StepName, pages: Sequence[str], seconds: float) -> list[Step]:
        """Take waiting steps, and running ones whose lease ran out, for ``seconds``.

        No two callers get the same step; ``attempt`` is counted up. Ordered as ``pages``.
        """

    def renew_leases(self, leases: Sequence[Lease], seconds: float) -> None:
        """Let those of ``leases`` that nobody has taken over last ``seconds`` from now."""

    def release_leases(self, leases: Sequence[Lease]) -> None:
        """Set the steps of those of ``leases`` that nobody has taken over back to waiting."""

    def reset_steps(self, pages: Sequence[str], names: Sequence[StepName]) -> None:
        """Set steps back to waiting whatever their state, so that they are done again."""

    def finish_steps(self, steps: Sequence[Step]) -> None:
        """Write the final state (done, failed, rejected) and reason of steps.

        A step that was planned anew with other digests in the meantime is left alone.
        """

    def steps(
        self,
        work: str | None = None,
        batch: int | None = None,
        state: StepState | None = None,
        pages: Sequence[str] | None = None,
    ) -> list[Step]:
        """Return steps, failed first, then by Work and page; ``pages`` at most some hundred."""

    def step_counts(self) -> list[StepCount]:
        """Return the number of steps by batch, name and state."""
