"""``takao status``: how far each batch is, and which pages failed, with their reasons first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.audit.findings import Finding, Findings
from metadata.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ingest.holdings import Holdings
    from repository.catalogue.steps import Batch, Step, StepCount

_SHOWN = 10


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """How far a batch is. ``steps`` counts states by step name."""

    id: int
    started: datetime
    steps: dict[str, dict[str, int]]
    pages_per_minute: float | None
    seconds_left: float | None

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1."""
        return {
            "id": self.id,
            "started": self.started.isoformat(),
            "steps": self.steps,
            "pages_per_minute": self.pages_per_minute,
            "seconds_left": self.seconds_left,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """Failed pages, then batches, the newest first."""

    findings: Findings
    batches: tuple[BatchProgress, ...]

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1."""
        return {**self.findings.to_json(), "batches": [b.to_json() for b in self.batches]}


def examine_batches(holdings: Holdings) -> Status:
    """Return the state of the newest batches and of every failed page."""
    steps = holdings.steps
    failed = [s for s in steps.steps(state="failed") if s.reason is not None]
    works = {s.work for s in failed}
    numbers = {p.id: p.n for work in works for p in holdings.works.pages_of(work)}
    entries = tuple(_finding(step, numbers) for step in failed)
    now = datetime.now(UTC)
    counts = steps.step_counts()
    batches = tuple(
        progress(b, [c for c in counts if c.batch == b.id], now) for b in steps.batches(_SHOWN)
    )
    pages = sum(c.count for c in counts if c.name == "receive")
    return Status(Findings(pages, entries), batches)


def progress(batch: Batch, counts: Iterable[StepCount], now: datetime) -> BatchProgress:
    """Return how far a batch is: its rate so far tells how long the rest will take.

    A batch that nobody works on (killed, or its leases ran out) has no time left to tell, and its
    rate is that of the time in which it worked.
    """
    steps: dict[str, Counter[str]] = {}
    ended = [batch.started]
    is_running = False
    for one in counts:
        steps.setdefault(one.name, Counter())[one.state] += one.count
        ended += [one.last_ended] if one.last_ended else []
        is_running |= one.state == "running" and (one.last_lease or now) > now
    read, derived = (steps.get(name, Counter()) for name in ("read", "derive"))
    # A page that cannot be derived is not read either: its reading waits in vain.
    left = read["waiting"] + read["running"] - derived["failed"]
    until = batch.ended or (now if is_running else max(ended))
    minutes = (until - batch.started).total_seconds() / 60
    rate = read["done"] / minutes if read["done"] and minutes > 0 else None
    seconds = 60 * max(0, left) / rate if rate and is_running and batch.ended is None else None
    return BatchProgress(
        id=batch.id,
        started=batch.started,
        steps={name: dict(states) for name, states in steps.items()},
        pages_per_minute=round(rate, 1) if rate else None,
        seconds_left=round(seconds) if seconds is not None else None,
    )


def _finding(step: Step, numbers: Mapping[str, int]) -> Finding:
    reason = Problem(**step.reason)  # type: ignore[arg-type]  # written by Problem.to_json
    return Finding(reason, reason.where, step.work, numbers.get(step.page))
