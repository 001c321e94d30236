"""Batches and the steps of pages in SQL: who does what, until when, and how it ended."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository import tables as t
from repository.catalogue import Batch, Step
from repository.sql_rows import from_micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from repository.catalogue import StepName
    from repository.database import Database

_MILLION = 1_000_000


class SqlSteps:
    """The part of ``SqlCatalogue`` that batches work with."""

    _database: Database

    def begin_batch(self, arguments: str) -> Batch:
        """Open a batch."""
        started = _now()
        with self._database.writing() as connection:
            made = connection.execute(
                sa.insert(t.batches).returning(t.batches.c.id),
                {"started": started, "arguments": arguments},
            )
            number: int = made.scalar_one()
        return Batch(number, from_micros(started), None, arguments)

    def end_batch(self, batch: int) -> None:
        """Close a batch."""
        with self._database.writing() as connection:
            connection.execute(
                sa.update(t.batches).where(t.batches.c.id == batch).values(ended=_now())
            )

    def batches(self, limit: int) -> list[Batch]:
        """Return the newest batches first."""
        query = sa.select(t.batches).order_by(t.batches.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [
                Batch(
                    row.id,
                    from_micros(row.started),
                    from_micros(row.ended) if row.ended is not None else None,
                    row.arguments,
                )
                for row in connection.execute(query)
            ]

    def plan_steps(self, steps: Sequence[Step]) -> None:
        """Add steps, or set back to waiting those that failed or whose digests changed."""
        if not steps:
            return
        with self._database.writing() as connection:
            known = _known(connection, sorted({s.work for s in steps}))
            rows = [_row(s) for s in steps if _is_news(s, known.get((s.page, s.name)))]
            for i in range(0, len(rows), 500):
                connection.execute(self._database.upsert(t.steps, rows[i : i + 500]))

    def lease_steps(self, name: StepName, pages: Sequence[str], seconds: float) -> list[Step]:
        """Take waiting steps, and running ones whose lease ran out, for ``seconds``."""
        now = _now()
        free = sa.or_(
            t.steps.c.state == "waiting",
            sa.and_(t.steps.c.state == "running", t.steps.c.lease_until < now),
        )
        query = (
            sa.update(t.steps)
            .where(t.steps.c.name == name, t.steps.c.page.in_(pages), free)
            .values(
                state="running",
                attempt=t.steps.c.attempt + 1,
                lease_until=now + int(seconds * _MILLION),
                reason=None,
            )
            .returning(*t.steps.columns)
        )
        with self._database.writing() as connection:
            taken = {row.page: _step(row) for row in connection.execute(query)}
        return [taken[page] for page in pages if page in taken]

    def renew_leases(self, name: StepName, pages: Sequence[str], seconds: float) -> None:
        """Heartbeat."""
        if not pages:
            return
        until = _now() + int(seconds * _MILLION)
        mine = (t.steps.c.name == name, t.steps.c.page.in_(pages), t.steps.c.state == "running")
        with self._database.writing() as connection:
            connection.execute(sa.update(t.steps).where(*mine).values(lease_until=until))

    def release_steps(self, pages: Sequence[str]) -> None:
        """Set the running steps of these pages back to waiting, their leases ended."""
        if not pages:
            return
        running = (t.steps.c.page.in_(pages), t.steps.c.state == "running")
        with self._database.writing() as connection:
            connection.execute(
                sa.update(t.steps).where(*running).values(state="waiting", lease_until=None)
            )

    def reset_steps(self, pages: Sequence[str], names: Sequence[StepName]) -> None:
        """Set steps back to waiting whatever their state, so that they are done again."""
        which = (t.steps.c.page.in_(pages), t.steps.c.name.in_(names))
        with self._database.writing() as connection:
            connection.execute(
                sa.update(t.steps).where(*which).values(state="waiting", lease_until=None)
            )

    def finish_steps(self, steps: Sequence[Step]) -> None:
        """Write the final state (done, failed, rejected) and reason of running steps."""
        if not steps:
            return
        change = (
            sa.update(t.steps)
            .where(t.steps.c.page == sa.bindparam("p"), t.steps.c.name == sa.bindparam("s"))
            .values(
                state=sa.bindparam("new_state"),
                reason=sa.bindparam("why"),
                lease_until=None,
                ended=_now(),
            )
        )
        rows = [{"p": s.page, "s": s.name, "new_state": s.state, "why": _reason(s)} for s in steps]
        with self._database.writing() as connection:
            connection.execute(change, rows)

    def steps(self, work: str | None = None, batch: int | None = None) -> list[Step]:
        """Return steps, failed first."""
        query = sa.select(t.steps)
        if work is not None:
            query = query.where(t.steps.c.work == work)
        if batch is not None:
            query = query.where(t.steps.c.batch == batch)
        failed_first = sa.case((t.steps.c.state == "failed", 0), else_=1)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(failed_first, t.steps.c.work)).all()
        return [_step(row) for row in rows]


def _now() -> int:
    return time.time_ns() // 1000


def _known(connection: sa.Connection, works: Sequence[str]) -> dict[tuple[str, str], Any]:
    rows = connection.execute(sa.select(t.steps).where(t.steps.c.work.in_(works)))
    return {(row.page, row.name): row for row in rows}


def _is_news(step: Step, known: Any) -> bool:  # noqa: ANN401  # a row, or None
    if known is None or known.state == "failed":
        return True
    same_input = known.input_digest == step.input_digest
    return not (same_input and known.configuration_digest == step.configuration_digest)


def _reason(step: Step) -> str | None:
    return json.dumps(step.reason, ensure_ascii=False) if step.reason is not None else None


def _row(step: Step) -> dict[str, Any]:
    return {
        "page": step.page,
        "name": step.name,
        "work": step.work,
        "state": step.state,
        "batch": step.batch,
        "attempt": step.attempt,
        "input_digest": step.input_digest,
        "configuration_digest": step.configuration_digest,
        "reason": _reason(step),
        "lease_until": None,
        "ended": None,
    }


def _step(row: Any) -> Step:  # noqa: ANN401  # a row of steps
    return Step(
        work=row.work,
        page=row.page,
        name=row.name,
        state=row.state,
        batch=row.batch,
        attempt=row.attempt,
        input_digest=row.input_digest,
        configuration_digest=row.configuration_digest,
        reason=json.loads(row.reason) if row.reason else None,
        lease_until=from_micros(row.lease_until) if row.lease_until is not None else None,
    )
