"""``/api/search``, ``/search.atom`` and IIIF Content Search, over HTTP."""

import json
import shutil
import time
from urllib.parse import urlencode

import pytest
from drawn_library import EDGE, Library, drawn_page
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from iiif_prezi3 import AnnotationPage
from lxml import etree
from reading_room import Visitor

from repository import ids
from repository.derivatives import Derivatives
from repository.settings import read_settings
from storage.ocfl.store import ObjectStore
from storage.open import open_store
from viewer.app import create_app
from viewer.site import App

BASE = "https://takao.example.org/base"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(scope="module")
def site(tmp_path_factory, empty_catalogue):
    home = tmp_path_factory.mktemp("site")
    shutil.copy(empty_catalogue, home / "catalogue.sqlite")
    library = Library(home)
    library.add(
        drawn_page(["打狗港築港計畫", "昭和十年打", "狗驛附近"], vertical=True),
        ["高雄圖"],
        ["港灣鳳山"],
        ["縣志"],
        identifier="work",
        title="築港志",
    )
    library.add(*[["打狗"] * 30] * 5, identifier="many")
    library.add(["打狗"], identifier="closed", access="restricted")
    library.indexer.drain()
    configured = read_settings({"TAKAO_HOME": str(home)})
    objects = ObjectStore(open_store(configured.storage))
    app = App(
        settings=configured,
        public_url=BASE,
        works=library.catalogue,
        changes=library.catalogue,
        outbox=library.catalogue,
        steps=library.catalogue,
        objects=objects,
        derivatives=Derivatives(home),
        searcher=library.searcher,
    )
    whole = create_app(app)
    visitor = Asking(whole, "203.0.113.9", accept="*/*")
    yield visitor
    visitor.close()
    whole.close()
    library.close()


class Asking(Visitor):
    def get(self, path, params=None):
        return super().get(f"{path}?{urlencode(params)}" if params else path)


def url(identifier, rest):
    return f"/iiif/works/{ids.work_id(identifier)}/{rest}"


def test_the_answer_has_the_agreed_shape(site):
    answer = site.get("/api/search", params={"q": "打狗港"}).json()
    assert answer["totals"] == {"works": 1, "pages": 1}
    assert answer["tiers"]["exact"] == {"works": 1, "pages": 1}
    assert set(answer["tiers"]) == {"exact", "folded", "expanded", "noisy"}
    (expansion,) = answer["expansions"]
    assert expansion["kind"] == "place"
    assert "高雄港" in expansion["to"]
    assert expansion["off"].startswith(f"{BASE}/api/search?q=")
    assert answer["next"] is None
    result = answer["results"][0]
    assert result["work"] == ids.work_id("work")
    assert result["identifiers"] == ["work"]
    assert result["title"] == {"zh-Hant": ["築港志"]}
    (page,) = result["pages"]
    assert (page["n"], page["tier"]) == (1, "exact")
    assert [page["snippet"][s:e] for s, e in page["marks"]] == ["打狗港"]
    assert page["boxes"] == [[980, 0, EDGE, 3 * EDGE]]
    assert page["crop"].startswith(f"{BASE}/iiif/image/3/{page['page']}/")
    assert page["url"].startswith(f"{BASE}/works/{result['work']}/pages/1?q=")
    facet = answer["facets"]["type"][0]
    assert (facet["value"], facet["count"]) == ("local-document", 1)


def test_an_expansion_is_switched_off_by_its_address(site):
    answer = site.get("/api/search", params={"q": "打狗"}).json()
    assert answer["tiers"]["expanded"]["pages"] == 1
    off = site.get(answer["expansions"][0]["off"].removeprefix(BASE)).json()
    assert off["tiers"]["expanded"]["pages"] == 0
    assert off["expansions"] == []


def test_a_hit_runs_on_to_the_next_page(site):
    answer = site.get("/api/search", params={"q": "鳳山縣志"}).json()
    (page,) = answer["results"][0]["pages"]
    assert page["n"] == 3
    assert page["boxes"] == [[2 * EDGE, 0, 2 * EDGE, EDGE]]
    assert page["continues"] == {"n": 4, "boxes": [[0, 0, 2 * EDGE, EDGE]]}


def test_what_cannot_be_used_is_noted(site):
    answer = site.get("/api/search", params={"q": '"打狗', "from": "abc"}).json()
    assert {note["code"] for note in answer["notes"]} == {"query-plain", "parameter-ignored"}
    assert answer["totals"]["works"] > 0


def test_restricted_text_is_not_found(site):
    found = site.get("/api/search", params={"q": "打狗"}).json()["results"]
    assert ids.work_id("closed") not in {result["work"] for result in found}
    assert site.get(url("closed", "search/2"), params={"q": "打狗"}).status_code == 401
    assert site.get(url("closed", "autocomplete/1"), params={"q": "打"}).status_code == 401
    assert site.get(url("none", "search/1"), params={"q": "打狗"}).status_code == 404


def test_the_feed_lists_the_works_found(site):
    feed = etree.fromstring(site.get("/search.atom", params={"q": "打狗"}).content)
    assert len(feed.findall("a:entry", ATOM)) == 2
    assert feed.findtext("a:entry/a:title", namespaces=ATOM)
    assert feed.find("a:link[@rel='self']", ATOM).get("href").startswith(f"{BASE}/search.atom?q=")


def test_content_search_2(site):
    answer = site.get(url("work", "search/2"), params={"q": "打狗", "user": "x"}).json()
    assert answer["@context"][1] == "http://iiif.io/api/search/2/context.json"
    assert answer["partOf"]["total"] == 3
    assert answer["ignored"] == ["user"]
    assert "next" not in answer
    items = {item["id"]: item for item in answer["items"]}
    assert len(items) == 4
    canvas = f"{BASE}/iiif/works/{ids.work_id('work')}/canvas/"
    assert all(item["target"].startswith(canvas) for item in items.values())
    contexts = answer["annotations"][0]["items"]
    two = next(c for c in contexts if isinstance(c["target"], list))["target"]
    assert [t["selector"][0]["exact"] for t in two] == ["打", "狗"]
    assert [items[t["source"]]["target"].partition("#")[2] for t in two] == [
        f"xywh=960,{4 * EDGE},{EDGE},{EDGE}",
        f"xywh=940,0,{EDGE},{EDGE}",
    ]
    assert two[0]["selector"][0]["prefix"].endswith("昭和十年")
    assert two[1]["selector"][0]["suffix"].startswith("驛")


def test_content_search_2_is_an_annotation_page_of_presentation_3(site):
    answer = site.get(url("work", "search/2"), params={"q": "打狗"}).json()
    kept = {name: answer[name] for name in ("id", "type", "items")}
    assert len(AnnotationPage.model_validate(kept).items) == 4


def test_a_match_over_a_page_break_has_marks_on_both_canvases(site):
    answer = site.get(url("work", "search/2"), params={"q": "鳳山縣志"}).json()
    first, second = (item["target"].rpartition("#")[0] for item in answer["items"])
    assert first != second


def test_content_search_gives_50_hits_a_page(site):
    seen = []
    address = url("many", "search/2") + "?q=打狗"
    while address:
        answer = site.get(address).json()
        assert answer["partOf"]["total"] == 150
        assert answer["startIndex"] == len(seen)
        seen += [item["id"] for item in answer["items"]]
        address = answer.get("next", {}).get("id", "").removeprefix(BASE)
    assert len(seen) == len(set(seen)) == 150
    one = site.get(url("many", "search/1"), params={"q": "打狗", "page": "2"}).json()
    assert (one["startIndex"], one["within"]["total"], len(one["hits"])) == (50, 150, 50)
    assert one["prev"].endswith("page=1")
    assert one["next"].endswith("page=3")


def test_content_search_1(site):
    answer = site.get(
        url("work", "search/1"), params={"q": "打狗", "motivation": "painting"}
    ).json()
    assert answer["@type"] == "sc:AnnotationList"
    assert answer["within"]["ignored"] == ["motivation"]
    ids_of = {resource["@id"] for resource in answer["resources"]}
    hit = answer["hits"][1]
    assert (hit["match"], len(hit["annotations"])) == ("打狗", 2)
    assert set(hit["annotations"]) <= ids_of


def test_autocomplete(site):
    two = site.get(url("work", "autocomplete/2"), params={"q": "打", "min": "2"}).json()
    assert two["type"] == "TermList"
    assert [(t["match"], t["count"]) for t in two["terms"]] == [("打狗", 2)]
    again = site.get(two["terms"][0]["url"].removeprefix(BASE)).json()
    assert again["partOf"]["total"] == 3
    one = site.get(url("work", "autocomplete/1"), params={"q": "打"}).json()
    assert one["@type"] == "search:TermList"


LONG = {
    "ten kilobytes of operators": '"-OR (' * 2000,
    "deep parentheses": "(" * 5000 + "打狗" + ")" * 5000,
    "thousands of alternatives": " OR ".join(f"打{n}" for n in range(3000)),
    "thousands of words": " ".join("打狗港" for _ in range(1100)),
    "one long word": "打狗港" * 1100,
    "one long Latin word": "a" * 10_000,
    "emoji": "🙂👨\u200d👩\u200d👧" * 500,
    "controls": "\x00\x01\x1b\x7f\u202e打狗",
    "marks": "e" + "\u0301" * 5000,
    "wild cards": "*" * 500 + "%" * 500 + "?~^\\/" * 100,
}


@pytest.mark.parametrize("q", LONG.values(), ids=LONG.keys())
@pytest.mark.parametrize("path", ["/api/search", "/search", "/search.atom", "inside", "complete"])
def test_whatever_is_typed_is_answered_in_good_time(site, path, q):
    inside = {"inside": url("work", "search/1"), "complete": url("work", "autocomplete/1")}
    begun = time.process_time()  # of this process, however busy the machine is
    answer = site.get(inside.get(path, path), params={"q": q})
    assert answer.status_code == 200
    assert time.process_time() - begun < 2


@pytest.mark.parametrize("raw", ["%ED%A0%80", "%FF%FE", "%", "%00", "%E6%89", "%F0%9F%99%82&q=%ED"])
def test_broken_addresses_are_answered(site, raw):
    for path in ("/api/search", "/search", "/search.atom", url("work", "search/2")):
        assert site.get(f"{path}?q={raw}").status_code == 200


def test_a_query_that_is_cut_is_said(site):
    answer = site.get("/api/search", params={"q": "打狗" * 800}).json()
    assert [note["code"] for note in answer["notes"]] == ["query-cut"]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    q=st.text("打狗港\"“ -OR：:title\x00\ud800🙂é\u030d，)(*^{}[]|'\\%", max_size=60),
    other=st.dictionaries(
        st.sampled_from(["from", "to", "type", "sort", "page", "off", "place"]),
        st.text(max_size=8),
        max_size=3,
    ),
)
def test_no_query_is_an_error_of_ours(site, q, other):
    clean = {k: v.encode("utf-8", "replace").decode() for k, v in (other | {"q": q}).items()}
    for address in ("/api/search", url("work", "search/2"), url("work", "autocomplete/2")):
        answer = site.get(address, params=clean)
        assert answer.status_code == 200
        json.loads(answer.content)
    assert site.get("/search", params=clean).status_code == 200


@pytest.mark.parametrize(
    ("language", "q", "said"),
    [
        ("zh-Hant", "打狗港築港計晝", "您是不是要找：打狗港築港計畫 1 件作品"),
        ("en", "打狗港築港計晝", "Did you mean: 打狗港築港計畫 1 work"),
        ("en", "Tokao", "Did you mean: Takao 2 works, Takau 2 works"),
    ],
)
def test_what_may_have_been_meant_is_said_and_led_to(site, language, q, said):
    page = etree.HTML(site.get("/search", params={"q": q, "lang": language}).text)
    (paragraph,) = page.xpath("//div[contains(@class, 'meant')]/p")
    assert "".join(paragraph.itertext()).replace("\n", "").strip() == said
    link = paragraph.find("a")
    assert link.get("lang") == (None if q.isascii() else "zh-Hant")
    assert link.findtext("strong") in said
