"""The schemas written for Takao refuse what they are there to refuse."""

import pytest
import records
import schemas
from lxml import etree

from metadata.crosswalks import edm, mets

NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "mets": "http://www.loc.gov/METS/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xlink": "http://www.w3.org/1999/xlink",
}
RESOURCE = f"{{{NAMESPACES['rdf']}}}resource"
# EDM without what the guidelines ask for, or with what they do not know.
WITHOUT = [
    "edm:ProvidedCHO/@rdf:about", "edm:ProvidedCHO/edm:type", "edm:WebResource/@rdf:about",
    "ore:Aggregation/@rdf:about", "ore:Aggregation/edm:aggregatedCHO",
    "ore:Aggregation/edm:dataProvider", "ore:Aggregation/edm:provider",
    "ore:Aggregation/edm:rights", "ore:Aggregation/edm:rights/@rdf:resource",
    "ore:Aggregation/edm:isShownAt/@rdf:resource",
]  # fmt: skip
TWICE = ["edm:type", "edm:aggregatedCHO", "edm:dataProvider", "edm:isShownAt", "edm:isShownBy",
         "edm:object", "edm:provider", "edm:rights"]  # fmt: skip


def refused(document):
    return not schemas.schema("edm.rng").validate(etree.fromstring(etree.tostring(document)))


def written():
    return edm.write(records.FULL, records.context(3))


def one(document, path):
    return document.xpath(f"//{path}", namespaces=NAMESPACES)[0]


@pytest.mark.parametrize("path", WITHOUT)
def test_edm_without_what_it_needs_is_refused(path):
    document = written()
    owner, _, attribute = path.partition("/@")
    element = one(document, owner)
    if attribute:
        prefix, _, name = attribute.partition(":")
        del element.attrib[f"{{{NAMESPACES[prefix]}}}{name}"]
    else:
        element.getparent().remove(element)
    assert refused(document)


@pytest.mark.parametrize("path", TWICE)
def test_edm_with_two_of_what_stands_once_is_refused(path):
    document = written()
    element = one(document, path)
    element.addnext(etree.fromstring(etree.tostring(element)))
    assert refused(document)


def test_edm_with_a_strange_type_or_element_is_refused():
    strange = written()
    one(strange, "edm:type").text = "BOOK"
    assert refused(strange)
    unknown = written()
    one(unknown, "dc:title").tag = f"{{{NAMESPACES['dc']}}}heading"
    assert refused(unknown)
    link = written()
    one(link, "dc:title").set(RESOURCE, "http://example.org/")
    assert refused(link)


@pytest.mark.parametrize(
    ("repository", "sample", "valid"),
    [
        ("takao.example", "oai:takao.example:w1", True),
        ("takao", "oai:takao:w1", False),
        ("takao.example", "takao.example:w1", False),
        ("takao.example", "oai:takao.example:", False),
        ("takao.example", "oai:takao.example:一", False),
    ],
)
def test_oai_identifiers_are_told_from_others(repository, sample, valid):
    space = "http://www.openarchives.org/OAI/2.0/oai-identifier"
    document = etree.fromstring(
        f'<oai-identifier xmlns="{space}"><scheme>oai</scheme>'
        f"<repositoryIdentifier>{repository}</repositoryIdentifier><delimiter>:</delimiter>"
        f"<sampleIdentifier>{sample}</sampleIdentifier></oai-identifier>"
    )
    assert schemas.schema("oai-identifier.xsd").validate(document) is valid


def test_links_in_mets_are_those_of_xlink():
    document = mets.write(records.FULL, records.context(1))
    schemas.check("mets.xsd", document)
    place = one(document, "mets:FLocat")
    place.set(f"{{{NAMESPACES['xlink']}}}show", "sideways")
    with pytest.raises(etree.DocumentInvalid, match="sideways"):
        schemas.check("mets.xsd", document)
