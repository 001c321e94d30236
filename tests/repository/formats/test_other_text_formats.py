"""hOCR and PAGE XML in."""

import pytest

from repository.formats.errors import UnreadableTextError
from repository.formats.hocr import read_hocr
from repository.formats.pagexml import read_page_xml
from repository.text import Box

HOCR = """<html><body><div class='ocr_page' title='image "a.png"; bbox 0 0 1000 2000'>
<span class='ocr_header' title='bbox 10 10 110 60'>
  <span class='ocrx_word' title='bbox 10 10 110 60; x_wconf 91'>文獻</span></span>
<span class='ocr_line' lang='en' title='bbox 100 100 400 140'>
  <span class='ocrx_word' title='bbox 100 100 200 140; x_wconf 90'>Port</span>
  <span class='ocrx_word' title='bbox 220 100 400 140; x_wconf 80'>Takow</span></span>
<span class='ocr_line' title='bbox 800 200 840 320'>
  <span class='ocrx_word' title='bbox 800 200 840 320; x_wconf 70'>高雄港</span></span>
</div></body></html>""".encode()

PAGE = """<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
<Page imageWidth="1000" imageHeight="2000">
<ReadingOrder><OrderedGroup id="g"><RegionRefIndexed index="0" regionRef="r2"/>
<RegionRefIndexed index="1" regionRef="r1"/></OrderedGroup></ReadingOrder>
<TextRegion id="r1" type="paragraph"><Coords points="0,0 1,1"/>
 <TextLine id="l1" readingDirection="top-to-bottom">
 <Coords points="100,100 140,100 140,180 100,180"/>
 <TextEquiv><Unicode>打狗</Unicode></TextEquiv></TextLine></TextRegion>
<TextRegion id="r2" type="header"><Coords points="0,0 1,1"/>
 <TextLine id="l2"><Coords points="10,10 110,10 110,60 10,60"/>
 <TextEquiv index="1"><Unicode>x</Unicode></TextEquiv>
 <TextEquiv index="0"><Unicode>卷一</Unicode></TextEquiv></TextLine></TextRegion>
</Page></PcGts>""".encode()


def test_hocr_words_become_characters_with_boxes():
    text = read_hocr(HOCR)
    assert text.flat().text == "文獻\nPort Takow高雄港"
    assert [b.kind for b in text.blocks] == ["header", "running-text", "running-text"]
    last = text.blocks[2].lines[0]
    assert last.direction == "vertical"
    assert [g.box for g in last.glyphs] == [Box(800, y, 40, 40) for y in (200, 240, 280)]
    assert text.blocks[1].lines[0].language == "en"


def test_hocr_of_a_smaller_copy_is_stretched():
    box = read_hocr(HOCR, (2000, 4000)).blocks[2].lines[0].glyphs[0].box
    assert box == Box(1600, 400, 80, 80)


def test_page_xml_is_read_in_its_reading_order():
    text = read_page_xml(PAGE)
    assert text.flat().text == "卷一\n打狗"
    assert [b.kind for b in text.blocks] == ["header", "running-text"]
    glyphs = text.blocks[1].lines[0].glyphs
    assert [g.box for g in glyphs] == [Box(100, 100, 40, 40), Box(100, 140, 40, 40)]


def page_region(name):
    return f"""<TextRegion id="{name}"><Coords points="0,0 1,1"/><TextLine>
    <Coords points="10,10 110,10 110,60 10,60"/>
    <TextEquiv><Unicode>{name}</Unicode></TextEquiv></TextLine></TextRegion>"""


def page_group(*names):
    references = [f'<RegionRefIndexed index="{n}" regionRef="{r}"/>' for n, r in enumerate(names)]
    # Written last to first: the index counts.
    return f"<OrderedGroupIndexed>{''.join(reversed(references))}</OrderedGroupIndexed>"


def test_groups_of_page_xml_are_read_one_after_the_other():
    regions = "".join(map(page_region, "甲乙丙丁戊己"))
    order = page_group("丙", "甲") + page_group("乙", "丁", "己")
    page = f"""<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15">
    <Page imageWidth="1000" imageHeight="2000"><ReadingOrder><OrderedGroup>{order}</OrderedGroup>
    </ReadingOrder>{regions}</Page></PcGts>"""
    assert read_page_xml(page.encode()).flat().text == "丙甲乙丁己戊"  # what is in no group is last


@pytest.mark.parametrize("reader", [read_hocr, read_page_xml])
@pytest.mark.parametrize(
    "hostile",
    [b"", b"\x00", b"<html>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"],
    ids=("nothing", "a zero", "HTML", "an entity"),
)
def test_what_is_no_such_file_is_refused(reader, hostile):
    with pytest.raises(UnreadableTextError):
        reader(hostile)


def test_wild_points_are_left_out():
    assert read_page_xml(PAGE.replace(b"100,100 140", b"nan,inf 140")).flat().text == "卷一"
