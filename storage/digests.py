"""Digest algorithms by the names of OCFL 1.1 §2.1 and registered extension 0009."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from storage.blobs import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Name to the number of hex digits.
DIGEST_LENGTHS = {
    "md5": 32, "sha1": 40, "sha256": 64, "sha512": 128, "sha512/256": 64,
    "blake2b-512": 128, "blake2b-384": 96, "blake2b-256": 64, "blake2b-160": 40,
}  # fmt: skip


def new_digest(name: str) -> hashlib._Hash:
    """Return a digest to feed. Raises KeyError for a name that is not in DIGEST_LENGTHS."""
    length = DIGEST_LENGTHS[name]
    if name.startswith("blake2b"):
        return hashlib.blake2b(digest_size=length // 2)  # type: ignore[return-value]  # same methods
    return hashlib.new(name.replace("/", "_"), usedforsecurity=False)


def digests_of(source: Path | bytes, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hex digests of a file or of bytes, in one pass. Raises OSError."""
    digests = [new_digest(name) for name in names]
    for piece in _pieces(source):
        for digest in digests:
            digest.update(piece)
    return tuple(digest.hexdigest() for digest in digests)


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb", buffering=0) as file:
        while piece := file.read(CHUNK):
            yield piece
