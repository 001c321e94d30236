"""How far an audit came: kept in a file, so that one that was killed goes on."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.audit.findings import Finding
from metadata.problem import Problem
from storage.whole import write_whole

if TYPE_CHECKING:
    from pathlib import Path

_SAVE_SECONDS = 5.0


@dataclass(slots=True)
class AuditState:
    """Where the audit stands: all object folders up to ``after`` are done.

    ``sample`` is the share of files that this audit reads; another share begins a new one.
    """

    path: Path | None
    sample: float | None
    after: str = ""
    checked: int = 0
    entries: list[Finding] = field(default_factory=list)
    _saved: float = field(default_factory=time.monotonic)

    def step(self, root: str, entries: tuple[Finding, ...]) -> None:
        """Note that an object is done, with what was found; written out every few seconds."""
        self.after = root
        self.entries.extend(entries)
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the state, whole or not at all."""
        self._saved = time.monotonic()
        if self.path is None:
            return
        document = {
            "sample": self.sample,
            "after": self.after,
            "checked": self.checked,
            "entries": [entry.to_json() for entry in self.entries],
        }
        write_whole(self.path, json.dumps(document, ensure_ascii=False).encode())

    def end(self) -> None:
        """Forget the audit: the next one begins anew."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def read_state(path: Path | None, sample: float | None) -> AuditState:
    """Return the state of an audit that did not end, else that of a new one."""
    fresh = AuditState(path, sample)
    if path is None or not path.is_file():
        return fresh
    try:
        document = json.loads(path.read_text("utf-8"))
        if document["sample"] != sample:
            return fresh
        entries = [_entry(entry) for entry in document["entries"]]
        return AuditState(path, sample, document["after"], document["checked"], entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        return fresh


def _entry(document: dict[str, object]) -> Finding:
    place = {name: document.pop(name) for name in ("path", "work", "page")}
    return Finding(Problem(**document), **place)  # type: ignore[arg-type]  # as ``save`` wrote it
