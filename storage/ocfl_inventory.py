"""The inventory of an OCFL 1.1 object (specification §3.5), and what may stand in it."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from storage.errors import BadPathError, DamagedObjectError

if TYPE_CHECKING:
    from collections.abc import Mapping

SPEC = "https://ocfl.io/1.1/spec/#inventory"
ALGORITHM = "sha512"
_VERSION = re.compile(r"v0*([1-9]\d*)")
_LONGEST_PART = 200


@dataclass(frozen=True, slots=True)
class Version:
    """One version: ``state`` maps logical paths to sha512 digests in hex."""

    number: int
    created: str
    message: str
    user: str
    state: dict[str, str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All versions of an object. ``manifest`` maps digests to content paths."""

    id: str
    versions: tuple[Version, ...] = ()
    manifest: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def head(self) -> Version:
        """Return the newest version."""
        return self.versions[-1]

    def content_path(self, digest: str) -> str:
        """Return where the content with ``digest`` lies. Raises DamagedObjectError."""
        try:
            return self.manifest[digest][0]
        except (KeyError, IndexError):
            raise DamagedObjectError(f"{self.id}: no content for digest {digest[:16]}…") from None


def logical_path(path: str) -> str:
    """Return ``path`` in NFC when it may be a logical path (§3.5.3.1). Raises BadPathError."""
    path = unicodedata.normalize("NFC", path)
    parts = path.split("/")
    bad = any(p in ("", ".", "..") for p in parts)
    if bad or any(unicodedata.category(c) in ("Cc", "Cs") for c in path):
        raise BadPathError(f"not a logical path: {path!r}")
    return path


def content_name(path: str, digest: str) -> str:
    """Return the name below ``content/``: the logical path, or a short one for what is too long."""
    if all(len(part.encode()) <= _LONGEST_PART for part in path.split("/")):
        return path
    return f"long-names/{digest[:32]}"


def to_bytes(inventory: Inventory) -> bytes:
    """Return the inventory as JSON."""
    versions = {}
    for version in inventory.versions:
        state: dict[str, list[str]] = {}
        for path, digest in sorted(version.state.items()):
            state.setdefault(digest, []).append(path)
        versions[f"v{version.number}"] = {
            "created": version.created,
            "message": version.message,
            "state": state,
            "user": {"name": version.user, "address": f"urn:takao:{version.user}"},
        }
    document = {
        "id": inventory.id,
        "type": SPEC,
        "digestAlgorithm": ALGORITHM,
        "head": f"v{inventory.head.number}",
        "contentDirectory": "content",
        "manifest": {d: list(paths) for d, paths in sorted(inventory.manifest.items())},
        "versions": versions,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def from_bytes(content: bytes) -> Inventory:
    """Return the inventory in ``content``. Raises DamagedObjectError."""
    try:
        document = json.loads(content)
        versions = tuple(
            sorted(
                (_version(n, v) for n, v in document["versions"].items()), key=lambda v: v.number
            )
        )
        if document["digestAlgorithm"] != ALGORITHM or _number(document["head"]) != len(versions):
            raise DamagedObjectError("the inventory is not of an object that Takao writes")
        manifest = {str(d): tuple(map(str, paths)) for d, paths in document["manifest"].items()}
        return Inventory(str(document["id"]), versions, manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedObjectError(f"the inventory cannot be read: {error!r}") from error


def _version(name: str, document: Mapping[str, Any]) -> Version:
    state = {str(path): str(d) for d, paths in document["state"].items() for path in paths}
    user = document.get("user", {}).get("name", "")
    created, message = str(document["created"]), str(document.get("message", ""))
    return Version(_number(name), created, message, str(user), state)


def _number(name: str) -> int:
    match = _VERSION.fullmatch(name)
    if match is None:
        raise ValueError(f"not a version: {name!r}")
    return int(match[1])
