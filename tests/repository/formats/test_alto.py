"""ALTO 4.4 out, ALTO 2 to 4 in."""

import pytest
import schemas
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from repository.formats.alto import read_alto, write_alto
from repository.formats.errors import UnreadableTextError
from repository.text import KINDS, Block, Box, Glyph, Line, PageText

boxes = st.builds(
    Box, st.integers(0, 900), st.integers(0, 900), st.integers(1, 99), st.integers(1, 99)
)
characters = st.sampled_from([*"臺灣高雄港ニ、。Aa1é𠮷", "a\u030d", "o\u0358"])
glyphs = st.builds(Glyph, characters, boxes, st.sampled_from([None, 0.0, 0.5, 0.987, 1.0]))
lines = st.builds(
    Line,
    st.lists(glyphs, min_size=1, max_size=6).map(tuple),
    st.sampled_from(["horizontal", "vertical"]),
    st.sampled_from(["zh-Hant", "ja"]),
)
blocks = st.builds(
    Block, st.lists(lines, min_size=1, max_size=3).map(tuple), st.sampled_from(KINDS)
)


@settings(deadline=None, max_examples=60)
@given(st.lists(blocks, max_size=4).map(tuple))
def test_what_is_written_is_read_back(some):
    text = PageText(1000, 1000, some)
    again = read_alto(write_alto(text, page="p", file_name="1.tif"))
    assert again.blocks == some
    assert again.flat() == text.flat()


@settings(deadline=None, max_examples=20)
@given(some=st.lists(blocks, max_size=3).map(tuple))
def test_what_is_written_is_valid(some):
    steps = ({"category": "contentGeneration", "software": "tesseract 5.3", "settings": "a\x00b"},)
    text = PageText(1000, 1000, some, languages=("zh-Hant", "en"), processing=steps)
    written = write_alto(text, page="p7", file_name="第一頁 1.tif\x00")
    schemas.check("alto-4-4.xsd", etree.fromstring(written))


def alto(body, unit="pixel", version=4, page='WIDTH="1000" HEIGHT="2000"', before=""):
    return f"""<alto xmlns="http://www.loc.gov/standards/alto/ns-v{version}#">
    <Description><MeasurementUnit>{unit}</MeasurementUnit></Description>{before}
    <Layout><Page ID="p" PHYSICAL_IMG_NR="1" {page}><PrintSpace>{body}</PrintSpace></Page></Layout>
    </alto>""".encode()


def string(content, box, more=""):
    x, y, w, h = box
    return f'<String CONTENT="{content}" HPOS="{x}" VPOS="{y}" WIDTH="{w}" HEIGHT="{h}" {more}/>'


@pytest.mark.parametrize("version", [2, 3, 4])
def test_a_string_without_glyphs_is_divided_along_its_line(version):
    across = (
        f'<TextBlock ID="b"><TextLine>{string("高雄港", (10, 20, 90, 40))}</TextLine></TextBlock>'
    )
    found = read_alto(alto(across, version=version)).blocks[0].lines[0]
    assert [g.box for g in found.glyphs] == [
        Box(10, 20, 30, 40), Box(40, 20, 30, 40), Box(70, 20, 30, 40)
    ]  # fmt: skip
    down = f'<TextBlock ID="b"><TextLine>{string("高雄", (10, 20, 40, 90))}</TextLine></TextBlock>'
    found = read_alto(alto(down, version=version)).blocks[0].lines[0]
    assert found.direction == "vertical"
    assert [g.box for g in found.glyphs] == [Box(10, 20, 40, 45), Box(10, 65, 40, 45)]


def test_base_direction_wins_over_the_longer_side():
    line = f'<TextLine BASEDIRECTION="ttb">{string("高雄", (0, 0, 100, 40))}</TextLine>'
    found = read_alto(alto(f'<TextBlock ID="b">{line}</TextBlock>')).blocks[0].lines[0]
    assert [g.box for g in found.glyphs] == [Box(0, 0, 100, 20), Box(0, 20, 100, 20)]


@pytest.mark.parametrize(("unit", "expected"), [("mm10", 300 / 254), ("inch1200", 0.25)])
def test_other_units_become_pixels(unit, expected):
    body = (
        f'<TextBlock ID="b"><TextLine>{string("港", (254, 508, 127, 127))}</TextLine></TextBlock>'
    )
    found = read_alto(alto(body, unit=unit))
    assert found.width == round(1000 * expected)
    box = found.blocks[0].lines[0].glyphs[0].box
    assert abs(box.x - 254 * expected) <= 0.5


def test_text_of_a_smaller_copy_is_stretched_to_the_master():
    body = f'<TextBlock ID="b"><TextLine>{string("港", (100, 200, 50, 50))}</TextLine></TextBlock>'
    found = read_alto(alto(body, unit="mm10"), size=(3000, 6000))
    assert (found.width, found.height) == (3000, 6000)
    assert found.blocks[0].lines[0].glyphs[0].box == Box(300, 600, 150, 150)


def test_reading_order_wins_over_document_order():
    body = "".join(
        f'<TextBlock ID="{n}"><TextLine ID="l{n}">{string(c, (0, 0, 9, 9))}</TextLine></TextBlock>'
        for n, c in (("b1", "一"), ("b2", "二"), ("b3", "三"))
    )
    order = """<ReadingOrder><OrderedGroup ID="o"><ElementRef ID="r1" REF="b3"/>
      <ElementRef ID="r2" REF="l1"/></OrderedGroup></ReadingOrder>"""
    assert read_alto(alto(body, before=order)).flat().text == "三一二"


def test_white_space_stays_between_latin_words_only():
    words = "<SP/>".join(
        string(c, (n * 50, 0, 40, 20))
        for n, c in enumerate(["高雄", "港", "Takow", "Harbour", "一"])
    )
    text = read_alto(alto(f'<TextBlock ID="b"><TextLine>{words}</TextLine></TextBlock>'))
    assert text.flat().text == "高雄港Takow Harbour一"


def test_tags_say_what_is_no_running_text():
    tags = '<Tags><LayoutTag ID="t" LABEL="running-title"/></Tags>'
    line = f"<TextLine>{string('卷一', (0, 0, 9, 9))}</TextLine>"
    body = f'<TextBlock ID="b" TAGREFS="t">{line}</TextBlock>'
    found = read_alto(alto(body, before=tags))
    assert found.blocks[0].kind == "running-title"
    assert found.flat().text == ""


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<alto",
        b"<html/>",
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alto>&x;</alto>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><alto/>'.encode("utf-16"),
        b"\x00\xff\xfe",
    ],
    ids=("nothing", "cut off", "HTML", "an entity", "a DTD in UTF-16", "no XML"),
)
def test_hostile_files_are_refused_with_a_reason(hostile):
    with pytest.raises(UnreadableTextError) as error:
        read_alto(hostile)
    assert str(error.value)


def test_wild_numbers_do_no_harm():
    line = f"<TextLine>{string('港', ('NaN', -1e30, 1e30, 'x'))}</TextLine>"
    body = f'<TextBlock ID="b">{line}</TextBlock>'
    box = read_alto(alto(body)).blocks[0].lines[0].glyphs[0].box
    assert 0 <= box.x < box.right <= 1000
