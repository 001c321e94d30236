"""Records and citations as they are given out, for any Work that is not withdrawn."""

import json
import re

import pytest
import schemas
from lxml import etree
from reading_room import BOOK, GONE, HOSTILE, LATER, ONSITE, PLAN, PUBLIC

FORMATS = {
    "dc": ("application/xml", "oai_dc.xsd"),
    "mods": ("application/mods+xml", "mods.xsd"),
    "marcxml": ("application/marcxml+xml", "MARC21slim.xsd"),
    "mets": ("application/mets+xml", "mets.xsd"),
    "edm": ("application/rdf+xml", "edm.rng"),
}


@pytest.mark.parametrize("identifier", [PLAN, BOOK, ONSITE, LATER, HOSTILE])
@pytest.mark.parametrize("form", FORMATS)
def test_every_record_is_valid_in_every_format(machine, room, form, identifier):
    media_type, schema = FORMATS[form]
    answer = machine.get(f"/works/{room.work(identifier)}/record.{form}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    schemas.check(schema, etree.fromstring(answer.content))


def test_citations_in_three_formats(machine, room):
    work = room.work(PLAN)
    ris = machine.get(f"/works/{work}/cite.ris")
    assert ris.headers["content-type"] == "application/x-research-info-systems"
    assert f"UR  - {PUBLIC}/works/{work}\r\n" in ris.text
    assert machine.get(f"/works/{work}/cite.bib").text.startswith("@")
    assert machine.get(f"/works/{work}/cite.json").json()[0]["URL"] == f"{PUBLIC}/works/{work}"


def test_a_work_as_json(machine, room):
    work = room.work(PLAN)
    document = machine.get(f"/api/works/{work}").json()
    assert document["identifiers"][0] == PLAN
    assert document["title"]["zh-Hant"]
    assert document["access"] == "open"
    first = document["pages"][0]
    assert set(first) == {"n", "id", "label", "width", "height", "image", "alto", "text"}
    assert first["image"] == f"{PUBLIC}/iiif/image/3/{first['id']}"
    assert machine.get(first["alto"].removeprefix(PUBLIC)).status_code == 200
    assert machine.get(first["text"].removeprefix(PUBLIC)).status_code == 200
    for date in document["dates"]:
        assert set(date) >= {"as_written", "edtf", "display"}
    for address in filter(None, document["links"].values()):
        path = address.removeprefix(PUBLIC)
        if "/iiif/image/" not in path:
            assert machine.get(path).status_code == 200, path


@pytest.mark.parametrize("identifier", [ONSITE, LATER])
def test_descriptions_are_open_whatever_the_access(machine, room, identifier):
    work = room.work(identifier)
    assert machine.get(f"/api/works/{work}").status_code == 200
    assert machine.get(f"/works/{work}/record.mods").status_code == 200


@pytest.mark.parametrize("path", ["/api/works/{}", "/works/{}/record.mods", "/works/{}/cite.ris"])
def test_a_withdrawn_work_is_gone_and_an_unknown_one_was_never_there(machine, room, path):
    assert machine.get(path.format(room.work(GONE))).status_code == 410
    assert machine.get(path.format("abcdefghjk")).status_code == 404
    assert machine.get(f"/works/{room.work(PLAN)}/record.doc").status_code == 404


def test_schema_org_stands_in_the_head_of_the_page(browser, machine, room):
    for identifier in (PLAN, HOSTILE):
        work = room.work(identifier)
        page = browser.get(f"/works/{work}")
        (block,) = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', page.text, re.DOTALL
        )
        assert json.loads(block) == {
            **machine.get(f"/works/{work}/record.jsonld").json(),
        }


def test_signposting_leads_from_the_page_to_its_records(browser, machine, room):
    work = room.work(PLAN)
    link = browser.get(f"/works/{work}").headers["link"]
    links = re.findall(r'<([^>]+)>; rel="([^"]+)"(?:; type="([^"]+)")?', link)
    assert link.count("profile=") == link.count('rel="describedby"') == 6
    relations = [relation for _, relation, _ in links]
    assert relations.count("cite-as") == 1
    assert "license" in relations
    for address, relation, kind in links:
        if relation in ("describedby", "item"):
            answer = machine.get(address.removeprefix(PUBLIC))
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
            back = "describes" if relation == "describedby" else "collection"
            assert f'<{PUBLIC}/works/{work}>; rel="{back}"' in answer.headers["link"]
