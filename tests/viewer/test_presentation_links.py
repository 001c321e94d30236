"""Everything that a manifest names answers, in the media type that it says."""

import pytest
import reading_room

PUBLIC = reading_room.PUBLIC
NOT_FETCHED = ("Canvas", "Annotation", "AnnotationPage")
ASKED = {
    "ImageService3": "/info.json",
    "ImageService2": "/info.json",
    "SearchService2": "?q=圖書",
    "SearchService1": "?q=圖書",
    "AutoCompleteService2": "?q=圖書",
    "AutoCompleteService1": "?q=圖書",
}


def resources(node):
    """Yield every resource of a document that has an address of ours."""
    if isinstance(node, dict):
        url = node.get("id") or node.get("@id")
        if url and url.startswith(PUBLIC):
            yield url, node.get("type") or node.get("@type"), node.get("format")
        for child in node.values():
            yield from resources(child)
    elif isinstance(node, list):
        for child in node:
            yield from resources(child)


def named(machine, room, identifier):
    reply = machine.get(f"/iiif/works/{room.work(identifier)}/manifest.json")
    assert reply.status_code == 200
    found = [r for r in dict.fromkeys(resources(reply.json())) if r[1] not in NOT_FETCHED]
    return reply.json(), found


@pytest.mark.parametrize("identifier", [reading_room.PLAN, reading_room.BOOK])
def test_every_address_in_a_manifest_answers(machine, room, identifier):
    document, found = named(machine, room, identifier)
    kinds = {kind for _, kind, _ in found}
    assert kinds >= {*ASKED, "Manifest", "Collection", "Image", "Text", "Dataset", "Agent"}
    for url, kind, media_type in found:
        reply = machine.get(url.removeprefix(PUBLIC) + ASKED.get(kind, ""))
        assert reply.status_code == 200, url
        if media_type:
            assert reply.headers["content-type"].partition(";")[0] == media_type, url
        if kind in ASKED or kind in ("Manifest", "Collection"):
            told = reply.json()
            assert (told.get("id") or told["@id"]).startswith(url), url
    sizes = {c["items"][0]["items"][0]["body"]["id"].split("/")[-5]: (c["width"], c["height"])
             for c in document["items"]}  # fmt: skip
    for page, size in sizes.items():
        info = machine.get(f"/iiif/image/3/{page}/info.json").json()
        assert (info["width"], info["height"]) == size


def test_of_a_closed_work_the_description_answers_and_the_pages_refuse(machine, room):
    _, found = named(machine, room, reading_room.ONSITE)
    for url, kind, media_type in found:
        reply = machine.get(url.removeprefix(PUBLIC) + ASKED.get(kind, ""))
        is_content = kind == "Image" or "/alto/" in url or kind.startswith("Search")
        is_content |= media_type in ("text/plain", "application/pdf")
        if not kind.startswith("AutoComplete"):
            assert reply.status_code == (401 if is_content else 200), url


def test_search_hits_stand_on_the_canvases_of_the_manifest(machine, room):
    document, _ = named(machine, room, reading_room.PLAN)
    canvases = {canvas["id"] for canvas in document["items"]}
    (service,) = [s for s in document["service"] if s.get("type") == "SearchService2"]
    found = machine.get(service["id"].removeprefix(PUBLIC) + "?q=圖書館").json()
    hits = {item["target"] if isinstance(item["target"], str) else item["target"]["source"]
            for item in found["items"]}  # fmt: skip
    assert hits
    assert {target.partition("#")[0] for target in hits} <= canvases
