"""Works as METS 1.12 with MODS, PREMIS 3 events and the addresses of their page files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.crosswalks import mods, premis
from metadata.elements import XLINK, add, clean, root

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

NAMESPACE = "http://www.loc.gov/METS/"
SCHEMA = "http://www.loc.gov/standards/mets/mets.xsd"


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``mets`` element of a Work."""
    document = root(NAMESPACE, "mets", {"mets": NAMESPACE, "xlink": XLINK}, SCHEMA)
    document.set("OBJID", clean(record.identifier))
    document.set("LABEL", clean(record.title))
    document.set("TYPE", record.material)
    header = add(document, "metsHdr")
    if context.changed:
        header.set("LASTMODDATE", context.changed.strftime("%Y-%m-%dT%H:%M:%SZ"))
    agent = add(header, "agent", ROLE="CUSTODIAN", TYPE="ORGANIZATION")
    add(agent, "name", context.institution or "Takao")
    described = add(document, "dmdSec", ID="dmd")
    wrapped = add(described, "mdWrap", MDTYPE="MODS", MDTYPEVERSION="3.8")
    add(wrapped, "xmlData").append(mods.write(record, context))
    _administrative(document, context)
    _files(document, context)
    _structure(document, record, context)
    return document


def _administrative(document: etree._Element, context: WorkContext) -> None:
    if not context.events:
        return
    section = add(document, "amdSec", ID="amd")
    for number, happening in enumerate(context.events, 1):
        provenance = add(section, "digiprovMD", ID=f"event-{number}")
        wrapped = add(provenance, "mdWrap", MDTYPE="PREMIS:EVENT", MDTYPEVERSION="3.0")
        add(wrapped, "xmlData").append(premis.event(happening, f"{context.id}-{number}", context))


def _files(document: etree._Element, context: WorkContext) -> None:
    if not context.pages:
        return
    section = add(document, "fileSec")
    masters = add(section, "fileGrp", USE="master")  # not given out: known by digest and name
    for page in context.pages:
        file = add(masters, "file", ID=f"master-{page.id}", MIMETYPE=page.media_type)
        file.set("CHECKSUM", page.digest)
        file.set("CHECKSUMTYPE", "SHA-512")
        file.set("OWNERID", clean(page.file))
    images = add(section, "fileGrp", USE="access")
    for page in context.pages:
        file = add(images, "file", ID=f"image-{page.id}", MIMETYPE="image/jpeg")
        _location(file, page.image)
    texts = [page for page in context.pages if page.alto]
    if texts:
        group = add(section, "fileGrp", USE="alto")
        for page in texts:
            file = add(group, "file", ID=f"alto-{page.id}", MIMETYPE="application/xml")
            _location(file, page.alto or "")


def _location(file: etree._Element, address: str) -> None:
    location = add(file, "FLocat", LOCTYPE="URL")
    location.set(f"{{{XLINK}}}type", "simple")
    location.set(f"{{{XLINK}}}href", address)


def _structure(document: etree._Element, record: Record, context: WorkContext) -> None:
    structure = add(document, "structMap", TYPE="PHYSICAL")
    whole = add(structure, "div", TYPE=record.material, LABEL=record.title, DMDID="dmd")
    for page in context.pages:
        div = add(whole, "div", TYPE="page", ORDER=str(page.n), ORDERLABEL=page.label)
        div.set("ID", f"page-{page.id}")
        add(div, "fptr", FILEID=f"image-{page.id}")
        if page.alto:
            add(div, "fptr", FILEID=f"alto-{page.id}")
