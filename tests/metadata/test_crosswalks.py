"""Every format is valid by its schema, and no field of a Record is lost without being listed."""

from __future__ import annotations

import json

import pytest
import records
import schemas
from hypothesis import given, settings
from lxml import etree

from metadata.crosswalks import citations, dublin_core, edm, jsonld, marcxml, mets, mods
from metadata.crosswalks.losses import carried

XML = {
    "oai_dc.xsd": dublin_core,
    "mods.xsd": mods,
    "MARC21slim.xsd": marcxml,
    "mets.xsd": mets,
    "edm.rng": edm,
}


@pytest.mark.parametrize("pages", [0, 1, 3])
@pytest.mark.parametrize("schema", XML)
def test_a_full_record_is_valid(schema, pages):
    document = XML[schema].write(records.FULL, records.context(pages))
    schemas.check(schema, document)


@pytest.mark.parametrize("schema", XML)
@settings(max_examples=30, deadline=None)
@given(record=records.ANY_RECORD)
def test_any_record_is_valid(schema, record):
    schemas.check(schema, XML[schema].write(record, records.context(1)))


def test_premis_in_mets_is_valid():
    document = mets.write(records.FULL, records.context())
    parts = list(document.iter("{*}event"))
    assert len(parts) == 1
    for part in parts:
        schemas.check("premis.xsd", part)


def test_edtf_stands_in_mods_and_json_ld():
    document = mods.write(records.FULL, records.context())
    dates = document.findall(".//{*}dateCreated[@encoding='edtf']")
    assert [d.text for d in dates] == ["1894"]
    assert jsonld.write(records.FULL, records.context())["temporalCoverage"] == ["1894"]


def test_astral_characters_and_markup_survive():
    for write in (dublin_core.write, mods.write, marcxml.write):
        again = etree.fromstring(etree.tostring(write(records.FULL, records.context())))
        assert "鳳山縣采訪冊 𠮷 <&>" in "".join(again.itertext())


@settings(max_examples=30, deadline=None)
@given(record=records.ANY_RECORD)
def test_citations_of_any_record(record):
    context = records.context()
    ris = citations.ris(record, context)
    assert ris.startswith("TY  - ")
    assert ris.endswith("ER  - \r\n")
    assert citations.bibtex(record, context).startswith("@")
    json.dumps(citations.csl(record, context))
    json.dumps(jsonld.write(record, context))


def test_citations_carry_both_years():
    from dataclasses import replace

    from metadata.record import DateStatement

    dates = (DateStatement("昭和10年", "1935", first_year=1935, last_year=1935),)
    record = replace(records.FULL, dates=dates)
    context = records.context()
    assert "PY  - 1935\r\n" in citations.ris(record, context)
    assert "民國24年" in citations.ris(record, context)
    assert "year = {1935}" in citations.bibtex(record, context)
    assert "民國24年" in citations.bibtex(record, context)
    assert citations.csl(record, context)["issued"] == {"date-parts": [[1935]]}
    assert citations.csl(record, context)["note"] == "昭和10年；民國24年"


def test_the_description_of_a_rare_book_reaches_every_format():
    found = carried()
    rich = ("oai_dc", "MODS", "MARCXML", "METS", "EDM", "JSON-LD")
    for field, formats in found.items():
        if "authority" in field or field.startswith(("題名的語言", "角色代碼", "頁標")):
            continue
        assert all(formats[name] for name in rich), field
    assert found["頁標 page labels"]["METS"]
