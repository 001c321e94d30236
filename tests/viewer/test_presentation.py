"""Manifests, collections and activities as they are served by the whole site."""

from dataclasses import replace
from io import BytesIO

import beside
import gallery
import hostile
import orjson
import pytest
from holdings import manifest_bytes, record, save, state, withdraw
from iiif_prezi3 import Collection, Manifest
from PIL import Image
from reading_room import Visitor

from metadata import vocabulary
from repository import ids
from repository.catalogue.works import WorkState
from repository.collection import collection_id
from repository.model import Work
from viewer.app import create_app

BASE = "https://takao.example/kh"
TYPES = {
    "manifest": 'application/ld+json;profile="http://iiif.io/api/presentation/3/context.json"',
    "activity": 'application/ld+json;profile="http://iiif.io/api/discovery/1/context.json"',
}


@pytest.fixture
def held(tmp_path):
    return gallery.Gallery(tmp_path / "home", TAKAO_REPOSITORY_NAME='高雄市立圖書館 "總館"')


@pytest.fixture
def site(held):
    application = create_app(held.app(BASE))
    visitor = Visitor(application, "203.0.113.9")
    yield visitor
    visitor.close()
    application.close()
    held.catalogue.close()


def publish(held, *identifiers, pages=2, **values):
    states = []
    for identifier in identifiers:
        made = state(identifier, pages=pages, **values)
        states.append(replace(made, manifest=manifest_bytes(made.work, made.pages)))
    save(held.catalogue, *states)
    return [s.work.id for s in states]


def publish_many(held, numbers):
    """Publish Works of one page whose manifests nobody looks at."""
    states = [state(f"W-{n}", pages=1) for n in numbers]
    save(held.catalogue, *states)
    return [s.work.id for s in states]


def fetch(site, url):
    """Get what a document names by its public URL."""
    assert url.startswith(BASE), url
    return site.get(url.removeprefix(BASE))


# Manifests


def test_a_manifest_is_served_with_the_present_addresses_and_name(held, site):
    (work,) = publish(held, "KH-1")
    reply = site.get(f"/iiif/works/{work}/manifest.json")
    assert reply.status_code == 200
    assert reply.headers["content-type"] == TYPES["manifest"]
    assert reply.headers["access-control-allow-origin"] == "*"
    document = reply.json()
    assert document["id"] == f"{BASE}/iiif/works/{work}/manifest.json"
    assert document["provider"][0]["label"] == {"none": ['高雄市立圖書館 "總館"']}
    assert b"{base}" not in reply.content
    assert len(Manifest(**document).items) == 2


def test_a_manifest_is_sent_once(held, site):
    (work,) = publish(held, "KH-1")
    tag = site.get(f"/iiif/works/{work}/manifest.json").headers["etag"]
    again = site.get(f"/iiif/works/{work}/manifest.json", if_none_match=f"{tag}, x")
    assert (again.status_code, again.content) == (304, b"")
    publish(held, "KH-1", title="打狗築港史料續編")
    changed = site.get(f"/iiif/works/{work}/manifest.json", if_none_match=tag)
    assert changed.status_code == 200


def test_a_manifest_is_compressed_for_those_who_take_it(held, site):
    (work,) = publish(held, "KH-1", pages=30)
    plain = site.get(f"/iiif/works/{work}/manifest.json", accept_encoding="identity")
    packed = site.get(f"/iiif/works/{work}/manifest.json", accept_encoding="br, gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.content == plain.content
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding, Origin"


def test_head_tells_the_same_without_the_body(held, site):
    (work,) = publish(held, "KH-1")
    reply = site.head(f"/iiif/works/{work}/manifest.json")
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["etag"]


def test_what_a_manifest_names_is_there_in_the_size_it_says(held, site, tmp_path):
    image = tmp_path / "page.png"
    hostile.picture(1300, 1100).save(image)
    derived = held.add("pabcdefghjkm", image)
    work = held.catalogue.get_works([derived.work])[derived.work]
    pages = (derived,)
    save(held.catalogue, WorkState(work, pages, manifest=manifest_bytes(work, pages)))
    document = site.get(f"/iiif/works/{derived.work}/manifest.json").json()
    (canvas,) = document["items"]
    body = canvas["items"][0]["items"][0]["body"]
    for service in body["service"]:
        address = service.get("id") or service["@id"]
        info = fetch(site, f"{address}/info.json").json()
        assert info.get("id", info.get("@id")) == address
        assert (info["width"], info["height"]) == (canvas["width"], canvas["height"])
    for shown in (body, document["thumbnail"][0], canvas["thumbnail"][0]):
        reply = fetch(site, shown["id"])
        assert reply.headers["content-type"] == "image/jpeg"
        with Image.open(BytesIO(reply.content)) as decoded:
            assert decoded.size == (shown["width"], shown["height"])
    assert fetch(site, document["id"]).json() == document
    assert fetch(site, document["partOf"][0]["id"]).json()["type"] == "Collection"


def test_works_without_pages_and_unknown_works_have_no_manifest(held, site):
    (bare,) = publish(held, "KH-2", pages=0)
    for work in (bare, "zzzzzzzzzz", "x%00y", "..%2f..%2f"):
        assert site.get(f"/iiif/works/{work}/manifest.json").status_code == 404, work


def test_a_withdrawn_work_is_gone_and_comes_back(held, site):
    (work,) = publish(held, "KH-1")
    withdraw(held.catalogue, work)
    assert site.get(f"/iiif/works/{work}/manifest.json").status_code == 410
    publish(held, "KH-1")
    assert site.get(f"/iiif/works/{work}/manifest.json").status_code == 200


@pytest.mark.parametrize("access", ["onsite", "restricted", "壞值"])
def test_the_description_of_a_closed_work_is_open(held, site, access):
    (work,) = publish(held, "KH-1", access=access)
    assert site.get(f"/iiif/works/{work}/manifest.json").status_code == 200


# Collections


def test_from_the_top_every_manifest_is_reached(held, site):
    works = publish(held, "KH-1", "KH-2", "KH-3")
    top = site.get("/iiif/collections/top.json").json()
    assert Collection(**top).id == f"{BASE}/iiif/collections/top.json"
    assert [c["label"] for c in top["items"]] == [
        {"none": ["高雄港"]},
        {k: [v] for k, v in vocabulary.labels("material", "local-document").items()},
    ]
    for child in top["items"]:
        document = fetch(site, child["id"]).json()
        assert Collection(**document).id == child["id"]
        assert document["label"] == child["label"]
        assert sorted(document_works(document)) == sorted(works)


def test_what_is_served_is_valid_by_the_schema_of_iiifs_validator(held, site):
    schema = beside.presentation_schema()
    (work,) = publish(held, "KH-1")
    top = site.get("/iiif/collections/top.json").json()
    children = [fetch(site, child["id"]).json() for child in top["items"]]
    manifest = site.get(f"/iiif/works/{work}/manifest.json").json()
    invalid = [d["id"] for d in (manifest, top, *children) if not schema.is_valid(d)]
    assert len(children) == 2
    assert invalid == []


def document_works(document):
    return [i["id"].split("/")[-2] for i in document["items"] if i["type"] == "Manifest"]


def test_large_collections_go_on_in_parts(held, site):
    works = publish_many(held, range(1100))
    withdraw(held.catalogue, works[5])
    url, seen, parts = f"{BASE}/iiif/collections/type-local-document.json", [], 0
    while url:
        document = fetch(site, url).json()
        assert document["id"] == url
        seen += document_works(document)
        parts += 1
        url = next((i["id"] for i in document["items"] if i["type"] == "Collection"), None)
    assert sorted(seen) == sorted({*works} - {works[5]})
    assert parts == 3


def test_works_without_pages_stand_in_no_collection(held, site):
    publish(held, "KH-2", pages=0)
    name = collection_id("高雄港")
    assert site.get(f"/iiif/collections/{name}.json").json()["items"] == []


@pytest.mark.parametrize("name", ["x", "type-", "type-x", "zzzzzzzzzz", "top2", "%00"])
def test_unknown_collections_are_not_there(site, name):
    assert site.get(f"/iiif/collections/{name}.json").status_code == 404


def test_an_empty_catalogue_has_an_empty_top(site):
    assert site.get("/iiif/collections/top.json").json()["items"] == []


# Change discovery


def activities(site):
    """Walk as §3.5 says: from the last page backwards."""
    link, found = site.get("/iiif/activity/all.json").json()["last"], []
    while link:
        page = fetch(site, link["id"]).json()
        found = page["orderedItems"] + found
        link = page.get("prev")
    return found


def test_the_stream_says_where_it_begins_and_ends(held, site):
    publish_many(held, range(205))
    reply = site.get("/iiif/activity/all.json")
    assert reply.headers["content-type"] == TYPES["activity"]
    document = reply.json()
    assert document == {
        "@context": "http://iiif.io/api/discovery/1/context.json",
        "id": f"{BASE}/iiif/activity/all.json",
        "type": "OrderedCollection",
        "totalItems": 205,
        "first": {"id": f"{BASE}/iiif/activity/page/0.json", "type": "OrderedCollectionPage"},
        "last": {"id": f"{BASE}/iiif/activity/page/2.json", "type": "OrderedCollectionPage"},
    }
    first, middle, last = (site.get(f"/iiif/activity/page/{n}.json").json() for n in range(3))
    assert "prev" not in first
    assert middle["prev"]["id"] == first["id"]
    assert middle["next"]["id"] == last["id"]
    assert "next" not in last
    assert [len(p["orderedItems"]) for p in (first, middle, last)] == [100, 100, 5]
    assert [p["startIndex"] for p in (first, middle, last)] == [0, 100, 200]
    times = [a["endTime"] for a in activities(site)]
    assert times == sorted(times)
    assert len(times) == 205


def test_replaying_the_stream_gives_the_present_manifests(held, site):
    works = publish(held, *(f"W-{n}" for n in range(6)), pages=1)
    publish(held, "BARE", pages=0)
    withdraw(held.catalogue, works[1])
    publish(held, "W-2", pages=3)
    withdraw(held.catalogue, works[4])
    publish(held, "W-4", pages=1)
    present = set()
    for activity in activities(site):
        assert activity["object"]["type"] == "Manifest"
        {"Update": present.add, "Delete": present.discard}[activity["type"]](
            activity["object"]["id"]
        )
    assert present == {
        f"{BASE}/iiif/works/{work}/manifest.json" for work in works if work != works[1]
    }
    for activity in activities(site):
        status = fetch(site, activity["object"]["id"]).status_code
        assert status == (200 if activity["type"] == "Update" else 410)


def test_a_consumer_that_reads_while_works_change_misses_none(held, site):
    works = publish_many(held, range(250))
    changed, seen, link = set(), set(), site.get("/iiif/activity/all.json").json()["last"]
    while link:
        page = fetch(site, link["id"]).json()
        seen |= {a["object"]["id"] for a in page["orderedItems"]}
        changed |= {*publish_many(held, range(len(seen), len(seen) + 30))}
        link = page.get("prev")
    assert seen >= {f"{BASE}/iiif/works/{w}/manifest.json" for w in {*works} - changed}
    after = {a["object"]["id"] for a in activities(site)}
    assert after >= {f"{BASE}/iiif/works/{w}/manifest.json" for w in works}


@pytest.mark.parametrize("number", ["1", "99999", "-1", "x", "99999999999999999999"])
def test_pages_that_are_none(site, number):
    assert site.get(f"/iiif/activity/page/{number}.json").status_code in (400, 404)


def test_an_empty_stream_has_one_empty_page(site):
    assert activities(site) == []
    assert site.get("/iiif/activity/all.json").json()["totalItems"] == 0


def test_stored_bytes_are_what_the_gate_saw(held):
    work = Work(ids.work_id("KH-9"), record("KH-9"), page_count=1)
    pages = state("KH-9", pages=1).pages
    stored = manifest_bytes(work, pages)
    assert orjson.loads(stored)["id"] == f"{{base}}/iiif/works/{work.id}/manifest.json"
