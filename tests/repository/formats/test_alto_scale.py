"""From the coordinates of an ALTO file to pixels of the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.formats.alto_read import Scale, read_alto
from repository.text import Box


def read(page, box=(100, 200, 50, 60), unit="pixel", size=None, more=""):
    """The page's size, and the box of its only character."""
    x, y, w, h = box
    measured = f"<MeasurementUnit>{unit}</MeasurementUnit>" if unit is not None else ""
    data = f"""<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#">
    <Description>{measured}</Description><Layout><Page ID="p" {page}><PrintSpace>
    <TextBlock ID="b"><TextLine><String CONTENT="港" HPOS="{x}" VPOS="{y}" WIDTH="{w}"
    HEIGHT="{h}"/></TextLine></TextBlock>{more}</PrintSpace></Page></Layout></alto>"""
    found = read_alto(data.encode(), size)
    return (found.width, found.height), found.blocks[0].lines[0].glyphs[0].box


@pytest.mark.parametrize("unit", ["pixel", " Pixel ", "PIXEL", "", "furlong", None])
def test_a_unit_that_is_none_of_the_standards_is_a_pixel(unit):
    whole = read('WIDTH="1000" HEIGHT="2000"', unit=unit)
    assert whole == ((1000, 2000), Box(100, 200, 50, 60))


def test_a_unit_is_known_whatever_its_case():
    assert read('WIDTH="1200" HEIGHT="2400"', (400, 800, 40, 80), " Inch1200 ") == (
        (300, 600),
        Box(100, 200, 10, 20),
    )


def test_each_side_is_stretched_by_itself():
    whole = read('WIDTH="1000" HEIGHT="2000"', size=(2000, 1000))
    assert whole == ((2000, 1000), Box(200, 100, 100, 30))


@pytest.mark.parametrize(
    ("page", "whole"),
    [
        ("", (150, 260)),
        ('WIDTH="1000"', (1000, 260)),
        ('HEIGHT="2000"', (150, 2000)),
        ('WIDTH="0" HEIGHT="2000"', (150, 2000)),
        ('WIDTH="1000" HEIGHT="0"', (1000, 260)),
        ('WIDTH="-5" HEIGHT="2000"', (150, 2000)),
        ('WIDTH="1000" HEIGHT="-5"', (1000, 260)),
        ('WIDTH="x" HEIGHT="y"', (150, 260)),
    ],
)
def test_a_side_that_is_not_said_reaches_as_far_as_the_content(page, whole):
    assert read(page) == (whole, Box(100, 200, 50, 60))
    assert read(page, unit="inch1200") == (
        (round(whole[0] / 4), round(whole[1] / 4)),
        Box(25, 50, 13, 15),
    )
    assert read(page, size=(3000, 4000)) == ((3000, 4000), Box(100, 200, 50, 60))
    assert read(page, unit="inch1200", size=(3000, 4000))[1] == Box(25, 50, 13, 15)


def test_content_reaches_as_far_as_anything_in_it():
    far = '<Illustration ID="i" HPOS="700" VPOS="10" WIDTH="50" HEIGHT="9"/>'
    low = '<Illustration ID="j" HPOS="10" VPOS="800" WIDTH="5" HEIGHT="30"/>'
    bare = '<Illustration ID="k" HPOS="790" VPOS="20"/><Illustration ID="l" HEIGHT="6"/>'
    assert read("", more=far)[0] == (750, 260)
    assert read("", more=low + far)[0] == (750, 830)
    assert read("", more=far + low + bare)[0] == (790, 830)


@pytest.mark.parametrize("side", ["1", "2", "0.5"])
def test_a_page_of_one_pixel_is_a_page(side):
    whole = max(1, round(float(side)))
    assert read(f'WIDTH="{side}" HEIGHT="{side}"', (0, 0, 1, 1))[0] == (whole, whole)
    assert read(f'WIDTH="{side}" HEIGHT="{side}"', (0, 0, 0.5, 0.5), size=(10, 20))[0] == (10, 20)


def test_a_box_past_the_edge_is_the_last_pixel():
    scale = Scale(1.0, 1.0, 100, 50)
    assert scale.box(100, 50, 5, 5) == Box(99, 49, 1, 1)
    assert scale.box(99, 49, 5, 5) == Box(99, 49, 1, 1)
    assert scale.box(98, 48, 5, 5) == Box(98, 48, 2, 2)
    assert scale.box(-9, -9, 5, 5) == Box(0, 0, 1, 1)
    assert scale.box(10, 20, 0, 0) == Box(10, 20, 1, 1)


@given(
    st.floats(0.1, 10), st.floats(0.1, 10), st.lists(st.floats(-2000, 4000), min_size=4, max_size=4)
)
def test_every_box_lies_on_the_page(x, y, box):
    found = Scale(x, y, 900, 600).box(*box)
    assert 0 <= found.x < found.x + found.w <= 900
    assert 0 <= found.y < found.y + found.h <= 600
