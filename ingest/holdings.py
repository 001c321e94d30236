"""Where batches read and write: the catalogue, the store, the files beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository.derivatives import Derivatives
from repository.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from repository.catalogue.changes import Changes
    from repository.catalogue.steps import Steps
    from repository.catalogue.works import Works
    from repository.settings import Settings
    from repository.sql.catalogue import SqlCatalogue
    from storage.ocfl.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a batch works with. ``quarantine`` keeps what was rejected, with its reason."""

    works: Works
    changes: Changes
    steps: Steps
    versions: Versions
    objects: ObjectStore
    derivatives: Derivatives
    quarantine: Path

    @property
    def running(self) -> Path:
        """Return the folder of the journals of batches that live."""
        return self.derivatives.root / "running"


def open_holdings(
    settings: Settings, gate: Callable[[dict[str, Any]], None]
) -> tuple[SqlCatalogue, Holdings]:
    """Open the catalogue and the store that the settings name; make what is absent.

    ``gate`` raises unless a manifest may be stored. Raises SettingsError, CatalogueError and what
    ``open_store`` raises.
    """
    from repository.sql.catalogue import open_catalogue
    from storage.ocfl.store import ObjectStore
    from storage.open import open_store

    quarantine = settings.home / "quarantine"
    for folder in (settings.home, settings.derivatives, quarantine):
        folder.mkdir(parents=True, exist_ok=True)
    objects = ObjectStore(open_store(settings.storage))
    objects.prepare()
    catalogue = open_catalogue(settings.catalogue)
    holdings = Holdings(
        works=catalogue,
        changes=catalogue,
        steps=catalogue,
        versions=Versions(catalogue, catalogue, objects, gate),
        objects=objects,
        derivatives=Derivatives(settings.derivatives),
        quarantine=quarantine,
    )
    return catalogue, holdings
