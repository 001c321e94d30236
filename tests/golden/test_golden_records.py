"""What partners get of the sample collection's Records, kept for review."""

import json
from pathlib import Path

import pytest
import records
from lxml import etree

from metadata.crosswalks import citations, dublin_core, jsonld, marcxml, mods
from metadata.sheets.sheet import read_sheet

SAMPLES = Path(__file__).parents[2] / "samples" / "works.csv"
RECORDS = {row.record.identifier: row.record for row in read_sheet(SAMPLES).rows}
SOME = ("TAKAO-S-01", "TAKAO-S-04", "TAKAO-S-07", "TAKAO-S-09")
XML = {"dc": dublin_core, "mods": mods, "marcxml": marcxml}


@pytest.mark.parametrize("identifier", SOME)
@pytest.mark.parametrize("form", XML)
def test_xml(golden, identifier, form):
    document = XML[form].write(RECORDS[identifier], records.context(1))
    etree.indent(document)
    golden(f"{identifier}.{form}.xml", etree.tostring(document, encoding="unicode") + "\n")


@pytest.mark.parametrize("identifier", SOME)
def test_schema_org(golden, identifier):
    document = jsonld.write(RECORDS[identifier], records.context(1))
    golden(f"{identifier}.json", json.dumps(document, ensure_ascii=False, indent=1) + "\n")


@pytest.mark.parametrize("identifier", SOME)
def test_citations(golden, identifier):
    record, context = RECORDS[identifier], records.context(1)
    text = f"{citations.ris(record, context)}\n{citations.bibtex(record, context)}\n"
    golden(f"{identifier}.citations.txt", text.replace("\r\n", "\n"))
