"""Opens the workers that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from repository.errors import SettingsError

if TYPE_CHECKING:
    from ingest.work.workers import Workers


def open_workers(uri: str, count: int) -> Workers:
    """Return the workers of ``TAKAO_EXECUTOR``: ``processes:`` or ``dask:tcp://HOST:PORT``.

    Raises SettingsError for anything else, or when Dask is not installed.
    """
    scheme, _, address = uri.partition(":")
    if scheme == "processes":
        from ingest.work.pool import LocalWorkers

        return LocalWorkers(count)
    if scheme == "dask" and address:
        from ingest.work.cluster import DaskWorkers

        return DaskWorkers(address)
    raise SettingsError(f"TAKAO_EXECUTOR must be processes: or dask:tcp://HOST:PORT, not {uri!r}")
