"""A reader's question and the answer (interfaces §5), on the embedded engine."""

import json
from pathlib import Path

import pytest
from drawn_library import EDGE, drawn_block, drawn_page

from metadata.record import Agent, DateStatement, Note, Place, Subject, Title
from repository.text import Box, PageText

PAIRS = Path(__file__).parents[1] / "fixtures/search-pairs.json"


def test_a_word_is_found_with_its_snippet_marks_and_box(library):
    library.add(["臺灣總督府打狗支廳", "管內旗後街哨船頭"])
    (work,) = library.search("打狗").results
    (page,) = work.pages
    assert page.tier == work.tier == "exact"
    assert [page.snippet[s:e] for s, e in page.marks] == ["打狗"]
    assert page.boxes == (Box(5 * EDGE, 0, 2 * EDGE, EDGE),)
    assert page.region is not None
    assert page.region.x <= 5 * EDGE


def test_a_phrase_over_two_columns_has_a_box_in_each(library):
    library.add(drawn_page(["愛河舊名高雄", "川沿岸照片"], vertical=True))
    (work,) = library.search("名高雄川").results
    first, second = work.pages[0].boxes
    assert (first.w, first.h) == (EDGE, 3 * EDGE)
    assert (second.w, second.h) == (EDGE, EDGE)
    assert second.x < first.x


def test_tiers_are_disjoint_and_totals_are_the_first_three(library):
    library.add(["臺灣"], ["台灣"], ["台湾"])
    library.add(["昭和十年鐵道"])
    library.add(["一九三五年"])
    results = library.search("臺灣")
    assert {t: (c.works, c.pages) for t, c in results.tiers.items()} == {
        "exact": (1, 1),
        "folded": (0, 2),
        "expanded": (0, 0),
        "noisy": (0, 0),
    }
    assert (results.totals.works, results.totals.pages) == (1, 3)
    assert library.search("民國24年").tiers["expanded"].pages == 2


@pytest.mark.parametrize("q", ["港", "𠮟", "カ"])
def test_one_character_is_a_query(library, q):
    library.add(["小港庄𠮟カタカナ"])
    library.add(["高雄"])
    assert library.found(q) == [("T0001", 1)]


@pytest.mark.parametrize(
    ("text", "q", "found"),
    [
        ("民國34年三月", "民國34年", True),
        ("民國134年三月", "民國34年", False),
        ("第3期", "3期", True),
        ("第13期", "3期", False),
        ("Takao Harbour", "takao harbour", True),
        ("Takao Harbour", "taka", False),
        ("三公，公之，之他", "三公之他", False),
        ("三公，公之，之他", "公，公之", True),
        ("高雄 市\n立", "高雄市立", True),
        ("昭和 9 年", "昭和9年", True),
        ("Tâi-oân", "Tai-oan", True),
        ("ＴＡＫＡＯ港", "takao港", True),
        ("Takao, Formosa", '"Takao Formosa"', False),
        ("Takao  Formosa", '"takao formosa"', True),
        ("台灣", '"臺灣"', False),
        ("台灣", "臺灣", True),
        ("高\ufe00雄", '"高雄"', True),
    ],
)
def test_what_matches(library, text, q, found):
    library.add([text])
    assert (library.search(q).totals.pages == 1) is found


def test_letters_with_diacritics_are_in_the_folded_tier(library):
    library.add(["Tâi-oân"])
    assert library.search("Tai-oan").tiers["folded"].pages == 1
    assert library.search("tâi-oân").tiers["exact"].pages == 1


def test_all_words_stand_on_one_page_or_in_the_description(library):
    library.add(["打狗"], ["築港"], ["打狗築港"], title="海關報告")
    assert library.found("打狗 築港") == [("T0001", 3)]
    assert library.found("海關 築港") == [("T0001", 2), ("T0001", 3)]
    assert library.search("海關").totals.pages == 3
    assert library.found("打狗 -築港") == [("T0001", 1)]
    assert library.search("海關 -築港").totals.pages == 1
    assert library.search("-築港").totals.pages == 1
    assert library.search("-海關").totals.works == 0
    assert library.found("打狗 OR 築港") == [("T0001", n) for n in (1, 2, 3)]


def test_a_work_found_by_its_description_alone_shows_the_description(library):
    library.add(["某頁"], title="鳳山縣采訪冊")
    library.add(title="鳳山縣舊城圖")
    results = library.search("鳳山縣")
    assert (results.totals.works, results.totals.pages) == (2, 1)
    for work in results.results:
        assert not work.pages
        assert [work.snippet[s:e] for s, e in work.marks] == ["鳳山縣"]


def test_a_snippet_cuts_no_word(library):
    library.add(title="Operation plan of Kaohsiung Public Library, September to December 2017")
    (work,) = library.search("2017").results
    assert work.snippet.strip().startswith("Public Library, September")
    assert [work.snippet[s:e] for s, e in work.marks] == ["2017"]


def test_a_field_can_be_asked_for(library):
    library.add(
        title="打狗港圖",
        agents=(Agent("陳文達"),),
        places=(Place("旗津"),),
        subjects=(Subject("港口"),),
        call_number="R 735.3",
        notes=(Note("附燈臺"),),
        identifier="MAP-7",
    )
    library.add(["打狗 陳文達 旗津 港口"], title="其他")
    for q in (
        "title:打狗港",
        "creator:陳文達",
        "place:旗津",
        "subject:港口",
        "id:MAP-7",
        'id:"R 735.3"',
    ):
        assert library.works(q) == ["MAP-7"], q
    assert library.works("燈臺") == ["MAP-7"]
    assert library.works("title:陳文達") == []


def test_a_phrase_over_a_page_break_is_one_hit_of_the_page_where_it_begins(library):
    library.add(["建設高雄市"], ["立圖書館之議"])
    results = library.search("高雄市立圖書館")
    assert (results.totals.works, results.totals.pages) == (1, 1)
    (page,) = results.results[0].pages
    assert page.n == 1
    assert page.boxes == (Box(2 * EDGE, 0, 3 * EDGE, EDGE),)
    assert page.continues.n == 2
    assert page.continues.boxes == (Box(0, 0, 4 * EDGE, EDGE),)
    assert library.search('"市立"').totals.pages == 1
    assert library.search("議建設").totals.pages == 0


def test_only_running_text_joins_over_a_page_break(library):
    header = drawn_block(["高雄志"], kind="header")
    footer = drawn_block(["第一頁"], kind="page-number")
    library.add(
        PageText(1000, 1000, (header, drawn_block(["論鹽"]), footer)),
        PageText(1000, 1000, (header, drawn_block(["埕之事"]), footer)),
    )
    assert library.found("鹽埕") == [("T0001", 1)]
    assert library.found("頁高") == []


def test_years_are_found_in_any_era(library):
    library.add(["明治三十三年調"], identifier="meiji")
    library.add(["光緒廿六年"], identifier="qing")
    library.add(["民國前十二年"], identifier="before")
    library.add(["一九〇〇年"], identifier="ce")
    library.add(
        ["無年"],
        identifier="dated",
        dates=(DateStatement("光緒26年", "1900", first_year=1900, last_year=1900),),
    )
    every = {"meiji", "qing", "before", "ce", "dated"}
    for q in ("1900", "明治33年", "光緒二十六年", "民前12年", "西元1900年", "明治三三年"):
        assert set(library.works(q)) == every, q
    results = library.search("1900")
    (expansion,) = results.expansions
    assert expansion.kind == "era"
    assert "明治33年" in expansion.to
    assert library.works("1900", off=(expansion.key,)) == []
    assert library.works('"1900"') == []
    (page,) = next(w for w in results.results if w.pages).pages
    assert page.marks


def test_places_are_found_under_their_other_names(library):
    library.add(["打狗驛"], identifier="old")
    library.add(["高雄驛"], identifier="new")
    results = library.search("高雄")
    assert library.works("高雄") == ["new", "old"]
    (expansion,) = results.expansions
    assert (expansion.kind, expansion.source) == ("place", "高雄")
    assert "1920" in expansion.remark
    assert library.works("高雄", off=(expansion.key,)) == ["new"]


def test_other_names_of_a_place_are_not_sought_in_identifiers(library):
    library.add(["無"], identifier="TAKAO-S-04", call_number="Takao 3", title="甲")
    library.add(["無"], identifier="b", title="Map of Takao")
    assert library.works("打狗") == ["b"]
    assert set(library.works("takao")) == {"TAKAO-S-04", "b"}
    assert library.works("TAKAO-S-04") == library.works("id:takao") == ["TAKAO-S-04"]


def test_filters_and_facets_count_works(library):
    dated = {
        year: (DateStatement(str(year), str(year), first_year=year, last_year=year),)
        for year in (1895, 1935)
    }
    library.add(["打狗"], ["打狗"], identifier="a", material="map", dates=dated[1895])
    library.add(["打狗"], identifier="b", places=(Place("旗津", district="64000100"),))
    library.add(["打狗"], identifier="c", collections=("善本",), dates=dated[1935])
    facets = library.search("打狗").facets
    assert {v.value: v.count for v in facets["type"]} == {"map": 1, "local-document": 2}
    assert {v.value: v.count for v in facets["decade"]} == {"1890": 1, "1930": 1}
    assert facets["type"][1].label["zh-Hant"] == "輿圖"
    assert library.works("打狗", type="map") == ["a"]
    assert library.works("打狗", place="旗津") == library.works("打狗", place="64000100") == ["b"]
    assert library.works("打狗", collection="善本") == ["c"]
    assert library.works("打狗", year_from=1900) == ["c"]
    assert library.works("打狗", year_to=1935, year_from=1895) == ["a", "c"]
    assert library.works("", type="map") == ["a"]
    assert library.works("打狗", type="none") == []


def test_an_interval_matches_when_it_overlaps(library):
    library.add(
        ["頁"],
        identifier="open",
        dates=(DateStatement("1935以後", "1935/..", first_year=1935, last_year=None),),
    )
    library.add(["頁"], identifier="flagged", dates=(DateStatement("24年5月", flagged=True),))
    assert library.works("頁", year_from=2000) == ["open"]
    assert library.works("頁", year_to=1934) == []
    assert set(library.works("頁")) == {"open", "flagged"}


def test_text_that_a_reader_may_not_see_matches_nothing(library):
    library.add(["打狗海關"], ["打狗"], identifier="closed", title="海關密檔", access="restricted")
    library.add(["打狗"], identifier="room", access="onsite")
    library.add(["打狗"], identifier="later", embargo_until="2999-01-01")
    library.add(["打狗"], identifier="past", embargo_until="1999-01-01")
    assert library.works("打狗") == ["past"]
    on_site = frozenset({"open", "onsite"})
    assert set(library.works("打狗", allowed=on_site)) == {"past", "room"}
    everyone = frozenset({"open", "onsite", "restricted"})
    assert set(library.works("打狗", allowed=everyone)) == {"closed", "room", "later", "past"}
    assert library.works("密檔") == ["closed"]
    assert library.works("密檔 打狗") == []
    assert library.works("密檔 -打狗") == ["closed"]


def test_order_by_relevance_date_and_title(library):
    for name, year, title in (("x", 1935, "二"), ("y", 1895, "一"), ("z", None, "打狗")):
        dates = (DateStatement(str(year), str(year), first_year=year, last_year=year),)
        library.add(["打狗"], identifier=name, title=title, dates=dates if year else ())
    assert library.works("打狗")[0] == "z"
    assert library.works("打狗", sort="date") == ["y", "x", "z"]
    assert library.works("打狗", sort="title") == ["y", "x", "z"]


def test_exact_comes_before_folded_before_expanded_before_noisy(library):
    library.add(["打狗港務局" * 3, "高雄滬務局"], identifier="noisy")
    library.add(["打狗港務局"], identifier="expanded-not")
    library.add(["高雄港务局"], identifier="folded")
    library.add(["高雄港務局"], identifier="exact")
    assert library.works("高雄港務局")[:2] == ["exact", "folded"]
    assert library.works("高雄港務局")[-1] in {"noisy", "expanded-not"}


def test_reading_errors_are_found_after_all_others_and_labelled(library):
    library.add(["高碓州岡山郡"], identifier="misread")
    library.add(["高雄州鳳山郡"], identifier="clean")
    results = library.search("高雄州")
    assert [w.tier for w in results.results] == ["exact", "noisy"]
    assert results.tiers["noisy"].pages == 1
    assert results.totals.pages == 1
    page = results.results[1].pages[0]
    assert [page.snippet[s:e] for s, e in page.marks] == ["高碓州"]
    assert page.boxes == (Box(0, 0, 3 * EDGE, EDGE),)


def test_where_nothing_is_found_the_index_says_what_may_be_meant(library):
    library.add(["高雄州鳳山郡"], ["高雄州"])
    library.add(["高雄州"])
    library.add(["高稚州"])
    library.add(["Takao harbour"])
    (meant, *_) = library.search("高碓州").meant
    assert (meant.q, meant.works) == ("高雄州", 2)
    assert library.search("Tokao").meant[0].q == "Takao"
    assert library.search("高雄州").meant == library.search("鼂鼂鼂").meant == ()


def test_what_differs_in_much_was_not_meant(library):
    library.add(["圖書館一〇六年"], ["圖書館營運計畫"])
    assert library.search("圖書館活動").meant == ()
    assert library.search("圖書館營運計晝").meant[0].q == "圖書館營運計畫"


def test_guesses_do_not_push_sure_pages_down(library):
    for n in range(15):
        library.add(["高雄州"], ["高碓州"], ["高碓州"], identifier=f"w{n:02}")
    results = library.search("高雄州")
    listed = [page.tier for work in results.results for page in work.pages]
    assert listed[:20].count("exact") == 15
    assert results.tiers["noisy"].pages == 30


def test_a_guess_that_is_not_among_the_likeliest_waits_behind_other_works(library):
    library.add(*([f"之{n}高雛州也"] for n in "甲乙丙丁"), identifier="many")
    for n in range(20):
        library.add(["高碓州" if n % 2 else "高稚州"], identifier=f"w{n:02}")
    results = library.search("高雄州")
    shown = {work.work: len(work.pages) for work in results.results}
    assert len(shown) == 20
    assert results.tiers["noisy"].pages == 24
    assert sum(shown.values()) < 24


def test_what_many_pages_have_in_the_words_place_is_rather_another_word(library):
    library.add(["索價過躄壟斷集團"], identifier="misread")
    for n, other in enumerate("之以而於有是不在人其"):
        library.add([f"{other}高壟斷集團"], identifier=f"other{n}")
    assert library.works("過高壟斷集")[0] == "misread"


def test_errors_at_the_ends_of_a_word_are_errors_like_others(library):
    library.add(["不熚發三個鼻只管斯"], identifier="misread")
    results = library.search("照發三個鼻子管")
    assert [w.tier for w in results.results] == ["noisy"]
    page = results.results[0].pages[0]
    assert [page.snippet[s:e] for s, e in page.marks] == ["熚發三個鼻只管"]


def test_a_misread_year_is_found_in_every_era_but_no_other_year(library):
    library.add(["民國二十匹年"], identifier="misread")
    library.add(["昭利十年"], identifier="misread in another era")
    library.add(["民國二十五年"], identifier="another year")
    library.add(["昭和二十年"], identifier="another year of another era")
    results = library.search("民國24年")
    assert results.tiers["noisy"].works == 2
    assert set(library.works("民國24年")) == {"misread", "misread in another era"}


def test_a_change_a_deletion_and_a_withdrawal_are_seen(library):
    work = library.add(["打狗"], ["築港"], identifier="a")
    assert library.works("築港") == ["a"]
    library.add(["打狗"], identifier="a")
    assert library.works("築港") == []
    library.add(["高雄"], identifier="a", title="新題名")
    assert library.works("打狗", off=("place:打狗",)) == []
    assert library.works("新題名") == ["a"]
    library.withdraw(work)
    assert library.works("新題名") == library.works("高雄") == []
    library.withdraw(work, back=True)
    assert library.works("新題名") == library.works("高雄") == ["a"]


def test_pages_of_results(library):
    for n in range(45):
        library.add(["打狗"], identifier=f"w{n}")
    seen = [w for page in (1, 2, 3) for w in library.works("打狗", page=page)]
    assert len(seen) == len(set(seen)) == 45
    assert library.search("打狗", page=2).has_next
    assert not library.search("打狗", page=3).has_next
    assert library.search("打狗", page=9).results == ()


def test_within_a_work(library):
    work = library.add(*[[f"第{n}頁打狗" if n % 2 else "空"] for n in range(1, 10)], title="海關")
    library.indexer.drain()
    found = library.searcher.within(work, "打狗", after=0, limit=2)
    assert found.total_pages == 5
    assert found.pages == (1, 3, 5, 7, 9)
    assert [m.n for m in found.matches] == [1, 3]
    assert found.next_after == 3
    match = found.matches[0]
    assert (match.before, match.exact, match.after) == ("第1頁", "打狗", "")
    last = library.searcher.within(work, "打狗", after=7)
    assert [m.n for m in last.matches] == [9]
    assert last.next_after is None
    assert library.searcher.within(work, "海關").total_pages == 0
    assert library.searcher.within(work, "海關 打狗").total_pages == 5


def test_suggestions_go_on_as_the_text_does(library):
    work = library.add(["高雄市立圖書館", "高雄市政府", "高雄港"], ["Takao takaoan TAKAO"])
    found = dict(library.searcher.suggest(work, "高雄"))
    assert found["高雄市"] == 2
    assert found["高雄港"] == 1
    assert dict(library.searcher.suggest(work, "tak")) == {"Takao": 2, "takaoan": 1}
    assert library.searcher.suggest(work, "") == []


def test_the_pairs_that_a_reader_of_local_documents_expects(library):
    pairs = json.loads(PAIRS.read_text("utf-8"))
    for name, lines in pairs["pages"].items():
        library.add(lines, identifier=name, title="無題")
    found = expected = right = 0
    for query in pairs["queries"]:
        results = library.search(query["q"])
        off = tuple(e.key for e in results.expansions if e.kind == "place")
        got = {name for name, _ in library.found(query["q"], off=off)}
        found += len(got)
        expected += len(query["expects"])
        right += len(got & set(query["expects"]))
    assert right / expected >= 0.95
    assert right / found >= 0.95


@pytest.mark.parametrize(
    "q", ["，", "🙂", "\x00\x1f", "港" * 10_000, '"' * 50, "-" * 50, "a" * 10_000]
)
def test_strange_queries_are_answered(library, q):
    library.add(["高雄，港"])
    results = library.search(q)
    assert results.totals.pages == (q == "，")


def test_titles_of_other_languages_and_variants_are_found(library):
    library.save(
        library_record(
            "x", Title("臺灣堡圖"), Title("Topographic maps of Formosa", "en", "alternative")
        ),
    )
    assert library.works("formosa") == library.works("台湾堡图") == ["x"]


def library_record(identifier, *titles):
    from metadata.record import Record

    return Record(identifier, titles)
