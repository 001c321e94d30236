"""Rows of the catalogue's tables to and from the model."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from metadata import codec
from repository.collection import set_specs, with_parents
from repository.model import Event, Page, PageTextRow, Withdrawal, Work
from repository.text import LineSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Row

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CHUNK = 500  # far below the databases' limits of parameters in one statement
_T = TypeVar("_T")


def chunks(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    """Yield ``values`` in pieces that fit into one statement."""
    return (values[i : i + _CHUNK] for i in range(0, len(values), _CHUNK))


def to_micros(moment: datetime) -> int:
    """Return a moment as microseconds since 1970 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Return the moment of microseconds since 1970 UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def work_row(work: Work, manifest: bytes | None) -> dict[str, Any]:
    """Return the row of a Work, which must have its datestamp."""
    taken_back = work.withdrawal
    return {
        "id": work.id,
        "identifier": work.record.identifier,
        "record": json.dumps(codec.to_json(work.record), ensure_ascii=False),
        "page_count": work.page_count,
        "changed": _datestamp(work),
        "withdrawal_reason": taken_back.reason if taken_back else None,
        "withdrawal_at": to_micros(taken_back.at) if taken_back else None,
        "submission": work.submission,
        "manifest": manifest,
        "edited": " ".join(work.edited) or None,
    }


def set_rows(work: Work) -> list[dict[str, Any]]:
    """Return the rows of a Work's sets and of their parents."""
    place = {"work": work.id, "changed": _datestamp(work), "withdrawn": work.withdrawal is not None}
    return [{"set_spec": name, **place} for name in with_parents(set_specs(work.record))]


def _datestamp(work: Work) -> int:
    if work.changed is None:
        raise ValueError("a Work is written with its datestamp")
    return to_micros(work.changed)


def work_of(row: Row[Any]) -> Work:
    """Return the Work of a row."""
    withdrawal = None
    if row.withdrawal_at is not None:
        withdrawal = Withdrawal(row.withdrawal_reason or "", from_micros(row.withdrawal_at))
    return Work(
        id=row.id,
        record=codec.from_json(orjson.loads(row.record)),
        page_count=row.page_count,
        changed=from_micros(row.changed),
        withdrawal=withdrawal,
        submission=row.submission,
        edited=tuple((row.edited or "").split()),
    )


def page_row(page: Page) -> dict[str, Any]:
    """Return the row of a page."""
    return _values(page)


def page_of(row: Row[Any]) -> Page:
    """Return the page of a row."""
    return Page(**row._mapping)


def text_row(text: PageTextRow) -> dict[str, Any]:
    """Return the row of a page's text."""
    return {
        "page": text.page,
        "work": text.work,
        "text": text.text,
        "boxes": text.boxes,
        "running_start": text.running[0],
        "running_end": text.running[1],
        "lines": json.dumps([[s.start, s.end, s.kind, s.direction] for s in text.lines]),
    }


def text_of(row: Row[Any]) -> PageTextRow:
    """Return the text of a row that carries its page's number ``n`` too."""
    return PageTextRow(
        page=row.page,
        work=row.work,
        n=row.n,
        text=row.text,
        boxes=row.boxes,
        running=(row.running_start, row.running_end),
        lines=tuple(LineSpan(*span) for span in orjson.loads(row.lines)),
    )


def event_row(event: Event) -> dict[str, Any]:
    """Return the row of an event."""
    return {**_values(event), "at": to_micros(event.at)}


def event_of(row: Row[Any]) -> Event:
    """Return the event of a row."""
    values = dict(row._mapping)
    del values["id"]
    return Event(**{**values, "at": from_micros(values["at"])})


def _values(of: Page | Event) -> dict[str, Any]:
    return {field.name: getattr(of, field.name) for field in fields(of)}
