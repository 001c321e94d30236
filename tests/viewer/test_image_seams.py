"""What a reader sees in OpenSeadragon is the picture itself: no seams, nothing shifted.

OpenSeadragon stretches each tile by one screen pixel to hide gaps, so the picture here is soft: a
pixel's shift shows little, a missing, doubled or misplaced row or column much.
"""

import io
import os
import shutil
import urllib.request
from pathlib import Path

import gallery
import hostile
import image_site
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

ROOT = Path(__file__).parents[2]
VIEWER = ROOT / "viewer/static/vendor/openseadragon/openseadragon.min.js"
# Fills the view exactly, and its last tiles are cut at every level.
WIDTH, HEIGHT = 2700, 1860
VIEW = (900, 620)
PAGE = (
    """<body style="margin:0;background:#fff"><div id="v" style="width:900px;height:620px"></div>"""
)
OPEN = """service => new Promise(resolve => {
  const v = OpenSeadragon({id: "v", tileSources: service, drawer: "canvas", immediateRender: true,
    showNavigationControl: false, animationTime: 0, visibilityRatio: 1});
  window.v = v;
  v.addHandler("open", () => v.world.getItemAt(0).addHandler("fully-loaded-change",
    e => e.fullyLoaded && requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)))));
})"""
# Loaded means: for a whole second, whatever the viewer finds out it needs.
ZOOM = """([x, y, w, h]) => new Promise(resolve => {
  const item = v.world.getItemAt(0);
  v.viewport.fitBounds(item.imageToViewportRectangle(x, y, w, h), true);
  let calm = 0;
  const wait = () => {
    calm = item.getFullyLoaded() ? calm + 1 : 0;
    v.forceRedraw();
    calm > 10 ? resolve(0) : setTimeout(wait, 100);
  };
  wait();
})"""


@pytest.fixture(scope="module")
def browser():
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("TAKAO_REQUIRE_LIVE"):  # noqa: TID251  # tests' own switch
            pytest.fail("no chromium: apt-get install chromium")
        pytest.skip("no chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--force-color-profile=srgb"]
        )
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seams")
    image = hostile.picture(WIDTH, HEIGHT)
    draw = ImageDraw.Draw(image)
    for n in range(0, WIDTH + HEIGHT, 61):  # diagonals betray any shift
        draw.line((n, 0, n - HEIGHT, HEIGHT), fill=(250, 250, 240), width=5)
    image.filter(ImageFilter.GaussianBlur(4)).save(folder / "a.png")
    gallery.Gallery(folder / "home").add("seams", folder / "a.png")
    with image_site.served(folder / "home") as (address, _):
        yield f"http://{address}/iiif/image/3/seams"


def fetched(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return Image.open(io.BytesIO(answer.read())).convert("RGB")


def at_tile_edges(error, part, scale, level):
    """Return the mean error of each row and column next to an edge between tiles of a level."""
    span = 512 << level
    found = []
    for axis, (start, length) in enumerate(((part[0], part[2]), (part[1], part[3]))):
        lines = error.mean(axis=axis)
        for edge in range((start // span + 1) * span, start + length, span):
            place = round((edge - start) * scale)
            found += list(lines[max(0, place - 2) : place + 2])
    return found


@pytest.mark.live
@pytest.mark.parametrize(
    "part", [(0, 0, WIDTH, HEIGHT), (900, 700, 900, 620), (WIDTH - 900, HEIGHT - 620, 900, 620)]
)
def test_a_screenshot_equals_a_direct_render(browser, service, part, tmp_path):
    page = browser.new_page(viewport={"width": VIEW[0], "height": VIEW[1]})
    page.set_content(PAGE)
    page.add_script_tag(path=VIEWER)
    page.evaluate(OPEN, f"{service}/info.json")
    page.evaluate(ZOOM, list(part))
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    scale = min(VIEW[0] / part[2], VIEW[1] / part[3])
    width, height = round(part[2] * scale), round(part[3] * scale)
    left, top = (VIEW[0] - width) // 2, (VIEW[1] - height) // 2
    direct = fetched(f"{service}/{','.join(map(str, part))}/max/0/default.png")
    wanted = direct.resize((width, height), Image.Resampling.BILINEAR)
    shot = shot.crop((left, top, left + width, top + height))
    shot.save(tmp_path / "shot.png")
    error = np.abs(np.asarray(shot).astype(float) - np.asarray(wanted)).mean(axis=2)
    assert error[4:-4, 4:-4].mean() < 8
    edges = [e for level in range(3) for e in at_tile_edges(error, part, scale, level)]
    assert edges
    assert max(edges) < 3 * error.mean() + 3  # a seam is a row or column that is all wrong
