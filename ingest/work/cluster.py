"""Steps on a Dask cluster: the same functions, other machines (``takao-repository[cluster]``).

Workers must see the same files as this process: TAKAO_HOME and the submissions on shared storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from repository.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from ingest.work.workers import Outcome, Task


class DaskWorkers:
    """The workers of a running Dask scheduler. Raises SettingsError when it does not answer."""

    def __init__(self, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise SettingsError(
                "TAKAO_EXECUTOR=dask: needs the extra takao-repository[cluster]"
            ) from None
        try:
            client: Any = distributed
            self._client = client.Client(address, timeout="10s")
        except OSError as error:
            raise SettingsError(f"no Dask scheduler answers at {address}: {error}") from None
        self.deaths: tuple[type[Exception], ...] = (distributed.KilledWorker,)
        self._executor = self._client.get_executor(pure=False, retries=2)
        self.count = max(1, sum(self._client.nthreads().values()))

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Start a task on the cluster; a worker that dies is replaced twice before it fails."""
        future: Future[Outcome] = self._executor.submit(work, task)
        return future

    def run_alone(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Run one task once more by itself."""
        return self.submit(work, task).result()

    def close(self) -> None:
        """Leave the cluster."""
        self._executor.shutdown(wait=True)
        self._client.close()
