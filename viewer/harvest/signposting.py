"""What a Work says to machines: schema.org in its page's head, FAIR Signposting in its headers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from markupsafe import Markup

from metadata.crosswalks import jsonld
from viewer.harvest.records import JSON_LD, MEDIA_TYPES, PROFILES

if TYPE_CHECKING:
    from metadata.crosswalks.context import WorkContext
    from metadata.record import Record

_URI = re.compile(r"https?://[^\s<>\"]+")  # what may stand in a Link header


def link_header(record: Record, context: WorkContext) -> str:
    """Return ``Link`` for the page (Signposting level 1, landing page)."""
    links = [
        (context.url, "cite-as", ""),
        ("https://schema.org/AboutPage", "type", ""),
        (f"{jsonld.CONTEXT}/{jsonld.TYPES[record.material]}", "type", ""),
    ]
    if record.rights.uri:
        links.append((record.rights.uri, "license", ""))
    authors = dict.fromkeys(a.authority for a in record.agents if a.authority)
    links += [(uri, "author", "") for uri in authors if _URI.fullmatch(uri)]
    forms = {**MEDIA_TYPES, "jsonld": JSON_LD}
    links += [(f"{context.url}/record.{form}", "describedby", t) for form, t in forms.items()]
    if context.manifest_url:
        links.append((context.manifest_url, "item", JSON_LD))
    described = {f"{context.url}/record.{form}": uri for form, uri in PROFILES.items()}
    return ", ".join(
        f'<{address}>; rel="{relation}"'
        + (f'; type="{kind}"' if kind else "")
        + (f'; profile="{described[address]}"' if address in described else "")
        for address, relation, kind in links
    )


def embedded(record: Record, context: WorkContext) -> Markup:
    """Return the record's JSON-LD as it may stand in a ``script`` element."""
    text = json.dumps(jsonld.write(record, context), ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  # no character is left that could end the element
