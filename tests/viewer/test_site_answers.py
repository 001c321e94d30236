"""What holds for every answer: errors, access, headers, health, files, budgets."""

import gzip
import hashlib
import html
import re
from importlib import resources

import pytest
import reading_room
from lxml import etree

from repository import ids
from repository.errors import SearchUnavailableError
from viewer.app import CONTENT_SECURITY_POLICY
from viewer.errors import EXPLANATIONS, STATUSES, status_of

PLAN, BOOK, ONSITE, LATER, GONE = (
    ids.work_id(identifier)
    for identifier in (
        reading_room.PLAN,
        reading_room.BOOK,
        reading_room.ONSITE,
        reading_room.LATER,
        reading_room.GONE,
    )
)
STATIC = resources.files("viewer").joinpath("static")
FILES = ("text.txt", "work.pdf", "alto/1.xml", "pages/1/text.txt", "pages/1/page.pdf")


def test_the_withdrawn_answer_410_with_the_reason(browser, machine):
    answer = browser.get(f"/works/{GONE}")
    assert answer.status_code == 410
    assert "著作權爭議" in answer.text
    assert machine.get(f"/works/{GONE}/text.txt").status_code == 410


def test_people_get_a_page_and_machines_problem_json(browser, machine):
    page = browser.get("/works/nothing")
    assert page.status_code == 404
    assert "<h1>" in page.text
    problem = machine.get("/works/nothing", accept_language="en")
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json() == {
        "type": "about:blank",
        "title": "There is nothing at this address",
        "status": 404,
        "detail": "The address may be mistyped, or what stood here was never published.",
        "remedy": "Search the collection, or go to the home page.",
        "instance": "/works/nothing",
    }


def test_every_failure_has_one_status_and_an_explanation():
    assert set(STATUSES.values()) <= set(EXPLANATIONS)
    assert status_of(SearchUnavailableError()) == 503
    assert status_of(ZeroDivisionError()) == 500


@pytest.mark.parametrize("work", [ONSITE, LATER])
def test_closed_works_show_their_description_and_why(browser, work):
    page = browser.get(f"/works/{work}")
    assert page.status_code == 200
    assert "notice warning" in page.text
    assert "/iiif/image/" not in page.text
    assert f"/works/{work}/text.txt" not in page.text


@pytest.mark.parametrize("file", ["pages/1", *FILES])
def test_images_text_and_files_of_closed_works_are_withheld(browser, desk, file):
    answer = browser.get(f"/works/{ONSITE}/{file}")
    assert answer.status_code == 401
    assert "祕密" not in answer.text
    assert desk.get(f"/works/{ONSITE}/{file}").status_code == 200
    assert desk.get(f"/works/{LATER}/{file}").status_code == 401


def test_closed_text_is_not_found_by_searching(browser, desk):
    assert ONSITE not in browser.get("/search?q=祕密段落").text
    assert ONSITE in desk.get("/search?q=祕密段落").text


def test_nothing_from_elsewhere_is_ever_asked_for(browser):
    for address in ("/", "/search?q=港", f"/works/{PLAN}", f"/works/{PLAN}/pages/1?q=港"):
        answer = browser.get(address)
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        loaded = re.findall(r'(?:src|srcset)="([^"]*)"', answer.text)
        loaded += re.findall(r'<link rel="(?:stylesheet|icon)" href="([^"]*)"', answer.text)
        assert loaded
        assert all(one.startswith("/") and not one.startswith("//") for one in loaded)
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_head_answers_like_get_without_a_body(machine):
    for address in ("/", f"/works/{PLAN}", "/healthz", f"/iiif/works/{PLAN}/manifest.json"):
        head = machine.head(address)
        assert head.status_code == 200
        assert head.content == b""


def test_health_readiness_and_metrics(machine):
    assert machine.get("/healthz").text == "ok\n"
    assert machine.get("/readyz").json() == {
        "ready": True,
        "parts": {"catalogue": True, "search": True},
    }
    metrics = machine.get("/metrics").text
    assert "takao_works 5" in metrics
    assert re.search(r'^takao_outbox_lag\{index="embedded[^"]*"\} 0$', metrics, re.MULTILINE)


def test_sitemap_lists_public_works_and_robots_names_it(machine):
    sitemap = etree.fromstring(machine.get("/sitemap.xml").content)
    addresses = {loc.text for loc in sitemap.iter("{*}loc")}
    assert f"{reading_room.PUBLIC}/works/{PLAN}" in addresses
    assert f"{reading_room.PUBLIC}/works/{GONE}" not in addresses
    assert f"Sitemap: {reading_room.PUBLIC}/sitemap.xml" in machine.get("/robots.txt").text
    part = etree.fromstring(machine.get(f"/sitemaps/{PLAN[0]}.xml").content)
    assert f"{reading_room.PUBLIC}/works/{PLAN}" in {loc.text for loc in part.iter("{*}loc")}


def test_every_example_for_partners_can_be_pasted_and_answers(browser, machine):
    page = browser.get("/about/data").text
    blocks = [html.unescape(b) for b in re.findall(r"<pre><code>(.*?)</code>", page, re.DOTALL)]
    addresses = [a for b in blocks for a in re.findall(r"'(http[^']+)'", b)]
    assert len(addresses) == 4
    for address in addresses:
        query = "" if "?" in address else "?verb=Identify"
        answer = machine.get(address.removeprefix(reading_room.PUBLIC) + query)
        assert answer.status_code == 200
        assert "<error" not in answer.text


def test_text_alto_and_pdf(machine, tmp_path):
    text = machine.get(f"/works/{PLAN}/text.txt").text
    assert text.count("\f") == 1
    assert "圖書館位於港邊" in text
    alto = etree.fromstring(machine.get(f"/works/{PLAN}/alto/2.xml").content)
    assert etree.QName(alto).localname == "alto"
    pdf = machine.get(f"/works/{PLAN}/work.pdf").content
    assert pdf.startswith(b"%PDF-")
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 2
    assert "圖書館" in document[0].get_textpage().get_text_bounded()
    document.close()


def test_a_file_of_what_has_no_pages_is_not_found(machine):
    hostile = ids.work_id(reading_room.HOSTILE)
    for file in FILES:
        assert machine.get(f"/works/{hostile}/{file}").status_code == 404


def test_static_files_are_kept_for_ever_and_compressed(machine):
    page = machine.get("/", accept="text/html").text
    address = re.search(r'href="(/static/[^"]+\.css)"', page)[1]
    answer = machine.get(address, accept_encoding="gzip")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert machine.get("/static/x/../../app.py").status_code == 404


def compressed(*names):
    return sum(len(gzip.compress(STATIC.joinpath(name).read_bytes())) for name in names)


def test_budgets_of_scripts_and_styles():
    scripts = [f"pages/reading/{name}.js" for name in ("stage", "transcript", "hits", "keys")]
    osd = "vendor/openseadragon/openseadragon.min.js"
    assert compressed("pages/page.js", *scripts, osd) <= 110 * 1024
    assert compressed("site.css", "pages/page.css") <= 15 * 1024


def test_pages_other_than_the_viewer_need_no_script(browser):
    for address in ("/", "/search?q=港", f"/works/{PLAN}", "/about/data"):
        page = browser.get(address).text.replace('<script type="application/ld+json">', "")
        assert "<script" not in page


def test_the_vendored_viewer_is_the_released_one():
    folder = STATIC.joinpath("vendor", "openseadragon")
    digest = hashlib.sha256(folder.joinpath("openseadragon.min.js").read_bytes()).hexdigest()
    assert digest in folder.joinpath("README.md").read_text("utf-8")
    assert "Redistribution" in folder.joinpath("LICENSE.txt").read_text("utf-8")
