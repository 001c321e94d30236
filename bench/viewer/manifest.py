"""A manifest of 1,000 pages over HTTP: ``python -m bench.viewer.manifest``.

Against the same manifest made for each request with iiif-prezi3, in the same run. Milliseconds are
of whole answers on loopback, medians; the target is 20 ms in the slower of the two encodings.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from metadata.record import Record, Rights, Title
from repository import ids, manifest
from repository.catalogue.works import WorkState
from repository.derivatives import Derivatives
from repository.model import Page, Work
from repository.settings import read_settings
from repository.sql.catalogue import open_catalogue
from storage.ocfl.store import ObjectStore
from storage.open import open_store
from viewer.app import Site, create_app
from viewer.site import App

SIZES = (500, 1000)
REQUESTS = 100


def site() -> Site:
    """Return the site on TAKAO_HOME: what uvicorn serves."""
    settings = read_settings()
    objects = ObjectStore(open_store(settings.storage))
    catalogue = open_catalogue(settings.catalogue)
    derivatives = Derivatives(settings.derivatives)
    return create_app(
        App(settings, "http://127.0.0.1", *[catalogue] * 4, objects, derivatives, None)
    )


def work_of(count: int) -> WorkState:
    """Return a Work of so many pages."""
    rights = Rights("http://creativecommons.org/publicdomain/mark/1.0/", "公有領域")
    record = Record(f"鳳山縣采訪冊 {count}", (Title("鳳山縣采訪冊"),), "rare-book", rights=rights)
    work = Work(ids.work_id(record.identifier), record, page_count=count)
    pages = tuple(
        Page(
            id=ids.page_id(work.id, f"{n}.tif"), work=work.id, n=n, file=f"{n}.tif", frame=None,
            master=f"masters/{n}.tif", digest="0" * 128, media_type="image/tiff",
            width=2481, height=3508, label=f"卷一 {n}a", direction="vertical", has_text=True,
        )
        for n in range(1, count + 1)
    )  # fmt: skip
    return WorkState(work, pages, manifest=orjson.dumps(manifest.build(work, pages)))


def median_ms(measured: list[float]) -> float:
    """Return the median in milliseconds."""
    return 1000 * statistics.median(measured)


def ask(port: int, work: str, encoding: str) -> tuple[float, int]:
    """Return the median milliseconds of an answer and its bytes."""
    times, size = [], 0
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for _ in range(REQUESTS):
        start = time.perf_counter()
        connection.request(
            "GET", f"/iiif/works/{work}/manifest.json", headers={"Accept-Encoding": encoding}
        )
        size = len(connection.getresponse().read())
        times.append(time.perf_counter() - start)
    return median_ms(times), size


def built_anew(state: WorkState) -> float:
    """Return the median milliseconds of making the document with iiif-prezi3, whole."""
    from iiif_prezi3 import Manifest

    times = []
    for _ in range(3):
        start = time.perf_counter()
        document = manifest.served(state.manifest or b"", "http://127.0.0.1", "館")
        Manifest(**orjson.loads(document)).json()
        times.append(time.perf_counter() - start)
    return median_ms(times)


def serve(home: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start the site in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "--factory", "bench.viewer.manifest:site"]
    command += ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    environment = {**os.environ, "TAKAO_HOME": str(home)}  # noqa: TID251  # a child needs PATH
    process = subprocess.Popen(command, env=environment)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    return process, port


def main() -> int:
    """Measure, print, and tell by the exit code whether the targets are met."""
    states = {count: work_of(count) for count in SIZES}
    with tempfile.TemporaryDirectory() as folder:
        catalogue = open_catalogue(read_settings({"TAKAO_HOME": folder}).catalogue)
        catalogue.save(list(states.values()))
        catalogue.close()
        process, port = serve(Path(folder))
        try:
            found = {
                (count, encoding): ask(port, state.work.id, encoding)
                for count, state in states.items()
                for encoding in ("identity", "gzip")
            }
        finally:
            process.terminate()
            process.wait(30)
    for (count, encoding), (ms, size) in found.items():
        print(f"{count} pages, {encoding}: {ms:.1f} ms, {size / 1000:.0f} kB")
    anew = built_anew(states[1000])
    slowest = max(found[1000, "identity"][0], found[1000, "gzip"][0])
    growth = found[1000, "identity"][0] / found[500, "identity"][0]
    print(f"made for each request with iiif-prezi3: {anew:.0f} ms = {anew / slowest:.0f} x")
    print(f"1000 pages, slower encoding: {slowest:.1f} ms (target 20); {growth:.1f} x 500 pages")
    return 0 if slowest <= 20 else 1


if __name__ == "__main__":
    sys.exit(main())
