"""One contract for every search engine: the same ids and counts, and those of brute force."""

import uuid
from dataclasses import replace

import pytest
from drawn_library import Library

from bench.search import parity
from bench.search.oracle import Oracle, cases
from search.document import IndexEntry
from search.embedded.engine import EmbeddedBackend
from search.indexer import Indexer
from search.results import SearchRequest

PAGES = 700
EACH = 8
ENGINES = ["embedded", pytest.param("elasticsearch", marks=pytest.mark.live)]


def engine(request, folder):
    if request.param == "embedded":
        return EmbeddedBackend(folder / "derivatives")
    from search.elastic.engine import ElasticBackend

    url = request.getfixturevalue("elasticsearch_url")
    return ElasticBackend(url, f"takao-{uuid.uuid4().hex[:8]}-", reader_seconds=30)


@pytest.fixture(scope="module", params=ENGINES)
def corpus(request, tmp_path_factory):
    """A library of drawn pages, and what brute force says of it."""
    library = Library(
        tmp_path_factory.mktemp("corpus"), engine(request, tmp_path_factory.mktemp("engine"))
    )
    every, judgement = parity.corpus(PAGES)
    library.catalogue.save(every)
    library.indexer.drain()
    yield library, judgement
    library.close()


@pytest.fixture(params=ENGINES)
def library(request, tmp_path, empty_catalogue):
    import shutil

    shutil.copy(empty_catalogue, tmp_path / "catalogue.sqlite")
    made = Library(tmp_path, engine(request, tmp_path))
    yield made
    made.close()


@pytest.fixture(scope="module")
def empty_catalogue(tmp_path_factory):
    from repository.sql.catalogue import open_catalogue

    file = tmp_path_factory.mktemp("empty") / "catalogue.sqlite"
    open_catalogue(f"sqlite:///{file}").close()
    return file


def test_ids_and_counts_are_those_of_brute_force(corpus):
    library, judgement = corpus
    asked = cases(judgement.oracle, EACH)
    assert list(parity.wrongs(library.backend, judgement, asked)) == []


def test_pages_within_a_work_are_those_of_brute_force(corpus):
    library, judgement = corpus
    oracle = judgement.oracle
    longest = max(set(oracle.works), key=oracle.works.count)
    first = oracle.works.index(longest)
    wrong = []
    for case in [
        c for c in cases(oracle, 6, seed=5) if c.kind in ("2 characters", "over a page break")
    ]:
        untitled = Oracle(oracle.pages, oracle.works, {})
        _, folded = case.truth(untitled, [0] * len(oracle.pages))
        expected = tuple(i - first + 1 for i in sorted(folded) if oracle.works[i] == longest)
        asked = library.searcher.within(longest, f"{case.q}")
        if expected and asked.pages != expected:
            wrong.append((case.q, asked.pages, expected))
    assert wrong == []


def test_facets_count_works_of_the_first_three_tiers(corpus):
    library, _ = corpus
    results = library.searcher.search(SearchRequest("", type="map"))
    (facet,) = results.facets["type"]
    assert facet.count == results.totals.works
    assert sum(v.count for v in results.facets["decade"]) == results.totals.works


def test_order_is_the_same_whatever_the_engine(corpus):
    library, judgement = corpus
    oracle = judgement.oracle
    results = library.searcher.search(SearchRequest("之"))
    hits = [work.page_total for work in results.results if work.tier == "exact"]
    assert hits == sorted(hits, reverse=True) or any("之" in t for t in oracle.titles.values())
    dated = library.searcher.search(SearchRequest("之", sort="date")).results
    works = library.catalogue.get_works([work.work for work in dated])
    years = [works[work.work].record.dates[0].first_year for work in dated]
    assert years == sorted(years)


def test_an_older_entry_changes_nothing(library):
    work = library.add(["打狗"], identifier="a")
    library.indexer.drain()
    (state,) = library.backend.indices()
    page = library.catalogue.pages_of(work)[0].id
    items = library.catalogue.everything(None, 10)
    from search.document import entry_of

    entry = next(entry_of(item) for item in items if item.page_id == page)
    newer = replace(entry, sequence=entry.sequence + 10, content=replace(entry.content, text="新"))
    library.backend.write(state.name, [newer, newer, entry])
    assert library.searcher.search(SearchRequest("新")).totals.pages == 1
    assert library.searcher.search(SearchRequest("打狗")).totals.pages == 0
    library.backend.write(state.name, [IndexEntry(newer.sequence + 1, work, page, None)])
    library.backend.write(state.name, [newer])
    assert library.searcher.search(SearchRequest("新")).totals.pages == 0


def test_a_new_index_takes_the_place_of_the_old_while_searches_go_on(library):
    library.add(["打狗"], identifier="a")
    library.indexer.drain()
    (old,) = library.backend.indices()
    library.add(["打狗"], identifier="b")
    assert library.searcher.search(SearchRequest("打狗")).totals.works == 1
    assert library.indexer.rebuild() == 2
    (new,) = library.backend.indices()
    assert new.name != old.name
    assert new.served
    assert list(library.catalogue.cursors()) == [new.name]
    assert library.searcher.search(SearchRequest("打狗")).totals.works == 2
    assert library.indexer.drain() == 0


def test_an_index_of_another_analysis_is_made_again(library, monkeypatch):
    library.add(["打狗"], identifier="a")
    library.indexer.drain()
    (old,) = library.backend.indices()
    library.catalogue.set_cursor(old.name, None)
    assert library.indexer.drain() > 0
    assert [s.name for s in library.backend.indices()] != [old.name]
    assert library.searcher.search(SearchRequest("打狗")).totals.works == 1


def test_two_indexers_do_no_harm(library):
    library.add(["打狗"], ["築港"], identifier="a")
    other = Indexer(library.catalogue, library.backend)
    library.indexer.drain()
    library.add(["打狗改"], ["築港"], identifier="a")
    other.drain()
    library.indexer.drain()
    (state,) = library.backend.indices()
    assert library.backend.count(state.name) == (1, 2)
    assert library.searcher.search(SearchRequest("打狗改")).totals.pages == 1


def test_health_names_engine_index_and_analysis(library):
    library.add(["打狗"], identifier="a")
    library.indexer.drain()
    health = library.backend.health()
    assert health["state"] == "ready"
    assert health["index"] == library.backend.indices()[0].name


def test_text_is_hidden_and_descriptions_are_not(library):
    library.add(["打狗海關"], identifier="closed", title="密檔", access="restricted")
    library.add(["打狗"], identifier="later", embargo_until="2999-01-01")
    library.add(["打狗"], identifier="open")
    library.add(["打狗"], identifier="room", access="onsite")
    everyone = frozenset({"open", "onsite", "restricted"})
    assert set(library.works("打狗")) == {"open"}
    assert set(library.works("打狗", allowed=frozenset({"open", "onsite"}))) == {"open", "room"}
    assert set(library.works("打狗", allowed=everyone)) == {"closed", "later", "open", "room"}
    assert library.works("密檔") == library.works("密檔 -打狗") == ["closed"]
    assert library.works("密檔 打狗") == []


def test_a_change_and_a_withdrawal_are_seen(library):
    work = library.add(["打狗"], ["築港"], identifier="a")
    assert library.works("築港") == ["a"]
    library.add(["打狗"], identifier="a", title="新題名")
    assert library.works("築港") == []
    assert library.found("新題名 打狗") == [("a", 1)]
    library.withdraw(work)
    assert library.works("新題名") == library.works("打狗") == []
    library.withdraw(work, back=True)
    assert library.works("新題名") == library.works("打狗") == ["a"]


def test_reading_errors_are_found_alike(library):
    library.add(["高碓州岡山郡"], identifier="misread")
    library.add(["大正元年臺灣總督附鐵道部"], identifier="long")
    library.add(["高雄州鳳山郡"], identifier="clean")
    assert library.works("高雄州") == ["clean", "misread"]
    assert library.works("臺灣總督府鐵道部") == ["long"]
    assert library.search("臺灣總督府鐵道部").tiers["noisy"].pages == 1


@pytest.mark.parametrize(
    ("q", "page"),
    [
        ("林智國", "斷集團析智圁多種語言"),
        ("林智國", "斷集團析暂國多種語言"),
        ("林智國", "斷集團林暂圁多種語言"),
        ("煙蠟燭線", "家灶內無煙蠤燫線剛才"),
        ("煙蠟燭線", "家灶內無煨蠤燭線剛才"),
        ("煙蠟燭線", "家灶內無煨蠟燫線剛才"),
        ("煙蠟燭線", "家灶內無煙蠤燭綿剛才"),
        ("煙蠟燭線", "家灶內無煙蠟燫綿剛才"),
        ("煙蠟燭線", "家灶內無煨蠟燭綿剛才"),
        ("洴澼藥人洋", "平臺洴濞蕊人洋乾漆"),
    ],
)
def test_two_characters_taken_for_others_that_look_alike_are_found(library, q, page):
    library.add([page], identifier="misread")
    assert library.works(q) == ["misread"]
    (hit,) = library.search(q).results[0].pages
    ((start, end),) = hit.marks
    assert len(hit.snippet[start:end]) == len(q)


def test_a_character_is_misread_as_what_looks_like_any_of_its_forms(library):
    library.add(["平尖修正檔"], identifier="other")
    library.add(["平古修正檔"], identifier="confused")
    assert library.works("平臺修正檔") == library.works("平台修正檔") == ["confused", "other"]
