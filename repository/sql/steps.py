"""Batches and the steps of pages in SQL: who does what, until when, and how it ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from repository.catalogue.steps import Batch, Step, StepCount
from repository.sql import tables as t
from repository.sql.rows import chunks, from_micros

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from repository.catalogue.steps import Lease, StepName, StepState
    from repository.sql.database import Database

_MILLION = 1_000_000
_RUNNING = t.steps.c.state == "running"
_FREE = {"state": "waiting", "lease_until": None, "ended": None}


class SqlSteps:
    """The part of ``SqlCatalogue`` that batches work with."""

    _database: Database

    def begin_batch(self, arguments: str) -> Batch:
        """Open a batch."""
        c = t.batches.c
        with self._database.writing("steps") as connection:
            insert = sa.insert(t.batches).values(
                started=self._database.clock(), arguments=arguments
            )
            number, started = connection.execute(insert.returning(c.id, c.started)).one()
        return Batch(number, from_micros(started), None, arguments)

    def end_batch(self, batch: int) -> None:
        """Close a batch."""
        with self._database.writing("steps") as connection:
            ended = sa.update(t.batches).where(t.batches.c.id == batch)
            connection.execute(ended.values(ended=self._database.clock()))

    def batches(self, limit: int) -> list[Batch]:
        """Return the newest batches first."""
        query = sa.select(t.batches).order_by(t.batches.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [
                Batch(
                    row.id,
                    from_micros(row.started),
                    _moment(row.ended),
                    row.arguments,
                )
                for row in connection.execute(query)
            ]

    def plan_steps(self, steps: Sequence[Step]) -> None:
        """Add steps, or set back to waiting those that failed or whose digests changed."""
        if not steps:
            return
        with self._database.writing("steps") as connection:
            known = _known(connection, sorted({s.work for s in steps}))
            rows = [
                _row(s, attempt=before.attempt if before else 0)
                for s in steps
                if _is_news(s, before := known.get((s.page, s.name)))
            ]
            if rows:
                connection.execute(self._database.upsert(t.steps), rows)

    def lease_steps(self, name: StepName, pages: Sequence[str], seconds: float) -> list[Step]:
        """Take waiting steps, and running ones whose lease ran out, for ``seconds``."""
        c = t.steps.c
        with self._database.writing("steps") as connection:
            now = self._database.clock()
            free = sa.or_(c.state == "waiting", sa.and_(_RUNNING, c.lease_until < now))
            take = (
                sa.update(t.steps)
                .where(c.name == name, free)
                .values(
                    state="running",
                    attempt=c.attempt + 1,
                    lease_until=now + int(seconds * _MILLION),
                    reason=None,
                )
                .returning(*t.steps.columns)
            )
            taken = {
                row.page: _step(row)
                for chunk in chunks(pages)
                for row in connection.execute(take.where(c.page.in_(chunk)))
            }
        return [taken[page] for page in pages if page in taken]

    def renew_leases(self, leases: Sequence[Lease], seconds: float) -> None:
        """Let leases last; see ``Steps.renew_leases``."""
        micros = int(seconds * _MILLION)
        self._change(leases, lambda: {"lease_until": self._database.clock() + micros})

    def release_leases(self, leases: Sequence[Lease]) -> None:
        """End leases; see ``Steps.release_leases``."""
        self._change(leases, lambda: _FREE)

    def _change(self, leases: Sequence[Lease], values: Callable[[], Mapping[str, Any]]) -> None:
        """Change the steps of leases that nobody has taken over since."""
        if not leases:
            return
        c = t.steps.c
        held = sa.update(t.steps).where(
            _RUNNING,
            c.name == sa.bindparam("of_name"),
            c.page == sa.bindparam("of_page"),
            c.attempt == sa.bindparam("of_attempt"),
        )
        rows = [{"of_name": x.name, "of_page": x.page, "of_attempt": x.attempt} for x in leases]
        with self._database.writing("steps") as connection:
            connection.execute(held.values(values()), rows)

    def reset_steps(self, pages: Sequence[str], names: Sequence[StepName]) -> None:
        """Set steps back to waiting whatever their state, so that they are done again."""
        if not pages:
            return
        change = sa.update(t.steps).where(t.steps.c.name.in_(names)).values(**_FREE)
        with self._database.writing("steps") as connection:
            for chunk in chunks(pages):
                connection.execute(change.where(t.steps.c.page.in_(chunk)))

    def finish_steps(self, steps: Sequence[Step]) -> None:
        """Write the final state and reason of steps; see ``Steps.finish_steps``."""
        if not steps:
            return
        c = t.steps.c
        change = sa.update(t.steps).where(
            c.page == sa.bindparam("of_page"),
            c.name == sa.bindparam("of_name"),
            c.input_digest == sa.bindparam("of_input"),
            c.configuration_digest == sa.bindparam("of_configuration"),
        )
        values: dict[str, Any] = {"state": sa.bindparam("new_state"), "reason": sa.bindparam("why")}
        rows = [
            {
                "of_page": s.page,
                "of_name": s.name,
                "of_input": s.input_digest,
                "of_configuration": s.configuration_digest,
                "new_state": s.state,
                "why": _reason(s),
            }
            for s in steps
        ]
        with self._database.writing("steps") as connection:
            ended = self._database.clock()
            connection.execute(change.values(**values, lease_until=None, ended=ended), rows)

    def steps(
        self,
        work: str | None = None,
        batch: int | None = None,
        state: StepState | None = None,
        pages: Sequence[str] | None = None,
    ) -> list[Step]:
        """Return steps, failed first, then by Work and page; ``pages`` at most some hundred."""
        c = t.steps.c
        query = sa.select(t.steps)
        for column, value in ((c.work, work), (c.batch, batch), (c.state, state)):
            if value is not None:
                query = query.where(column == value)
        if pages is not None:
            query = query.where(c.page.in_(pages))
        order = (sa.case((c.state == "failed", 0), else_=1), c.work, c.page, c.name)
        with self._database.reading() as connection:
            return [_step(row) for row in connection.execute(query.order_by(*order))]

    def step_counts(self) -> list[StepCount]:
        """Return the number of steps by batch, name and state."""
        c = t.steps.c
        kinds = (c.batch, c.name, c.state)
        query = sa.select(
            *kinds, sa.func.count(), sa.func.max(c.ended), sa.func.max(c.lease_until)
        ).group_by(*kinds)
        with self._database.reading() as connection:
            return [
                StepCount(batch, name, state, count, _moment(ended), _moment(lease))
                for batch, name, state, count, ended, lease in connection.execute(query)
            ]


def _known(connection: sa.Connection, works: Sequence[str]) -> dict[tuple[str, str], Any]:
    query = sa.select(t.steps)
    return {
        (row.page, row.name): row
        for chunk in chunks(works)
        for row in connection.execute(query.where(t.steps.c.work.in_(chunk)))
    }


def _is_news(step: Step, known: Any) -> bool:  # noqa: ANN401  # a row, or None
    """Tell whether a planned step is written: it is new, has to be done again, or only waits."""
    if known is None or known.state in ("failed", "waiting"):
        return True
    digests = (step.input_digest, step.configuration_digest)
    return digests != (known.input_digest, known.configuration_digest)


def _reason(step: Step) -> str | None:
    return json.dumps(step.reason, ensure_ascii=False) if step.reason is not None else None


def _row(step: Step, attempt: int) -> dict[str, Any]:
    return {
        "page": step.page,
        "name": step.name,
        "work": step.work,
        "state": step.state,
        "batch": step.batch,
        "attempt": attempt,
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
        lease_until=_moment(row.lease_until),
        ended=_moment(row.ended),
    )


def _moment(micros: int | None) -> datetime | None:
    return from_micros(micros) if micros is not None else None
