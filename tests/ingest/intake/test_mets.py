"""METS/ALTO packages: pages in structMap order with the text that came with them."""

import pytest
from fixtures.library import Library, draw

from ingest.intake.mets import read_mets

ALTO = """<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v3#">
 <Description><MeasurementUnit>pixel</MeasurementUnit></Description>
 <Layout><Page ID="p" WIDTH="120" HEIGHT="90" PHYSICAL_IMG_NR="1"><PrintSpace>
  <TextBlock ID="b"><TextLine ID="l" HPOS="10" VPOS="10" WIDTH="60" HEIGHT="20">
   <String ID="s" CONTENT="{text}" HPOS="10" VPOS="10" WIDTH="60" HEIGHT="20"/>
  </TextLine></TextBlock></PrintSpace></Page></Layout>
</alto>"""
METS = """<?xml version="1.0"?>
<mets xmlns="http://www.loc.gov/METS/" xmlns:xlink="http://www.w3.org/1999/xlink"
  OBJID="KH-77" LABEL="高雄新報">
 <fileSec>
  <fileGrp USE="images">
   <file ID="i1"><FLocat LOCTYPE="URL" xlink:href="images/b.png"/></file>
   <file ID="i2"><FLocat LOCTYPE="URL" xlink:href="file:images/a.png"/></file>
  </fileGrp>
  <fileGrp USE="text">
   <file ID="t1"><FLocat LOCTYPE="URL" xlink:href="alto/b.xml"/></file>
   <file ID="t2"><FLocat LOCTYPE="URL" xlink:href="{second}"/></file>
  </fileGrp>
 </fileSec>
 <structMap TYPE="LOGICAL"><div/></structMap>
 <structMap TYPE="PHYSICAL"><div TYPE="issue">
  <div ORDERLABEL="一"><fptr FILEID="i1"/><fptr FILEID="t1"/></div>
  <div ORDERLABEL="二"><fptr FILEID="i2"/><fptr FILEID="t2"/></div>
 </div></structMap>
</mets>"""


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "issue-1"
    draw(folder / "images" / "a.png", 10)
    draw(folder / "images" / "b.png", 20)
    (folder / "alto").mkdir()
    (folder / "alto" / "a.xml").write_text(ALTO.format(text="打狗"), "utf-8")
    (folder / "alto" / "b.xml").write_text(ALTO.format(text="高雄港"), "utf-8")
    (folder / "mets.xml").write_text(METS.format(second="alto/a.xml"), "utf-8")
    return folder


def test_pages_come_in_the_order_of_the_struct_map_with_their_text(package, tmp_path):
    library = Library(tmp_path / "home")
    report = library.ingest(package)
    assert report.ok
    pages = library.pages("KH-77")
    assert [(p.file, p.label) for p in pages] == [("images/b.png", "一"), ("images/a.png", "二")]
    texts = library.catalogue.texts([p.id for p in pages])
    assert [texts[p.id].text for p in pages] == ["高雄港", "打狗"]
    (work,) = library.catalogue.get_works([pages[0].work]).values()
    assert work.record.title == "高雄新報"


def test_a_row_wins_over_the_package_and_names_it_by_its_objid(package, tmp_path):
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,題名\nKH-77,高雄新報 第一號\n", "utf-8")
    library = Library(tmp_path / "home")
    report = library.ingest(package, metadata=(sheet,))
    assert [r.title for r in report.records] == ["高雄新報 第一號"]
    assert [p.label for p in library.pages("KH-77")] == ["一", "二"]


@pytest.mark.parametrize(
    "address", ["../secret.xml", "/etc/passwd", "http://127.0.0.1/x.xml", "gone.xml"]
)
def test_an_address_out_of_the_package_is_a_problem(package, address):
    (package.parent / "secret.xml").write_text(ALTO.format(text="x"), "utf-8")
    (package / "mets.xml").write_text(METS.format(second=address), "utf-8")
    found = read_mets(package / "mets.xml")
    assert [p.code for p in found.problems] == ["mets-file-missing"]
    assert found.pages[1].alto is None


def test_an_entity_bomb_is_not_opened(package):
    bomb = '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    text = METS.format(second="alto/a.xml").replace('<?xml version="1.0"?>', bomb)
    (package / "mets.xml").write_text(text.replace("高雄新報", "&b;"), "utf-8")
    found = read_mets(package / "mets.xml")
    assert [p.code for p in found.problems] == ["mets-unreadable"]
    assert found.pages == ()
