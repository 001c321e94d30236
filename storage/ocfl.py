"""OCFL 1.1 objects that survive a crash at any moment.

A new version is staged whole below ``extensions/takao-staging``, moved into the object by one
rename, and only then named by the root inventory and its sidecar. What a crash leaves behind is
put right the next time the object is opened for writing or asked for its version: a version folder
that no inventory names is removed, a sidecar that is one step behind is written again.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.errors import ConflictError, DamagedObjectError
from storage.ocfl_inventory import (
    ALGORITHM,
    Inventory,
    Version,
    content_name,
    from_bytes,
    logical_path,
    to_bytes,
)
from storage.ocfl_layout import object_root, root_files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from storage.blobs import BlobStore

_DECLARATION = "0=ocfl_object_1.1"
_INVENTORY = "inventory.json"
_SIDECAR = f"inventory.json.{ALGORITHM}"
_STAGING = "extensions/takao-staging"


class ObjectStore:
    """An OCFL storage root. Object ids are any text; logical paths are NFC, ``/``-separated."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def prepare(self) -> None:
        """Write the files of the storage root that are absent."""
        for key, content in root_files().items():
            if self._blobs.size(key) is None:
                self._blobs.put(key, content)

    def version(self, object_id: str) -> Version | None:
        """Return the newest version, or None when there is no such object.

        Raises DamagedObjectError when its inventory cannot be read.
        """
        inventory = self._inventory(object_id)
        return inventory.head if inventory else None

    def history(self, object_id: str) -> list[Version]:
        """Return all versions, the first first."""
        inventory = self._inventory(object_id)
        return list(inventory.versions) if inventory else []

    def objects(self) -> Iterator[str]:
        """Yield the ids of all objects, in the order of their places."""
        for root in self._roots("", 3):
            try:
                yield from_bytes(self._blobs.get(f"{root}/{_INVENTORY}")).id
            except KeyError:
                continue  # the rest of a first write that was killed: never an object

    def read(self, object_id: str, path: str, version: int | None = None) -> bytes:
        """Return a file of the newest or a given version. Raises KeyError when it is absent."""
        return self._blobs.get(self._content(object_id, path, version))

    def chunks(self, object_id: str, path: str) -> Iterator[bytes]:
        """Yield a file of the newest version piece by piece. Raises KeyError."""
        yield from self._blobs.chunks(self._content(object_id, path, None))

    def local(self, object_id: str, path: str) -> AbstractContextManager[Path]:
        """Give a file of the newest version for reading. Raises KeyError."""
        return self._blobs.local(self._content(object_id, path, None))

    def update(
        self,
        object_id: str,
        changes: Mapping[str, Path | bytes],
        *,
        removed: Collection[str] = (),
        message: str,
        user: str,
    ) -> Version:
        """Add a version with ``changes`` (logical path → content), made when there is none yet.

        A state like the newest makes no version. Raises BadPathError, StorageFullError; after
        either, or a crash, the object is as it was.
        """
        paths = {logical_path(path): source for path, source in changes.items()}
        with self._blobs.lock(object_root(object_id)):
            before = self._recovered(object_id)
            state = dict(before.head.state) if before else {}
            for path in removed:
                state.pop(logical_path(path), None)
            digests = {path: _digest(source) for path, source in paths.items()}
            state |= digests
            if before is not None and state == before.head.state:
                return before.head
            now = datetime.now(UTC).isoformat(timespec="seconds")
            version = Version(len(before.versions) + 1 if before else 1, now, message, user, state)
            return self._write(object_id, before, version, _Content(paths, digests))

    def _write(
        self, object_id: str, before: Inventory | None, version: Version, content: _Content
    ) -> Version:
        staged = f"{_STAGING}/{uuid.uuid4().hex}"
        folder = f"v{version.number}"
        manifest = dict(before.manifest) if before else {}
        try:
            for digest, (path, source) in content.new(manifest).items():
                name = f"{folder}/content/{content_name(path, digest)}"
                self._blobs.put(f"{staged}/{name}", source)
                self._check(f"{staged}/{name}", digest)
                manifest[digest] = (name,)
            versions = (*(before.versions if before else ()), version)
            inventory = to_bytes(Inventory(object_id, versions, manifest))
            self._put_inventory(f"{staged}/{folder}", inventory)
            root = object_root(object_id)
            if before is None:
                self._blobs.put(f"{staged}/{_DECLARATION}", b"ocfl_object_1.1\n")
                self._put_inventory(staged, inventory)
                self._blobs.move_folder(staged, root)
            else:
                self._blobs.move_folder(f"{staged}/{folder}", f"{root}/{folder}")
                self._put_inventory(root, inventory)
        finally:
            self._blobs.delete_folder(staged)
        return version

    def _put_inventory(self, folder: str, inventory: bytes) -> None:
        """Write an inventory, then its sidecar: in this order, for ``_recovered`` to tell."""
        self._blobs.put(f"{folder}/{_INVENTORY}", inventory)
        self._blobs.put(f"{folder}/{_SIDECAR}", _sidecar(inventory))

    def _check(self, key: str, digest: str) -> None:
        """Read back what was written: a master that changed while it was copied is no master."""
        found = hashlib.sha512()
        for piece in self._blobs.chunks(key):
            found.update(piece)
        if found.hexdigest() != digest:
            raise ConflictError(f"the file changed while it was being copied: {key}")

    def _inventory(self, object_id: str) -> Inventory | None:
        try:
            return from_bytes(self._blobs.get(f"{object_root(object_id)}/{_INVENTORY}"))
        except KeyError:
            return None

    def _content(self, object_id: str, path: str, version: int | None) -> str:
        inventory = self._inventory(object_id)
        if inventory is None:
            raise KeyError(object_id)
        number = inventory.head.number if version is None else version
        state = next((v.state for v in inventory.versions if v.number == number), {})
        if path not in state:
            raise KeyError(path)
        return f"{object_root(object_id)}/{inventory.content_path(state[path])}"

    def _recovered(self, object_id: str) -> Inventory | None:
        """Return the inventory after undoing what a killed write left. The lock must be held."""
        root = object_root(object_id)
        try:
            content = self._blobs.get(f"{root}/{_INVENTORY}")
        except KeyError:
            self._blobs.delete_folder(root)
            return None
        inventory = from_bytes(content)
        for name in list(self._blobs.folders(f"{root}/")):
            if (
                name.startswith("v")
                and name[1:].isdigit()
                and int(name[1:]) > len(inventory.versions)
            ):
                self._blobs.delete_folder(f"{root}/{name}")
        if self._get(f"{root}/{_SIDECAR}") != _sidecar(content):
            self._mend_sidecar(root, content, inventory)
        return inventory

    def _mend_sidecar(self, root: str, content: bytes, inventory: Inventory) -> None:
        """Write the sidecar that a kill left behind; any other mismatch is damage."""
        head = f"{root}/v{inventory.head.number}"
        if self._get(f"{head}/{_INVENTORY}") != content or (
            self._get(f"{head}/{_SIDECAR}") != _sidecar(content)
        ):
            raise DamagedObjectError(
                f"{inventory.id}: the root inventory does not match its digest"
            )
        self._blobs.put(f"{root}/{_SIDECAR}", _sidecar(content))

    def _get(self, key: str) -> bytes | None:
        try:
            return self._blobs.get(key)
        except KeyError:
            return None

    def _roots(self, prefix: str, depth: int) -> Iterator[str]:
        for name in self._blobs.folders(f"{prefix}/" if prefix else ""):
            if not prefix and name == "extensions":
                continue
            path = f"{prefix}/{name}" if prefix else name
            if depth == 0:
                yield path
            else:
                yield from self._roots(path, depth - 1)


class _Content:
    """What an update brings, by logical path."""

    def __init__(self, sources: Mapping[str, Path | bytes], digests: Mapping[str, str]) -> None:
        self._sources = sources
        self._digests = digests

    def new(self, manifest: Mapping[str, object]) -> dict[str, tuple[str, Path | bytes]]:
        """Return by digest what the object does not hold yet, each content once."""
        found: dict[str, tuple[str, Path | bytes]] = {}
        for path, source in self._sources.items():
            if self._digests[path] not in manifest:
                found.setdefault(self._digests[path], (path, source))
        return found


def _digest(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha512(source).hexdigest()
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()


def _sidecar(inventory: bytes) -> bytes:
    return f"{hashlib.sha512(inventory).hexdigest()} {_INVENTORY}\n".encode()
