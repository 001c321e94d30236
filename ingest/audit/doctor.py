"""``takao doctor``: is everything there that Takao needs on this machine?"""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

from ingest.audit.findings import Finding, Findings
from ingest.reading.read_page import check_engines
from metadata.problem import Problem, problem
from repository.errors import TakaoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from repository.settings import Settings

_LEAST_FREE = 2 << 30


def examine(settings: Settings, open_all: Callable[[], object]) -> Findings:
    """Check the reading engines, the disk and every back-end."""
    found = [*check_engines(settings.ocr), *_disk(settings)]
    try:
        open_all()
    except TakaoError as error:
        found.append(problem("backend-missing", settings.catalogue, reason=str(error)))
    return Findings(3, tuple(Finding(p, path=p.where) for p in found))


def _disk(settings: Settings) -> list[Problem]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        return [problem("home-not-writable", str(home), reason=error.strerror or str(error))]
    free = shutil.disk_usage(home).free
    if free < _LEAST_FREE:
        return [problem("disk-nearly-full", str(home), free=f"{free >> 20} MiB")]
    return []
