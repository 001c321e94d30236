"""The gate that a manifest passes before it is stored: iiif-prezi3's models, whole."""

from __future__ import annotations

from typing import Any

import orjson

from ingest.errors import ManifestError


def check(document: dict[str, Any]) -> None:
    """Raise ManifestError unless iiif-prezi3 takes ``document`` as it is (with ``{base}`` in it).

    The models also put some things right in silence, such as a label without a language or an
    absent id; what comes out must therefore be what went in.
    """
    from iiif_prezi3 import Manifest
    from pydantic import ValidationError

    text = orjson.dumps(document).replace(b"{base}", b"https://takao.localhost")
    given = orjson.loads(text)
    try:
        taken = orjson.loads(Manifest(**given).json())
    except ValidationError as error:
        raise ManifestError(f"{document.get('id')}: {error}") from error
    if taken != given:
        changed = sorted(k for k in taken.keys() | given.keys() if taken.get(k) != given.get(k))
        raise ManifestError(f"{document.get('id')}: not in order: {', '.join(changed)}")
