"""Checks of an inventory on its own. Codes are those of the OCFL specification's tables."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from storage.digests import DIGEST_LENGTHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SPECS = ("1.0", "1.1")
VERSION_NAME = re.compile(r"v(0*)([1-9][0-9]*)", re.ASCII)
_HEX = re.compile(r"[0-9A-Fa-f]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_CREATED = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ObjectFinding:
    """What a validator found. ``path`` is relative to the object; ``detail`` is English."""

    code: str
    severity: Literal["error", "warning"]
    path: str
    detail: str


def found(code: str, path: str, detail: str) -> ObjectFinding:
    """Return a ObjectFinding; W codes are warnings, E codes errors."""
    return ObjectFinding(code, "warning" if code.startswith("W") else "error", path, detail)


def check_inventory(document: object, where: str) -> Iterator[ObjectFinding]:
    """Yield what is wrong with an inventory by itself (OCFL 1.0 and 1.1 §3.5)."""
    if not isinstance(document, dict):
        yield found("E033", where, "the inventory is not a JSON object")
        return
    yield from (found(code, where, detail) for code, detail in _inventory(document))


def spec_of(document: object) -> str | None:
    """Return the specification version that an inventory's ``type`` names, when it is known."""
    kind = document.get("type") if isinstance(document, dict) else None
    for spec in SPECS:
        if kind == f"https://ocfl.io/{spec}/spec/#inventory":
            return spec
    return None


_Found = tuple[str, str]


def _inventory(document: dict[str, object]) -> Iterator[_Found]:
    yield from _attributes(document)
    versions = document.get("versions")
    names = list(versions) if isinstance(versions, dict) else []
    if "versions" not in document:
        yield "E043", "no versions block"
    elif not isinstance(versions, dict):
        yield "E044", "versions is not a JSON object"
    else:
        yield from _sequence(names)
        if "head" in document:
            yield from _head(document["head"], names)
    yield from _manifest(document, names)
    manifest = document.get("manifest")
    # A state writes its digests as the manifest does, in case too (E050).
    digests = set(manifest) if isinstance(manifest, dict) else set()
    used: set[str] = set()
    if isinstance(versions, dict):
        for name, block in versions.items():
            yield from _version(name, block, digests, used)
    if isinstance(manifest, dict) and spec_of(document) != "1.0":
        for digest in sorted(digests - used):
            yield "E107", f"digest {digest} of the manifest is used in no version"
    yield from _fixity(document)


def _attributes(document: dict[str, object]) -> Iterator[_Found]:
    missing = {"id", "type", "digestAlgorithm", "head"} - document.keys()
    yield from (("E036", f"no {name}") for name in sorted(missing))
    identifier = document.get("id", "a:b")
    if not isinstance(identifier, str) or not identifier:
        yield "E037", "id is not a text, or empty"
    elif not _URI.fullmatch(identifier):
        yield "W005", f"id {identifier!r} is not a URI"
    if "type" in document and spec_of(document) is None:
        yield "E038", f"type {document['type']!r} is none that is known"
    algorithm = document.get("digestAlgorithm", "sha512")
    if algorithm not in ("sha512", "sha256"):
        yield "E025", f"digestAlgorithm {algorithm!r} is neither sha512 nor sha256"
    elif algorithm == "sha256":
        yield "W004", "digestAlgorithm sha256; sha512 should be used"
    content = document.get("contentDirectory", "content")
    if not isinstance(content, str) or "/" in content or not content:
        yield "E017", "contentDirectory is empty, no text, or holds a /"
    elif content in {".", ".."}:
        yield "E018", "contentDirectory is . or .."


def _sequence(names: list[str]) -> Iterator[_Found]:
    if not names:
        yield "E008", "there is no version"
        return
    matches = [VERSION_NAME.fullmatch(name) for name in names]
    numbers = sorted(int(m[2]) for m in matches if m)
    for name, match in zip(names, matches, strict=True):
        if match is None:
            yield "E046", f"{name!r} is not a version number"
    if 1 not in numbers:
        yield "E009", "there is no version 1"
    elif numbers != list(range(1, len(numbers) + 1)):
        yield "E010", "version numbers are missing or stand twice"
    if any(m and m[1] for m in matches):
        yield "W001", "version numbers are zero-padded"
        if not all(m and m[1] for m in matches) or len({len(name) for name in names}) > 1:
            yield "E011", "version numbers are not all padded to one length"


def _head(head: object, names: list[str]) -> Iterator[_Found]:
    if not isinstance(head, str) or not VERSION_NAME.fullmatch(head):
        yield "E040", f"head {head!r} is not a version number"
        return
    numbers = {int(m[2]): m[0] for name in names if (m := VERSION_NAME.fullmatch(name))}
    if not numbers or numbers[max(numbers)] != head:
        yield "E040", f"head {head} is not the newest version"


def _manifest(document: dict[str, object], names: list[str]) -> Iterator[_Found]:
    if "manifest" not in document:
        yield "E041", "no manifest block"
        return
    manifest = document["manifest"]
    if not isinstance(manifest, dict):
        yield "E041", "the manifest is not a JSON object"
        return
    algorithm = document.get("digestAlgorithm")
    content = document.get("contentDirectory", "content")
    yield from _digests(manifest, algorithm, "E025", "E096")
    paths: list[str] = []
    for digest, value in manifest.items():
        if not _is_paths(value):
            yield "E091", f"the value of {digest} is not a list of paths"
            continue
        paths += value
    yield from _content_paths(paths)
    for path in paths:
        parts = path.split("/")
        if len(parts) < 3 or parts[0] not in names or parts[1] != content:
            yield "E042", f"content path {path!r} does not begin with version/{content}"
    yield from _conflicts(paths, "E101", "content path")


def _content_paths(paths: Iterable[str]) -> Iterator[_Found]:
    for path in paths:
        if path.startswith("/") or path.endswith("/"):
            yield "E100", f"content path {path!r} begins or ends with /"
        if {"", ".", ".."} & set(path.strip("/").split("/")):
            yield "E099", f"content path {path!r} has an empty part, . or .."


def _version(name: str, block: object, digests: set[str], used: set[str]) -> Iterator[_Found]:
    if not isinstance(block, dict):
        yield "E047", f"{name} is not a JSON object"
        return
    yield from _created(name, block)
    if "message" not in block:
        yield "W007", f"{name} has no message"
    elif not isinstance(block["message"], str):
        yield "E094", f"the message of {name} is not a text"
    yield from _user(name, block)
    if "state" not in block:
        yield "E048", f"{name} has no state"
    else:
        yield from _state(name, block["state"], digests, used)


def _state(name: str, state: object, digests: set[str], used: set[str]) -> Iterator[_Found]:
    if not isinstance(state, dict):
        yield "E050", f"the state of {name} is not a JSON object"
        return
    paths: list[str] = []
    for digest, value in state.items():
        if digest not in digests:
            yield "E050", f"digest {digest} in the state of {name} is not in the manifest"
        used.add(digest)
        if not _is_paths(value):
            yield "E051", f"in the state of {name} the value of {digest} is not a list of paths"
            continue
        paths += value
    for path in paths:
        if path.startswith("/") or path.endswith("/"):
            yield "E053", f"logical path {path!r} of {name} begins or ends with /"
        if {"", ".", ".."} & set(path.strip("/").split("/")):
            yield "E052", f"logical path {path!r} of {name} has an empty part, . or .."
    yield from _conflicts(paths, "E095", f"logical path of {name}")


def _created(name: str, block: dict[str, object]) -> Iterator[_Found]:
    created = block.get("created")
    if "created" not in block:
        yield "E048", f"{name} has no created date"
    elif not isinstance(created, str) or not _CREATED.fullmatch(created):
        yield "E049", f"created {created!r} of {name} is not RFC 3339 with seconds and time zone"
    else:
        try:
            datetime.fromisoformat(created.upper())
        except ValueError:
            yield "E049", f"created {created!r} of {name} is not a date"


def _user(name: str, block: dict[str, object]) -> Iterator[_Found]:
    user = block.get("user")
    if "user" not in block:
        yield "W007", f"{name} has no user"
    elif not isinstance(user, dict) or not isinstance(user.get("name"), str):
        yield "E054", f"the user of {name} is not a JSON object with a name"
    elif "address" not in user:
        yield "W008", f"the user of {name} has no address"
    elif not isinstance(user["address"], str):
        yield "E054", f"the address of the user of {name} is not a text"
    elif not _URI.fullmatch(user["address"]):
        yield "W009", f"the address of the user of {name} is not a URI"


def _fixity(document: dict[str, object]) -> Iterator[_Found]:
    fixity = document.get("fixity", {})
    if not isinstance(fixity, dict):
        yield "E111", "fixity is not a JSON object"
        return
    manifest = document.get("manifest")
    known = (
        {p for v in manifest.values() if _is_paths(v) for p in v}
        if isinstance(manifest, dict)
        else set()
    )
    for algorithm, block in fixity.items():
        if algorithm not in DIGEST_LENGTHS:
            yield "E056", f"{algorithm!r} is not a known digest algorithm"
        if not isinstance(block, dict):
            yield "E057", f"the fixity block of {algorithm} is not a JSON object"
            continue
        yield from _digests(block, algorithm, "E057", "E097")
        for digest, value in block.items():
            if not _is_paths(value):
                yield "E057", f"the value of {digest} is not a list of paths"
                continue
            yield from _content_paths(value)
            for path in value:
                if path not in known:
                    yield "E057", f"fixity path {path!r} is not in the manifest"


def _digests(block: dict[str, object], algorithm: object, bad: str, twice: str) -> Iterator[_Found]:
    seen: set[str] = set()
    length = DIGEST_LENGTHS.get(algorithm) if isinstance(algorithm, str) else None
    for digest in block:
        if not _HEX.fullmatch(digest) or (length and len(digest) != length):
            yield bad, f"{digest!r} is not a {algorithm} digest"
        if digest.lower() in seen:
            yield twice, f"digest {digest} stands twice"
        seen.add(digest.lower())


def _conflicts(paths: list[str], code: str, what: str) -> Iterator[_Found]:
    whole = set(paths)
    for path, count in Counter(paths).items():
        if count > 1:
            yield code, f"{what} {path!r} stands twice"
    for path in sorted(whole & folders_of(whole)):
        yield code, f"{what} {path!r} is both a file and a folder"


def folders_of(paths: Iterable[str]) -> set[str]:
    """Return every folder that lies above one of ``paths``."""
    folders: set[str] = set()
    for path in paths:
        above = path.rpartition("/")[0]
        while above and above not in folders:
            folders.add(above)
            above = above.rpartition("/")[0]
    return folders


def _is_paths(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(path, str) for path in value)
