"""A reader's way through the site, in a real browser over a really ingested folder."""

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from drawn_lines import fits, occurrences, on_a_line
from PIL import Image

from repository import ids
from repository.text import Box

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
PAGES = (
    "營運計畫-橫排/1.png",
    "營運計畫-橫排/4.png",
    "營運計畫-直排/1.png",
    "四庫全書總目/1.png",
    "四庫全書簡明目錄/1.png",
)
PLAN, VERTICAL, PRINT, MANUSCRIPT = (ids.work_id(f"TAKAO-S-{n:02}") for n in (1, 2, 4, 5))
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDTHS = {"desktop": (1366, 768), "phone": (390, 844), "narrow": (320, 640)}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TAB_STOPS = 14

pytestmark = [pytest.mark.live, pytest.mark.slow]


def missing(what):
    if os.environ.get("TAKAO_REQUIRE_LIVE") == "1":  # noqa: TID251  # a setting of the tests
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a served site that holds a few pages of the samples."""
    folder = tmp_path_factory.mktemp("tour")
    for page in PAGES:
        target = folder / "in" / page
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLES / page, target)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "TAKAO_HOME": str(folder / "home")}  # noqa: TID251
    takao = [sys.executable, str(ROOT / "takao.py")]
    sheet = ["--metadata", str(SAMPLES / "works.csv")]
    subprocess.run(
        [*takao, "ingest", str(folder / "in"), *sheet, "--json"],
        env=environment, check=True, capture_output=True, timeout=250,
    )  # fmt: skip
    with subprocess.Popen([*takao, "serve", "--port", str(port)], env=environment) as server:
        try:
            wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


def wait_for(port, server):
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("no chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, address):
    """Open pages as a reader does; fail on errors, missing files and requests elsewhere."""

    @contextmanager
    def opened(*, scripts=True, width="desktop", language="zh-TW"):
        w, h = WIDTHS[width]
        context = chromium.new_context(
            viewport={"width": w, "height": h},
            locale=language,
            java_script_enabled=scripts,
            base_url=address,
            reduced_motion="reduce",
        )
        page = context.new_page()
        faults = []
        page.on("console", lambda m: m.type == "error" and faults.append(m.text))
        page.on("pageerror", lambda e: faults.append(str(e)))
        page.on("response", lambda r: r.status >= 400 and faults.append(f"{r.status} {r.url}"))
        page.on("request", lambda r: outside(r.url, address) and faults.append(f"asks {r.url}"))
        yield page
        context.close()
        assert faults == []

    return opened


def outside(url, address):
    return not url.startswith((f"{address}/", "data:", f"blob:{address}"))


def search_from_home(page, words):
    page.goto("/")
    page.fill("main input[name=q]", words)
    page.click("main form button")
    page.wait_for_load_state("load")
    assert unquote(page.url).endswith(f"/search?q={words}")


def open_hit(page, work, n):
    page.click(f'.hit a[href^="/works/{work}/pages/{n}?"]')
    page.wait_for_load_state("load")


def drawn_marks(page):
    """Return the highlight boxes in pixels of the master."""
    names = "['x', 'y', 'width', 'height']"
    rows = page.eval_on_selector_all(
        "#marks rect.mark", f"all => all.map(r => {names}.map(n => Number(r.getAttribute(n))))"
    )
    return [Box(*row) for row in rows]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize(
    ("work", "n", "drawn"),
    [(PLAN, 1, "營運計畫-橫排/1.png"), (VERTICAL, 1, "營運計畫-直排/1.png")],
    ids=["rows", "columns"],
)
def test_a_search_leads_to_its_characters_on_the_page(visit, scripts, work, n, drawn):
    with visit(scripts=scripts) as page:
        search_from_home(page, "圖書館")
        assert page.locator(".hit mark").first.text_content() == "圖書館"
        open_hit(page, work, n)
        marks = drawn_marks(page)
        truth = occurrences(drawn, "圖書館")
        misplaced = [
            mark
            for mark in marks
            if on_a_line(drawn, mark) and not any(fits(mark, part) for part in truth)
        ]
        assert misplaced == []
        found = sum(any(fits(mark, part) for mark in marks) for part in truth)
        assert found >= 0.9 * len(truth)
        assert page.locator("#text mark").count() >= len(marks)


def test_the_marks_stay_on_the_image_when_scripts_enlarge_it(visit):
    """The server's page and the script's show the same picture with the same marks on it."""
    pictures, places = [], []
    for scripts in (False, True):
        with visit(scripts=scripts) as page:
            page.goto(f"/works/{PLAN}/pages/1?q=圖書館")
            if scripts:
                page.wait_for_selector('#deep[data-ready="true"]')
                page.wait_for_function("document.querySelector('#deep #marks')")
                page.wait_for_timeout(500)
            places.append(page.locator("#hit-2 rect").first.bounding_box())
            shot = page.locator("#stage").screenshot()
            picture = Image.open(BytesIO(shot)).convert("L").resize((320, 320))
            pictures.append(np.asarray(picture, float)[:, 60:])
    for name in ("x", "y", "width", "height"):
        assert abs(places[0][name] - places[1][name]) <= 2, name
    assert np.abs(pictures[0] - pictures[1]).mean() < 4


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_one_search_finds_the_manuscript_and_the_woodblock_print(visit, scripts):
    for work in (PRINT, MANUSCRIPT):
        with visit(scripts=scripts) as page:
            search_from_home(page, "四庫")
            open_hit(page, work, 1)
            assert page.locator("#text").get_attribute("data-layout") == "vertical"
            assert page.locator("#text mark").first.text_content() == "四庫"
            box = drawn_marks(page)[0]
            assert box.h > box.w, "two characters of a column"


@pytest.mark.parametrize(
    ("words", "marked"), [("港", "港"), ("图书馆", "圖書館"), ("臺灣", "台灣")]
)
def test_one_character_simplified_and_variant_searches_find(visit, words, marked):
    with visit(scripts=False) as page:
        search_from_home(page, words)
        assert marked in page.locator("mark").all_text_contents()


def test_text_and_image_lead_to_each_other(visit):
    with visit() as page:
        page.goto(f"/works/{VERTICAL}/pages/1?q=圖書館")
        page.wait_for_selector('#deep[data-ready="true"]')
        page.locator("#text .line").nth(3).click()
        outline = page.locator("#marks .line-mark")
        assert outline.get_attribute("visibility") == "visible"
        page.click('[data-tool="fit"]')
        page.wait_for_timeout(300)
        target = page.locator("#hit-1 rect").first.bounding_box()
        page.mouse.click(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2)
        page.wait_for_timeout(300)
        current = page.locator("#text .line.current")
        assert current.count() == 1
        assert "圖書館" in current.text_content()
        page.click('[data-layout="horizontal"][href]')
        assert page.locator("#text").get_attribute("data-layout") == "horizontal"
        assert "layout=horizontal" in page.url


def test_the_keyboard_moves_through_matches_and_pages(visit):
    with visit() as page:
        page.goto(f"/works/{PLAN}/pages/1?q=圖書館")
        page.wait_for_selector('#deep[data-ready="true"]')
        page.locator(".openseadragon-canvas").focus()
        page.keyboard.press("n")
        assert page.locator(".hit-links [aria-current]").get_attribute("href") == "#hit-1"
        page.keyboard.press("n")
        assert page.locator(".hit-links [aria-current]").get_attribute("href") == "#hit-2"
        assert "2 /" in page.locator("#hit-status").text_content()
        page.keyboard.press("PageDown")
        page.wait_for_url(f"**/works/{PLAN}/pages/2?**")


def test_every_stop_of_the_tab_key_is_seen_and_named(visit):
    script = """() => {
      const e = document.activeElement;
      if (!e || e === document.body) return null;
      const named = e.getAttribute('aria-label') || e.getAttribute('aria-labelledby')
        || e.innerText || e.title || e.querySelector('img[alt]')?.alt || e.labels?.length;
      const ringed = x => x && getComputedStyle(x).outlineStyle !== 'none';
      const seen = ringed(e) || ringed(e.closest('.card'));
      return [e.outerHTML.slice(0, 80), Boolean(named), seen];
    }"""
    with visit() as page:
        for address in ("/", "/search?q=圖書館", f"/works/{PLAN}", f"/works/{PLAN}/pages/1?q=港"):
            page.goto(address)
            for _ in range(TAB_STOPS):
                page.keyboard.press("Tab")
                stop = page.evaluate(script)
                assert stop is None or stop[1:] == [True, True], stop


def test_nothing_moves_while_a_page_loads(visit):
    """Cumulative layout shift, as browsers measure it."""
    watch = """window.shift = 0;
      new PerformanceObserver(list => list.getEntries().forEach(e => { window.shift += e.value; }))
        .observe({type: 'layout-shift', buffered: true});"""
    with visit() as page:
        page.add_init_script(watch)
        for address in TOUR:
            page.goto(address, wait_until="networkidle")
            assert page.evaluate("window.shift") <= 0.02, address


def axe_source():
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        missing("no axe-core: install the dev dependencies (axe-playwright-python)")
    return Path(found.origin).with_name("axe.min.js").read_text("utf-8")


TOUR = (
    "/",
    "/search?q=圖書館",
    "/search?q=火星文明史料",
    f"/works/{PLAN}?q=圖書館",
    f"/works/{PLAN}/pages/1?q=圖書館",
    f"/works/{PRINT}/pages/1?q=四庫",
    "/about/data",
    "/api/docs",
)


@pytest.mark.parametrize("language", ["zh-TW", "en-GB"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_no_page_violates_wcag_2_2_aa_or_overflows(visit, width, language):
    source = axe_source()
    with visit(width=width, language=language) as page:
        for address in TOUR:
            page.goto(address)
            if "/pages/" in address:
                page.wait_for_selector('#deep[data-ready="true"]')
            page.evaluate(source)
            result = page.evaluate(
                "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", STANDARDS
            )
            told = [(v["id"], [n["target"] for n in v["nodes"][:3]]) for v in result["violations"]]
            assert told == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
