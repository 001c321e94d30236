"""OAI-PMH 2.0 over a real catalogue: every rule of the specification that validators check."""

import base64
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import gallery
import holdings
import pytest
import records
import schemas
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from reading_room import Visitor
from sickle import Sickle
from sickle.response import OAIResponse

from metadata.oai.provider import FORMATS, Provider, Repository
from metadata.oai.request import Selection
from metadata.oai.token import Position, write_token
from metadata.record import Note, Place, Title
from repository import ids
from repository.catalogue.works import WorkState
from repository.collection import collection_id
from repository.model import Withdrawal, Work
from repository.sql.catalogue import open_catalogue
from viewer.app import create_app
from viewer.harvest.oai_source import CatalogueSource

BASE = "http://takao.example"
KEY = b"k" * 32
PAGE = 7
DC = "{http://www.openarchives.org/OAI/2.0/oai_dc/}dc"


def work(number, **values):
    record = replace(records.FULL, identifier=f"OAI-{number}", access="open", **values)
    return Work(ids.work_id(record.identifier), record)


def save(catalogue, *works):
    """Save Works as they are saved now: the second of their datestamp is still open."""
    holdings.save(catalogue, *(WorkState(w, ()) for w in works))


def lay(catalogue, *works):
    """Put Works there that were saved a while ago, in one second."""
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=30)
    stamped = [replace(w, changed=then + timedelta(microseconds=n)) for n, w in enumerate(works)]
    catalogue.adopt([WorkState(w, ()) for w in stamped])


def withdraw(catalogue, one):
    gone = replace(one, withdrawal=Withdrawal("版權爭議", datetime.now(UTC)))
    save(catalogue, gone)


@pytest.fixture(params=["sqlite", "postgresql"])
def catalogue(request, tmp_path):
    uri = f"sqlite:///{tmp_path}/catalogue.sqlite"
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgresql_uri")
    opened = open_catalogue(uri)
    yield opened
    opened.close()


class Harvest:
    """A provider with pages of seven, asked without HTTP."""

    def __init__(self, catalogue, home):
        held = gallery.Gallery(home)
        app = replace(held.app(BASE), catalogue=catalogue)
        held.catalogue.close()
        repository = Repository("高雄 <&>", f"{BASE}/oai", "takao.example", "a@b.example", KEY)
        small = {name: replace(form, page=PAGE) for name, form in FORMATS.items()}
        self.provider = Provider(repository, CatalogueSource(app), small)

    def ask(self, **arguments):
        pairs = [(name.rstrip("_"), value) for name, value in arguments.items()]
        return self.pairs(pairs)

    def pairs(self, pairs):
        document = etree.fromstring(self.provider.answer(pairs))
        schemas.schema("OAI-PMH.xsd").assertValid(_without_metadata(document))
        return document

    def error(self, **arguments):
        return self.ask(**arguments).find("{*}error").get("code")

    def list(self, verb="ListRecords", prefix="oai_dc", **arguments):
        """Return (identifier, datestamp, deleted) of a whole list, and its pages' sizes."""
        found, sizes = [], []
        answer = self.ask(verb=verb, metadataPrefix=prefix, **arguments)
        while True:
            headers = list(answer.iter("{*}header"))
            sizes.append(len(headers))
            found += [
                (h.findtext("{*}identifier"), h.findtext("{*}datestamp"), h.get("status"))
                for h in headers
            ]
            token = answer.findtext(".//{*}resumptionToken")
            if not token:
                return found, sizes, answer
            answer = self.ask(verb=verb, resumptionToken=token)


def _without_metadata(document):
    """Return a copy with empty oai_dc for other formats: their schemas have their own test."""
    copy = etree.fromstring(etree.tostring(document))
    for metadata in copy.iter("{*}metadata"):
        if metadata[0].tag != DC:
            metadata[:] = [etree.Element(DC)]
    return copy


@pytest.fixture
def harvest(catalogue, tmp_path):
    return Harvest(catalogue, tmp_path / "home")


@pytest.mark.parametrize("count", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 1])
def test_lists_of_every_length_end_well(harvest, catalogue, count):
    lay(catalogue, *(work(n) for n in range(count)))
    found, sizes, last = harvest.list()
    assert len(found) == len(set(found)) == count
    assert sizes == [PAGE] * (count // PAGE) + ([count % PAGE] if count % PAGE else [])
    token = last.find(".//{*}resumptionToken")
    assert (token is not None) == (count > PAGE)
    if token is not None:
        assert token.text is None
        assert token.get("completeListSize") == str(count)


def test_both_list_verbs_give_the_same_headers(harvest, catalogue):
    lay(catalogue, *(work(n) for n in range(10)))
    assert harvest.list()[0] == harvest.list("ListIdentifiers")[0]


def test_withdrawn_records_stay_as_tombstones(harvest, catalogue):
    works = [work(n) for n in range(9)]
    lay(catalogue, *works)
    withdraw(catalogue, works[4])
    found, _, _ = harvest.list()
    assert len(found) == 9
    assert [status for _, _, status in found].count("deleted") == 1
    identifier = f"oai:takao.example:{works[4].id}"
    answer = harvest.ask(verb="GetRecord", metadataPrefix="oai_dc", identifier=identifier)
    assert answer.find(".//{*}header").get("status") == "deleted"
    assert answer.find(".//{*}metadata") is None
    assert answer.find(".//{*}setSpec") is not None


def test_sets_are_filters_of_the_whole(harvest, catalogue):
    lay(catalogue, *(work(n, material="map" if n % 3 else "rare-book") for n in range(12)))
    everything = set(harvest.list()[0])
    maps, sizes, _ = harvest.list(set="type:map")
    assert set(maps) < everything
    assert (len(maps), sizes) == (8, [7, 1])
    assert set(harvest.list(set="type")[0]) == everything
    assert len(harvest.list(set=f"collection:{collection_id('鳳山文獻')}")[0]) == 12
    assert len(harvest.list(set="district:64000120")[0]) == 12
    assert harvest.error(verb="ListRecords", metadataPrefix="oai_dc", set="type:no") == (
        "noRecordsMatch"
    )


def test_sets_are_listed_with_names_for_people(harvest, catalogue):
    lay(catalogue, work(1))
    answer = harvest.ask(verb="ListSets")
    sets = {s.findtext("{*}setSpec"): s.findtext("{*}setName") for s in answer.iter("{*}set")}
    assert sets["type:rare-book"] == "善本 Rare book"
    assert sets["district:64000120"] == "鳳山區 Fengshan District"
    assert sets[f"collection:{collection_id('鳳山文獻')}"] == "鳳山文獻"
    assert all(spec.isascii() for spec in sets)


def test_from_and_until_are_inclusive_in_both_granularities(harvest, catalogue):
    lay(catalogue, *(work(n) for n in range(3)))
    stamp = harvest.list()[0][0][1]
    day = stamp[:10]
    for arguments in (
        {"from_": stamp, "until": stamp},
        {"from_": day},
        {"until": day},
        {"from_": day, "until": day},
        {"from_": "1990-01-01"},
    ):
        assert len(harvest.list(**arguments)[0]) == 3
    before = (datetime.fromisoformat(stamp) - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for arguments in ({"until": before}, {"from_": "2999-01-01"}, {"until": "1990-01-01"}):
        assert harvest.error(verb="ListRecords", metadataPrefix="oai_dc", **arguments) == (
            "noRecordsMatch"
        )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "badVerb"),
        ({"verb": "junk"}, "badVerb"),
        ({"verb": "identify"}, "badVerb"),
        ({"verb": "Identify", "junk": "1"}, "badArgument"),
        ({"verb": "GetRecord", "metadataPrefix": "oai_dc"}, "badArgument"),
        ({"verb": "GetRecord", "identifier": "oai:takao.example:x"}, "badArgument"),
        ({"verb": "GetRecord", "identifier": 'x"y', "metadataPrefix": "oai_dc"}, "idDoesNotExist"),
        ({"verb": "ListMetadataFormats", "identifier": "oai:a:b"}, "idDoesNotExist"),
        ({"verb": "ListRecords"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "junk"}, "cannotDisseminateFormat"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "junk"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "until": "2002-2-5"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "from_": "2002-02-30"}, "badArgument"),
        ({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "a b"}, "badArgument"),
        ({"verb": "ListRecords", "resumptionToken": "junk"}, "badResumptionToken"),
        ({"verb": "ListRecords", "resumptionToken": "x", "until": "2002-02-05"}, "badArgument"),
        ({"verb": "ListSets", "resumptionToken": "junk"}, "badResumptionToken"),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from_": "2002-02-05",
                "until": "2002-02-06T05:35:00Z",
            },
            "badArgument",
        ),
        (
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from_": "2002-02-06",
                "until": "2002-02-05",
            },
            "badArgument",
        ),
    ],
)
def test_errors(empty, arguments, code):
    answer = empty.ask(**arguments)
    assert answer.find("{*}error").get("code") == code
    echoed = dict(answer.find("{*}request").attrib)
    assert bool(echoed) == (code not in ("badVerb", "badArgument"))


def test_a_repeated_argument_is_refused(empty):
    for pairs in (
        [("verb", "Identify"), ("verb", "Identify")],
        [("verb", "ListRecords"), ("metadataPrefix", "oai_dc"), ("metadataPrefix", "oai_dc")],
    ):
        code = empty.pairs(pairs).find("{*}error").get("code")
        assert code == ("badVerb" if pairs[1][0] == "verb" else "badArgument")


def test_identify_of_an_empty_and_a_filled_repository(harvest, catalogue):
    assert harvest.ask(verb="Identify").findtext(".//{*}deletedRecord") == "persistent"
    lay(catalogue, work(1))
    answer = harvest.ask(verb="Identify")
    assert answer.findtext(".//{*}repositoryName") == "高雄 <&>"
    assert answer.findtext(".//{*}earliestDatestamp") == harvest.list()[0][0][1]
    described = answer.find(".//{*}oai-identifier")
    schemas.check("oai-identifier.xsd", described)
    assert harvest.error(verb="ListRecords", metadataPrefix="mods", until="1990-01-01") == (
        "noRecordsMatch"
    )


@pytest.mark.parametrize(
    ("prefix", "schema"),
    [
        ("oai_dc", "oai_dc.xsd"), ("mods", "mods.xsd"), ("marcxml", "MARC21slim.xsd"),
        ("mets", "mets.xsd"), ("edm", "edm.rng"),
    ],
)  # fmt: skip
def test_every_format_is_valid_as_harvested(harvest, catalogue, prefix, schema):
    titles, notes = (Title("控\x07制 & <字> 𠮷"),), (Note("\x1b尾\ufffe"),)
    odd = replace(records.FULL, titles=titles, notes=notes)
    lay(catalogue, work(1), replace(work(2), record=odd))
    answer = harvest.ask(verb="ListRecords", metadataPrefix=prefix)
    held = [metadata[0] for metadata in answer.iter("{*}metadata")]
    assert len(held) == 2
    for document in held:
        schemas.check(schema, document)
    named = {f.findtext("{*}metadataPrefix") for f in harvest.ask(verb="ListMetadataFormats")[2]}
    assert named == {"oai_dc", "mods", "marcxml", "mets", "edm"}


def test_edits_during_a_harvest_lose_and_double_nothing(harvest, catalogue):
    works = [work(n) for n in range(40)]
    lay(catalogue, *works)
    chance = random.Random(3)
    edited = set()
    answer = harvest.ask(verb="ListRecords", metadataPrefix="oai_dc")
    begun = answer.findtext("{*}responseDate")
    seen = []
    while True:
        for header in answer.iter("{*}header"):
            seen.append((header.findtext("{*}identifier"), header.findtext("{*}datestamp")))
        token = answer.findtext(".//{*}resumptionToken")
        if not token:
            break
        for one in chance.sample(works, 4):
            edited.add(one.id)
            save(catalogue, replace(one, record=replace(one.record, extent=str(len(seen)))))
        answer = harvest.ask(verb="ListRecords", resumptionToken=token)
    assert len(seen) == len(set(seen))
    known = {identifier.rpartition(":")[2] for identifier, _ in seen}
    assert {w.id for w in works} - edited <= known
    later = {i.rpartition(":")[2] for i, _, _ in harvest.list(from_=begun)[0]}
    assert {w.id for w in works} <= known | later
    assert edited <= later


def test_a_token_outlives_the_provider(catalogue, tmp_path):
    lay(catalogue, *(work(n) for n in range(10)))
    first = Harvest(catalogue, tmp_path / "one")
    token = first.ask(verb="ListRecords", metadataPrefix="oai_dc").findtext(".//{*}resumptionToken")
    again = Harvest(catalogue, tmp_path / "two").ask(verb="ListRecords", resumptionToken=token)
    assert len(list(again.iter("{*}record"))) == 3
    assert (
        Harvest(catalogue, tmp_path / "three").error(verb="ListIdentifiers", resumptionToken=token)
        == "badResumptionToken"
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    home = tmp_path_factory.mktemp("empty")
    catalogue = open_catalogue(f"sqlite:///{home}/c.sqlite")
    yield Harvest(catalogue, home / "home")
    catalogue.close()


_ARGUMENTS = st.sampled_from(
    ["verb", "metadataPrefix", "from", "until", "set", "identifier", "resumptionToken", "x"]
)
_VALUES = st.sampled_from(["ListRecords", "GetRecord", "oai_dc", "2026-01-01", "type:map"])


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(_ARGUMENTS, _VALUES | st.text(max_size=12)), max_size=5))
def test_no_request_breaks_the_provider(empty, pairs):
    empty.pairs(pairs)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    held = gallery.Gallery(tmp_path_factory.mktemp("oai") / "home")
    lay(held.catalogue, *(work(n) for n in range(1200)))
    withdraw(held.catalogue, work(5))
    application = create_app(held.app(BASE))
    yield application
    application.close()
    held.catalogue.close()


@pytest.fixture
def visitor(site):
    made = Visitor(site, "203.0.113.9")
    yield made
    made.close()


def broken_tokens(chance, good, count):
    """Random texts, real tokens cut short, lengthened, with one character changed, or recased."""
    texts = "".join(map(chr, [*range(32, 127), *range(0x4E00, 0x4E40), 0, 9, 10, 0xFFFD, 0x20BB7]))
    for _ in range(count):
        at = chance.randrange(1, len(good))
        noise = "".join(chance.choices(texts, k=chance.randrange(1, 60)))
        token = chance.choice(
            [
                noise, good[:at], good[at:], good + noise[:3], good.swapcase(), good[::-1],
                good[:at] + chance.choice(texts) + good[at + 1 :],
                base64.urlsafe_b64encode(chance.randbytes(at)).decode().rstrip("="),
            ]
        )  # fmt: skip
        if token != good:
            yield token


@pytest.mark.slow
def test_ten_thousand_broken_tokens_are_each_refused_as_such(empty):
    chance = random.Random(8)
    now = datetime.now(UTC)
    position = Position("ListRecords", Selection("oai_dc"), now, work(1).id, PAGE, 2 * PAGE)
    good = write_token(position, KEY)
    for token in broken_tokens(chance, good, 10_000):
        verb = chance.choice(["ListRecords", "ListIdentifiers", "ListSets"])
        answer = empty.provider.answer([("verb", verb), ("resumptionToken", token)])
        assert etree.fromstring(answer).find("{*}error").get("code") == "badResumptionToken", token


def test_broken_tokens_in_an_address_never_break_the_site(visitor):
    query = "/oai?verb=ListIdentifiers&metadataPrefix=oai_dc"
    good = etree.fromstring(visitor.get(query).content).findtext(".//{*}resumptionToken")
    tokens = [quote(token) for token in broken_tokens(random.Random(9), good, 150)]
    for token in [*tokens, "", "%", "%zz", "%00", "%ff%fe", "%ed%a0%80", "a&b"]:
        answer = visitor.get(f"/oai?verb=ListIdentifiers&resumptionToken={token}")
        assert answer.status_code == 200
        code = etree.fromstring(answer.content).find("{*}error").get("code")
        assert code == ("badArgument" if token == "a&b" else "badResumptionToken"), token


def test_it_is_xml_for_programs_and_compressed(visitor):
    answer = visitor.get("/oai?verb=ListRecords&metadataPrefix=oai_dc", accept_encoding="gzip")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text.count("<record>") == 500


def test_it_is_a_page_for_browsers(visitor):
    answer = visitor.get("/oai?verb=ListIdentifiers&metadataPrefix=oai_dc", accept="text/html")
    assert answer.headers["content-type"].startswith("text/html")
    assert "verb=GetRecord&amp;metadataPrefix=oai_dc&amp;identifier=oai%3A" in answer.text
    assert "resumptionToken=" in answer.text
    hostile = visitor.get("/oai?verb=<script>alert(1)</script>", accept="text/html")
    assert "<script>alert" not in hostile.text


def test_a_form_is_answered_as_a_query(visitor):
    body = b"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai%3Atakao.example%3A" + (
        work(1).id.encode()
    )
    posted = visitor.post("/oai", body)
    asked = visitor.get("/oai?" + body.decode())
    assert "鳳山縣采訪冊" in posted.text
    strip = lambda text: text.partition("</responseDate>")[2]  # noqa: E731
    assert strip(posted.text) == strip(asked.text)


def test_sickle_harvests_everything_with_tombstones(visitor):
    """Sickle parses every answer; the requests go into the application directly."""

    class Direct(Sickle):
        def harvest(self, **arguments):
            query = "&".join(f"{name}={value}" for name, value in arguments.items())
            return OAIResponse(visitor.get(f"/oai?{query}"), params=arguments)

    client = Direct("http://takao.example/oai")
    found = list(client.ListRecords(metadataPrefix="oai_dc"))
    assert len({r.header.identifier for r in found}) == len(found) == 1200
    assert sum(r.header.deleted for r in found) == 1
    kept = list(client.ListRecords(metadataPrefix="oai_dc", ignore_deleted=True))
    assert len(kept) == 1199
    assert kept[0].metadata["title"][0] == "鳳山縣采訪冊 𠮷 <&>"


def test_a_place_without_district_makes_no_set(harvest, catalogue):
    lay(catalogue, work(1, places=(Place("鳳山"),)))
    answer = harvest.ask(verb="ListSets")
    specs = [s.text for s in answer.iter("{*}setSpec")]
    assert not [spec for spec in specs if spec.startswith("district:")]
