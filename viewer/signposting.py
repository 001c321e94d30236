"""What a Work's page says to machines: schema.org in its head, FAIR Signposting in its header."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from markupsafe import Markup

from metadata.crosswalks import jsonld
from viewer.records import JSON_LD, MEDIA_TYPES

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record


def link_header(record: Record, context: WorkContext) -> str:
    """Return ``Link`` for the page (Signposting level 1): cite-as, type, license, describedby."""
    links = [
        (context.url, "cite-as", ""),
        ("https://schema.org/AboutPage", "type", ""),
        (f"{jsonld.CONTEXT}/{jsonld.TYPES[record.material]}", "type", ""),
    ]
    if record.rights.uri:
        links.append((record.rights.uri, "license", ""))
    forms = {**MEDIA_TYPES, "jsonld": JSON_LD}
    links += [(f"{context.url}/record.{form}", "describedby", t) for form, t in forms.items()]
    if context.manifest_url:
        links.append((context.manifest_url, "item", JSON_LD))
    return ", ".join(
        f'<{address}>; rel="{relation}"' + (f'; type="{kind}"' if kind else "")
        for address, relation, kind in links
    )


def embedded(record: Record, context: WorkContext) -> Markup:
    """Return the record's JSON-LD as it may stand in a ``script`` element."""
    text = json.dumps(jsonld.write(record, context), ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # no character is left that could end the element
