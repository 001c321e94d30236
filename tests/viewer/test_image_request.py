"""From an image request's path to exact pixels (Image API 3.0 §4, 2.1.1 §4): pure."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from viewer.iiif.image.request import (
    FORMATS,
    QUALITIES,
    FullImage,
    Limits,
    RequestError,
    canonical,
    resolve,
)

FULL = FullImage(2480, 3508, grey=False, limits=Limits())
GROWING = FullImage(2480, 3508, grey=False, limits=Limits(upscale=True))


def asked(region="full", size="max", rotation="0", name="default.jpg", version="3", full=FULL):
    return resolve(version, (region, size, rotation, name), full)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("full", (0, 0, 2480, 3508)),
        ("square", (0, 514, 2480, 2480)),
        ("10,20,30,40", (10, 20, 30, 40)),
        ("2400,3500,512,512", (2400, 3500, 80, 8)),
        ("pct:0,0,50,50", (0, 0, 1240, 1754)),
        ("pct:50,50,0.001,.001", (1240, 1754, 1, 1)),
        ("pct:10,10,99,99", (248, 351, 2232, 3157)),
    ],
)
def test_regions(text, region):
    assert asked(text).region == region


def test_a_square_is_the_middle_of_a_landscape_too():
    assert asked("square", full=FullImage(300, 100, False, Limits())).region == (100, 0, 100, 100)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("max", (2480, 3508)),
        ("620,", (620, 877)),
        (",877", (620, 877)),
        ("pct:25", (620, 877)),
        ("100,200", (100, 200)),
        ("!400,400", (283, 400)),
        ("!9000,400", (283, 400)),
        ("!9000,9000", (2480, 3508)),
        ("!2000,9000", (2000, 2829)),
        ("!1,400", (1, 1)),
        ("pct:.05", (1, 2)),
        ("pct:0.001", (1, 1)),
        ("1,", (1, 1)),
    ],
)
def test_sizes(text, size):
    assert asked(size=text).size == size


def test_an_answer_may_reach_every_limit_and_pass_none():
    limits = Limits()
    assert [limits.allow(*size) for size in ((8192, 1), (1, 8192), (4000, 4000))] == [True] * 3
    assert [limits.allow(*size) for size in ((8193, 1), (1, 8193), (4001, 4000))] == [False] * 3


@given(st.integers(1, 300_000), st.integers(1, 300_000))
@example(55_491, 658)
@example(1, 100_000)
@example(100_000, 1)
def test_what_is_shrunk_to_the_limits_is_as_large_as_they_allow(width, height):
    limits = Limits()
    across, down = limits.shrink(width, height)
    assert limits.allow(across, down)
    assert abs(across * height - down * width) <= max(width, height)  # less than a pixel off
    assert (across, down) == (width, height) or (
        across == limits.width or down == limits.height or (across + 1) * (down + 1) > limits.area
    )


def test_max_over_the_limits_is_the_largest_allowed_not_an_error():
    poster = FullImage(20_000, 20_000, grey=False, limits=Limits())
    assert asked(full=poster).size == (4000, 4000)
    assert asked(full=poster, version="2", size="full").size == (4000, 4000)
    scroll = FullImage(6_300, 224_490, grey=False, limits=Limits())
    width, height = asked(full=scroll).size
    assert height <= 8192
    assert abs(width / height - 6_300 / 224_490) < 0.001
    with pytest.raises(RequestError) as caught:
        asked(full=poster, size="4001,4001")
    assert (caught.value.status, caught.value.code) == (400, "iiif-limit")


@pytest.mark.parametrize(
    ("version", "text", "size"),
    [
        ("3", "^2500,3520", (2500, 3520)),
        ("3", "^pct:101", (2505, 3543)),
        ("3", "^!3000,3600", (2545, 3600)),
        ("3", "^max", (2480, 3508)),
        ("2", "2500,", (2500, 3536)),
        ("2", "!3000,3600", (2545, 3600)),
        ("3", "!2480,9000", (2480, 3508)),
        ("3", "!9000,3508", (2480, 3508)),
    ],
)
def test_enlarging_stays_inside_the_limits(version, text, size):
    assert asked(size=text, version=version, full=GROWING).size == size
    with pytest.raises(RequestError):
        asked(size="^9000,", version=version, full=GROWING)


def test_a_grey_page_is_grey_by_default():
    grey = FullImage(100, 100, grey=True, limits=Limits())
    assert asked(name="gray.jpg", full=grey).quality == "default"
    assert asked(name="gray.jpg").quality == "gray"
    assert asked(name="color.jpg", full=grey).quality == "default"


@pytest.mark.parametrize(
    ("version", "parameters", "form"),
    [
        ("3", ("full", "max", "0", "default.jpg"), "full/max/0/default.jpg"),
        ("3", ("0,0,2480,3508", "620,", "360", "color.png"), "full/620,877/0/default.png"),
        ("3", ("0,0,99999,99999", "pct:100", "!0.50", "gray.jpg"), "full/max/!0.5/gray.jpg"),
        ("3", ("full", "2480,100", "0", "default.jpg"), "full/2480,100/0/default.jpg"),
        ("3", ("full", "100,3508", "0", "default.jpg"), "full/100,3508/0/default.jpg"),
        ("2", ("full", "full", "00", "default.jpg"), "full/full/0/default.jpg"),
        ("2", ("full", "620,877", "90", "default.jpg"), "full/620,/90/default.jpg"),
        ("2", ("full", "620,800", ".5", "default.jpg"), "full/620,800/0.5/default.jpg"),
    ],
)
def test_canonical_forms(version, parameters, form):
    assert canonical(version, resolve(version, parameters, FULL), FULL) == form


LONG = "9" * 100
GIVEN = {"given": LONG[:80]}
PAGE = {"width": 2480, "height": 3508}


@pytest.mark.parametrize(
    ("version", "text", "full", "status", "code", "values"),
    [
        ("3", "x/max/0/default.jpg", FULL, 400, "iiif-region", {"given": "x"}),
        ("3", f"{LONG}/max/0/default.jpg", FULL, 400, "iiif-region", GIVEN),
        ("3", "0,0,0,10/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", "0,0,10,0/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", "2480,0,1,1/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", "0,3508,1,1/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", "pct:0,0,0,50/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", "pct:0,0,50,0/max/0/default.jpg", FULL, 400, "iiif-region-empty", PAGE),
        ("3", f"full/{LONG}/0/default.jpg", FULL, 400, "iiif-size", GIVEN),
        ("3", "full/full/0/default.jpg", FULL, 400, "iiif-size", {"given": "full"}),
        ("2", "full/^max/0/default.jpg", GROWING, 400, "iiif-size", {"given": "^max"}),
        ("3", "full/0,0/0/default.jpg", FULL, 400, "iiif-size-empty", {}),
        ("3", "full/!0,400/0/default.jpg", FULL, 400, "iiif-size-empty", {}),
        ("3", "full/pct:0/0/default.jpg", FULL, 400, "iiif-size-empty", {}),
        ("3", "full/^max/0/default.jpg", FULL, 501, "iiif-upscale-off", {}),
        ("2", "full/2481,/0/default.jpg", FULL, 501, "iiif-upscale-off", {}),
        ("3", "full/2481,/0/default.jpg", FULL, 400, "iiif-upscale", PAGE),
        ("3", "full/!9000,9000/0/default.jpg", GROWING, 400, "iiif-upscale", PAGE),
        ("3", "full/^9000,/0/default.jpg", GROWING, 400, "iiif-limit",
         {"width": 8192, "height": 8192, "area": 16_000_000}),
        ("3", "full/max/360.5/default.jpg", FULL, 400, "iiif-rotation", {"given": "360.5"}),
        ("3", f"full/max/{LONG}/default.jpg", FULL, 400, "iiif-rotation", GIVEN),
        ("3", f"full/max/0/{LONG}.jpg", FULL, 400, "iiif-quality", GIVEN),
        ("3", "full/max/0/default.old.jpg", FULL, 400, "iiif-quality", {"given": "default.old"}),
        ("3", f"full/max/0/default.{LONG}", FULL, 400, "iiif-format", GIVEN),
    ],
)  # fmt: skip
def test_a_refusal_says_why(version, text, full, status, code, values):
    with pytest.raises(RequestError, match=f"^{code}$") as refused:
        resolve(version, tuple(text.split("/")), full)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert refused.value.values == values


def attempted(version, parameters, full):
    """Return the picture, or None when it is refused in a typed way."""
    refused = None
    try:
        return resolve(version, parameters, full)
    except RequestError as error:
        refused = error
    assert refused.status in (400, 501)
    return None


percents = st.tuples(*[st.floats(0, 120).map(lambda f: f"{f:.5f}")] * 4)
regions = st.one_of(
    st.sampled_from(["full", "square"]),
    st.tuples(*[st.integers(0, 4000)] * 4).map(lambda n: ",".join(map(str, n))),
    st.tuples(*[st.floats(0, 120).map(lambda f: f"{f:.5f}")] * 4).map(
        lambda n: f"pct:{','.join(n)}"
    ),
)
plain_sizes = st.one_of(
    st.just("max"),
    st.integers(0, 9000).map("{},".format),
    st.integers(0, 9000).map(",{}".format),
    st.tuples(st.integers(0, 9000), st.integers(0, 9000)).map(lambda n: f"{n[0]},{n[1]}"),
    st.tuples(st.integers(0, 9000), st.integers(0, 9000)).map(lambda n: f"!{n[0]},{n[1]}"),
    st.floats(0, 300).map(lambda f: f"pct:{f:.4f}"),
)
sizes = st.tuples(st.sampled_from(["", "^"]), plain_sizes).map("".join)
rotations = st.tuples(st.sampled_from(["", "!"]), st.floats(0, 400).map(lambda f: f"{f:.3f}")).map(
    "".join
)
names = st.tuples(st.sampled_from(QUALITIES), st.sampled_from(list(FORMATS))).map(".".join)
images = st.builds(
    FullImage,
    st.integers(1, 30_000),
    st.integers(1, 30_000),
    st.booleans(),
    st.booleans().map(lambda up: Limits(upscale=up)),
)


@given(st.sampled_from(["2", "3"]), regions, sizes, rotations, names, images)
@settings(max_examples=400, deadline=None)
def test_whatever_is_answered_is_inside_the_image_and_the_limits(
    version, region, size, rotation, name, full
):
    picture = attempted(version, (region, size, rotation, name), full)
    if picture is None:
        return
    x, y, w, h = picture.region
    assert x >= 0
    assert y >= 0
    assert w >= 1
    assert h >= 1
    assert x + w <= full.width
    assert y + h <= full.height
    assert min(picture.size) >= 1
    assert full.limits.allow(*picture.size)
    if not full.limits.upscale:
        assert picture.size[0] <= w
        assert picture.size[1] <= h
    # The canonical form asks for the same picture, and is its own canonical form.
    form = canonical(version, picture, full)
    again = resolve(version, tuple(form.split("/")), full)
    assert (again.region, again.size, again.quality) == (
        picture.region, picture.size, picture.quality,
    )  # fmt: skip
    assert canonical(version, again, full) == form


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=10), st.text(max_size=15))
@settings(max_examples=300, deadline=None)
def test_any_text_is_refused_with_400_or_understood(region, size, rotation, name):
    for parameters in (
        (region, "max", "0", "default.jpg"),
        ("full", size, "0", "default.jpg"),
        ("full", "max", rotation, "default.jpg"),
        ("full", "max", "0", name),
    ):
        attempted("3", parameters, FULL)
