"""Every rule that the official validator (zimeon/oaipmh-validator 1.07) checks, in its order.

Asked over HTTP messages on both databases, with its own requests. The rules are those of the
protocol; sections are of OAI-PMH 2.0.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

import gallery
import pytest
import records
from lxml import etree
from reading_room import Visitor

from repository import ids
from repository.catalogue.works import WorkState
from repository.model import Withdrawal, Work
from repository.sql.catalogue import open_catalogue
from viewer.app import create_app

BASE = "http://takao.example"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
EMAIL = re.compile(r"\w[\w\-.]+@[a-zA-Z0-9\-.]+\.[a-z]{2,}")  # as the validator reads it
DOMAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+")
LIST = {"metadataPrefix": "oai_dc"}
RECORDS = 501  # one more than a page holds


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def catalogue(request, tmp_path_factory):
    uri = f"sqlite:///{tmp_path_factory.mktemp('rules')}/catalogue.sqlite"
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgresql_module_uri")
    opened = open_catalogue(uri)
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    works = []
    for n in range(RECORDS):
        record = replace(records.FULL, identifier=f"RULE-{n}", access="open")
        gone = Withdrawal("版權爭議", begun) if n == 0 else None
        moment = begun + timedelta(minutes=n // 2)
        works.append(Work(ids.work_id(record.identifier), record, changed=moment, withdrawal=gone))
    opened.adopt([WorkState(one, ()) for one in works])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ask(catalogue, tmp_path_factory):
    """Ask ``/oai`` and return the answer's root element, after what holds for every answer."""
    held = gallery.Gallery(tmp_path_factory.mktemp("rules-home") / "home")
    site = create_app(replace(held.app(BASE), catalogue=catalogue))
    visitor = Visitor(site, "203.0.113.9")

    def ask(query="", post=False, **arguments):
        query = query or urlencode(arguments)
        answer = visitor.post("/oai", query.encode()) if post else visitor.get(f"/oai?{query}")
        root = etree.fromstring(answer.content)
        check_envelope(answer, root)
        return root

    yield ask
    visitor.close()
    site.close()
    held.catalogue.close()


def check_envelope(answer, root):
    """§3.2: XML in UTF-8, HTTP 200 for protocol errors too, the namespace with its schema."""
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert root.tag == f"{OAI}OAI-PMH"
    location = root.get("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation").split()
    pairs = dict(zip(location[::2], location[1::2], strict=True))
    assert pairs[OAI[1:-1]] == "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
    assert MOMENT.fullmatch(root.findtext("{*}responseDate"))
    assert root.findtext("{*}request") == f"{BASE}/oai"


@pytest.fixture(scope="module")
def identity(ask):
    return ask(verb="Identify").find(f"{OAI}Identify")


@pytest.fixture(scope="module")
def example(ask):
    """The first Record that is not deleted: the validator's example from here on."""
    headers = ask(verb="ListIdentifiers", **LIST).iter(f"{OAI}header")
    return next(h for h in headers if h.get("status") != "deleted")


def test_identify_names_one_administrator_who_can_be_written_to(identity):
    (email,) = identity.findall(f"{OAI}adminEmail")
    assert EMAIL.fullmatch(email.text)
    assert not email.text.endswith("@localhost")


def test_identify_says_which_protocol_and_which_address(identity):
    assert identity.findtext(f"{OAI}protocolVersion") == "2.0"
    assert identity.findtext(f"{OAI}baseURL") == f"{BASE}/oai"


def test_identify_has_one_granularity_and_a_first_datestamp_in_it(identity):
    (granularity,) = identity.findall(f"{OAI}granularity")
    assert granularity.text == "YYYY-MM-DDThh:mm:ssZ"
    assert MOMENT.fullmatch(identity.findtext(f"{OAI}earliestDatestamp"))


def test_identify_has_one_oai_identifier_of_version_2_with_a_domain_name(identity):
    (described,) = identity.iter("{*}oai-identifier")
    assert etree.QName(described).namespace == "http://www.openarchives.org/OAI/2.0/oai-identifier"
    namespace = described.findtext("{*}repositoryIdentifier")
    assert DOMAIN.fullmatch(namespace)
    assert described.findtext("{*}sampleIdentifier").startswith(f"oai:{namespace}:")


def test_every_set_has_a_spec_and_each_can_be_harvested(ask):
    sets = ask(verb="ListSets").findall(f".//{OAI}set")
    specs = [one.findtext(f"{OAI}setSpec") for one in sets]
    assert len(specs) == len(set(specs)) == len(sets) > 0
    for spec in specs:
        listed = ask(verb="ListIdentifiers", set=spec, **LIST)
        assert listed.find(f".//{OAI}identifier") is not None


def test_a_record_has_oai_dc_among_its_formats(ask, example):
    answer = ask(verb="ListMetadataFormats", identifier=example.findtext(f"{OAI}identifier"))
    assert "oai_dc" in [e.text for e in answer.iter(f"{OAI}metadataPrefix")]


def test_a_record_alone_has_the_datestamp_and_sets_of_its_list(ask, example):
    identifier = example.findtext(f"{OAI}identifier")
    header = ask(verb="GetRecord", identifier=identifier, **LIST).find(f".//{OAI}header")
    datestamp = header.findtext(f"{OAI}datestamp")
    assert MOMENT.fullmatch(datestamp)
    assert datestamp == example.findtext(f"{OAI}datestamp")
    specs = [e.text for e in header.iter(f"{OAI}setSpec")]
    assert specs == [e.text for e in example.iter(f"{OAI}setSpec")]
    for spec in (e.text for e in ask(verb="ListSets").iter(f"{OAI}setSpec")):
        if spec in ("type", "collection", "district"):  # implied by a descendant
            assert any(found.startswith(f"{spec}:") for found in specs)


def test_a_list_from_and_until_a_datestamp_holds_its_record(ask, example):
    identifier, stamp = (example.findtext(f"{OAI}{name}") for name in ("identifier", "datestamp"))
    for also in ({}, {"set": example.findtext(f"{OAI}setSpec")}):
        span = {"from": stamp, "until": stamp}
        answer = ask(verb="ListRecords", **LIST, **span, **also)
        found = [h.findtext(f"{OAI}identifier") for h in answer.iter(f"{OAI}header")]
        assert identifier in found
        assert {e.text for e in answer.iter(f"{OAI}datestamp")} == {stamp}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("junk", {"badVerb"}),
        ("verb=junk", {"badVerb"}),
        ("verb=GetRecord&metadataPrefix=oai_dc", {"badArgument"}),
        ("verb=GetRecord&identifier={identifier}", {"badArgument"}),
        ('verb=GetRecord&identifier=invalid"id&metadataPrefix=oai_dc', {"idDoesNotExist"}),
        ("verb=ListIdentifiers&until=junk", {"badArgument"}),
        ("verb=ListIdentifiers&from=junk", {"badArgument"}),
        ("verb=ListIdentifiers&resumptionToken=junk&until=2000-02-05", {"badArgument"}),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=junk", {"badArgument"}),
        ("verb=ListRecords&resumptionToken=junk", {"badResumptionToken"}),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=junk&until=1990-01-10",
            {"badArgument"},
        ),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=junk", {"badArgument"}),
        ("verb=ListRecords", {"badArgument"}),
        (
            "verb=ListRecords&metadataPrefix=oai_dc&from=2002-02-05&until=2002-02-06T05:35:00Z",
            {"badArgument"},
        ),
    ],
)
def test_an_illegal_request_is_answered_with_its_error(ask, example, query, codes):
    """§3.6, with words for people in each error."""
    answer = ask(query.format(identifier=example.findtext(f"{OAI}identifier")))
    errors = answer.findall(f"{OAI}error")
    assert {e.get("code") for e in errors} == codes
    assert all(e.text and e.text.strip() for e in errors)


def test_nothing_stands_before_the_earliest_datestamp(ask, identity):
    earliest = datetime.fromisoformat(identity.findtext(f"{OAI}earliestDatestamp"))
    early = (earliest - timedelta(days=365)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = ask(verb="ListRecords", until=early, **LIST)
    assert answer.find(f"{OAI}error").get("code") == "noRecordsMatch"


def test_a_post_is_answered_like_a_get(ask, example):
    identify = ask("verb=Identify", post=True)
    assert identify.findtext(f".//{OAI}baseURL") == f"{BASE}/oai"
    query = urlencode(
        {"verb": "GetRecord", "identifier": example.findtext(f"{OAI}identifier"), **LIST}
    )
    posted = ask(query, post=True)
    assert posted.find(f".//{OAI}metadata") is not None
    assert dict(posted.find(f"{OAI}request").attrib) == dict(parse_qsl(query))


def test_a_long_list_goes_on_with_one_token_that_counts_from_nought(ask):
    first = ask(verb="ListRecords", **LIST)
    (token,) = first.iter(f"{OAI}resumptionToken")
    assert token.text
    assert token.get("cursor") == "0"
    assert token.get("completeListSize") == str(RECORDS)
    rest = ask(verb="ListRecords", resumptionToken=token.text)
    assert rest.find(f"{OAI}error") is None
    (last,) = rest.iter(f"{OAI}resumptionToken")
    assert last.text is None
    assert last.get("cursor") == str(len(first.findall(f".//{OAI}record")))
    every = [e.text for part in (first, rest) for e in part.iter(f"{OAI}identifier")]
    assert len(every) == len(set(every)) == RECORDS
