"""Where objects lie below the storage root: OCFL extension 0004, hashed n-tuple layout."""

from __future__ import annotations

import hashlib
import json

NAME = "0004-hashed-n-tuple-storage-layout"
CONFIGURATION = {
    "extensionName": NAME,
    "digestAlgorithm": "sha256",
    "tupleSize": 3,
    "numberOfTuples": 3,
    "shortObjectRoot": False,
}
_TUPLE, _TUPLES = 3, 3


def object_root(object_id: str) -> str:
    """Return the key of an object's root."""
    digest = hashlib.sha256(object_id.encode()).hexdigest()
    parts = [digest[i * _TUPLE : (i + 1) * _TUPLE] for i in range(_TUPLES)]
    return "/".join([*parts, digest])


def root_files() -> dict[str, bytes]:
    """Return the files of a storage root (specification §4.2)."""
    layout = {"extension": NAME, "description": "Hashed n-tuple layout of sha256 object ids"}
    return {
        "0=ocfl_1.1": b"ocfl_1.1\n",
        "ocfl_layout.json": json.dumps(layout, indent=1).encode(),
        f"extensions/{NAME}/config.json": json.dumps(CONFIGURATION, indent=1).encode(),
    }
