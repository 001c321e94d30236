"""Where an object lies in the storage root: registered extension 0004, hashed n-tuple."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, cast

import orjson

from storage.errors import UnsupportedObjectError
from storage.ocfl.inventory import load_document

ROOT_DECLARATION = "0=ocfl_1.1"
LAYOUT = "ocfl_layout.json"
EXTENSION = "0004-hashed-n-tuple-storage-layout"
CONFIG = f"extensions/{EXTENSION}/config.json"


@dataclass(frozen=True, slots=True)
class HashedTuples:
    """The layout's parameters, with the extension's defaults."""

    algorithm: Literal["sha256", "sha512", "md5", "sha1"] = "sha256"
    size: int = 3
    number: int = 3
    short: bool = False

    def path(self, object_id: str) -> str:
        """Return the folder of an object's root."""
        digest = hashlib.new(self.algorithm, object_id.encode(), usedforsecurity=False).hexdigest()
        tuples = [digest[i * self.size : (i + 1) * self.size] for i in range(self.number)]
        last = digest[self.number * self.size :] if self.short else digest
        return "/".join([*tuples, last])

    @property
    def depth(self) -> int:
        """Return the number of folders above an object's own."""
        return self.number


def layout_files(layout: HashedTuples) -> dict[str, bytes]:
    """Return the files that declare a storage root and its layout, in order of writing."""
    config = {
        "extensionName": EXTENSION,
        "digestAlgorithm": layout.algorithm,
        "tupleSize": layout.size,
        "numberOfTuples": layout.number,
        "shortObjectRoot": layout.short,
    }
    description = {"extension": EXTENSION, "description": "Hashed n-tuple layout of object ids"}
    return {
        CONFIG: orjson.dumps(config, option=orjson.OPT_INDENT_2),
        LAYOUT: orjson.dumps(description, option=orjson.OPT_INDENT_2),
        ROOT_DECLARATION: b"ocfl_1.1\n",
    }


def read_layout(layout: bytes | None, config: bytes | None) -> HashedTuples:
    """Return the layout that a storage root declares; the defaults where it is silent.

    Raises UnsupportedObjectError for another layout, or parameters that are none.
    """
    try:
        named = load_document(layout) if layout is not None else {"extension": EXTENSION}
        values = load_document(config) if config is not None else {}
    except ValueError as error:
        raise UnsupportedObjectError(f"{LAYOUT}: {error}") from error
    if not isinstance(named, dict) or named.get("extension") != EXTENSION:
        raise UnsupportedObjectError(f"{LAYOUT}: only the layout {EXTENSION} is supported")
    if not isinstance(values, dict):
        raise UnsupportedObjectError(f"{CONFIG}: not a JSON object")
    found = HashedTuples(
        algorithm=cast("Literal['sha256']", values.get("digestAlgorithm", "sha256")),
        size=cast("int", values.get("tupleSize", 3)),
        number=cast("int", values.get("numberOfTuples", 3)),
        short=cast("bool", values.get("shortObjectRoot", False)),
    )
    if not _usable(found):
        raise UnsupportedObjectError(f"{CONFIG}: parameters outside the extension's limits")
    return found


def _usable(layout: HashedTuples) -> bool:
    if layout.algorithm not in {"sha256", "sha512", "md5", "sha1"}:
        return False
    if type(layout.size) is not int or type(layout.number) is not int:
        return False
    if not (0 <= layout.size <= 32 and 0 <= layout.number <= 32):
        return False
    if (layout.size == 0) != (layout.number == 0) or type(layout.short) is not bool:
        return False
    longest = hashlib.new(layout.algorithm, usedforsecurity=False).digest_size * 2
    return layout.size * layout.number < longest + (not layout.short)
