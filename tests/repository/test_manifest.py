"""Manifests against the rules that IIIF validators check, for full and for random Records."""

import json
from dataclasses import replace

import beside
import pytest
from holdings import page, record
from hypothesis import example, given, settings
from records import ANY_RECORD, FULL

from ingest.errors import ManifestError
from ingest.work import manifest_gate
from metadata.record import Note, Record, Rights, Title
from repository import ids, manifest
from repository.model import Work, right_to_left
from storage.images import geometry

BASE = "https://example.org"
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"


def built(described=FULL, pages=None):
    work = Work(ids.work_id(described.identifier), described)
    held = [page(work.id, 1), page(work.id, 2)] if pages is None else pages
    stored = json.dumps(manifest.build(work, held), ensure_ascii=False).encode()
    return json.loads(manifest.served(stored, BASE, '高雄市立圖書館 "總館"'))


def value(document, label):
    return next(p["value"] for p in document["metadata"] if p["label"]["en"] == [label])


def test_a_full_record_makes_a_valid_manifest():
    document = built()
    manifest_gate.check(document)
    assert document["label"] == {
        "zh-Hant": ["鳳山縣采訪冊 𠮷 <&>"],
        "en": ["Gazetteer of Fengshan"],
    }
    assert document["provider"][0]["label"] == {"none": ['高雄市立圖書館 "總館"']}


@settings(max_examples=30, deadline=None)
@given(described=ANY_RECORD)
def test_any_record_makes_a_valid_manifest(described):
    manifest_gate.check(built(described))


@pytest.fixture(scope="module")
def presentation_schema():
    return beside.presentation_schema()


@settings(max_examples=30, deadline=None)
@given(described=ANY_RECORD)
@example(described=FULL)
def test_any_manifest_is_valid_by_the_schema_of_iiifs_validator(presentation_schema, described):
    assert presentation_schema.is_valid(built(described))


def test_every_field_of_a_record_is_shown():
    text = json.dumps(built(), ensure_ascii=False)
    for shown in (
        "采訪冊", "盧德嘉（纂）", "光緒20年", "24年5月", "鳳山", "方志", "673.33", "史部-地理類",
        "臺灣銀行經濟研究室", "臺北", "4冊；26公分", "清光緒間鈔本", "半葉9行，行20字",
        "線裝", "10卷", "673.33 2134", "04567", "KH-0001", "鳳山縣的采訪資料。", "缺首葉",
        "盧氏家藏", "鳳山文獻", "「國立中央圖書館藏書」朱文方印", "光緒20年盧德嘉序",
    ):  # fmt: skip
        assert shown in text, shown


def test_labels_stand_in_both_languages():
    for pair in built()["metadata"]:
        assert set(pair["label"]) in ({"zh-Hant", "en"}, {"none"})
    assert value(built(), "Type") == {"zh-Hant": ["善本"], "en": ["Rare book"]}


def language_maps(node):
    if isinstance(node, dict):
        if "none" in node:
            yield node
        for child in node.values():
            yield from language_maps(child)
    elif isinstance(node, list):
        for child in node:
            yield from language_maps(child)


def test_no_text_is_hidden_by_a_text_with_a_language():
    """§4.4: a client that finds a language shows nothing of ``none``."""
    assert all(set(texts) == {"none"} for texts in language_maps(built()))


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (CC0, True),
        ("http://rightsstatements.org/vocab/InC/1.0/", True),
        ("https://creativecommons.org/licenses/by/4.0/", False),
        ("http://example.org/terms", False),
        ("javascript:alert(1)", False),
        (None, False),
    ],
)
def test_only_rights_that_iiif_knows_are_a_uri(uri, shown):
    document = built(record(rights=Rights(uri=uri)))
    assert document.get("rights") == (uri if shown else None)
    if uri and not shown:
        assert document["requiredStatement"]["value"] == {"none": [uri]}


def test_the_required_statement_names_the_licence_and_the_note():
    statement = built()["requiredStatement"]
    assert statement["label"] == {"zh-Hant": ["權利聲明"], "en": ["Rights"]}
    assert statement["value"]["zh-Hant"] == ["公有領域", "著作權已屆滿"]
    assert statement["value"]["en"] == ["Public Domain Mark 1.0", "著作權已屆滿"]
    assert built(record(rights=Rights(note="館內"))).get("requiredStatement")["value"] == {
        "none": ["館內"]
    }
    assert "requiredStatement" not in built(record(rights=Rights()))


def test_text_is_never_taken_for_html():
    notes = (Note("<p onclick='x()'>說明</p>", "description"), Note("<script>x</script>"))
    document = built(record(notes=notes))
    assert document["summary"]["zh-Hant"] == ["<p onclick='x()'>說明</p> "]
    assert value(document, "Note")["zh-Hant"] == ["<script>x</script> "]


def test_what_is_no_language_tag_counts_as_no_language():
    described = Record("X", (Title("題名", "中文"), Title("", "en")))
    assert built(described)["label"] == {"none": ["題名"]}
    assert built(Record("X", (Title(" "),)))["label"] == {"none": ["X"]}


# Pages


def pages_of(*directions):
    return [
        page("wabcdefghj", n, direction=direction, has_text=direction is not None)
        for n, direction in enumerate(directions, 1)
    ]


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        (["vertical", "vertical"], True),
        ([None, "vertical", None, "vertical", "horizontal"], True),
        (["vertical", "horizontal"], False),
        (["horizontal"], False),
        ([None, None], False),
        ([], False),
    ],
)
def test_works_set_vertically_are_read_from_right_to_left(directions, expected):
    assert right_to_left(pages_of(*directions)) is expected
    if directions:
        shown = built(pages=pages_of(*directions)).get("viewingDirection")
        assert shown == ("right-to-left" if expected else None)


@pytest.mark.parametrize(
    ("material", "count", "behavior"),
    [("rare-book", 2, "paged"), ("rare-book", 1, "individuals"), ("map", 2, "individuals")],
)
def test_bound_volumes_are_paged(material, count, behavior):
    document = built(record(material=material), pages_of(*["vertical"] * count))
    assert document["behavior"] == [behavior]


def test_a_canvas_has_the_size_of_its_page_and_names_its_image_text_and_alto():
    one = page("wabcdefghj", 3, width=2481, height=3508, label="卷一 1a")
    (canvas,) = built(pages=[one])["items"]
    painting = canvas["items"][0]["items"][0]
    assert (canvas["width"], canvas["height"]) == (2481, 3508)
    assert canvas["label"] == {"none": ["卷一 1a"]}
    assert painting["motivation"] == "painting"
    assert painting["target"] == canvas["id"]
    body = painting["body"]
    assert (body["width"], body["height"]) == (2481, 3508)
    assert body["id"] == f"{BASE}/iiif/image/3/{one.id}/full/max/0/default.jpg"
    assert [s.get("type") or s["@type"] for s in body["service"]] == [
        "ImageService3",
        "ImageService2",
    ]
    work = ids.work_id("KH-0001")
    assert canvas["seeAlso"][0]["id"] == f"{BASE}/works/{work}/alto/3.xml"
    assert canvas["seeAlso"][0]["profile"] == "http://www.loc.gov/standards/alto/ns-v4#"
    assert canvas["seeAlso"][0]["format"] == "application/xml"
    assert [(r["id"], r["format"]) for r in canvas["rendering"]] == [
        (f"{BASE}/works/{work}/pages/3/text.txt", "text/plain"),
        (f"{BASE}/works/{work}/pages/3/page.pdf", "application/pdf"),
    ]


def test_a_page_without_text_names_none():
    (canvas,) = built(pages=pages_of(None))["items"]
    assert "seeAlso" not in canvas
    assert [r["format"] for r in canvas["rendering"]] == ["application/pdf"]
    document = built(pages=pages_of(None))
    assert [r["format"] for r in document["rendering"]] == ["application/pdf"]


@pytest.mark.parametrize("size", [(2481, 3508), (40_000, 300), (512, 512), (513, 5), (1, 1)])
def test_a_thumbnail_is_one_stored_tile(size):
    one = page("wabcdefghj", 1, width=size[0], height=size[1])
    (thumbnail,) = built(pages=[one])["thumbnail"]
    shown = (thumbnail["width"], thumbnail["height"])
    assert max(shown) <= geometry.TILE
    region = geometry.Region(0, 0, *size)
    assert geometry.aligned_tile(*size, region, shown) is not None
    asked = "max" if shown == size else f"{shown[0]},{shown[1]}"
    assert thumbnail["id"].endswith(f"/{one.id}/full/{asked}/0/default.jpg")


def test_search_services_stand_with_their_autocomplete():
    two, one = built()["service"]
    assert two["type"] == "SearchService2"
    assert two["service"][0]["type"] == "AutoCompleteService2"
    assert one["@type"] == "SearchService1"
    assert one["profile"] == "http://iiif.io/api/search/1/search"
    assert one["service"][0]["profile"] == "http://iiif.io/api/search/1/autocomplete"


def test_ids_are_unique_and_complete():
    many = [page("wabcdefghj", n) for n in range(1, 40)]
    document = built(pages=many)
    canvases = [c["id"] for c in document["items"]]
    assert len(set(canvases)) == 39
    text = json.dumps(document)
    assert "{base}" not in text
    assert "{institution}" not in text


def test_record_formats_are_all_linked():
    names = {s["id"].rpartition(".")[2] for s in built()["seeAlso"]}
    assert names == {"mods", "marcxml", "mets", "edm", "dc", "jsonld"}


def test_the_gate_refuses_what_is_no_manifest():
    document = built()
    for broken in (
        {**document, "label": "題名"},
        {**document, "items": [{"id": f"{BASE}/canvas", "type": "Canvas"}]},
        {**document, "rights": "no uri"},
        {**document, "viewingDirection": "up"},
        {k: v for k, v in document.items() if k != "id"},
    ):
        with pytest.raises(ManifestError):
            manifest_gate.check(broken)


@pytest.mark.parametrize("n", [0, 17, 38])
@pytest.mark.parametrize(
    ("field", "value"),
    [("width", "1240"), ("height", 0.5), ("label", "第三頁"), ("id", "17"), ("items", "none")],
)
def test_the_gate_sees_a_flaw_in_any_canvas(n, field, value):
    document = built(pages=[page("wabcdefghj", n) for n in range(1, 40)])
    document["items"][n][field] = value
    with pytest.raises(ManifestError):
        manifest_gate.check(document)


def test_a_note_of_a_kind_of_its_own_keeps_its_name():
    document = built(replace(FULL, notes=(Note("x", "版權頁"), Note("y", " "))))
    labels = [p["label"] for p in document["metadata"]][-2:]
    assert labels == [{"none": ["版權頁"]}, {"zh-Hant": ["附註"], "en": ["Note"]}]
