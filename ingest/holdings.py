"""Where batches write: the catalogue, the store, the files beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from repository.catalogue import Catalogue
    from repository.derivatives import Derivatives
    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Holdings:
    """Where a batch writes. ``quarantine`` keeps what was rejected, with its reason."""

    catalogue: Catalogue
    objects: ObjectStore
    derivatives: Derivatives
    quarantine: Path

    @property
    def running(self) -> Path:
        """Return the folder of the journals of batches that live."""
        return self.derivatives.root / "running"
