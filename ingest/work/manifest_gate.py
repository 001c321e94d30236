"""The gate that a manifest passes before it is stored: iiif-prezi3's models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from ingest.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(rb"[1-9][0-9]*")


def check(document: dict[str, Any]) -> None:
    """Raise ManifestError unless iiif-prezi3 takes ``document`` as it is (with ``{base}`` in it).

    The models also put some things right in silence, such as a label without a language or an
    absent id; what comes out must therefore be what went in. Of canvases that differ in their ids
    and numbers alone one speaks for all: the models take 1 ms each, and a Work may have thousands.
    """
    from iiif_prezi3 import Manifest
    from pydantic import ValidationError

    shown = {**document, "items": _of_each_form(document["items"])}
    text = orjson.dumps(shown).replace(b"{base}", b"https://takao.localhost")
    given = orjson.loads(text)
    try:
        taken = orjson.loads(Manifest(**given).json())
    except ValidationError as error:
        raise ManifestError(f"{document.get('id')}: {error}") from error
    if taken != given:
        changed = sorted(k for k in taken.keys() | given.keys() if taken.get(k) != given.get(k))
        raise ManifestError(f"{document.get('id')}: not in order: {', '.join(changed)}")


def _of_each_form(canvases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first canvas of each form; zero is another form than a positive number."""
    forms: dict[bytes, dict[str, Any]] = {}
    for canvas in canvases:
        own = canvas["id"].rpartition("/")[2].encode()
        text = orjson.dumps(canvas).replace(own, b"own-id") if own else orjson.dumps(canvas)
        forms.setdefault(_NUMBER.sub(b"1", text), canvas)
    return list(forms.values())
