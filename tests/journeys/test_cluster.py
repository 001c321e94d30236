"""The same steps on a Dask cluster of real processes, one of them killed on the way."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.library import Library
from PIL import Image

pytest.importorskip("distributed", reason="pip install takao-repository[cluster]")
ROOT = Path(__file__).parents[2]
PAGES, SIZE = 16, (2400, 2400)  # seconds of work: a worker can be killed in the middle of it


def start(home: Path, *arguments: str) -> subprocess.Popen:
    own = {
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
        "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={"PATH": os.defpath, "HOME": str(home), **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(process: subprocess.Popen, how: int = signal.SIGKILL) -> None:
    if process.poll() is None:
        os.killpg(process.pid, how)
        process.wait()


class Killer:
    """Ends a worker when the first page is done."""

    def __init__(self, worker: subprocess.Popen) -> None:
        self._worker = worker

    def planned(self, pages):
        pass

    def page_done(self, name, reason):
        end(self._worker)


@pytest.fixture
def cluster(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port))
    worker = ("distributed.cli.dask_worker", address, "--nworkers", "1", "--nthreads", "1")
    started = [start(tmp_path, *scheduler, "--no-dashboard")]
    started += [start(tmp_path, *worker, "--no-dashboard", "--no-nanny") for _ in range(2)]
    await_port(port)
    yield address, started[1:]
    for process in started:
        end(process)


def await_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("the scheduler did not start")


@pytest.fixture
def folder(tmp_path):
    chance = random.Random(1)
    for n in range(PAGES):
        file = tmp_path / "叢集" / f"{n}.png"
        file.parent.mkdir(exist_ok=True)
        Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1])).save(file)
    return tmp_path / "叢集"


@pytest.mark.slow
@pytest.mark.parametrize("killed", [False, True], ids=["undisturbed", "a worker killed"])
def test_pages_are_done_on_the_cluster(tmp_path, cluster, folder, killed):
    address, workers = cluster
    library = Library(tmp_path / "home", TAKAO_EXECUTOR=f"dask:{address}")
    if killed:
        library.silent = Killer(workers[0])
    report = library.ingest(folder)
    assert report.ok
    assert (workers[0].poll() is not None) == killed
    assert len(library.pages("叢集")) == PAGES
    alone = Library(tmp_path / "alone")
    alone.ingest(folder)
    assert library.pages("叢集") == alone.pages("叢集")
