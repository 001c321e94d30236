"""Work → METS 1.12: description (MODS), rights, files with digests, page order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metadata.crosswalks import mods
from metadata.crosswalks.context import XSI, Element

if TYPE_CHECKING:
    from lxml import etree

    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

METS = "http://www.loc.gov/METS/"
XLINK = "http://www.w3.org/1999/xlink"
SCHEMA = f"{METS} http://www.loc.gov/standards/mets/version1121/mets.xsd"
LOST: dict[str, str] = {}


def write(record: Record, context: WorkContext) -> etree._Element:
    """Return the ``mets`` element."""
    out = Element("", {"": METS, "xlink": XLINK, "xsi": XSI}, "mets")
    out.schema(SCHEMA)
    out.node.set("OBJID", context.id)
    out.node.set("LABEL", record.title)
    changed = f"{context.changed:%Y-%m-%dT%H:%M:%SZ}"
    header = out.add(out.node, "metsHdr", LASTMODDATE=changed)
    agent = out.add(header, "agent", ROLE="CUSTODIAN", TYPE="ORGANIZATION")
    out.add(agent, "name", context.provider)
    section = out.add(out.node, "dmdSec", ID="description")
    wrap = out.add(section, "mdWrap", MDTYPE="MODS", MIMETYPE="text/xml")
    out.add(wrap, "xmlData").append(mods.write(record, context))
    _files(out, context)
    _structure(out, record, context)
    return out.node


def _files(out: Element, context: WorkContext) -> None:
    if not context.pages:
        return
    section = out.add(out.node, "fileSec")
    images = out.add(section, "fileGrp", USE="access")
    for page in context.pages:
        image = out.add(images, "file", ID=f"image-{page.id}", MIMETYPE="image/jpeg")
        out.add(image, "FLocat", LOCTYPE="URL", xlink_href=page.image)
    if not any(page.alto for page in context.pages):
        return
    texts = out.add(section, "fileGrp", USE="fulltext")
    for page in context.pages:
        if page.alto:
            text = out.add(texts, "file", ID=f"alto-{page.id}", MIMETYPE="application/xml")
            out.add(text, "FLocat", LOCTYPE="URL", xlink_href=page.alto)


def _structure(out: Element, record: Record, context: WorkContext) -> None:
    struct_map = out.add(out.node, "structMap", TYPE="PHYSICAL")
    whole = out.add(struct_map, "div", TYPE=record.material, LABEL=record.title)
    whole.set("DMDID", "description")
    for page in context.pages:
        labels = {"TYPE": "page", "ORDER": str(page.n), "ORDERLABEL": page.label}
        division = out.add(whole, "div", **labels)
        out.add(division, "fptr", FILEID=f"image-{page.id}")
        if page.alto:
            out.add(division, "fptr", FILEID=f"alto-{page.id}")
