"""The description in an IIIF manifest, Presentation 2 or 3, as a row."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

from metadata.draft import Draft
from metadata.problem import problem
from metadata.record import Agent
from metadata.rows import ImportOptions, Sheet, finished
from metadata.sheets.columns import column_of, put

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(r"<[^>]*>")
_LARGEST = 10_000
_ALSO = {"author": "creator", "contributor": "creator", "published": "date", "subjects": "subject",
         "attribution": "rights", "license": "rights", "shelfmark": "call number",
         "physical description": "extent", "materials": "extent"}  # fmt: skip


def read_manifest(content: bytes, options: ImportOptions) -> Sheet:
    """Return the one row of a manifest."""
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError) as error:
        return Sheet((), (problem("json-unreadable", options.name, reason=str(error)),))
    kind = manifest.get("type") or manifest.get("@type") if isinstance(manifest, dict) else None
    if kind not in ("Manifest", "sc:Manifest"):
        return Sheet((), (problem("format-unknown", options.name),))
    draft = Draft(f"{options.name}:1", options.today, "iiif", options.profile)
    return Sheet((finished(1, draft, _fill(manifest, draft), content),))


def _fill(manifest: dict[str, Any], draft: Draft) -> str | None:
    _shown(manifest, draft)
    for pair in _list(manifest.get("metadata")):
        if isinstance(pair, dict):
            _pair(pair, draft)
    statement = manifest.get("requiredStatement")
    required = statement.get("value") if isinstance(statement, dict) else None
    for _, text in (*_texts(required), *_texts(manifest.get("attribution"))):
        draft.rights(text)
    for canvas in _canvases(manifest):
        draft.many("page_labels", next((t for _, t in _texts(canvas.get("label"))), ""))
    address = manifest.get("id") or manifest.get("@id")
    own = draft.lists.get("identifiers", [])
    if own:
        if isinstance(address, str):
            draft.keep("id", address)
        return own.pop(0)
    return draft.tidy(address) if isinstance(address, str) else None


def _shown(manifest: dict[str, Any], draft: Draft) -> None:
    for language, text in _texts(manifest.get("label")):
        draft.title(text, "main", language)
    for name in ("summary", "description"):
        for language, text in _texts(manifest.get(name)):
            draft.note(text, "description", language)
    for name in ("rights", "license"):
        for _, text in _texts(manifest.get(name)):
            draft.rights(text)


def _pair(pair: dict[str, Any], draft: Draft) -> None:
    labels = [text for _, text in _texts(pair.get("label"))]
    column = next((c for c in map(_column, labels) if c), None)
    seen = set()
    for language, text in _texts(pair.get("value")):
        if text in seen:
            continue
        seen.add(text)
        if column is None:
            draft.keep(labels[0] if labels else "metadata", text)
        else:
            _value(column, text, language, draft)


def _column(label: str) -> str | None:
    plain = label.strip().casefold()
    return column_of(_ALSO.get(plain, plain))


def _value(column: str, text: str, language: str | None, draft: Draft) -> None:

    if column == "creator":
        from metadata.fields import read_agent

        agent = read_agent(text)
        draft.agent(agent if agent.name else Agent(text))
    elif column == "type":
        draft.material(text, certain=False)
    elif column == "description":
        draft.note(text, "description", language)
    else:
        put(column, text, draft)


def _texts(value: object) -> Iterator[tuple[str | None, str]]:
    """Yield (language, text) of a value in any form of version 2 or 3, without HTML."""
    if isinstance(value, str):
        yield None, html.unescape(_TAG.sub("", value))
    elif isinstance(value, list):
        for item in value[:_LARGEST]:
            yield from _texts(item)
    elif isinstance(value, dict) and "@value" in value:
        language = value.get("@language")
        for _, text in _texts(value["@value"]):
            yield (language if isinstance(language, str) else None), text
    elif isinstance(value, dict):
        for language, texts in value.items():
            for _, text in _texts(texts):
                yield (None if language in ("none", "@none") else language), text


def _canvases(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    items = _list(manifest.get("items"))
    for sequence in _list(manifest.get("sequences"))[:1]:
        items = _list(sequence.get("canvases")) if isinstance(sequence, dict) else []
    yield from (item for item in items if isinstance(item, dict))


def _list(value: object) -> list[Any]:
    return value[:_LARGEST] if isinstance(value, list) else []
