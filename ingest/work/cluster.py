"""Steps on a Dask cluster: the same functions, other machines (``takao-repository[cluster]``).

Workers must see the same files as this process: TAKAO_HOME and the submissions on shared storage.
"""

from __future__ import annotations

import uuid
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
        self._executor = self._client.get_executor(pure=False)
        self._open: dict[str, Future[Any]] = {}
        self.count = max(1, sum(self._client.nthreads().values()))

    def submit(self, work: Callable[[Task], Outcome], task: Task) -> Future[Outcome]:
        """Start a task on the cluster; see ``Workers``.

        Dask gives the tasks of a worker that died to others, as often as the scheduler's
        ``allowed-failures`` says.
        """
        key = f"takao-{uuid.uuid4().hex}"
        future: Future[Outcome] = self._executor.submit(work, task, key=key)
        self._open[key] = future
        future.add_done_callback(lambda _: self._open.pop(key, None))
        return future

    def run_alone(self, work: Callable[[Task], Outcome], task: Task) -> Outcome:
        """Run one task once more by itself."""
        return self.submit(work, task).result()

    def close(self) -> None:
        """Leave the cluster, when what its workers have taken up is done."""
        if self._client.status == "closed":
            return
        taken = {key for keys in self._client.processing().values() for key in keys}
        for key, future in list(self._open.items()):
            if key not in taken:
                future.cancel()
        self._executor.shutdown(wait=True)
        self._client.close()
