"""Works and pages as an index takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from search.backend import Change, Deletion, PageDocument, WorkDocument
from search.query import WorkFacts

if TYPE_CHECKING:
    from metadata.record import Record
    from repository.catalogue import Indexed


def changes(states: list[Indexed]) -> list[Change]:
    """Return what an index has to write for the present state of outbox targets."""
    return [_change(state) for state in states]


def _change(state: Indexed) -> Change:
    work = state.work
    gone = work is None or work.withdrawal is not None
    if work is None or gone or (state.page_id is not None and state.page is None):
        return Deletion(state.work_id, state.page_id, state.sequence)
    if state.page is None:
        return work_document(state.sequence, work.id, work.record, has_pages=work.page_count > 0)
    text = state.text
    seam = None
    if text is not None and state.next_text is not None:
        before = text.text[text.running[0] : text.running[1]]
        following = state.next_text
        seam = (before[-64:], following.text[following.running[0] : following.running[1]][:64])
    return PageDocument(
        page=state.page.id,
        work=work.id,
        n=state.page.n,
        sequence=state.sequence,
        text=text.text if text else "",
        seam=seam,
    )


def work_document(sequence: int, work: str, record: Record, *, has_pages: bool) -> WorkDocument:
    """Return a Work's description for an index."""
    rest = [
        record.publisher, record.place_of_publication, record.extent, record.edition,
        record.page_format, record.binding, record.volumes, record.rights.note,
        *(n.value for n in record.notes), *record.collections,
        *(f.value for f in record.source_fields),
    ]  # fmt: skip
    numbers = [record.identifier, *record.identifiers, record.call_number, record.rare_book_number]
    texts = {
        "title": tuple(t.value for t in record.titles),
        "creator": tuple(a.name for a in record.agents),
        "place": tuple(p.name for p in record.places),
        "subject": tuple(s.value for s in record.subjects),
        "id": tuple(n for n in numbers if n),
        "rest": tuple(r for r in rest if r),
    }
    return WorkDocument(
        work=work,
        sequence=sequence,
        facts=facts(work, record),
        texts=texts,
        access=record.access,
        opens=record.embargo_until,
        has_pages=has_pages,
    )


def facts(work: str, record: Record) -> WorkFacts:
    """Return what a Work is filtered, counted and sorted by."""
    firsts = [d.first_year for d in record.dates if not d.flagged]
    lasts = [d.last_year for d in record.dates if not d.flagged]
    dated = bool(firsts)
    first = None if None in firsts or not dated else min(y for y in firsts if y is not None)
    last = None if None in lasts or not dated else max(y for y in lasts if y is not None)
    if dated:
        first, last = -9999 if first is None else first, 9999 if last is None else last
    values = {
        "type": (record.material,),
        "place": tuple(dict.fromkeys(p.name for p in record.places)),
        "collection": record.collections,
        "language": record.languages,
        "access": (record.access,),
        "subject": tuple(s.value for s in record.subjects if s.scheme == "topic"),
        "creator": tuple(dict.fromkeys(a.name for a in record.agents)),
    }
    return WorkFacts(work, record.title, first, last, values)
