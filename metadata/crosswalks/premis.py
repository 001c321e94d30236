"""Pages and events in PREMIS 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.crosswalks.elements import XSI, add, root

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import Happening, PageFile, WorkContext

NAMESPACE = "http://www.loc.gov/premis/v3"
SCHEMA = "http://www.loc.gov/standards/premis/premis.xsd"


def page_object(page: PageFile) -> etree._Element:
    """Return the ``object`` of a page's master file: digest, format, name and size in pixels."""
    element = root(NAMESPACE, "object", {"premis": NAMESPACE}, SCHEMA)
    element.set(f"{{{XSI}}}type", "premis:file")
    identifier = add(element, "objectIdentifier")
    add(identifier, "objectIdentifierType", "takao-page")
    add(identifier, "objectIdentifierValue", page.id)
    for name, size in (("width", page.width), ("height", page.height)):
        property_ = add(element, "significantProperties")
        add(property_, "significantPropertiesType", name)
        add(property_, "significantPropertiesValue", f"{size} px")
    characteristics = add(element, "objectCharacteristics")
    fixity = add(characteristics, "fixity")
    add(fixity, "messageDigestAlgorithm", "SHA-512")
    add(fixity, "messageDigest", page.digest)
    designation = add(add(characteristics, "format"), "formatDesignation")
    add(designation, "formatName", page.media_type)
    add(element, "originalName", page.file)
    return element


def event(happening: Happening, identifier: str, context: WorkContext) -> etree._Element:
    """Return the ``event`` of a Work."""
    element = root(NAMESPACE, "event", {"premis": NAMESPACE}, SCHEMA)
    named = add(element, "eventIdentifier")
    add(named, "eventIdentifierType", "takao-event")
    add(named, "eventIdentifierValue", identifier)
    add(element, "eventType", happening.type)
    add(element, "eventDateTime", happening.at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if happening.detail:
        add(add(element, "eventDetailInformation"), "eventDetail", happening.detail)
    add(add(element, "eventOutcomeInformation"), "eventOutcome", happening.outcome)
    agent = add(element, "linkingAgentIdentifier")
    add(agent, "linkingAgentIdentifierType", "name")
    add(agent, "linkingAgentIdentifierValue", happening.agent or "Takao")
    linked = add(element, "linkingObjectIdentifier")
    add(linked, "linkingObjectIdentifierType", "takao-work")
    add(linked, "linkingObjectIdentifierValue", context.id)
    return element
