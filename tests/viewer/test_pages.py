"""What the reader's pages show, without any script."""

import re
from urllib.parse import unquote

import reading_room
from lxml import html

from repository import ids

PLAN = ids.work_id(reading_room.PLAN)
BOOK = ids.work_id(reading_room.BOOK)
HOSTILE = ids.work_id(reading_room.HOSTILE)
REGION = re.compile(r"/iiif/image/3/\w+/\d+,\d+,\d+,\d+/\d+,\d+/0/default\.jpg")


def page(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return html.fromstring(response.text)


def texts(tree, selector):
    return [" ".join(element.text_content().split()) for element in tree.cssselect(selector)]


def href(tree, selector):
    return unquote(tree.cssselect(selector)[0].get("href"))


def test_home_leads_in_by_search_kind_collection_and_new_works(browser):
    home = page(browser, "/")
    assert home.cssselect("form[role=search] input[name=q]")
    assert "地方文獻 3 件作品" in texts(home, "#kinds ~ .cards .words")
    assert texts(home, ".chips .chip") == ["館務文獻 1"]
    assert "高雄市立圖書館營運計畫" in texts(home, ".shelf h3")
    assert home.cssselect(".tries a")[0].get("href").startswith("/search?q=")


def test_home_in_english_gives_titles_in_english_where_there_are_any(browser):
    home = page(browser, "/?lang=en")
    assert "Operation plan" in texts(home, ".shelf h3")


def test_the_withdrawn_are_nowhere(browser):
    for address in ("/", "/search", "/search?q=誤植", "/sitemap.xml"):
        assert ids.work_id(reading_room.GONE) not in browser.get(address).text


def test_search_shows_works_with_marked_snippets_and_crops(browser):
    results = page(browser, "/search?q=圖書館")
    assert texts(results, ".result h3") == ["高雄市立圖書館營運計畫"]
    assert set(texts(results, ".hit mark")) <= {"圖書館", "圖書館館"}
    crop = results.cssselect(".hit .crop img")[0]
    assert re.fullmatch(
        r"/iiif/image/3/\w+/\d+,\d+,\d+,\d+/\d+,\d+/0/default\.jpg", crop.get("src")
    )
    assert crop.get("loading") == "lazy"
    assert browser.get(crop.get("src")).headers["content-type"] == "image/jpeg"
    assert results.cssselect(".hit svg rect.mark")


def test_simplified_and_variant_characters_find_it_labelled(browser):
    assert texts(page(browser, "/search?q=图书馆"), ".result h3")
    variant = page(browser, "/search?q=臺灣")
    assert texts(variant, ".tier strong") == ["異體相通"]
    assert "台灣" in texts(variant, ".hit mark")


def test_facets_are_links_and_filters_are_chips_to_take_away(browser):
    narrowed = page(browser, "/search?q=高雄&type=local-document&from=2000")
    assert texts(narrowed, ".find .chip")[0].startswith("資料類型 地方文獻")
    assert (
        narrowed.cssselect(".find .chip")[0].get("href") == "/search?q=%E9%AB%98%E9%9B%84&from=2000"
    )
    everything = page(browser, "/search")
    links = [a.get("href") for a in everything.cssselect(".facets li a")]
    assert "/search?type=rare-book" in links
    assert everything.cssselect(".decades th a")


def test_nothing_found_offers_wider_searches(browser):
    nothing = page(browser, "/search?q=四庫全書&type=map")
    assert not nothing.cssselect(".result")
    assert (
        nothing.cssselect(".wider a")[0].get("href")
        == "/search?q=%E5%9B%9B%E5%BA%AB%E5%85%A8%E6%9B%B8"
    )


def test_hostile_titles_and_queries_stay_text(browser):
    for address in ("/", f"/works/{HOSTILE}", '/search?q="><script>alert(1)</script>'):
        tree = page(browser, address)
        scripts = tree.cssselect('script:not([type="application/ld+json"])')  # data runs nowhere
        assert not [s for s in scripts if "alert" in s.text_content()], address
    assert '<script>alert("港")</script>&amp;' in texts(page(browser, f"/works/{HOSTILE}"), "h1")


def test_a_work_shows_its_description_pages_and_files(browser):
    work = page(browser, f"/works/{PLAN}")
    record = dict(zip(texts(work, ".record dt"), texts(work, ".record dd"), strict=True))
    assert record["責任者"] == "高雄市立圖書館 （編）"
    assert record["日期"] == "民國106年（西元2017年）"
    assert record["權利聲明"].startswith("CC BY 4.0")
    assert record["取用層級"] == "公開"
    assert [a.get("href") for a in work.cssselect(".thumbs a")] == [
        f"/works/{PLAN}/pages/{n}" for n in (1, 2)
    ]
    links = {a.get("href") for a in work.cssselect(".panels a")}
    assert {f"/works/{PLAN}/{name}" for name in ("text.txt", "work.pdf", "cite.ris")} <= links
    assert f"/iiif/works/{PLAN}/manifest.json" in links


def test_a_date_that_is_not_certain_says_so(browser):
    assert "未能判讀為日期" in page(browser, f"/works/{HOSTILE}").text_content()


def test_search_in_a_work_lists_matches_by_page(browser):
    work = page(browser, f"/works/{PLAN}?q=圖書館")
    assert texts(work, "#within-head") == ["在這件作品的 2 頁中找到"]
    assert [a.get("href") for a in work.cssselect(".matches > li > a")] == [
        f"/works/{PLAN}/pages/{n}?q=%E5%9C%96%E6%9B%B8%E9%A4%A8" for n in (1, 2)
    ]


def test_the_viewer_draws_the_marks_where_the_characters_stand(browser):
    viewer = page(browser, f"/works/{PLAN}/pages/1?q=圖書館")
    svg = viewer.cssselect("#marks")[0]
    assert svg.get("viewbox") == f"0 0 {reading_room.WIDTH} {reading_room.HEIGHT}"
    lines = reading_room.PLAN_PAGES[0][1]
    expected = []
    for number, line in enumerate(lines):
        boxes = reading_room.line_boxes("horizontal", number, len(line))
        at = line.index("圖書館")
        first, last = boxes[at], boxes[at + 2]
        expected.append([first.x, first.y, last.right - first.x, first.h])
    drawn = [
        [int(rect.get(name)) for name in ("x", "y", "width", "height")]
        for rect in svg.cssselect("rect.mark")
    ]
    assert drawn == expected
    assert texts(viewer, "#text mark") == ["圖書館", "圖書館"]


def test_a_match_that_turns_the_column_has_a_box_in_each(browser):
    viewer = page(browser, f"/works/{PLAN}/pages/2?q=圖書館")
    turning = viewer.cssselect("#hit-1 rect")
    assert len(turning) == 2
    marked = viewer.cssselect('#text mark[data-hit="1"]')
    assert [m.text_content() for m in marked] == ["圖書", "館"]


def test_vertical_text_is_set_vertically_and_can_be_turned(browser):
    viewer = page(browser, f"/works/{PLAN}/pages/2")
    assert viewer.cssselect("#text")[0].get("data-layout") == "vertical"
    turned = page(browser, viewer.cssselect(".layouts a")[1].get("href"))
    assert turned.cssselect("#text")[0].get("data-layout") == "horizontal"
    assert page(browser, f"/works/{PLAN}/pages/1").cssselect("#text")[0].get("data-layout") == (
        "horizontal"
    )


def test_pages_turn_in_the_direction_of_reading(browser):
    book = page(browser, f"/works/{BOOK}/pages/2")
    assert book.cssselect("nav.turn")[0].get("dir") == "rtl"
    assert book.cssselect("a[rel=next]")[0].get("href") == f"/works/{BOOK}/pages/3"
    assert book.cssselect("a[rel=prev]")[0].get("href") == f"/works/{BOOK}/pages/1"
    assert texts(book, "a[rel=next]") == ["‹ 下一頁"]
    plan = page(browser, f"/works/{PLAN}/pages/1")
    assert plan.cssselect("nav.turn")[0].get("dir") is None
    assert texts(plan, "a[rel=next]") == ["下一頁 ›"]


def test_the_viewer_leads_to_the_next_page_with_matches(browser):
    viewer = page(browser, f"/works/{PLAN}/pages/1?q=圖書館")
    assert texts(viewer, ".hit-turn a")[0].startswith("第 2 頁的結果")
    assert len(viewer.cssselect(".strip a.has-hits")) == 2


def test_the_first_image_is_in_the_page_in_stored_sizes(browser):
    image = page(browser, f"/works/{PLAN}/pages/1").cssselect("#sheet img")[0]
    for candidate in image.get("srcset").split(", "):
        address, _, width = candidate.partition(" ")
        assert browser.get(address).status_code == 200
        assert width.endswith("w")
    assert image.get("alt")


def test_a_page_that_is_not_there_is_not_found(browser):
    for address in (f"/works/{PLAN}/pages/3", f"/works/{PLAN}/pages/0", "/works/nothing"):
        assert browser.get(address).status_code == 404


def test_about_data_and_api_docs_name_addresses_that_answer(browser):
    for address in ("/about/data", "/api/docs"):
        tree = page(browser, address)
        for link in tree.cssselect("main table a"):
            assert browser.get(link.get("href")).status_code == 200, link.get("href")
