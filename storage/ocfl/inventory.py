"""The inventory of an OCFL object: what is where in which version. Pure; OCFL 1.1 §3.5."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import orjson

from storage.blobs import checked_path
from storage.errors import BadPathError
from storage.ocfl.check import folders_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ALGORITHM = "sha512"
CONTENT = "content"
SPEC = "1.1"
INVENTORY = "inventory.json"
SIDECAR = f"{INVENTORY}.{ALGORITHM}"
DECLARATION = f"0=ocfl_object_{SPEC}"
_TYPE = "https://ocfl.io/{}/spec/#inventory"
_AGENT = re.compile(r"(.+?) <([a-z][a-z0-9+.-]*:[^<>\s]+)>")
# S3 keys end at 1,024 bytes; what the store's prefix and the object's own path take is left over.
_LONGEST_CONTENT_PATH = 640


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object: ``state`` maps each logical path to the sha512 of its content."""

    number: int
    created: datetime
    message: str
    user: str
    state: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """A parsed inventory. Digests are lower-case hex; content paths are relative to the object.

    ``width`` is the number of digits of zero-padded version names, 0 without padding.
    """

    id: str
    manifest: Mapping[str, tuple[str, ...]]
    versions: tuple[Version, ...]
    spec: str = SPEC
    algorithm: str = ALGORITHM
    content: str = CONTENT
    width: int = 0
    fixity: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def head(self) -> Version:
        """Return the newest version."""
        return self.versions[-1]

    def folder(self, number: int) -> str:
        """Return the name of a version's folder."""
        return f"v{number:0{self.width}d}" if self.width else f"v{number}"


def logical_path(text: str) -> str:
    """Return a logical path in NFC. Raises BadPathError (see ``checked_path``)."""
    return checked_path(unicodedata.normalize("NFC", text))


def content_path(version: str, logical: str, digest: str) -> str:
    """Return where new content lies: its logical path, or its digest when too long."""
    parts = logical.split("/")
    fits = all(len(part.encode()) <= 255 for part in parts)
    if fits and len(logical.encode()) <= _LONGEST_CONTENT_PATH and not parts[0].startswith("~"):
        return f"{version}/{CONTENT}/{logical}"
    return f"{version}/{CONTENT}/~/{digest}"


def check_state(state: Mapping[str, str]) -> None:
    """Raise BadPathError when a path is both a file and a folder (E095)."""
    both = folders_of(state) & state.keys()
    if both:
        raise BadPathError(f"{min(both)!r} would be both a file and a folder")


def with_version(
    inventory: Inventory | None,
    object_id: str,
    version: Version,
    added: Mapping[str, str],
    fixity: Mapping[str, Mapping[str, str]],
) -> Inventory:
    """Return the inventory with one version more.

    ``added`` maps the sha512 of new content to its content path, ``fixity`` an algorithm to the
    further digests of the same by sha512.
    """
    base = inventory or Inventory(object_id, {}, ())
    manifest = {**base.manifest, **{digest: (path,) for digest, path in added.items()}}
    extra = {name: dict(block) for name, block in base.fixity.items()}
    for name, digests in fixity.items():
        block = extra.setdefault(name, {})
        for content, further in digests.items():
            block[further] = (*block.get(further, ()), added[content])
    return replace(base, manifest=manifest, versions=(*base.versions, version), fixity=extra)


def write_inventory(inventory: Inventory) -> bytes:
    """Return the JSON of an inventory; the same bytes for the same inventory."""
    document: dict[str, object] = {
        "id": inventory.id,
        "type": _TYPE.format(inventory.spec),
        "digestAlgorithm": inventory.algorithm,
        "head": inventory.folder(inventory.head.number),
        "contentDirectory": inventory.content,
        "manifest": {digest: list(paths) for digest, paths in inventory.manifest.items()},
        "versions": {inventory.folder(v.number): _version_block(v) for v in inventory.versions},
    }
    if inventory.fixity:
        document["fixity"] = {
            name: {digest: list(paths) for digest, paths in block.items()}
            for name, block in inventory.fixity.items()
        }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def write_sidecar(digest: str) -> bytes:
    """Return the content of an inventory's sidecar."""
    return f"{digest} {INVENTORY}\n".encode()


def _version_block(version: Version) -> dict[str, object]:
    state: dict[str, list[str]] = {}
    for path, digest in version.state.items():
        state.setdefault(digest, []).append(path)
    agent = _AGENT.fullmatch(version.user)
    name, address = agent.groups() if agent else (version.user, f"takao:user/{quote(version.user)}")
    return {
        "created": version.created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "message": version.message,
        "user": {"name": name, "address": address},
        "state": state,
    }


def load_document(raw: bytes) -> object:
    """Return parsed JSON. Raises ValueError when it is none, also for a key that stands twice."""
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    block = dict(pairs)
    if len(block) != len(pairs):
        raise ValueError("a key stands twice in one block")
    return block


def inventory_of(document: object, spec: str) -> Inventory:
    """Return the Inventory of a document in which ``check_inventory`` found no error."""
    root = _block(document)
    head = str(root["head"])
    digits = head[1:]
    blocks = {int(name[1:]): _block(block) for name, block in _block(root["versions"]).items()}
    fixity = _block(root.get("fixity", {}))
    return Inventory(
        id=str(root["id"]),
        manifest=_paths(root["manifest"]),
        versions=tuple(_version(number, blocks[number]) for number in sorted(blocks)),
        spec=spec,
        algorithm=str(root["digestAlgorithm"]),
        content=str(root.get("contentDirectory", CONTENT)),
        width=len(digits) if digits.startswith("0") else 0,
        fixity={name: _paths(block) for name, block in fixity.items()},
    )


def _version(number: int, block: dict[str, object]) -> Version:
    user = _block(block.get("user", {}))
    name, address = str(user.get("name", "")), user.get("address")
    own = address is None or str(address).startswith("takao:user/")
    return Version(
        number=number,
        created=datetime.fromisoformat(str(block["created"]).upper()),
        message=str(block.get("message", "")),
        user=name if own else f"{name} <{address}>",
        state={
            path: digest.lower()
            for digest, paths in _block(block["state"]).items()
            for path in cast("list[str]", paths)
        },
    )


def _paths(block: object) -> dict[str, tuple[str, ...]]:
    return {
        digest.lower(): tuple(cast("list[str]", paths)) for digest, paths in _block(block).items()
    }


def _block(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value)
