"""Collections (典藏系列) and OAI sets: ASCII ids for names that stay as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repository import ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metadata.record import Record


def collection_id(name: str) -> str:
    """Return the id of a collection's name."""
    return ids.collection_id(name)


def set_specs(record: Record) -> tuple[str, ...]:
    """Return the OAI sets of a Record: type, collections and districts (interfaces §7)."""
    districts = sorted({p.district for p in record.places if p.district})
    collections = dict.fromkeys(collection_id(name) for name in record.collections)
    return (
        f"type:{record.material}",
        *(f"collection:{collection}" for collection in collections),
        *(f"district:{code}" for code in districts),
    )


def with_parents(set_specs: Iterable[str]) -> tuple[str, ...]:
    """Return sets and the parents that hold all of their Works: ``type`` for ``type:map``."""
    return tuple(dict.fromkeys(name for s in set_specs for name in (s, s.partition(":")[0])))
