"""Writing of OCFL objects so that a crash at any point leaves the old version or the new one.

A new version is written beside the objects (``SCRATCH``), moved into its object as a whole, and
becomes the head when the root inventory and then its sidecar are replaced. A journal exists from
before the first written byte until after the last one; whoever finds it while holding the
object's lock finds a crash, and ends or undoes what it says. Without a journal nothing in an
object is ever touched.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from storage.blobs import SCRATCH
from storage.errors import DamagedObjectError
from storage.ocfl.inventory import (
    DECLARATION,
    INVENTORY,
    SIDECAR,
    load_document,
    write_inventory,
    write_sidecar,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from storage.blobs import BlobStore
    from storage.ocfl.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Location:
    """Where one object is written: its ``root`` in the storage root, its lock and its journal."""

    root: str

    @property
    def name(self) -> str:
        """Return the name of the object's lock."""
        return self.root.replace("/", "-")

    @property
    def staging(self) -> str:
        """Return the folder of what is not finished."""
        return f"{SCRATCH}/{self.name}"

    @property
    def journal(self) -> str:
        """Return the key of the journal."""
        return f"{self.staging}/journal.json"


def commit(
    blobs: BlobStore,
    location: Location,
    inventory: Inventory,
    contents: Mapping[str, Path | bytes],
    held: Callable[[], None],
) -> None:
    """Write the head of ``inventory``: ``contents`` by content path are its new files.

    The caller holds the object's lock (``held`` checks it) and has recovered the object. On a
    failure the journal stays, for ``recover``. Raises OSError when a source cannot be
    read, and when it is no longer what was hashed.
    """
    number = inventory.head.number
    version = inventory.folder(number)
    target = location.root if number == 1 else f"{location.root}/{version}"
    if next(iter(blobs.keys(f"{target}/")), None) is not None:
        if number == 1:
            raise DamagedObjectError(target, "is there, but no inventory names it")
        # Not ours to delete: the rest of another tool's write, or of a copy made during one.
        blobs.move_folder(
            target, f"{SCRATCH}/set-aside/{location.name}-{version}-{uuid.uuid4().hex}"
        )
    staged = f"{location.staging}/{uuid.uuid4().hex}"
    raw = write_inventory(inventory)
    sidecar = write_sidecar(hashlib.sha512(raw).hexdigest())
    own = {path: digest for digest, paths in inventory.manifest.items() for path in paths}
    files: dict[str, Path | bytes] = {**contents}
    files |= {f"{version}/{INVENTORY}": raw, f"{version}/{SIDECAR}": sidecar}
    if number == 1:
        declaration = f"{DECLARATION.removeprefix('0=')}\n".encode()
        files |= {DECLARATION: declaration, INVENTORY: raw, SIDECAR: sidecar}
    journal = {"object": inventory.id, "version": number, "folder": version}
    blobs.put(location.journal, orjson.dumps(journal))
    written = blobs.put_all({f"{staged}/{path}": source for path, source in files.items()})
    for path in contents:
        if written[f"{staged}/{path}"] != own[path]:
            raise OSError(f"{contents[path]!s} was changed while it was read")
    held()
    if number == 1:
        blobs.move_folder(staged, target)
    else:
        blobs.move_folder(f"{staged}/{version}", target)
        held()
        blobs.put(f"{location.root}/{INVENTORY}", raw)
        blobs.put(f"{location.root}/{SIDECAR}", sidecar)
    _clear(blobs, location)


def recover(blobs: BlobStore, location: Location) -> None:
    """End or undo the write that a crash cut short; nothing to do without a journal.

    A version that was moved into the object whole becomes its head. Only copies of what still lies
    in the staging folder are ever deleted. The caller holds the object's lock. Raises
    DamagedObjectError when the object is not as a crash leaves it: then nothing is touched.
    """
    try:
        number, folder = _journal(blobs.get(location.journal), location)
    except KeyError:
        return
    try:
        head = _head(blobs.get(f"{location.root}/{INVENTORY}"), location)
    except KeyError:
        if number != 1:
            raise DamagedObjectError(f"{location.root}/{INVENTORY}", "is missing") from None
        _undo(blobs, location, location.root)
    else:
        # Any other head is older or newer than this write: a journal that came with a backup.
        if head == folder or int(head[1:]) == number - 1:
            _end(blobs, location, head, folder)
    _clear(blobs, location)


def _clear(blobs: BlobStore, location: Location) -> None:
    """Delete what is left of all attempts, the journal last."""
    for attempt in list(blobs.folders(f"{location.staging}/")):
        blobs.delete_folder(f"{location.staging}/{attempt}/")
    blobs.delete([location.journal])


def _end(blobs: BlobStore, location: Location, head: str, folder: str) -> None:
    """Make the journal's version the head when it is whole, else take away what was copied."""
    target = f"{location.root}/{folder}"
    try:
        raw = blobs.get(f"{target}/{INVENTORY}")
        sidecar = blobs.get(f"{target}/{SIDECAR}")
    except KeyError:
        raw = sidecar = b""
    if raw and sidecar == write_sidecar(hashlib.sha512(raw).hexdigest()):
        # The sidecar is the last that is moved: all is there.
        blobs.put(f"{location.root}/{INVENTORY}", raw)
        blobs.put(f"{location.root}/{SIDECAR}", sidecar)
    elif head == folder:
        raise DamagedObjectError(f"{target}/{INVENTORY}", "is not the object's newest inventory")
    else:
        _undo(blobs, location, target)


def _undo(blobs: BlobStore, location: Location, target: str) -> None:
    """Delete what lies below ``target``, all of it copied from the staging folder."""
    prefix = f"{location.staging}/"
    staged = {key.removeprefix(prefix).partition("/")[2] for key in blobs.keys(prefix)}
    copies = {f"{location.root}/{path}" for path in staged}
    if not copies.issuperset(blobs.keys(f"{target}/")):
        raise DamagedObjectError(target, "holds more than an interrupted write left")
    blobs.delete_folder(f"{target}/")


def _journal(raw: bytes, location: Location) -> tuple[int, str]:
    try:
        journal = load_document(raw)
    except ValueError:
        journal = None
    if isinstance(journal, dict):
        number, folder = journal.get("version"), journal.get("folder")
        if isinstance(number, int) and isinstance(folder, str) and folder[1:].isdecimal():
            return number, folder
    raise DamagedObjectError(location.journal, "is not a journal")


def _head(raw: bytes, location: Location) -> str:
    try:
        document = load_document(raw)
    except ValueError:
        document = None
    head = document.get("head") if isinstance(document, dict) else None
    if isinstance(head, str) and head[1:].isdecimal():
        return head
    raise DamagedObjectError(f"{location.root}/{INVENTORY}", "is not an inventory")
