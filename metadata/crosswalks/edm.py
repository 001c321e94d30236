"""Records as EDM, the external profile that Europeana takes (RDF/XML)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata import vocabulary
from metadata.crosswalks import dublin_core
from metadata.elements import XML_LANG, add, root

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

NAMESPACE = "http://www.europeana.eu/schemas/edm/"
SCHEMA = "http://www.europeana.eu/schemas/edm/EDM.xsd"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ORE = "http://www.openarchives.org/ore/terms/"
_DC = "http://purl.org/dc/elements/1.1/"
_TERMS = "http://purl.org/dc/terms/"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_EBUCORE = "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#"
_SERVICES = "http://rdfs.org/sioc/services#"
_DOAP = "http://usefulinc.com/ns/doap#"
_NSMAP = {
    "rdf": _RDF, "edm": NAMESPACE, "ore": _ORE, "dc": _DC, "dcterms": _TERMS, "skos": _SKOS,
    "ebucore": _EBUCORE, "svcs": _SERVICES, "doap": _DOAP,
}  # fmt: skip
_TYPES = {
    "local-document": "TEXT", "rare-book": "TEXT", "map": "IMAGE", "rubbing": "IMAGE",
    "photograph": "IMAGE", "key-work": "IMAGE", "audiovisual": "VIDEO",
}  # fmt: skip
# What Europeana asks for where nobody has looked into the rights yet.
_NOT_EVALUATED = "http://rightsstatements.org/vocab/CNE/1.0/"


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``rdf:RDF`` element of a Record."""
    document = root(_RDF, "RDF", _NSMAP, SCHEMA)
    work = f"{context.url}#work"
    _provided_object(document, work, record, context)
    for page in context.pages:
        resource = _about(document, f"{{{NAMESPACE}}}WebResource", page.image)
        add(resource, f"{{{_EBUCORE}}}hasMimeType", "image/jpeg")
        if context.manifest_url:
            _link(resource, f"{{{_TERMS}}}isReferencedBy", context.manifest_url)
    _aggregation(document, work, record, context)
    return document


def _about(parent: etree._Element, name: str, address: str) -> etree._Element:
    element = add(parent, name)
    element.set(f"{{{_RDF}}}about", address)
    return element


def _link(parent: etree._Element, name: str, address: str) -> None:
    add(parent, name).set(f"{{{_RDF}}}resource", address)


def _provided_object(
    document: etree._Element, work: str, record: Record, context: WorkContext
) -> None:
    described = _about(document, f"{{{NAMESPACE}}}ProvidedCHO", work)
    dates = {date.edtf for date in record.dates}
    names = {f"{{{_DC}}}type", f"{{{_DC}}}rights"}
    for element in dublin_core.write(record, context):
        name = str(element.tag)
        if name in names or element.text in (context.url, context.manifest_url):
            continue
        if name == f"{{{_DC}}}date" and element.text in dates:
            name = f"{{{_TERMS}}}created"
        elif name == f"{{{_DC}}}coverage":
            name = f"{{{_TERMS}}}spatial"
        copy = add(described, name, element.text)
        language = element.get(XML_LANG)
        if language:
            copy.set(XML_LANG, language)
    for language, label in vocabulary.labels("material", record.material).items():
        add(described, f"{{{_DC}}}type", label).set(XML_LANG, language)
    add(described, f"{{{NAMESPACE}}}type", _TYPES[record.material])


def _aggregation(document: etree._Element, work: str, record: Record, context: WorkContext) -> None:
    held = _about(document, f"{{{_ORE}}}Aggregation", f"{context.url}#aggregation")
    _link(held, f"{{{NAMESPACE}}}aggregatedCHO", work)
    add(held, f"{{{NAMESPACE}}}dataProvider", context.institution or "Takao")
    for page in context.pages[1:]:
        _link(held, f"{{{NAMESPACE}}}hasView", page.image)
    _link(held, f"{{{NAMESPACE}}}isShownAt", context.url)
    if context.pages:
        _link(held, f"{{{NAMESPACE}}}isShownBy", context.pages[0].image)
    if context.thumbnail_url:
        _link(held, f"{{{NAMESPACE}}}object", context.thumbnail_url)
    add(held, f"{{{NAMESPACE}}}provider", context.institution or "Takao")
    for text in (record.rights.label, record.rights.note):
        if text:
            add(held, f"{{{_DC}}}rights", text)
    access = vocabulary.label("access", record.access, "en")
    until = f", embargo until {record.embargo_until}" if record.embargo_until else ""
    add(held, f"{{{_DC}}}rights", access + until)
    _link(held, f"{{{NAMESPACE}}}rights", record.rights.uri or _NOT_EVALUATED)
