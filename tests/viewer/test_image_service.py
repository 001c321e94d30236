"""What the image service answers, over a real catalogue and real pyramids."""

import io
import json
import time
from dataclasses import replace

import gallery
import hostile
import numpy as np
import pytest
from PIL import Image

from storage.images.pyramid import Pyramid
from viewer.iiif.image.request import FORMATS

WIDTH, HEIGHT = 1300, 1100
BASE = "/iiif/image/3/paged"
RED = (200, 30, 40)


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A page, red in its upper left quarter, and pages that not everybody may see."""
    folder = tmp_path_factory.mktemp("gallery")
    image = hostile.picture(WIDTH, HEIGHT)
    image.paste(RED, (0, 0, WIDTH // 2, HEIGHT // 2))
    image.save(folder / "paged.png")
    small = folder / "small.png"
    hostile.picture(300, 200).save(small)
    held = gallery.Gallery(folder / "home", TAKAO_ONSITE_NETWORKS="192.0.2.0/24")
    held.add("paged", folder / "paged.png")
    for page, record in {
        "small": {}, "onsite": {"access": "onsite"}, "closed": {"access": "restricted"},
        "later": {"embargo_until": "2999-01-01"}, "gone": {},
    }.items():  # fmt: skip
        held.add(page, small, **record)
    held.withdraw("gone")
    return held


@pytest.fixture(scope="module")
def client(shown):
    opened = gallery.open_client(shown)
    yield opened
    opened.close()


def picture(reply):
    assert reply.status == 200, reply.body
    return Image.open(io.BytesIO(reply.body))


def test_an_aligned_tile_is_the_stored_bytes(client, shown):
    pyramid = Pyramid(shown.derivatives.pyramid("paged"))
    stored = pyramid.read(pyramid.small_extent((400, 338)))
    assert client.get(f"{BASE}/full/!400,400/0/default.jpg").body == stored
    assert client.get(f"{BASE}/full/400,338/0/default.jpg").body == stored
    assert client.get(f"{BASE}/full/400,/0/color.jpg").body == stored
    edge = client.get(f"{BASE}/1024,1024,276,76/276,76/0/default.jpg")
    assert picture(edge).size == (276, 76)
    assert edge.headers["content-length"] == str(len(edge.body))
    pyramid.close()


def test_a_tile_equals_a_render_of_the_same_place(client):
    tile = picture(client.get(f"{BASE}/0,0,1024,1024/512,512/0/default.jpg"))
    render = picture(client.get(f"{BASE}/0,0,1024,1024/512,512/0/default.png"))
    assert np.abs(np.asarray(tile).astype(int) - np.asarray(render)).mean() < 1


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_is_what_it_says(client, kind):
    reply = client.get(f"{BASE}/square/200,/0/default.{kind}")
    assert reply.headers["content-type"] == FORMATS[kind]
    if kind == "pdf":
        assert reply.body.startswith(b"%PDF-")
        return
    image = picture(reply)
    assert image.size == (200, 200)
    red = np.asarray(image.convert("RGB"))[20, 20]
    assert np.abs(red.astype(int) - RED).max() < 20


def test_qualities(client):
    assert picture(client.get(f"{BASE}/full/300,/0/gray.png")).mode == "L"
    assert picture(client.get(f"{BASE}/full/300,/0/bitonal.png")).mode == "1"
    assert picture(client.get(f"{BASE}/full/300,/0/bitonal.tif")).mode == "1"
    assert picture(client.get(f"{BASE}/full/300,/0/bitonal.jpg")).mode == "L"


def corner(image):
    """Return which corner is red."""
    pixels = np.asarray(image.convert("RGB")).astype(int)
    ys, xs = (4, -5), (4, -5)
    return next(
        (x, y) for x in (0, 1) for y in (0, 1)
        if np.abs(pixels[ys[y], xs[x]] - RED).max() < 25
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rotation", "where"),
    [
        ("0", (0, 0)),
        ("90", (1, 0)),
        ("180", (1, 1)),
        ("270", (0, 1)),
        ("!0", (1, 0)),
        ("!180", (0, 1)),
        ("360", (0, 0)),
    ],
)
def test_rotation_turns_clockwise_and_mirrors_first(client, rotation, where):
    image = picture(client.get(f"{BASE}/full/260,220/{rotation}/default.jpg"))
    assert corner(image) == where
    assert image.size == ((220, 260) if rotation in ("90", "270") else (260, 220))


def test_free_rotation_is_laid_on_white(client):
    image = picture(client.get(f"{BASE}/full/200,/22.5/default.png"))
    assert image.size[0] > 200
    assert image.getpixel((1, 1)) == (255, 255, 255)


def test_region_pixels_are_exact(client):
    image = picture(client.get(f"{BASE}/600,500,100,100/max/0/default.png"))
    source = hostile.picture(WIDTH, HEIGHT)
    source.paste(RED, (0, 0, WIDTH // 2, HEIGHT // 2))
    wanted = np.asarray(source.crop((600, 500, 700, 600))).astype(int)
    assert image.size == (100, 100)
    assert np.abs(np.asarray(image) - wanted).mean() < 6


def test_links_name_the_canonical_form_and_the_profile(client):
    reply = client.get(f"{BASE}/0,0,{WIDTH},{HEIGHT}/pct:10/360/color.jpg")
    assert (
        f'<{gallery.PUBLIC}{BASE}/full/130,110/0/default.jpg>;rel="canonical"'
        in reply.headers["link"]
    )
    assert '<http://iiif.io/api/image/3/level2.json>;rel="profile"' in reply.headers["link"]


def test_conditional_requests_and_head(client):
    path = f"{BASE}/0,0,512,512/512,512/0/default.jpg"
    first = client.get(path)
    assert first.headers["cache-control"] == "public, max-age=86400"
    again = client.get(path, if_none_match=f'"other", W/{first.headers["etag"]}')
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    head = client.get(path, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(first.body))
    made = client.get(f"{BASE}/0,0,500,500/max/0/default.jpg")
    again = client.get(
        f"{BASE}/0,0,500,500/500,500/0/color.jpg", if_none_match=made.headers["etag"]
    )
    assert again.status == 304


def test_byte_ranges(client):
    path = f"{BASE}/0,0,512,512/512,512/0/default.jpg"
    whole = client.get(path).body
    part = client.get(path, range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert client.get(path, range="bytes=-5").body == whole[-5:]
    assert client.get(path, range="bytes=10-").body == whole[10:]
    assert client.get(path, range=f"bytes={len(whole)}-").status == 416
    assert client.get(path, range="bytes=0-1,5-6").status == 200
    assert client.get(path, range="bytes=5-6", if_range='"old"').body == whole


def test_info_json_3(client):
    reply = client.get(f"{BASE}/info.json")
    info = json.loads(reply.body)
    assert reply.headers["content-type"] == (
        'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'
    )
    assert reply.headers["access-control-allow-origin"] == "*"
    assert info["id"] == f"{gallery.PUBLIC}{BASE}"
    assert (info["width"], info["height"]) == (WIDTH, HEIGHT)
    assert info["tiles"] == [{"width": 512, "height": 512, "scaleFactors": [1, 2, 4]}]
    sizes = [(s["width"], s["height"]) for s in info["sizes"]]
    assert {(1300, 1100), (650, 550), (325, 275), (400, 338), (200, 169)} <= set(sizes)
    assert info["rights"] == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert "sizeUpscaling" not in info["extraFeatures"]
    plain = client.get(f"{BASE}/info.json", accept="application/json")
    assert plain.headers["content-type"] == "application/json"
    assert client.get(f"{BASE}/info.json", if_none_match=reply.headers["etag"]).status == 304


def test_every_listed_size_is_answered_at_that_size(client):
    for size in json.loads(client.get(f"{BASE}/info.json").body)["sizes"]:
        for form in (f"{size['width']},{size['height']}", f"{size['width']},"):
            image = picture(client.get(f"{BASE}/full/{form}/0/default.jpg"))
            assert image.size == (size["width"], size["height"])


def test_info_json_2(client):
    reply = client.get("/iiif/image/2/paged/info.json", accept="application/ld+json")
    info = json.loads(reply.body)
    assert reply.headers["content-type"] == "application/ld+json"
    assert info["@id"] == f"{gallery.PUBLIC}/iiif/image/2/paged"
    assert info["profile"][0] == "http://iiif.io/api/image/2/level2.json"
    assert info["profile"][1]["maxArea"] == 16_000_000
    assert info["license"] == "http://creativecommons.org/publicdomain/mark/1.0/"


def test_the_base_uri_leads_to_info_json(client):
    for version in "23":
        reply = client.get(f"/iiif/image/{version}/paged")
        assert reply.status == 303
        assert reply.headers["location"] == f"{gallery.PUBLIC}/iiif/image/{version}/paged/info.json"


def test_preflight(client):
    reply = client.get(f"{BASE}/info.json", "OPTIONS")
    assert reply.status == 204
    assert reply.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/full/max/0/default.bmp", 400, "iiif-format"),
        ("/full/max/0/native.jpg", 400, "iiif-quality"),
        ("/full/max/0/jpg", 400, "iiif-quality"),
        ("/full/max/361/default.jpg", 400, "iiif-rotation"),
        ("/full/max/-90/default.jpg", 400, "iiif-rotation"),
        ("/full/max/NaN/default.jpg", 400, "iiif-rotation"),
        ("/full/max/1e1/default.jpg", 400, "iiif-rotation"),
        ("/full/full/0/default.jpg", 400, "iiif-size"),
        ("/full/0,/0/default.jpg", 400, "iiif-size-empty"),
        ("/full/0,0/0/default.jpg", 400, "iiif-size-empty"),
        ("/full/!0,10/0/default.jpg", 400, "iiif-size-empty"),
        ("/full/pct:0/0/default.jpg", 400, "iiif-size-empty"),
        ("/full/1e3,/0/default.jpg", 400, "iiif-size"),
        ("/full/-5,/0/default.jpg", 400, "iiif-size"),
        ("/full/１００,/0/default.jpg", 400, "iiif-size"),
        ("/full/1000000000,/0/default.jpg", 400, "iiif-size"),
        ("/full/2000,/0/default.jpg", 400, "iiif-upscale"),
        ("/full/pct:101/0/default.jpg", 400, "iiif-upscale"),
        ("/full/^2000,/0/default.jpg", 501, "iiif-upscale-off"),
        ("/full/^max/0/default.jpg", 501, "iiif-upscale-off"),
        ("/0,0,0,5/max/0/default.jpg", 400, "iiif-region-empty"),
        ("/1300,0,5,5/max/0/default.jpg", 400, "iiif-region-empty"),
        ("/pct:100,0,5,5/max/0/default.jpg", 400, "iiif-region-empty"),
        ("/pct:NaN,0,5,5/max/0/default.jpg", 400, "iiif-region"),
        ("/pct:1e2,0,5,5/max/0/default.jpg", 400, "iiif-region"),
        ("/0,0,5/max/0/default.jpg", 400, "iiif-region"),
        ("/0,0,9999999999,5/max/0/default.jpg", 400, "iiif-region"),
        ("/full/max/0", 404, "iiif-no-such-path"),
        ("/full/max/0/default.jpg/more", 404, "iiif-no-such-path"),
        ("/manifest.json", 404, "iiif-no-such-path"),
        ("/" + "9" * 1100, 414, "iiif-too-long"),
    ],
)
def test_refusals_are_typed_and_bilingual(client, path, status, code):
    reply = client.get(BASE + path)
    problem = json.loads(reply.body)
    assert (reply.status, problem["status"], problem["code"]) == (status, status, code)
    assert set(problem["message"]) == set(problem["remedy"]) == {"zh-Hant", "en"}
    assert reply.headers["content-type"].startswith("application/problem+json")
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "page",
    ["unknown", "..", "%2e%2e", "a/b", "pages/pa/paged", "paged ", "頁", "paged\0", "." * 65, ""],
)
def test_ids_only_by_lookup(client, page):
    reply = client.get(f"/iiif/image/3/{page}/full/max/0/default.jpg")
    assert reply.status == 404


def test_version_2_has_its_own_sizes(client):
    two = "/iiif/image/2/paged"
    assert picture(client.get(f"{two}/full/full/0/default.jpg")).size == (WIDTH, HEIGHT)
    assert picture(client.get(f"{two}/full/max/0/default.jpg")).size == (WIDTH, HEIGHT)
    assert client.get(f"{two}/full/2000,/0/default.jpg").status == 501
    assert client.get(f"{two}/full/^max/0/default.jpg").status == 400
    link = client.get(f"{two}/full/130,110/0/default.jpg").headers["link"]
    assert f'<{gallery.PUBLIC}{two}/full/130,/0/default.jpg>;rel="canonical"' in link


def test_a_box_larger_than_the_image_gives_the_image(client):
    small = "/iiif/image/3/small"
    assert picture(client.get(f"{small}/full/!400,400/0/default.jpg")).size == (300, 200)
    assert picture(client.get(f"{small}/full/!400,100/0/default.jpg")).size == (150, 100)


def test_upscaling_where_it_is_switched_on(shown):
    app = shown.app()
    grown = gallery.Client(
        gallery.image_service(replace(app, settings=replace(app.settings, image_upscale=True)))
    )
    small = "/iiif/image/3/small"
    assert picture(grown.get(f"{small}/full/^600,/0/default.jpg")).size == (600, 400)
    assert picture(grown.get(f"{small}/full/^!900,900/0/default.jpg")).size == (900, 600)
    assert picture(grown.get(f"{small}/full/^max/0/default.jpg")).size == (300, 200)
    assert picture(grown.get("/iiif/image/2/small/full/600,/0/default.jpg")).size == (600, 400)
    assert json.loads(grown.get(f"{small}/full/^9000,/0/default.jpg").body)["code"] == "iiif-limit"
    assert "sizeUpscaling" in json.loads(grown.get(f"{small}/info.json").body)["extraFeatures"]
    grown.close()


@pytest.mark.parametrize("page", ["onsite", "closed", "later"])
def test_pages_that_are_not_open(client, shown, page):
    reply = client.get(f"/iiif/image/3/{page}/full/max/0/default.jpg")
    assert (reply.status, json.loads(reply.body)["code"]) == (401, "iiif-access")
    assert "www-authenticate" in reply.headers
    render = client.get(f"/iiif/image/3/{page}/0,0,50,50/20,20/5/default.png")
    assert render.status == 401
    assert client.get(f"/iiif/image/3/{page}/info.json").status == 200
    inside = gallery.open_client(shown, "192.0.2.7")
    there = inside.get(f"/iiif/image/3/{page}/full/max/0/default.jpg")
    assert there.status == (200 if page == "onsite" else 401)
    if page == "onsite":
        assert there.headers["cache-control"] == "private, no-cache"
    inside.close()


def test_a_withdrawn_page_is_gone(client):
    assert client.get("/iiif/image/3/gone/full/max/0/default.jpg").status == 410
    assert client.get("/iiif/image/3/gone/info.json").status == 410


def soon(answer, is_new):
    """Ask until it is new, for two seconds and a little; longer where the machine is busy."""
    for _ in range(22):
        if is_new(found := answer()):
            return found
        time.sleep(0.1)
    return answer()


def test_a_withdrawal_takes_effect_within_two_seconds(client, shown, tmp_path):
    hostile.picture(90, 80).save(tmp_path / "a.png")
    shown.add("soon", tmp_path / "a.png")
    path = "/iiif/image/3/soon/full/max/0/default.jpg"
    assert client.get(path).status == 200
    shown.withdraw("soon")
    assert soon(lambda: client.get(path), lambda found: found.status != 200).status == 410


def test_a_changed_page_has_another_tag(client, shown, tmp_path):
    path = "/iiif/image/3/changing/full/max/0/default.jpg"
    hostile.picture(90, 80).save(tmp_path / "a.png")
    shown.add("changing", tmp_path / "a.png")
    first = client.get(path)
    hostile.picture(80, 90).save(tmp_path / "a.png")
    shown.add("changing", tmp_path / "a.png")
    second = soon(
        lambda: client.get(path, if_none_match=first.headers["etag"]),
        lambda found: found.status == 200,
    )
    assert second.status == 200
    assert picture(second).size == (80, 90)


def test_a_missing_pyramid_says_try_later(client, shown):
    shown.publish("underived", (10, 10))
    reply = client.get("/iiif/image/3/underived/info.json")
    assert reply.status == 503
    assert json.loads(reply.body)["code"] == "iiif-not-derived"
    assert "retry-after" in reply.headers
