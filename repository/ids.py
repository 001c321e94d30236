"""Short ids without look-alike characters, one-to-one with (source system, source identifier).

The alphabet leaves out 0 1 i l o u; the first character is a letter, so an id is a valid XML name.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

_LETTERS = "abcdefghjkmnpqrstvwxyz"
_ALPHABET = "23456789" + _LETTERS
_WORK_LENGTH = 10
_PAGE_LENGTH = 12


def _mint(length: int, *parts: str) -> str:
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    number = int.from_bytes(digest, "big")
    number, first = divmod(number, len(_LETTERS))
    characters = [_LETTERS[first]]
    for _ in range(length - 1):
        number, rest = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[rest])
    return "".join(characters)


def work_id(identifier: str) -> str:
    """Return the Work id of a source identifier: the same in every TAKAO_HOME (interfaces §2)."""
    return _mint(_WORK_LENGTH, "work", identifier)


def page_id(work: str, file: str, frame: int | None = None) -> str:
    """Return the page id of a file name in a Work and, in a many-page file, its 0-based frame."""
    return _mint(_PAGE_LENGTH, "page", work, file, "" if frame is None else str(frame))


@lru_cache(maxsize=4096)
def collection_id(name: str) -> str:
    """Return the id of a collection (典藏系列) by its name."""
    return _mint(_WORK_LENGTH, "collection", name)
