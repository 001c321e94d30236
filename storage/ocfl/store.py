"""Versioned preservation objects in a storage root (OCFL 1.1)."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from storage.digests import digests_of, new_digest
from storage.errors import (
    BadPathError,
    ConflictError,
    DamagedObjectError,
    StorageBusyError,
    StorageFullError,
    StorageUnavailableError,
    UnsupportedObjectError,
)
from storage.ocfl.check import ObjectFinding, check_inventory, spec_of
from storage.ocfl.inventory import (
    ALGORITHM,
    INVENTORY,
    SPEC,
    Inventory,
    Version,
    check_state,
    content_path,
    inventory_of,
    load_document,
    logical_path,
    with_version,
)
from storage.ocfl.layout import CONFIG, LAYOUT, HashedTuples, layout_files, read_layout
from storage.ocfl.validate import validate_object
from storage.ocfl.write import Location, commit, recover

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from storage.blobs import BlobStore

_REMEMBERED = 16


class Hashed(NamedTuple):
    """A file that was read before: ``digest``, its sha512 in hex, is compared as it is written."""

    path: Path
    digest: str


__all__ = ["Hashed", "Inventory", "ObjectFinding", "ObjectStore", "Version"]


class ObjectStore:
    """All objects of one storage root. Safe with many processes on the same root.

    ``fixity`` names further digest algorithms (md5, sha1, sha256 …) to record for new content;
    ``wait`` is the seconds to wait for another process that writes the same object.
    """

    def __init__(
        self, blobs: BlobStore, *, fixity: tuple[str, ...] = (), wait: float = 300.0
    ) -> None:
        self.blobs = blobs
        self._fixity = fixity
        self._wait = wait
        # Inventories by root with their bytes: parsing one of 2,000 pages takes 0.1 s, and reading
        # a Work's pages one by one asks for it each time.
        self._last: dict[str, tuple[bytes, Inventory]] = {}

    @cached_property
    def _layout(self) -> HashedTuples:
        return read_layout(self._blob(LAYOUT), self._blob(CONFIG))

    def prepare(self) -> None:
        """Make an empty place a storage root; leave one that is there as it is.

        Raises UnsupportedObjectError when the root has another layout than extension 0004.
        """
        for key, content in layout_files(self._layout).items():
            if self.blobs.size(key) is None:
                self.blobs.put(key, content)

    def version(self, object_id: str) -> Version | None:
        """Return the head, or None when there is no such object.

        A write that a crash cut short is undone or ended first. Raises DamagedObjectError.
        """
        inventory = self.inventory(object_id)
        return inventory.head if inventory else None

    def history(self, object_id: str) -> list[Version]:
        """Return all versions, oldest first; none when there is no such object."""
        inventory = self.inventory(object_id)
        return list(inventory.versions) if inventory else []

    def inventory(self, object_id: str) -> Inventory | None:
        """Return the whole inventory, or None when there is no such object."""
        location = self._location(object_id)
        if self.blobs.size(location.journal) is not None:
            # Busy: a live writer, not a crash. Full or read-only: readable all the same.
            with (
                contextlib.suppress(StorageBusyError, StorageFullError),
                self.blobs.lock(location.name, 0),
            ):
                recover(self.blobs, location)
        return self._load(location, object_id)

    def update(
        self,
        object_id: str,
        changes: Mapping[str, Path | bytes | Hashed],
        *,
        removed: Collection[str] = (),
        message: str,
        user: str,
        expected: int | None = None,
    ) -> Version:
        """Write a new version with ``changes`` by logical path, and return it.

        Makes the object when it is absent. Without any difference to the head there is no new
        version and the head is returned. Content that any version holds already is not stored
        again. ``user`` is a name, or ``name <URI>``. With ``expected`` a head that is to change
        must have this number (0: no object), else ConflictError.

        Raises BadPathError for hostile or contradictory logical paths, OSError when a source cannot
        be read, StorageFullError, StorageBusyError, DamagedObjectError, UnsupportedObjectError.
        After any of them the object is as it was; when the store failed at the very last step, the
        version may yet become the head, whole, and the same update finds it there.
        """
        sources = {logical_path(path): source for path, source in changes.items()}
        if len(sources) != len(changes):
            raise BadPathError("two logical paths are the same in NFC")
        location = self._location(object_id)
        with self.blobs.lock(location.name, self._wait) as held:
            recover(self.blobs, location)
            before = self._load(location, object_id)
            found = {path: self._digests(source) for path, source in sources.items()}
            state = _state(before, found, removed)
            if before and state == before.head.state:
                return before.head
            _check_writable(before, expected)
            number = before.head.number + 1 if before else 1
            version = Version(number, _now(), message, user, state)
            after, stored = self._next(object_id, before, version, found)
            contents = {
                content_path: source.path if isinstance(source := sources[path], Hashed) else source
                for content_path, path in stored.items()
            }
            self._commit(location, after, contents, held)
            return version

    def _digests(self, source: Path | bytes | Hashed) -> tuple[str, ...]:
        """Return a source's sha512 and the further digests."""
        if isinstance(source, Hashed):
            if not self._fixity:
                return (source.digest,)
            source = source.path
        return digests_of(source, (ALGORITHM, *self._fixity))

    def _next(
        self,
        object_id: str,
        before: Inventory | None,
        version: Version,
        digests: Mapping[str, Sequence[str]],
    ) -> tuple[Inventory, dict[str, str]]:
        """Return the inventory with ``version``, and the logical path of each new content path."""
        new: dict[str, str] = {}
        for path, found in digests.items():
            if before is None or found[0] not in before.manifest:
                new.setdefault(found[0], path)
        folder = before.folder(version.number) if before else "v1"
        added = {digest: content_path(folder, path, digest) for digest, path in new.items()}
        further = {
            name: {digest: digests[path][n] for digest, path in new.items()}
            for n, name in enumerate(self._fixity, 1)
        }
        inventory = with_version(before, object_id, version, added, further)
        return inventory, {added[digest]: path for digest, path in new.items()}

    def _commit(
        self,
        location: Location,
        inventory: Inventory,
        contents: Mapping[str, Path | bytes],
        held: Callable[[], None],
    ) -> None:
        try:
            commit(self.blobs, location, inventory, contents, held)
        except StorageBusyError:
            raise  # the lock is another's now, and so is the recovery
        except BaseException:
            # A store that cannot be written keeps the journal: whoever opens next recovers.
            with contextlib.suppress(StorageFullError, StorageUnavailableError):
                recover(self.blobs, location)
            raise

    def read(self, object_id: str, path: str, version: int | None = None) -> bytes:
        """Return a file of the head or of ``version``.

        Raises KeyError when there is none, DamagedObjectError when its bytes are not those that
        were stored.
        """
        return b"".join(self._checked(object_id, path, version))

    def chunks(self, object_id: str, path: str) -> Iterator[bytes]:
        """Yield a file of the head in pieces; raises as ``read``, at the latest after the last."""
        yield from self._checked(object_id, path, None)

    def local(self, object_id: str, path: str) -> AbstractContextManager[Path]:
        """Give a file of the head as a path for reading. Raises KeyError."""
        key, _, _ = self._locate(object_id, path, None)
        return self.blobs.local(key)

    def objects(self) -> Iterator[str]:
        """Yield the ids of all objects whose inventory can be read, in no order."""
        for root in self.roots():
            object_id = self.identify(root)
            if object_id is not None:
                yield object_id

    def roots(self) -> Iterator[str]:
        """Yield the folder of every object in order, readable or not (see ``identify``)."""
        yield from self._below("", self._layout.depth)

    def _below(self, prefix: str, depth: int) -> Iterator[str]:
        for name in sorted(self.blobs.folders(prefix)):
            if not prefix and name == "extensions":
                continue
            if depth == 0:
                yield prefix + name
            else:
                yield from self._below(f"{prefix}{name}/", depth - 1)

    def root_of(self, object_id: str) -> str:
        """Return the folder where an object lies or would lie."""
        return self._layout.path(object_id)

    def identify(self, root: str) -> str | None:
        """Return the id of the object in a folder, from any inventory in it that can be read."""
        versions = sorted(self.blobs.folders(f"{root}/"), key=lambda v: (len(v), v), reverse=True)
        for key in (f"{root}/{INVENTORY}", *(f"{root}/{v}/{INVENTORY}" for v in versions)):
            raw = self._blob(key)
            try:
                document = load_document(raw) if raw else None
            except ValueError:
                continue
            object_id = document.get("id") if isinstance(document, dict) else None
            if isinstance(object_id, str) and self._layout.path(object_id) == root:
                return object_id
        return None

    def validate(
        self,
        object_id: str,
        *,
        wanted: Callable[[str], bool] = lambda _: True,
        pace: Callable[[int], None] = lambda _: None,
    ) -> list[ObjectFinding]:
        """Return all that is wrong with an object: none means valid.

        ``wanted`` chooses by content path whose bytes are read and compared; ``pace`` is called
        with the number of bytes read. Raises KeyError when there is no such object.
        """
        location = self._location(object_id)
        findings, steady = self._examined(location, wanted, pace)
        if not steady:
            with self.blobs.lock(location.name, self._wait):
                with contextlib.suppress(StorageFullError, DamagedObjectError):
                    recover(self.blobs, location)
                findings, _ = self._examined(location, wanted, pace)
        if findings is None:
            raise KeyError(object_id)
        return findings

    def _examined(
        self, location: Location, wanted: Callable[[str], bool], pace: Callable[[int], None]
    ) -> tuple[list[ObjectFinding] | None, bool]:
        """Return the findings (None: no such object), and whether no one wrote meanwhile."""
        key = f"{location.root}/{INVENTORY}"
        before = self._blob(key)
        if before is None and next(self.blobs.keys(f"{location.root}/"), None) is None:
            return None, self.blobs.size(location.journal) is None
        findings = validate_object(self.blobs, location.root, wanted=wanted, pace=pace)
        same = self.blobs.size(location.journal) is None and self._blob(key) == before
        return findings, same or not findings

    def _location(self, object_id: str) -> Location:
        return Location(self._layout.path(object_id))

    def _blob(self, key: str) -> bytes | None:
        try:
            return self.blobs.get(key)
        except KeyError:
            return None

    def _load(self, location: Location, object_id: str) -> Inventory | None:
        raw = self._blob(f"{location.root}/{INVENTORY}")
        if raw is None:
            return None
        last = self._last.get(location.root)
        if last and last[0] == raw:
            return last[1]
        inventory = self._parse(location, object_id, raw)
        if len(self._last) >= _REMEMBERED:
            self._last.clear()
        self._last[location.root] = (raw, inventory)
        return inventory

    def _parse(self, location: Location, object_id: str, raw: bytes) -> Inventory:
        key = f"{location.root}/{INVENTORY}"
        try:
            document = load_document(raw)
        except ValueError as error:
            raise DamagedObjectError(key, str(error)) from error
        for finding in check_inventory(document, INVENTORY):
            if finding.severity == "error":
                raise DamagedObjectError(key, f"{finding.code} {finding.detail}")
        inventory = inventory_of(document, spec_of(document) or SPEC)
        if inventory.id != object_id:
            raise DamagedObjectError(key, f"is that of {inventory.id!r}, not of {object_id!r}")
        self._check_sidecar(location, inventory, raw)
        return inventory

    def _check_sidecar(self, location: Location, inventory: Inventory, raw: bytes) -> None:
        """Compare with the sidecar, or while it is being replaced with the head's own copy."""
        key = f"{location.root}/{INVENTORY}"
        digest = digests_of(raw, (inventory.algorithm,))[0]
        sidecar = self._blob(f"{key}.{inventory.algorithm}") or b""
        if sidecar.split()[:1] == [digest.encode()]:
            return
        head = inventory.folder(inventory.head.number)
        if self._blob(f"{location.root}/{head}/{INVENTORY}") != raw:
            raise DamagedObjectError(key, "its digest is not that in its sidecar")

    def _locate(self, object_id: str, path: str, version: int | None) -> tuple[str, str, str]:
        """Return a file's key, digest and digest algorithm."""
        inventory = self.inventory(object_id)
        if inventory is None:
            raise KeyError(object_id)
        if version is None:
            version = inventory.head.number
        if not 1 <= version <= inventory.head.number:
            raise KeyError(f"{object_id} version {version}")
        digest = inventory.versions[version - 1].state[logical_path(path)]
        key = f"{self._location(object_id).root}/{inventory.manifest[digest][0]}"
        return key, digest, inventory.algorithm

    def _checked(self, object_id: str, path: str, version: int | None) -> Iterator[bytes]:
        key, digest, algorithm = self._locate(object_id, path, version)
        seen = new_digest(algorithm)
        try:
            for piece in self.blobs.chunks(key):
                seen.update(piece)
                yield piece
        except KeyError:
            raise DamagedObjectError(key, "is missing") from None
        if seen.hexdigest() != digest:
            raise DamagedObjectError(key, "its bytes are not those that were stored")


def _check_writable(inventory: Inventory | None, expected: int | None) -> None:
    number = inventory.head.number if inventory else 0
    if expected is not None and expected != number:
        raise ConflictError(f"the head is version {number}, not {expected}")
    if inventory and (inventory.spec, inventory.algorithm) != (SPEC, ALGORITHM):
        kind = f"OCFL {inventory.spec} with {inventory.algorithm}"
        raise UnsupportedObjectError(f"{inventory.id} is {kind}; written is {SPEC} with sha512")


def _state(
    before: Inventory | None, digests: Mapping[str, Sequence[str]], removed: Collection[str]
) -> dict[str, str]:
    """Return the new version's state. Raises BadPathError for contradictory paths."""
    state = dict(before.head.state) if before else {}
    for path in removed:
        state.pop(logical_path(path), None)
    state |= {path: found[0] for path, found in digests.items()}
    check_state(state)
    return state


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
