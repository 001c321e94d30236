"""What lies in a Work's OCFL object: enough to rebuild all else from (docs/preservation.md).

``record.json`` the Record · ``structure.json`` ids, order, labels and files of the pages, the
datestamp and a withdrawal · ``events.json`` · ``masters/`` the files as received · ``alto/`` one
ALTO per page that was read · ``source/`` the description as it arrived.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from metadata import codec
from repository.model import Event, Page, Withdrawal, Work
from storage.errors import DamagedObjectError
from storage.ocfl.inventory import logical_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from storage.ocfl.store import ObjectStore

SCHEMA = 1
RECORD = "record.json"
STRUCTURE = "structure.json"
EVENTS = "events.json"


@dataclass(frozen=True, slots=True)
class PreservedWork:
    """A Work with its pages and events, as its object holds them.

    ``unpublished`` pages were received but not (yet) published; their ``n`` is 0.
    """

    work: Work
    pages: tuple[Page, ...] = ()
    events: tuple[Event, ...] = ()
    unpublished: tuple[Page, ...] = ()


def object_id(work: str) -> str:
    """Return the OCFL object id of a Work."""
    return f"takao:{work}"


def work_of(object_id: str) -> str:
    """Return the Work id in an OCFL object id. Raises ValueError for an object that is not ours."""
    scheme, _, work = object_id.partition(":")
    if scheme != "takao" or not work:
        raise ValueError(f"not an object of Takao: {object_id!r}")
    return work


def master_path(file: str) -> str:
    """Return the logical path of a submission's file."""
    return f"masters/{file}"


def alto_path(page: str) -> str:
    """Return the logical path of a page's ALTO."""
    return f"alto/{page}.xml"


def documents(preserved: PreservedWork) -> dict[str, bytes]:
    """Return the JSON documents of a Work by logical path; ``read`` takes them back."""
    work = preserved.work
    structure = {
        "schema": SCHEMA,
        "id": work.id,
        "submission": work.submission,
        "changed": _stamp(work.changed),
        "withdrawal": {"reason": work.withdrawal.reason, "at": _stamp(work.withdrawal.at)}
        if work.withdrawal
        else None,
        "pages": preserved.pages,
        "unpublished": preserved.unpublished,
        **({"edited": work.edited} if work.edited else {}),
    }
    record = {"schema": SCHEMA, "record": codec.to_json(work.record)}
    return {
        RECORD: _json(record),
        STRUCTURE: _json(structure),
        EVENTS: _json({"schema": SCHEMA, "events": preserved.events}),
    }


def read(files: Mapping[str, bytes]) -> PreservedWork:
    """Return the Work behind its three documents.

    Raises ValueError when one is absent, damaged or of a newer schema.
    """
    try:
        record, structure, events = (
            _checked(json.loads(files[name])) for name in (RECORD, STRUCTURE, EVENTS)
        )
        taken_back = structure["withdrawal"]
        pages, unpublished = (
            tuple(Page(**page) for page in structure[name]) for name in ("pages", "unpublished")
        )
        work = Work(
            id=structure["id"],
            record=codec.from_json(record["record"]),
            page_count=len(pages),
            changed=_time(structure["changed"]),
            withdrawal=Withdrawal(taken_back["reason"], datetime.fromisoformat(taken_back["at"]))
            if taken_back
            else None,
            submission=structure["submission"],
            edited=tuple(structure.get("edited", ())),
        )
        happened = tuple(
            Event(**{**e, "at": datetime.fromisoformat(e["at"])}) for e in events["events"]
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not the documents of a Work: {error!r}") from error
    return PreservedWork(work, pages, happened, unpublished)


def load(objects: ObjectStore, work: str) -> PreservedWork:
    """Return the Work in its object. Raises ValueError when it is none, KeyError when absent."""
    name = object_id(work)
    return read({path: objects.read(name, path) for path in (RECORD, STRUCTURE, EVENTS)})


@contextmanager
def naming_damage(name: str) -> Iterator[None]:
    """Name documents of the object ``name`` that cannot be read: DamagedObjectError."""
    try:
        yield
    except DamagedObjectError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedObjectError(name, str(error)) from error


def unpublished(objects: ObjectStore, work: str, pages: Sequence[Page]) -> tuple[Page, ...]:
    """Return the pages that a Work's object has received beside the published ``pages``.

    Raises DamagedObjectError when its documents cannot be read.
    """
    name = object_id(work)
    version = objects.version(name)
    if version is None:
        return ()
    with naming_damage(name):
        structure = _checked(json.loads(objects.read(name, STRUCTURE)))
        received = [Page(**page) for page in structure["unpublished"]]
    published = {(page.id, page.digest) for page in pages}
    return tuple(
        page
        for page in received
        if (page.id, page.digest) not in published
        and version.state.get(logical_path(page.master)) == page.digest
    )


def _checked(document: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON from the store
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError("unknown schema: written by another version of Takao")
    return document


def _json(document: object) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def _stamp(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
