"""Descriptions from a file of any supported format, recognised by its content."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from metadata.problem import problem
from metadata.rows import ImportOptions, Sheet

if TYPE_CHECKING:
    from pathlib import Path

    from metadata.record import MaterialType

_XML = re.compile(rb"\s*(\xef\xbb\xbf)?\s*<|\xff\xfe<|\xfe\xff\x00<")
_JSON = re.compile(rb"\s*(\xef\xbb\xbf)?\s*\{")


def read_records(path: Path, profile: MaterialType | None = None) -> Sheet:
    """Return the described rows of a file; ``profile`` is the type of those that give none.

    CSV, XLSX, MARC 21 and CMARC (ISO 2709 or MARCXML), MODS, Dublin Core, METS, IIIF manifest.
    Raises OSError when the file cannot be read.
    """
    options = ImportOptions(path.name, profile, datetime.now(UTC).date())
    return read_content(path.read_bytes(), options)


def read_content(content: bytes, options: ImportOptions) -> Sheet:
    """Return the described rows of a file's content."""
    from metadata.importers.iso2709 import is_iso2709
    from metadata.sheets.sheet import read_table

    if not content.strip():
        return Sheet((), (problem("sheet-empty", options.name),))
    if _XML.match(content):
        from metadata.importers.xml_records import read_xml

        return read_xml(content, options)
    if _JSON.match(content):
        from metadata.importers.iiif import read_manifest

        return read_manifest(content.lstrip(b"\xef\xbb\xbf \t\r\n"), options)
    if is_iso2709(content):
        from metadata.importers.marc import read_exchange

        return read_exchange(content, options)
    return read_table(content, options)
