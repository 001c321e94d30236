"""Work → Europeana Data Model, external profile (RDF/XML)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.crosswalks import dublin_core
from metadata.crosswalks.context import Element

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "edm": "http://www.europeana.eu/schemas/edm/",
    "ore": "http://www.openarchives.org/ore/terms/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "svcs": "http://rdfs.org/sioc/services#",
    "doap": "http://usefulinc.com/ns/doap#",
}
LOST = dublin_core.LOST
_TYPES = {"map": "IMAGE", "photograph": "IMAGE", "rubbing": "IMAGE", "key-work": "IMAGE"}
_UNKNOWN_RIGHTS = "http://rightsstatements.org/vocab/CNE/1.0/"


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``rdf:RDF`` element."""
    out = Element("rdf", NAMESPACES, "rdf:RDF")
    thing = f"{context.url}#object"
    described = out.add(out.node, "edm:ProvidedCHO", rdf_about=thing)
    plain = dublin_core.write(record, context)
    for element in plain:
        name = element.tag.rpartition("}")[2]
        if name not in ("rights", "relation"):
            language = element.get("{http://www.w3.org/XML/1998/namespace}lang")
            out.add(described, f"dc:{name}", element.text, xml_lang=language)
    for name in record.collections:
        out.add(described, "dcterms:isPartOf", name)
    kind = "VIDEO" if record.material == "audiovisual" else _TYPES.get(record.material, "TEXT")
    out.add(described, "edm:type", kind)
    if context.pages:
        _web_resource(out, record, context)
    _aggregation(out, record, context, thing)
    return out.node


def _web_resource(out: Element, record: Record, context: WorkContext) -> None:
    resource = out.add(out.node, "edm:WebResource", rdf_about=context.pages[0].image)
    out.add(resource, "edm:rights", rdf_resource=record.rights.uri or _UNKNOWN_RIGHTS)
    if context.manifest:
        out.add(resource, "dcterms:isReferencedBy", rdf_resource=context.manifest)


def _aggregation(out: Element, record: Record, context: WorkContext, thing: str) -> None:
    whole = out.add(out.node, "ore:Aggregation", rdf_about=f"{context.url}#aggregation")
    out.add(whole, "edm:aggregatedCHO", rdf_resource=thing)
    out.add(whole, "edm:dataProvider", context.provider)
    out.add(whole, "edm:isShownAt", rdf_resource=context.url)
    if context.pages:
        out.add(whole, "edm:isShownBy", rdf_resource=context.pages[0].image)
    if context.thumbnail:
        out.add(whole, "edm:object", rdf_resource=context.thumbnail)
    out.add(whole, "edm:provider", context.provider)
    out.add(whole, "edm:rights", rdf_resource=record.rights.uri or _UNKNOWN_RIGHTS)
