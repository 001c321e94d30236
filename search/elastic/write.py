"""Writing to Elasticsearch in bulk: whole documents with the outbox sequence as their version.

409 says that the index holds this or something newer, 404 on a delete that it is gone: both are
done. What the server cannot take now is sent again, later and in smaller pieces; what it will never
take is refused with its reason.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from repository.errors import SearchUnavailableError
from search.backend import Refusal
from search.elastic.client import explain
from search.elastic.mapping import page_document, work_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from elasticsearch import Elasticsearch

    from search.document import IndexEntry

_MOST_BYTES = 20_000_000
_MOST_ENTRIES = 500
_BUSY = (429, 502, 503, 504)
_FIRST_WAIT, _LONGEST_WAIT, _MOST_WAITS = 0.5, 30.0, 8


def write_entries(
    client: Elasticsearch, index: str, entries: Sequence[IndexEntry]
) -> list[Refusal]:
    """Write or delete entries in the pair of indices ``index``; return what was refused.

    Raises SearchUnavailableError when the server stays too busy; ApiError and TransportError.
    """
    refused: list[Refusal] = []
    for batch in _batches(index, entries):
        refused += _send(client, batch)
    return refused


Action = tuple["IndexEntry", dict[str, Any], dict[str, Any] | None]


def _batches(index: str, entries: Sequence[IndexEntry]) -> Iterator[list[Action]]:
    batch: list[Action] = []
    size = 0
    for entry in entries:
        action = _action(index, entry)
        weight = sum(len(v) * 3 for v in (action[2] or {}).values() if isinstance(v, str))
        if batch and (size + weight > _MOST_BYTES or len(batch) == _MOST_ENTRIES):
            yield batch
            batch, size = [], 0
        batch.append(action)
        size += weight
    if batch:
        yield batch


def _action(index: str, entry: IndexEntry) -> Action:
    kind = "works" if entry.page is None else "pages"
    head = {
        "_index": f"{index}-{kind}-write",
        "_id": entry.page or entry.work,
        "routing": entry.work,
        "version": max(1, entry.sequence),
        "version_type": "external_gte",
    }
    if entry.description is None or (entry.page is not None and entry.content is None):
        return entry, {"delete": head}, None
    if entry.page is None or entry.content is None:
        return entry, {"index": head}, work_document(entry.work, entry.description)
    document = page_document(entry.work, entry.page, entry.description, entry.content)
    return entry, {"index": head}, document


def _send(client: Elasticsearch, batch: list[Action]) -> list[Refusal]:
    """Send a batch until every entry is done or refused."""
    from elasticsearch import ApiError

    refused: list[Refusal] = []
    waiting = [batch]
    waits = 0
    while waiting:
        actions = waiting.pop()
        lines = [line for _, head, body in actions for line in ((head, body) if body else (head,))]
        reason = ""
        try:
            answer = client.bulk(operations=lines, require_alias=True)
            again, no = _outcome(actions, answer["items"])
            refused += no
        except ApiError as error:
            if error.status_code not in (*_BUSY, 413):
                raise
            again, reason = actions, explain(error)
        if again:
            waits += 1
            if waits > _MOST_WAITS:
                raise SearchUnavailableError(reason or "搜尋引擎持續忙碌 the engine stays busy")
            time.sleep(_wait(waits))
            half = max(1, len(again) // 2)
            waiting += [part for part in (again[half:], again[:half]) if part]
    return refused


def _wait(count: int) -> float:
    """Return seconds to wait before the ``count``th new attempt, with jitter."""
    seconds: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (count - 1))
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311  # no secret


def _outcome(
    actions: Sequence[Action], items: Sequence[dict[str, Any]]
) -> tuple[list[Action], list[Refusal]]:
    """Return what to send again, and what was refused."""
    again: list[Action] = []
    refused: list[Refusal] = []
    for action, item in zip(actions, items, strict=True):
        ((name, result),) = item.items()
        status = int(result["status"])
        if status < 300 or status == 409 or (status == 404 and name == "delete"):
            continue
        error = result.get("error", {})
        if status == 404 or error.get("type") == "cluster_block_exception":
            raise SearchUnavailableError(
                f"搜尋引擎不收 the search engine takes nothing: {error.get('reason', status)}"
            )
        if status in _BUSY:
            again.append(action)
        else:
            entry = action[0]
            refused.append(Refusal(entry.work, entry.page, str(error.get("reason", status))))
    return again, refused
