"""Elasticsearch 8 and 9: ``search.backend.SearchBackend`` over two indices.

An index of ours, NAME, is a pair: NAME-works has the descriptions, NAME-pages the pages with their
Work's description, routed by Work. The aliases PREFIXworks and PREFIXpages point at the served
pair; NAME-works-write and NAME-pages-write belong to one pair and exist so that a bulk can never
create an index. Counts come from terms aggregations by Work: exact, unlike ``cardinality``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.analysis import analyzer_id
from search.backend import IndexState, made_at, new_index_name
from search.elastic.client import READER_SECONDS, Connections
from search.elastic.mapping import index_body
from search.elastic.query import Translation
from search.elastic.search import ElasticSearch
from search.elastic.write import write_entries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from elastic_transport import Transport

    from search.backend import Answer, CandidateQuery, Clause, Question, Refusal
    from search.document import IndexEntry

KINDS = ("works", "pages")
_PAGE = 5000


class ElasticBackend:
    """A server at ``uri``; every name begins with ``prefix``."""

    name = "elasticsearch"

    def __init__(
        self,
        uri: str,
        prefix: str,
        ca: Path | None = None,
        api_key_file: Path | None = None,
        reader_seconds: float = READER_SECONDS,
        transport: type[Transport] | None = None,
    ) -> None:
        self._prefix = prefix
        self._connections = Connections(uri, ca, api_key_file, reader_seconds, transport)
        self._in_the_making: set[str] = set()

    def search(self, question: Question) -> Answer:
        """Return the Works that match, best first."""
        with self._connections.reading() as asking:
            return ElasticSearch(asking, self._prefix, question).answer()

    def matching_pages(self, question: Question, limit: int) -> list[tuple[str, str]]:
        """Return up to ``limit`` (page, work) of the pages that match the widest tier."""
        with self._connections.reading() as asking:
            return ElasticSearch(asking, self._prefix, question).matching_pages(limit)

    def candidates(
        self, queries: Sequence[CandidateQuery], drop: Clause, question: Question, limit: int
    ) -> list[tuple[str, str, int]]:
        """Return candidates for the noisy tier."""
        with self._connections.reading() as asking:
            return ElasticSearch(asking, self._prefix, question).candidates(queries, drop, limit)

    def pages_within(
        self, work: str, clause: Clause, allowed: frozenset[str], today: date
    ) -> list[tuple[str, int]]:
        """Return (page, n) of the pages of one Work that match, by n."""
        query = {
            "bool": {
                "must": [Translation(allowed, today).query(clause)],
                "filter": [{"term": {"work": work}}],
            }
        }
        found: list[tuple[str, int]] = []
        after: list[Any] | None = None
        with self._connections.reading() as asking:
            while True:
                answer = asking().search(
                    index=f"{self._prefix}pages",
                    routing=work,
                    query=query,
                    size=_PAGE,
                    sort=["n", "page"],
                    search_after=after,
                    source=False,
                    track_total_hits=False,
                )
                hits = answer["hits"]["hits"]
                found += [(hit["sort"][1], hit["sort"][0]) for hit in hits]
                if len(hits) < _PAGE:
                    return found
                after = hits[-1]["sort"]

    def indices(self) -> list[IndexState]:
        """Return the pairs of indices on the server."""
        with self._connections.indexing() as client:
            held = client.indices.get(index=f"{self._prefix}*-pages", allow_no_indices=True)
        states = []
        for physical, index in held.items():
            name = physical.removesuffix("-pages")
            meta = index["mappings"].get("_meta", {})
            served = f"{self._prefix}pages" in index["aliases"]
            states.append(IndexState(name, str(meta.get("analyzer", "")), served, made_at(name)))
        return states

    def create(self) -> str:
        """Make a new empty pair."""
        name = new_index_name(f"{self._prefix}index")
        with self._connections.indexing() as client:
            for kind in KINDS:
                body = index_body(kind)
                client.indices.create(
                    index=f"{name}-{kind}",
                    settings=body["settings"],
                    mappings=body["mappings"],
                    aliases={f"{name}-{kind}-write": {}},
                )
        self._in_the_making.add(name)
        return name

    def write(self, index: str, entries: Sequence[IndexEntry]) -> list[Refusal]:
        """Write or delete entries, then make them visible with one refresh.

        Nobody searches a pair in the making: ``count`` and ``promote`` refresh that.
        """
        with self._connections.indexing() as client:
            refused = write_entries(client, index, entries)
            if index not in self._in_the_making:
                client.indices.refresh(index=_pair(index))
        return refused

    def promote(self, index: str) -> None:
        """Point both aliases at ``index`` in one step."""
        actions: list[dict[str, Any]] = []
        for kind in KINDS:
            alias = f"{self._prefix}{kind}"
            others = {"index": f"{self._prefix}*", "alias": alias, "must_exist": False}
            actions.append({"remove": others})
            actions.append({"add": {"index": f"{index}-{kind}", "alias": alias}})
        with self._connections.indexing() as client:
            client.indices.refresh(index=_pair(index))
            client.indices.update_aliases(actions=actions)
        self._in_the_making.discard(index)

    def drop(self, index: str) -> None:
        """Delete a pair."""
        with self._connections.indexing() as client:
            client.indices.delete(index=_pair(index), ignore_unavailable=True)

    def count(self, index: str) -> tuple[int, int]:
        """Return the number of Works and of pages in a pair."""
        with self._connections.indexing() as client:
            client.indices.refresh(index=_pair(index))
            works, pages = (client.count(index=name)["count"] for name in _pair(index))
        return int(works), int(pages)

    def health(self) -> dict[str, str]:
        """Return the server's version, the state of the served pair, and its analysis."""
        with self._connections.reading() as asking:
            alias = f"{self._prefix}pages"
            status = asking().cluster.health(index=alias, timeout="1s")["status"]
            ((name, index),) = asking().indices.get(index=alias).items()
        analyzer = str(index["mappings"].get("_meta", {}).get("analyzer", ""))
        current = status in ("green", "yellow") and analyzer == analyzer_id()
        return {
            "engine": self.name,
            "state": "ready" if current else status if status == "red" else "of another analysis",
            "index": str(name).removesuffix("-pages"),
            "analyzer": analyzer,
        }

    def close(self) -> None:
        """Close the clients."""
        self._connections.close()


def _pair(index: str) -> list[str]:
    return [f"{index}-{kind}" for kind in KINDS]
