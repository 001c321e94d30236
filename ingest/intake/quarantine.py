"""What was rejected is kept as it came, beside its reason. The submission is never changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ingest.intake.report import FileEntry
    from metadata.sheets.sheet import SheetRow


def keep_files(quarantine: Path, entries: Iterable[FileEntry]) -> None:
    """Keep a copy of each rejected file among ``entries``; the same one in the same folder."""
    for entry in entries:
        source = entry.source
        if entry.outcome != "rejected" or not isinstance(source, Path):
            continue
        key = f"{entry.submission}\0{entry.file}".encode()
        folder = _beside_reason(quarantine, key, entry.to_json())
        try:
            shutil.copyfile(source, folder / source.name)
        except PermissionError:
            continue  # unreadable to us: the reason alone is what can be kept


def keep_records(quarantine: Path, refused: Iterable[tuple[Path, SheetRow]]) -> None:
    """Keep each refused record; the same one in the same folder."""
    for path, row in refused:
        key = f"{path.name}\0{row.number}\0".encode() + row.source
        reason = {
            "file": str(path),
            "record": row.number,
            "problems": [p.to_json() for p in row.problems],
        }
        folder = _beside_reason(quarantine, key, reason)
        (folder / f"record{path.suffix}").write_bytes(row.source)


def _beside_reason(quarantine: Path, key: bytes, reason: Mapping[str, object]) -> Path:
    """Return the folder for what ``key`` stands for, with its reason written there."""
    folder = quarantine / hashlib.sha256(key).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(reason, ensure_ascii=False, indent=1)
    (folder / "reason.json").write_text(text, "utf-8")
    return folder
