"""Descriptions from every format, told by content; nothing dropped, nothing fetched or expanded."""

import json
import random
from dataclasses import fields, replace
from datetime import date

import pymarc
import pytest
import records
from hypothesis import given, settings
from hypothesis import strategies as st
from pymarc.marc8_mapping import CODESETS

from metadata.characters.decode import cccii_table, decode, detect
from metadata.crosswalks import dublin_core, marcxml, mets, mods
from metadata.elements import to_bytes
from metadata.importing import read_content
from metadata.record import Agent, Subject, Title
from metadata.rows import ImportOptions

OPTIONS = ImportOptions("file", None, date(2026, 11, 24))
EACC = {values[0]: code for code, values in CODESETS[0x31].items()}


def read(content):
    return read_content(content, OPTIONS)


def marc(control, *data, leader="00000nam a2200000 i 4500", encoding="utf-8"):
    """Return an ISO 2709 record; texts are encoded as asked."""
    fields_ = [(tag, _encode(value, encoding)) for tag, value in control]
    for tag, *subfields in data:
        body = b"  " + b"".join(
            b"\x1f" + code.encode() + _encode(value, encoding) for code, value in subfields
        )
        fields_.append((tag, body))
    directory, contents = b"", b""
    for tag, body in fields_:
        body += b"\x1e"
        directory += f"{tag}{len(body):04}{len(contents):05}".encode()
        contents += body
    base = 24 + len(directory) + 1
    whole = base + len(contents) + 1
    head = f"{whole:05}{leader[5:9]}{'a' if encoding == 'utf-8' else ' '}22{base:05}{leader[17:]}"
    return head.encode() + directory + b"\x1e" + contents + b"\x1d"


def _encode(text, encoding):
    if encoding == "cccii":
        return b"".join(
            c.encode() if c.isascii() else bytes(b | 0x80 for b in EACC[ord(c)].to_bytes(3))
            for c in text
        )
    if encoding == "marc-8":
        out, in_eacc = b"", False
        for c in text:
            if c.isascii() == in_eacc:
                out += b"\x1b(B" if in_eacc else b"\x1b$1"
                in_eacc = not in_eacc
            out += c.encode() if c.isascii() else EACC[ord(c)].to_bytes(3)
        return out + (b"\x1b(B" if in_eacc else b"")
    return text.encode("cp950" if encoding == "big5" else encoding, "xmlcharrefreplace")


def marc21(number, title, encoding="utf-8"):
    return marc(
        [("001", f"M{number}"), ("008", "260101s1961    ch            000 0 chi d")],
        ("245", ("a", f"{title} /"), ("c", "盧德嘉纂")),
        ("260", ("a", "臺北 :"), ("b", "臺灣銀行,"), ("c", "民國50年.")),
        ("300", ("a", "4冊 ;"), ("c", "26公分")),
        ("650", ("a", "方志"), ("z", "臺灣")),
        ("651", ("a", "鳳山")),
        ("700", ("a", "盧德嘉,"), ("e", "纂")),
        ("856", ("u", "http://example.org/")),
        encoding=encoding,
    )


def cmarc(number, title, encoding="big5"):
    return marc(
        [("001", f"C{number}")],
        ("101", ("a", "chi")),
        ("200", ("a", title), ("f", "盧德嘉纂")),
        ("205", ("a", "鈔本")),
        ("210", ("a", "臺北"), ("c", "臺灣銀行"), ("d", "民國50年")),
        ("215", ("a", "4冊"), ("d", "26公分")),
        ("330", ("a", "采訪資料")),
        ("606", ("a", "方志")),
        ("607", ("a", "鳳山")),
        ("681", ("a", "673.33"), ("b", "2134")),
        ("701", ("a", "盧"), ("b", "德嘉"), ("4", "220")),
        ("999", ("z", "館藏記號")),
        leader="00000nam  2200000   450 ",
        encoding=encoding,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "marc-8", "cccii"])
def test_marc21_in_every_encoding(encoding):
    sheet = read(marc21(1, "鳳山縣采訪冊", encoding))
    record = sheet.rows[0].record
    assert record.identifier == "M1"
    assert record.title == "鳳山縣采訪冊"
    assert record.agents == (Agent("盧德嘉", "纂", "com"),)
    assert (record.place_of_publication, record.publisher) == ("臺北", "臺灣銀行")
    assert record.dates[0].edtf == "1961"
    assert record.extent == "4冊；26公分"
    assert record.subjects == (Subject("方志--臺灣"),)
    assert record.places[0].district == "64000120"
    assert record.languages == ("zh-Hant",)
    assert "856$u" in sheet.rows[0].unmapped
    assert [p.code for p in sheet.problems] == ([] if encoding == "utf-8" else ["marc-encoding"])


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "marc-8", "cccii"])
def test_cmarc_is_told_from_marc21(encoding):
    row = read(cmarc(1, "鳳山縣采訪冊", encoding)).rows[0]
    record = row.record
    assert record.source_format == "cmarc"
    assert record.title == "鳳山縣采訪冊"
    assert record.agents == (Agent("盧德嘉", None, "com"),)
    assert record.dates[0].edtf == "1961"
    assert record.edition == "鈔本"
    assert record.call_number == "673.33 2134"
    assert Subject("673.33", "class") in record.subjects
    assert [n.value for n in record.notes if n.kind == "description"] == ["采訪資料"]
    assert row.unmapped == ("999$z",)
    assert ("999$z", "館藏記號") in [(f.name, f.value) for f in record.source_fields]


def test_numeric_references_stand_for_characters_that_an_encoding_lacks():
    for encoding in ("big5", "utf-8"):
        title = read(marc21(1, "𠮷祥寺志", encoding)).rows[0].record.title
        assert title == "𠮷祥寺志"
    assert decode(b"&#x20BB7;", "marc-8").text == "𠮷"
    assert decode(b"&#134071;", "cccii").text == "𠮷"
    assert decode(b"&#xD800;&#0;", "big5").text == "&#xD800;&#0;"


def test_pymarcs_own_records_are_read():
    made = pymarc.Record(force_utf8=True)
    made.add_field(
        pymarc.Field("001", data="P1"),
        pymarc.Field(
            "245", pymarc.Indicators("1", "0"), [pymarc.Subfield("a", "鳳山縣采訪冊 𠮷 & <字>")]
        ),
    )
    assert read(made.as_marc()).rows[0].record.title == "鳳山縣采訪冊 𠮷 & <字>"


def test_unknown_codes_are_counted_and_shown():
    found = decode(b"\x1b$1\x7e\x7e\x7e\x1b(B", "marc-8")
    assert (found.text, found.unreadable) == ("\ufffd", 1)
    content = marc21(1, "鳳山").replace("鳳山".encode(), b"\xff\xff\xff\xff\xff\xff")
    row = read(content).rows[0]
    assert row.record is None or "characters-unreadable" in [p.code for p in row.problems]


def test_the_table_of_cccii_holds_eacc_and_more():
    assert set(EACC.values()) <= set(cccii_table())
    assert len(cccii_table()) > 20_000


def test_a_linked_field_in_another_script_is_read_as_its_own():
    content = marc(
        [("001", "L1")],
        ("245", ("6", "880-01"), ("a", "Fengshan xian cai fang ce")),
        ("880", ("6", "245-01"), ("a", "鳳山縣采訪冊")),
    )
    titles = read(content).rows[0].record.titles
    assert titles == (Title("Fengshan xian cai fang ce", "en"), Title("鳳山縣采訪冊"))


def damaged(chance, record):
    """Return a record as files and lines break them."""
    kind = chance.randrange(4)
    if kind == 0:
        return record[: chance.randrange(30, len(record) - 1)]
    if kind == 1:
        return b"xxxxx" + record[5:]
    if kind == 2:
        return record[:30] + b"???" + record[33:]
    return record[:12] + b"99999" + record[17:]


def test_no_record_of_a_mixed_and_damaged_file_is_dropped():
    chance = random.Random(7)
    encodings = ("utf-8", "big5", "marc-8", "cccii")
    parts, sound = [], set()
    for n in range(1000):
        make = chance.choice((marc21, cmarc))
        record = make(n, f"鳳山縣志{n}", chance.choice(encodings))
        if chance.random() < 0.02:
            record = damaged(chance, record)
        else:
            sound.add(f"{'M' if make is marc21 else 'C'}{n}")
        parts.append(record)
    sheet = read(b"".join(parts))
    taken = {row.record.identifier for row in sheet.rows if row.record}
    assert taken == sound
    refused = [row for row in sheet.rows if row.record is None]
    assert len(refused) >= 1000 - len(sound)
    assert all(row.source and row.problems[-1].code == "record-damaged" for row in refused)
    assert b"".join(row.source for row in refused) in b"".join(parts) or len(refused) > 1
    assert [row.number for row in sheet.rows] == list(range(1, len(sheet.rows) + 1))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 300))
def test_no_bytes_break_the_reading(noise, at):
    content = marc21(1, "鳳山")
    read(content[:at] + noise + content[at:])
    read(noise)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_big5_and_utf8_are_told_apart(text):
    encoded = text.encode("cp950", "ignore")
    if not encoded.isascii() and detect(encoded) == "big5":
        assert decode(encoded, "big5").unreadable == 0
    plain = text.encode("utf-8", "ignore")
    if not plain.isascii() and "\x1b" not in text:
        assert detect(plain) == "utf-8"


CARRIED = {
    marcxml: {"titles", "page_labels", "source_format", "source_fields", "subjects", "notes"},
    mods: {"page_labels", "source_format", "source_fields"},
    mets: {"page_labels", "source_format", "source_fields"},
}


@pytest.mark.parametrize("form", CARRIED, ids=lambda form: form.__name__.rpartition(".")[2])
def test_what_is_exported_is_read_back(form):
    row = read(to_bytes(form.write(records.FULL, records.context()))).rows[0]
    for field in fields(records.FULL):
        if field.name not in CARRIED[form]:
            assert getattr(row.record, field.name) == getattr(records.FULL, field.name), field.name
    assert set(row.record.subjects) == set(records.FULL.subjects)
    assert {n.value for n in row.record.notes} == {n.value for n in records.FULL.notes}
    assert ("捐贈者", "陳先生") in [(f.name, f.value) for f in row.record.source_fields]


def test_dublin_core_is_read_also_inside_an_oai_answer():
    inner = to_bytes(dublin_core.write(records.FULL, records.context())).split(b"?>", 1)[1]
    answer = (
        b"<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords>"
        + (b"<record><header><identifier>oai:x:1</identifier></header><metadata>" + inner)
        + b"</metadata></record></ListRecords></OAI-PMH>"
    )
    record = read(answer).rows[0].record
    assert record.identifier == "KH-0001"
    assert record.edition == "清光緒間鈔本"
    assert record.dates[0].edtf == "1894"
    assert record.rights.uri == records.FULL.rights.uri
    assert record.access == "onsite"


def test_a_mets_package_is_known_by_its_objid():
    record = replace(records.FULL, identifier="PKG-7")
    row = read(to_bytes(mets.write(record, records.context()))).rows[0]
    assert (row.folder, row.record.identifier) == ("PKG-7", "PKG-7")


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><mods>&b;</mods>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><mods/>',
        b'<?xml version="1.0"?>\n<!doctype x [<!ENTITY e SYSTEM "file:///etc/passwd">]><mods>&e;</mods>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><mods>&e;</mods>'.encode("utf-16"),
    ],
)
def test_document_types_are_refused(content):
    sheet = read(content)
    assert sheet.rows == ()
    assert [p.code for p in sheet.problems] == ["xml-doctype"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<mods", "xml-unreadable"),
        (b"<html><body/></html>", "format-unknown"),
        (b"{", "json-unreadable"),
        (b'{"type": "Collection"}', "format-unknown"),
        (b"[" * 100_000, "sheet-without-headings"),
        (b'{"a":' * 100_000, "json-unreadable"),
        (b"", "sheet-empty"),
    ],
)
def test_what_cannot_be_read_says_why(content, code):
    assert code in [p.code for p in read(content).problems]


def test_control_characters_are_removed_and_reported():
    xml = "<mods xmlns='http://www.loc.gov/mods/v3'><titleInfo><title>高\x07雄&#x1;</title>" + (
        "</titleInfo><identifier>A</identifier></mods>"
    )
    sheet = read(xml.encode())
    assert sheet.rows[0].record.title == "高雄"
    assert [p.code for p in sheet.problems] == ["characters-removed"]
    row = read(marc21(1, "高\x07雄")).rows[0]
    assert row.record.title == "高雄"
    assert "characters-removed" in [p.code for p in row.problems]


MANIFEST_3 = {
    "@context": "http://iiif.io/api/presentation/3/context.json",
    "id": "https://example.org/manifest/1",
    "type": "Manifest",
    "label": {"zh-Hant": ["打狗港圖"], "en": ["Map of Takow"]},
    "summary": {"zh-Hant": ["<b>海圖</b>"]},
    "rights": "http://creativecommons.org/publicdomain/mark/1.0/",
    "metadata": [
        {"label": {"zh-Hant": ["識別號"]}, "value": {"none": ["MAP-1"]}},
        {"label": {"en": ["Date"]}, "value": {"en": ["1893"], "zh-Hant": ["光緒19年"]}},
        {"label": {"en": ["Creator"]}, "value": {"none": ["Admiralty (製圖)"]}},
        {"label": {"zh-Hant": ["資料類型"]}, "value": {"zh-Hant": ["輿圖"]}},
        {"label": {"en": ["Scale"]}, "value": {"none": ["1:12000"]}},
    ],
    "items": [{"type": "Canvas", "label": {"none": ["圖幅"]}}],
}
MANIFEST_2 = {
    "@context": "http://iiif.io/api/presentation/2/context.json",
    "@id": "https://example.org/manifest/2",
    "@type": "sc:Manifest",
    "label": {"@value": "打狗港圖", "@language": "zh-Hant"},
    "description": "海圖",
    "license": "https://creativecommons.org/publicdomain/mark/1.0/",
    "attribution": "英國海軍部",
    "metadata": [{"label": "Date", "value": "1893"}, {"label": "Author", "value": "Admiralty"}],
    "sequences": [{"canvases": [{"label": "圖幅"}]}],
}


def test_a_manifest_of_version_3_is_a_source_of_description():
    row = read(json.dumps(MANIFEST_3).encode()).rows[0]
    record = row.record
    assert record.identifier == "MAP-1"
    assert record.material == "map"
    assert record.titles == (Title("打狗港圖"), Title("Map of Takow", "en"))
    assert [d.edtf for d in record.dates] == ["1893", "1893"]
    assert record.agents == (Agent("Admiralty", "製圖", "ctg"),)
    assert [n.value for n in record.notes] == ["海圖"]
    assert record.rights.uri == MANIFEST_3["rights"]
    assert record.page_labels == ("圖幅",)
    assert set(row.unmapped) == {"Scale", "id"}


def test_a_manifest_of_version_2_is_a_source_of_description():
    record = read(json.dumps(MANIFEST_2).encode()).rows[0].record
    assert record.identifier == "https://example.org/manifest/2"
    assert record.title == "打狗港圖"
    assert record.dates[0].edtf == "1893"
    assert record.rights.uri == "http://creativecommons.org/publicdomain/mark/1.0/"
    assert record.rights.note == "英國海軍部"
    assert record.page_labels == ("圖幅",)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["label", "metadata", "value", "items", "rights", "none", "summary"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_no_manifest_breaks_the_reading(value):
    read(json.dumps({"type": "Manifest", "metadata": value, "label": value, "id": value}).encode())
