"""A METS package: which image and which ALTO make a page, and in which order (interfaces §4).

The pages are the ``div``s of a structMap whose ``fptr``s name an image; a physical structMap is
preferred. METS 1.12, FLocat with relative or ``file:`` addresses inside the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from metadata.problem import Problem, problem
from repository.formats.alto_read import parse_xml
from repository.formats.errors import UnreadableTextError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lxml import etree

_NS = {"m": "http://www.loc.gov/METS/", "x": "http://www.w3.org/1999/xlink"}
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(frozen=True, slots=True)
class MetsPage:
    """One page: its image, its ALTO, and its label."""

    image: Path
    alto: Path | None
    label: str | None


@dataclass(frozen=True, slots=True)
class MetsPackage:
    """What a METS file says of its pages."""

    object_id: str | None
    title: str | None
    pages: tuple[MetsPage, ...]
    problems: tuple[Problem, ...] = ()


def read_mets(path: Path) -> MetsPackage:
    """Return the pages of a METS file. A damaged or hostile file gives a Problem and no pages."""
    try:
        root = parse_xml(path.read_bytes())
    except (UnreadableTextError, OSError) as error:
        unreadable = problem("mets-unreadable", str(path), reason=error)
        return MetsPackage(None, None, (), (unreadable,))
    files, problems = _files(root, path)
    pages = tuple(_pages(root, files))
    if not pages and not problems:
        problems.append(problem("mets-without-pages", str(path)))
    return MetsPackage(root.get("OBJID"), root.get("LABEL"), pages, tuple(problems))


def _files(root: etree._Element, path: Path) -> tuple[dict[str, Path], list[Problem]]:
    """Return the package's files by METS id; addresses that lead out of it are Problems."""
    base = path.parent.resolve()
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    for element in root.iterfind(".//m:fileSec//m:file", _NS):
        location = element.find("m:FLocat", _NS)
        address = location.get(_HREF) if location is not None else None
        if not address:
            continue
        target = _inside(base, address)
        if target is None or not target.is_file():
            problems.append(problem("mets-file-missing", str(path), file=address))
        else:
            files[element.get("ID", "")] = target
    return files, problems


def _inside(base: Path, address: str) -> Path | None:
    parts = urlsplit(address)
    if parts.scheme not in ("", "file") or parts.netloc:
        return None
    target = (base / unquote(parts.path).lstrip("/")).resolve()
    return target if target.is_relative_to(base) else None


def _pages(root: etree._Element, files: dict[str, Path]) -> Iterator[MetsPage]:
    maps = root.findall("m:structMap", _NS)
    maps.sort(key=lambda m: (m.get("TYPE") or "").upper() != "PHYSICAL")
    for struct_map in maps:
        pages = list(_divisions(struct_map, files))
        if pages:
            yield from pages
            return


def _divisions(struct_map: etree._Element, files: dict[str, Path]) -> Iterator[MetsPage]:
    for division in struct_map.iter("{http://www.loc.gov/METS/}div"):
        pointers = [
            element.get("FILEID", "") for element in division.iterfind("m:fptr//m:area", _NS)
        ] + [element.get("FILEID", "") for element in division.iterfind("m:fptr", _NS)]
        named = [files[i] for i in pointers if i in files]
        texts = [p for p in named if p.suffix.lower() == ".xml"]
        images = [p for p in named if p.suffix.lower() != ".xml"]
        if images:
            label = division.get("ORDERLABEL") or division.get("LABEL")
            yield MetsPage(images[0], texts[0] if texts else None, label)
