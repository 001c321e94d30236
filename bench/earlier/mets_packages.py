"""METS packages as other programs write them: page files, their ALTO, and a structMap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree
from lxml.builder import ElementMaker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_METS = "http://www.loc.gov/METS/"
_XLINK = "http://www.w3.org/1999/xlink"
_make = ElementMaker(namespace=_METS, nsmap={None: _METS, "xlink": _XLINK})


class PackedPage(NamedTuple):
    """A page's image and ALTO, by their names in the package, and its label."""

    image: str
    alto: str
    label: str | None = None


def write_mets(folder: Path, object_id: str, title: str, pages: Sequence[PackedPage]) -> None:
    """Write ``mets.xml`` into the folder that holds the pages' files."""
    images, texts, divisions = _make.fileGrp(USE="images"), _make.fileGrp(USE="text"), []
    for n, page in enumerate(pages, 1):
        images.append(_file(f"i{n}", page.image))
        texts.append(_file(f"t{n}", page.alto))
        label = {"ORDERLABEL": page.label} if page.label else {}
        pointers = _make.fptr(FILEID=f"i{n}"), _make.fptr(FILEID=f"t{n}")
        divisions.append(_make.div(*pointers, **label))
    package = _make.mets(
        _make.fileSec(images, texts),
        _make.structMap(_make.div(*divisions), TYPE="PHYSICAL"),
        OBJID=object_id,
        LABEL=title,
    )
    content = etree.tostring(package, xml_declaration=True, encoding="utf-8", pretty_print=True)
    (folder / "mets.xml").write_bytes(content)


def _file(name: str, address: str) -> etree._Element:
    location = _make.FLocat({f"{{{_XLINK}}}href": address, "LOCTYPE": "URL"})
    return _make.file(location, ID=name)
