"""When and where a Work is from, in its manifest: navDate and the navPlace extension."""

import json
from dataclasses import replace

from holdings import state

from ingest.work.manifest_gate import check
from metadata.record import DateStatement, Place
from repository import manifest


def built(**values):
    given = state("NAV")
    work = replace(given.work, record=replace(given.work.record, **values))
    return manifest.build(work, given.pages)


def test_the_first_certain_date_is_where_a_timeline_puts_it():
    flagged = DateStatement("24年5月", flagged=True)
    read = DateStatement(
        "光緒二十一年五月", "1895-05-24/1895-06-22", first_year=1895, last_year=1895
    )
    assert built(dates=(flagged, read))["navDate"] == "1895-05-24T00:00:00Z"
    assert "navDate" not in built(dates=(flagged,))
    open_start = DateStatement("1935年以前", "../1935", last_year=1935)
    assert "navDate" not in built(dates=(open_start,))


def test_districts_are_points_on_a_map():
    document = built(places=(Place("鹽埕", district="64000010"), Place("臺北")))
    (feature,) = document["navPlace"]["features"]
    assert feature["properties"]["label"] == {"zh-Hant": ["鹽埕區"], "en": ["Yancheng District"]}
    longitude, latitude = feature["geometry"]["coordinates"]
    assert 120 < longitude < 121
    assert 22 < latitude < 23
    assert document["@context"][-1] == manifest.CONTEXT
    check(document)
    json.dumps(document)


def test_without_districts_there_is_no_extension():
    document = built(places=(Place("臺北"),))
    assert "navPlace" not in document
    assert document["@context"] == manifest.CONTEXT
