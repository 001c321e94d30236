"""Where the re-creatable files of a page lie. Ids come from ``repository.ids`` alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Derivatives:
    """The files below ``TAKAO_HOME/derivatives``, one folder per page."""

    root: Path

    def folder(self, page: str) -> Path:
        """Return the folder of a page's derivatives."""
        return self.root / "pages" / page[:2] / page

    def pyramid(self, page: str) -> Path:
        """Return the page's tiled access image."""
        return self.folder(page) / "pyramid.tif"

    def alto(self, page: str) -> Path:
        """Return the ALTO that was read, before it is preserved."""
        return self.folder(page) / "alto.xml"
