"""Validation of a whole OCFL object: files, inventories, digests. Codes as in ``check``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from storage.digests import digests_of, new_digest
from storage.errors import StorageUnavailableError
from storage.ocfl.check import SPECS, ObjectFinding, check_inventory, found, spec_of
from storage.ocfl.inventory import INVENTORY, Inventory, inventory_of, load_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.blobs import BlobStore

_DECLARATION = "0=ocfl_object_"
_SIDECAR = re.compile(rb"([0-9A-Fa-f]+)[ \t]+inventory\.json[\r\n]*")
_EXTENSIONS = {
    "0001-digest-algorithms", "0002-flat-direct-storage-layout",
    "0003-hash-and-id-n-tuple-storage-layout", "0004-hashed-n-tuple-storage-layout",
    "0005-mutable-head", "0006-flat-omit-prefix-storage-layout",
    "0007-n-tuple-omit-prefix-storage-layout", "0008-schema-registry",
    "0009-digest-algorithms", "0010-differential-n-tuple-omit-prefix-storage-layout",
    "0011-direct-clean-path-layout", "0012-hash-and-no-prefix-id-n-tuple-storage-layout",
    "initial",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Object:
    """The object's files by path relative to its root, and its folders; ``filled`` hold files."""

    blobs: BlobStore
    root: str
    files: frozenset[str]
    folders: frozenset[str]
    filled: frozenset[str]

    def get(self, path: str) -> bytes:
        return self.blobs.get(f"{self.root}/{path}")


def validate_object(
    blobs: BlobStore,
    root: str,
    *,
    wanted: Callable[[str], bool] = lambda _: True,
    pace: Callable[[int], None] = lambda _: None,
) -> list[ObjectFinding]:
    """Return all that is wrong with the object in the folder ``root``.

    ``wanted`` chooses by content path whose bytes are read; ``pace`` gets each number of bytes
    read from content.
    """
    prefix = f"{root}/"
    files = frozenset(key.removeprefix(prefix) for key in blobs.keys(prefix))
    filled = frozenset(str(above) for file in files for above in PurePosixPath(file).parents)
    subject = _Object(blobs, root, files, frozenset(_walk(blobs, prefix, "")), filled)
    findings = list(_declaration(subject))
    if INVENTORY not in files:
        return [*findings, found("E063", INVENTORY, "there is no root inventory")]
    own, inventory = _read(subject, INVENTORY)
    findings += own
    if inventory is None:
        return findings
    if f"{_DECLARATION}{inventory.spec}" not in files and any(map(_is_declaration, files)):
        findings.append(found("E038", INVENTORY, f"the object is not declared as {inventory.spec}"))
    findings += _root_entries(subject, inventory)
    inventories = [inventory]
    for version in inventory.versions:
        folder = inventory.folder(version.number)
        findings += _version_entries(subject, folder, inventory)
        older, own = _version_inventory(subject, version.number, inventory)
        findings += own
        inventories += [older] if older else []
    findings += _order(inventories[1:])
    findings += _contents(subject, inventories, wanted, pace)
    return list(dict.fromkeys(findings))


def _walk(blobs: BlobStore, prefix: str, above: str) -> Iterator[str]:
    for name in blobs.folders(prefix):
        yield above + name
        yield from _walk(blobs, f"{prefix}{name}/", f"{above}{name}/")


def _is_declaration(name: str) -> bool:
    return name.startswith(_DECLARATION)


def _declaration(subject: _Object) -> Iterator[ObjectFinding]:
    names = sorted(name for name in subject.files if name.startswith("0=") and "/" not in name)
    if len(names) != 1:
        yield found("E003", "", f"{len(names)} declarations instead of one")
    for name in names:
        spec = name.removeprefix(_DECLARATION)
        if spec not in SPECS or not _is_declaration(name):
            yield found("E006", name, "declares no known version of OCFL")
        elif subject.get(name) != f"{name[2:]}\n".encode():
            yield found("E007", name, "its content does not repeat its name")


def _read(subject: _Object, path: str) -> tuple[list[ObjectFinding], Inventory | None]:
    """Return what is wrong with an inventory, and the inventory when nothing is."""
    try:
        raw = subject.get(path)
        document = load_document(raw)
    except (ValueError, StorageUnavailableError) as error:
        return [found("E033", path, str(error))], None
    findings = list(check_inventory(document, path))
    algorithm = document.get("digestAlgorithm") if isinstance(document, dict) else None
    if algorithm in ("sha512", "sha256"):
        findings += _sidecar(subject, path, cast("str", algorithm), raw)
    spec = spec_of(document)
    if spec is None or any(f.severity == "error" and f.code[:3] != "E06" for f in findings):
        return findings, None
    return findings, inventory_of(document, spec)


def _sidecar(subject: _Object, path: str, algorithm: str, raw: bytes) -> Iterator[ObjectFinding]:
    sidecar = f"{path}.{algorithm}"
    if sidecar not in subject.files:
        yield found("E058", sidecar, "there is no sidecar")
        return
    match = _SIDECAR.fullmatch(subject.get(sidecar))
    if match is None:
        yield found("E061", sidecar, "is not of the form: digest, space, inventory.json")
    elif match[1].decode().lower() != digests_of(raw, (algorithm,))[0]:
        yield found("E060", path, "its digest is not that in its sidecar")


def _root_entries(subject: _Object, inventory: Inventory) -> Iterator[ObjectFinding]:
    versions = {inventory.folder(v.number) for v in inventory.versions}
    for name in sorted(subject.files):
        first, _, rest = name.partition("/")
        known = {INVENTORY, f"{INVENTORY}.{inventory.algorithm}"}
        if not rest and not first.startswith("0=") and first not in known:
            yield found("E001", name, "no such file belongs in the root of an object")
        if first == "extensions" and rest and "/" not in rest:
            yield found("E067", name, "a file among the folders of extensions")
    for name in sorted(subject.folders):
        first, _, rest = name.partition("/")
        if first == "extensions" and rest and "/" not in rest and rest not in _EXTENSIONS:
            yield found("W013", name, "an extension that is not registered")
        if rest or first in versions | {"logs", "extensions"}:
            continue
        code = "E046" if re.fullmatch(r"v\d+", first) else "E001"
        yield found(code, name, "no such folder belongs in the root of this object")
    for name in sorted(versions - subject.folders):
        yield found("E046", name, "there is no folder for this version of the inventory")


def _version_entries(
    subject: _Object, folder: str, inventory: Inventory
) -> Iterator[ObjectFinding]:
    content = f"{folder}/{inventory.content}"
    for name in subject.files:
        above, _, last = name.rpartition("/")
        if above == folder and not re.fullmatch(r"inventory\.json(\.sha(512|256))?", last):
            yield found("E015", name, "no such file belongs in the folder of a version")
    for name in subject.folders:
        empty = name not in subject.filled
        if name.rpartition("/")[0] == folder and name != content:
            yield found("W002", name, "no such folder should be in the folder of a version")
        elif name == content and empty:
            yield found("W003", name, "an empty content folder should not be")
        elif name.startswith(f"{content}/") and empty:
            yield found("E024", name, "an empty folder in content")


def _version_inventory(
    subject: _Object, number: int, root: Inventory
) -> tuple[Inventory | None, list[ObjectFinding]]:
    folder = root.folder(number)
    path = f"{folder}/{INVENTORY}"
    if path not in subject.files:
        return None, [found("W010", path, "there is no inventory in the folder of this version")]
    if number == root.head.number:
        findings = []
        if subject.get(path) != subject.get(INVENTORY):
            findings.append(found("E064", path, "differs from the root inventory"))
        own, _ = _read(subject, path)
        return None, findings + [f for f in own if f.severity == "error"]
    findings, inventory = _read(subject, path)
    if inventory is None:
        return None, findings
    findings += _agreement(inventory, root, number, path)
    listed = {p for paths in inventory.manifest.values() for p in paths}
    for name in sorted(_content_files(subject, root, number) - listed):
        findings.append(found("E023", name, f"is not in the manifest of {path}"))
    return inventory, findings


def _agreement(old: Inventory, root: Inventory, number: int, path: str) -> Iterator[ObjectFinding]:
    if old.folder(old.head.number) != root.folder(number):
        yield found("E040", path, f"its head is {old.folder(old.head.number)}")
    if old.id != root.id:
        yield found("E037", path, f"its id is {old.id!r}, that of the root is {root.id!r}")
    if old.content != root.content:
        yield found("E019", path, "its contentDirectory is not that of the root inventory")
    for mine, theirs in zip(old.versions, root.versions, strict=False):
        if _contents_by_path(old, mine.number, number) != _contents_by_path(
            root, mine.number, number
        ):
            detail = f"the state of version {mine.number} is not that in the root inventory"
            yield found("E066", path, detail)
        if (mine.created, mine.message, mine.user) != (
            theirs.created, theirs.message, theirs.user,
        ):  # fmt: skip
            detail = f"date, message or user of version {mine.number} differ from the root's"
            yield found("W011", path, detail)


def _contents_by_path(inventory: Inventory, number: int, until: int) -> dict[str, frozenset[str]]:
    """Return the content paths behind each logical path: comparable between digest algorithms."""
    old = {inventory.folder(n) for n in range(1, until + 1)}
    return {
        path: frozenset(p for p in inventory.manifest[digest] if p.partition("/")[0] in old)
        for path, digest in inventory.versions[number - 1].state.items()
    }


def _order(inventories: list[Inventory]) -> Iterator[ObjectFinding]:
    """Check that no version conforms to an older OCFL than the one before."""
    for before, after in pairwise(inventories):
        if after.spec < before.spec:
            path = f"{after.folder(after.head.number)}/{INVENTORY}"
            yield found("E103", path, f"is OCFL {after.spec} after {before.spec}")


def _content_files(subject: _Object, inventory: Inventory, until: int) -> set[str]:
    folders = tuple(f"{inventory.folder(n)}/{inventory.content}/" for n in range(1, until + 1))
    return {name for name in subject.files if name.startswith(folders)}


def _contents(
    subject: _Object,
    inventories: list[Inventory],
    wanted: Callable[[str], bool],
    pace: Callable[[int], None],
) -> Iterator[ObjectFinding]:
    """Compare every content file with what all inventories say of it, reading it once."""
    root = inventories[0]
    listed = {path for paths in root.manifest.values() for path in paths}
    for name in sorted(_content_files(subject, root, root.head.number) - listed):
        yield found("E023", name, "is not in the manifest")
    expected: dict[str, set[tuple[str, str, str]]] = {}
    for inventory in inventories:
        blocks = [("E092", inventory.algorithm, inventory.manifest)]
        blocks += [("E093", name, block) for name, block in inventory.fixity.items()]
        for code, algorithm, block in blocks:
            for digest, paths in block.items():
                for path in paths:
                    expected.setdefault(path, set()).add((code, algorithm, digest))
    for path in sorted(expected):
        if path not in subject.files:
            yield found("E092", path, "the file is missing")
        elif wanted(path):
            yield from _content(subject, path, sorted(expected[path]), pace)


def _content(
    subject: _Object, path: str, expected: list[tuple[str, str, str]], pace: Callable[[int], None]
) -> Iterator[ObjectFinding]:
    digests = {algorithm: new_digest(algorithm) for _, algorithm, _ in expected}
    try:
        for piece in subject.blobs.chunks(f"{subject.root}/{path}"):
            pace(len(piece))
            for digest in digests.values():
                digest.update(piece)
    except (StorageUnavailableError, KeyError) as error:
        yield found("E092", path, f"the file cannot be read: {error}")
        return
    for code, algorithm, digest_hex in expected:
        if digests[algorithm].hexdigest() != digest_hex:
            yield found(code, path, f"the file's {algorithm} is not {digest_hex[:16]}…")
