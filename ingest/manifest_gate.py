"""The gate that a manifest passes before it is stored: iiif-prezi3's models, whole."""

from __future__ import annotations

import json
from typing import Any

from ingest.errors import ManifestError


def check(document: dict[str, Any]) -> None:
    """Raise ManifestError when iiif-prezi3 does not accept ``document`` (with ``{base}`` in it)."""
    from iiif_prezi3 import Manifest
    from pydantic import ValidationError

    text = json.dumps(document, ensure_ascii=False).replace("{base}", "https://takao.localhost")
    try:
        Manifest(**json.loads(text))
    except ValidationError as error:
        raise ManifestError(f"{document.get('id')}: {error}") from error
