"""Preservation events in PREMIS 3.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.elements import add, root

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import Happening, WorkContext

NAMESPACE = "http://www.loc.gov/premis/v3"
SCHEMA = "http://www.loc.gov/standards/premis/premis.xsd"


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
