"""A Work and its pages as an engine keeps them: streams of tokens, values for filters and order."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from repository.collection import collection_id
from search import analysis
from search.streams import Stream
from search.tables.shapes import title_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metadata.record import DateStatement, Record
    from repository.catalogue.outbox import Indexed
    from repository.model import Work

OPEN_PAST, OPEN_FUTURE = -9999, 9999
GAP = "#"  # between two values of a field: no token is a lone sign, so no phrase runs over it
_SCOPE_KEYS = {
    "anywhere": "a",
    "title": "t",
    "creator": "c",
    "place": "p",
    "subject": "s",
    "id": "i",
}


@dataclass(frozen=True, slots=True)
class WorkEntry:
    """A Work's description. ``tokens`` are those of the DESCRIPTION stream.

    ``values`` holds what can be filtered by, ``facets`` what is counted; ``years`` are closed
    intervals of CE years. ``embargo`` (ISO date) overrules ``access`` before its day.
    """

    tokens: tuple[str, ...]
    values: dict[str, tuple[str, ...]]
    facets: dict[str, tuple[str, ...]]
    years: tuple[tuple[int, int], ...]
    access: str
    embargo: str | None
    sort_date: int
    sort_title: str
    page_count: int


@dataclass(frozen=True)
class PageEntry:
    """A page: its text, and the Han characters around the break to the next page."""

    n: int
    text: str
    tail: str = ""
    head: str = ""

    @cached_property
    def streams(self) -> dict[Stream, list[str]]:
        """Return the tokens by stream."""
        folded, written = analysis.fold(self.text), analysis.written(self.text)
        tail, head = self.tail, self.head
        return {
            Stream.FOLDED: analysis.tokens(folded),
            Stream.WRITTEN: analysis.tokens(written, keep_marks=True),
            Stream.CHARACTERS: analysis.characters(folded),
            Stream.WRITTEN_CHARACTERS: analysis.characters(written),
            Stream.SEAM: analysis.seam(analysis.fold(tail), analysis.fold(head)),
            Stream.WRITTEN_SEAM: analysis.seam(analysis.written(tail), analysis.written(head)),
            Stream.SKIPS: analysis.skips(folded),
        }


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One change of an index. ``entry`` None deletes the page, or the Work with all its pages."""

    sequence: int
    work: str
    page: str | None
    description: WorkEntry | None
    content: PageEntry | None = None


def entry_of(item: Indexed) -> IndexEntry:
    """Return what an index should hold of the present state of a Work or page."""
    work = item.work
    if work is None or work.withdrawal is not None or work.record.withdrawn:
        return IndexEntry(item.sequence, item.work_id, item.page_id, None)
    content = None
    if item.page is not None:
        content = PageEntry(item.page.n, item.text.text if item.text else "", *_seam(item))
    return IndexEntry(item.sequence, item.work_id, item.page_id, describe(work), content)


def _seam(item: Indexed) -> tuple[str, str]:
    """Only running text joins over a page break (interfaces §4)."""
    if item.text is None or item.next_text is None:
        return "", ""
    start, end = item.text.running
    before = item.text.text[start:end]
    start, end = item.next_text.running
    return analysis.tail(before), analysis.head(item.next_text.text[start:end])


def describe(work: Work) -> WorkEntry:
    """Return the entry of a Work's description."""
    record = work.record
    facets = _facets(record)
    years = tuple(interval for date in record.dates if (interval := interval_of(date)))
    return WorkEntry(
        tokens=tuple(description_tokens(work)),
        values=_values(record, facets),
        facets=facets,
        years=years,
        access=record.access,
        embargo=record.embargo_until,
        sort_date=min((max(first, OPEN_PAST) for first, _ in years), default=OPEN_FUTURE + 1),
        sort_title=title_key(record.title),
        page_count=work.page_count,
    )


def interval_of(date: DateStatement) -> tuple[int, int] | None:
    """Return a date's CE years as a closed interval, None for one that could not be read."""
    if date.flagged or date.edtf is None or (date.first_year is None and date.last_year is None):
        return None
    first = OPEN_PAST if date.first_year is None else date.first_year
    return first, OPEN_FUTURE if date.last_year is None else date.last_year


def description_tokens(work: Work) -> list[str]:
    """Return the tokens of a description: every field under "anywhere", some under their own.

    Identifiers and numbers stand under their own alone: a place's other name is not sought there.
    """
    record = work.record
    fields: dict[str, list[str]] = {
        "title": [t.value for t in record.titles],
        "creator": [a.name for a in record.agents],
        "place": [p.name for p in record.places],
        "subject": [s.value for s in record.subjects],
        "id": [record.identifier, *record.identifiers, work.id, *_numbers(record)],
    }
    named = [value for name, values in fields.items() if name != "id" for value in values]
    every = named + _other_texts(record)
    out = scoped_tokens("anywhere", every)
    for scope, values in fields.items():
        out += scoped_tokens(scope, values)
    spans = [span for date in record.dates if (span := interval_of(date))]
    years = sorted({first for first, last in spans if first == last})
    return out + [year_token(year) for year in years]


def year_token(year: int) -> str:
    """Return the token of a Work that is dated in one CE year."""
    return f"y:{year}"


def scoped_tokens(scope: str, values: Iterable[str]) -> list[str]:
    """Return the tokens of some values of a description under one scope."""
    out: list[str] = []
    characters: dict[Stream, set[str]] = {
        Stream.CHARACTERS: set(), Stream.WRITTEN_CHARACTERS: set(),
    }  # fmt: skip
    texts = [unicodedata.normalize("NFC", value) for value in dict.fromkeys(values) if value]
    for stream, one, form, marks in (
        (Stream.FOLDED, Stream.CHARACTERS, analysis.fold, False),
        (Stream.WRITTEN, Stream.WRITTEN_CHARACTERS, analysis.written, True),
    ):
        for text in texts:
            made = form(text)
            out += [scoped(scope, stream, t) for t in analysis.tokens(made, keep_marks=marks)]
            out.append(GAP)
            characters[one].update(analysis.characters(made))
    for stream, found in characters.items():
        out += [scoped(scope, stream, character) for character in sorted(found)]
    return out


def scoped(scope: str, stream: Stream, token: str) -> str:
    """Return a token of the DESCRIPTION stream: of what field, and folded or as written."""
    return f"{_SCOPE_KEYS[scope]}{stream}:{token}"


def _numbers(record: Record) -> list[str]:
    return [n for n in (record.call_number, record.rare_book_number) if n]


def _other_texts(record: Record) -> list[str]:
    single = (
        record.publisher, record.place_of_publication, record.extent, record.edition,
        record.page_format, record.binding, record.volumes,
    )  # fmt: skip
    return [
        *(text for text in single if text),
        *(note.value for note in record.notes),
        *record.collections,
        *(date.as_written for date in record.dates),
        *(agent.role for agent in record.agents if agent.role),
        *(field.value for field in record.source_fields),
    ]


def _facets(record: Record) -> dict[str, tuple[str, ...]]:
    spans = [interval_of(date) for date in record.dates]
    decades = {
        str(year // 10 * 10)
        for span in spans
        if span and span[1] - span[0] < _LONGEST_SPAN
        for year in range(span[0], span[1] + 1)
    }
    return {
        "type": (record.material,),
        "place": _distinct(p.name for p in record.places),
        "decade": _distinct(sorted(decades)),
        "collection": _distinct(record.collections),
        "language": _distinct(record.languages),
        "subject": _distinct(s.value for s in record.subjects if s.scheme == "topic"),
        "creator": _distinct(a.name for a in record.agents),
        "access": (record.access,),
    }


_LONGEST_SPAN = 100  # years: a reign or the whole Qing is counted in each of its decades, no longer


def _values(record: Record, facets: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """A place is filtered by name, district or authority; a collection by name or id."""
    places = [value for p in record.places for value in (p.name, p.district, p.authority) if value]
    collections = [value for c in record.collections for value in (c, collection_id(c))]
    return facets | {
        "place": _distinct(places),
        "collection": _distinct(collections),
        "subject": _distinct(s.value for s in record.subjects),
    }


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def is_date(text: str) -> bool:
    """Tell whether ``text`` is an ISO date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def descriptive_texts(work: Work) -> list[str]:
    """Return the texts of a description in the order in which a match in them should be shown."""
    record = work.record
    single = (
        record.publisher, record.place_of_publication, record.edition, record.extent,
        record.page_format, record.binding, record.volumes, record.call_number,
        record.rare_book_number, record.identifier,
    )  # fmt: skip
    return [
        *(title.value for title in record.titles),
        *(note.value for note in record.notes),
        *(agent.name for agent in record.agents),
        *(place.name for place in record.places),
        *(subject.value for subject in record.subjects),
        *(date.as_written for date in record.dates),
        *record.collections,
        *(text for text in single if text),
        *record.identifiers,
        *(field.value for field in record.source_fields),
    ]
