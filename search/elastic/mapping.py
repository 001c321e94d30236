"""The two kinds of Elasticsearch index and their documents. The server guesses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.analysis import analyzer_id
from search.backend import FACETS
from search.document import is_date
from search.streams import Stream

if TYPE_CHECKING:
    from search.document import PageEntry, WorkEntry

SCHEMA = 1
_PLACES = {"type": "text", "analyzer": "spaces", "index_options": "positions"}
_NO_NORMS = {**_PLACES, "norms": False}
_PAGES_ONLY = {"type": "text", "analyzer": "spaces", "index_options": "docs", "norms": False}
_STREAMS: dict[Stream, dict[str, Any]] = {
    Stream.FOLDED: _PLACES,
    Stream.WRITTEN: _NO_NORMS,
    Stream.SEAM: _NO_NORMS,
    Stream.WRITTEN_SEAM: _NO_NORMS,
    Stream.DESCRIPTION: _NO_NORMS,
    Stream.CHARACTERS: _PAGES_ONLY,
    Stream.WRITTEN_CHARACTERS: _PAGES_ONLY,
    Stream.SKIPS: _PAGES_ONLY,
}
_OF_WORKS: dict[str, dict[str, str]] = {
    "work": {"type": "keyword"},
    "years": {"type": "integer_range"},
    "level": {"type": "keyword"},
    "embargo": {"type": "date", "format": "yyyy-MM-dd"},
    **{f"by_{name}": {"type": "keyword"} for name in FACETS},
}
_OF_WORKS_ALONE: dict[str, dict[str, str]] = {
    "sort_date": {"type": "integer"},
    "sort_title": {"type": "keyword"},
    **{f"facet_{name}": {"type": "keyword"} for name in FACETS},
}


def index_body(kind: str) -> dict[str, Any]:
    """Return settings and mappings of an index of "pages" or of "works".

    Tokens are excluded from ``_source``: documents are only ever written whole.
    """
    streams = [Stream.DESCRIPTION] if kind == "works" else list(_STREAMS)
    own = (
        _OF_WORKS_ALONE
        if kind == "works"
        else {"page": {"type": "keyword"}, "n": {"type": "integer"}}
    )
    return {
        "settings": {
            "number_of_shards": 1,
            "auto_expand_replicas": "0-1",
            "refresh_interval": "-1",
            "gc_deletes": "1h",
            "analysis": {"analyzer": {"spaces": {"type": "custom", "tokenizer": "whitespace"}}},
        },
        "mappings": {
            "dynamic": "strict",
            "_meta": {"analyzer": analyzer_id(), "schema": SCHEMA},
            "_source": {"excludes": [stream.value for stream in streams]},
            "properties": {
                **{stream.value: _STREAMS[stream] for stream in streams},
                **_OF_WORKS,
                **own,
            },
        },
    }


def work_document(work: str, entry: WorkEntry) -> dict[str, Any]:
    """Return the document of a Work's description."""
    return {
        **_shared(work, entry),
        "sort_date": entry.sort_date,
        "sort_title": entry.sort_title,
        **{f"facet_{name}": list(entry.facets[name]) for name in FACETS},
    }


def page_document(work: str, page: str, entry: WorkEntry, content: PageEntry) -> dict[str, Any]:
    """Return the document of a page, with what its Work's description says."""
    streams = {stream.value: " ".join(found) for stream, found in content.streams.items()}
    return {**_shared(work, entry), **streams, "page": page, "n": content.n}


def _shared(work: str, entry: WorkEntry) -> dict[str, Any]:
    """An embargo that is no date never ends; an unknown level is restricted (interfaces §6)."""
    known = entry.access in ("open", "onsite") and (not entry.embargo or is_date(entry.embargo))
    return {
        "work": work,
        "d": " ".join(entry.tokens),
        "years": [{"gte": first, "lte": last} for first, last in entry.years],
        "level": entry.access if known else "restricted",
        "embargo": entry.embargo if known and entry.embargo else None,
        **{f"by_{name}": list(entry.values[name]) for name in FACETS},
    }
