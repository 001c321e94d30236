"""Images against Debian's iipsrv behind nginx and against nginx's static files.

The servers take turns in every round; sizes are checked before. Ours is the whole site (2
processes) with nothing in front. "CPU ms" is what all of a server's processes spent an answer: it
holds on a busy machine too. Installs nothing: without the peers it says what to install.
"""

from __future__ import annotations

import argparse
import contextlib
import getpass
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fixtures"))

import gallery  # noqa: E402
import image_site  # noqa: E402
from PIL import Image  # noqa: E402

from bench.images import corpus  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

IIPSRV = "/usr/lib/iipimage-server/iipsrv.fcgi"
NGINX = "/usr/sbin/nginx"
NEEDED = {"iipimage-server": IIPSRV, "nginx-light": NGINX, "wrk": "/usr/bin/wrk"}
TILES = "G1, G4 tiles"
STORED = "G5 stored thumbnails !400,400"
MADE = "G5 other thumbnails !333,333"
REGIONS = "G6 free regions"
SLOW = "G7 tiles beside 2 slow renders"
TARGETS = {
    TILES: {"iipsrv": 15, "nginx static": 0.25},
    STORED: {"iipsrv": 10},
    MADE: {"iipsrv": 1.2},
    REGIONS: {"iipsrv": 1.2},
}
LUA = """
local paths = {}
function init()
  for line in io.lines(os.getenv("PATHS")) do
    paths[#paths + 1] = wrk.format("GET", os.getenv("PREFIX") .. line)
  end
end
local n = 0
function request() n = n + 1; return paths[(n - 1) % #paths + 1] end
function done(s, l)
  local form = '\\nJSON {"requests":%d,"seconds":%.4f,"wrong":%d,"p50":%.3f,"p99":%.3f}\\n'
  io.write(string.format(form, s.requests, s.duration / 1e6,
    s.errors.status + s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout,
    l:percentile(50) / 1e3, l:percentile(99) / 1e3))
end
"""


def wrk(
    base: str, asked: list[corpus.ImageCall], connections: int, seconds: int
) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "paths").write_text("".join(a.path + "\n" for a in asked))
        (Path(folder) / "ask.lua").write_text(LUA)
        scheme, _, rest = base.partition("://")
        host, _, prefix = rest.partition("/")
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s",
                   "-s", f"{folder}/ask.lua", f"{scheme}://{host}"]  # fmt: skip
        environment = {**os.environ, "PATHS": f"{folder}/paths", "PREFIX": f"/{prefix}".rstrip("/")}  # noqa: TID251
        out = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    line = next(line for line in out.stdout.splitlines() if line.startswith("JSON "))
    found: dict[str, float] = json.loads(line[5:])
    found["rate"] = found["requests"] / found["seconds"]
    return found


def check_sizes(base: str, asked: list[corpus.ImageCall], tolerance: int) -> None:
    for one in asked[:60]:
        with urllib.request.urlopen(base + one.path, timeout=30) as answer:
            size = Image.open(io.BytesIO(answer.read())).size
        if abs(size[0] - one.width) > tolerance or abs(size[1] - one.height) > tolerance:
            raise SystemExit(f"{base}{one.path}: {size}, not {(one.width, one.height)}")


def family(processes: list[int]) -> Iterator[int]:
    """Yield processes and all their descendants."""
    todo = list(processes)
    while todo:
        here = todo.pop()
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{here}/task").iterdir():
                todo += map(int, (task / "children").read_text().split())
            yield here


def proportional_memory(processes: list[int]) -> float:
    """Return the PSS of processes and their descendants in MB."""
    total = 0.0
    for process in family(processes):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
    return total


def processor_time(processes: list[int]) -> float:
    """Return the CPU seconds that processes and their descendants have used."""
    ticks = 0
    for process in family(processes):
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def links(folder: Path, pyramids: dict[str, Path]) -> Path:
    """Return a folder in which each pyramid has its id for a name."""
    ids = folder / "ids"
    ids.mkdir(exist_ok=True)
    for name, path in pyramids.items():
        link = ids / name
        link.unlink(missing_ok=True)
        link.symlink_to(path)
    return ids


@contextlib.contextmanager
def peers(folder: Path, pyramids: dict[str, Path], static: Path, port: int) -> Iterator[list[int]]:
    """Run two iipsrv processes behind nginx on ``port`` and nginx's static files on the next.

    Gives their process ids.
    """
    ids, work = links(folder, pyramids), folder / "nginx"
    work.mkdir(exist_ok=True)
    environment = {
        **os.environ, "LOGFILE": "/dev/null", "VERBOSITY": "0", "MAX_IMAGE_CACHE_SIZE": "0",  # noqa: TID251
        "JPEG_QUALITY": "75", "MAX_CVT": "5000", "FILESYSTEM_PREFIX": f"{ids}/",
        "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    address = work / "iip.sock"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listening:  # FastCGI: the socket is standard input
        listening.bind(str(address))
        address.chmod(0o666)
        listening.listen(512)
        fastcgi = [subprocess.Popen([IIPSRV], stdin=listening, env=environment) for _ in range(2)]
    temporary = "".join(
        f"{kind}_temp_path {work}/{kind};"
        for kind in ("client_body", "fastcgi", "proxy", "uwsgi", "scgi")
    )
    config = work / "nginx.conf"
    config.write_text(
        # As root nginx would turn into a user who may not open the folder of the socket.
        f"user {getpass.getuser()}; worker_processes 2; pid {work}/pid;"
        f" error_log {work}/error.log; daemon off;"
        "events { worker_connections 512; }"
        f"http {{ access_log off; keepalive_requests 1000000; {temporary} sendfile on;"
        " types { image/jpeg jpg; } fastcgi_buffers 32 32k; fastcgi_buffer_size 32k;"
        ' map $request_uri $iiif { default ""; ~^/iiif/(.*)$ "IIIF=$1"; }'
        f" server {{ listen 127.0.0.1:{port}; location /iiif/ {{ fastcgi_pass unix:{address};"
        " fastcgi_param QUERY_STRING $iiif; fastcgi_param REQUEST_METHOD $request_method;"
        " fastcgi_param REQUEST_URI $request_uri; fastcgi_param HTTP_HOST $http_host;"
        " fastcgi_param SERVER_PROTOCOL $server_protocol; } }"
        f" server {{ listen 127.0.0.1:{port + 1}; root {static}; open_file_cache max=20000; }} }}"
    )
    nginx = subprocess.Popen([NGINX, "-c", str(config)])
    try:
        time.sleep(1)
        yield [nginx.pid, *(process.pid for process in fastcgi)]
    finally:
        for process in (nginx, *fastcgi):
            process.terminate()
            process.wait()


def write_static(folder: Path, base: str, asked: list[corpus.ImageCall]) -> None:
    """Keep each answer of ours as a file under its own path: what static hosting would serve."""
    for one in asked:
        path = folder / one.path.lstrip("/")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with urllib.request.urlopen(base + one.path, timeout=30) as answer:
                path.write_bytes(answer.read())


class Server(NamedTuple):
    """Where a service answers, and who does the work."""

    base: str
    processes: list[int]


class Table:
    """Rows of figures as they come; ``missed`` counts targets that were not met."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.missed = 0
        print("| what | at once | server | answers/s | ours | p50 ms | p99 ms | CPU ms | ours |")
        print("|---|---|---|---|---|---|---|---|---|")

    def measure(
        self,
        what: str,
        servers: dict[str, Server],
        asked: list[corpus.ImageCall],
        connections: tuple[int, ...] = (8, 32),
    ) -> None:
        """Let the servers take turns; show medians, and judge by ``TARGETS``."""
        if not what.startswith(self._options.only):
            return
        for count in connections:
            found: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
            for _ in range(self._options.rounds):
                for name, server in servers.items():
                    before = processor_time(server.processes)
                    row = wrk(server.base, asked, count, self._options.seconds)
                    spent = processor_time(server.processes) - before
                    found[name].append({**row, "cpu": 1000 * spent / max(1, row["requests"])})
            self._show(what, count, found)

    def _show(self, what: str, count: int, found: dict[str, list[dict[str, float]]]) -> None:
        middle = {
            name: {key: statistics.median(row[key] for row in rows) for key in rows[0]}
            for name, rows in found.items()
        }
        ours = middle["takao"]
        for name, row in middle.items():
            faster = cheaper = ""
            if name != "takao":
                faster = f"{ours['rate'] / row['rate']:.2f} ×"
                cheaper = f"1/{row['cpu'] / ours['cpu']:.2f}"
            wrong = sum(int(r["wrong"]) for r in found[name])
            mark = f" ({wrong} wrong)" if wrong else ""
            print(
                f"| {what} | {count} | {name}{mark} | {row['rate']:.0f} | {faster}"
                f" | {row['p50']:.2f} | {row['p99']:.2f} | {row['cpu']:.3f} | {cheaper} |"
            )
        for name, least in TARGETS.get(what, {}).items():
            self.judge(
                f"{what}, {count}, against {name}", ours["rate"] / middle[name]["rate"], least
            )
        if what == SLOW:
            self.judge(f"{what}, p99 ms", ours["p99"], 25, at_most=True)

    def judge(self, what: str, value: float, target: float, *, at_most: bool = False) -> None:
        """Say whether a figure meets its target: at least, or at the most."""
        met = value <= target if at_most else value >= target
        self.missed += not met
        limit = f"{'at most' if at_most else 'at least'} {target}"
        print(f"{'met' if met else 'MISSED'}: {what}: {value:.2f}, {limit}", flush=True)


@contextlib.contextmanager
def slow_renders(base: str) -> Iterator[None]:
    """Keep two slow pictures in the making."""
    stop = threading.Event()

    def ask(number: int) -> None:
        while not stop.is_set():
            number += 7
            path = f"{base}/map0/0,0,{8000 + number % 900},8000/3000,/{number % 89 + 0.5}/gray.png"
            with contextlib.suppress(OSError), urllib.request.urlopen(path, timeout=60) as answer:
                answer.read()

    threads = [threading.Thread(target=ask, args=(n,), daemon=True) for n in (1, 2)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    yield
    stop.set()
    for thread in threads:
        thread.join(60)


def prepare(
    folder: Path, options: argparse.Namespace
) -> tuple[dict[str, tuple[int, int]], dict[str, Path]]:
    """Return the size and the pyramid of each image, made where it is not there yet."""
    masters = folder / "masters"
    masters.mkdir(exist_ok=True)
    held = gallery.Gallery(folder / "home")
    sizes, pyramids = {}, {}
    for name, path, size in corpus.masters(masters, options.pages, options.maps):
        sizes[name] = size
        pyramids[name] = held.derivatives.pyramid(name)
        if not pyramids[name].exists():
            held.add(name, path)
    return sizes, pyramids


def run(folder: Path, options: argparse.Namespace) -> Table:
    sizes, pyramids = prepare(folder, options)
    tiles = corpus.tiles(sizes, 4000)
    regions = corpus.regions(sizes, 400)
    stored, made = corpus.thumbnails(sizes, 400), corpus.thumbnails(sizes, 333)
    with contextlib.ExitStack() as stack:
        address, process = stack.enter_context(
            image_site.served(folder / "home", processes=2, TAKAO_WORKERS="1")
        )
        takao = Server(f"http://{address}/iiif/image/3", [process])
        write_static(folder / "static", takao.base, tiles)
        theirs = stack.enter_context(peers(folder, pyramids, folder / "static", options.port))
        iipsrv = Server(f"http://127.0.0.1:{options.port}/iiif", theirs)
        nginx = Server(f"http://127.0.0.1:{options.port + 1}", theirs)
        both = {"takao": takao, "iipsrv": iipsrv}
        for asked in (tiles, regions, stored, made):
            check_sizes(takao.base, asked, 0)
            check_sizes(iipsrv.base, asked, 1)  # it rounds some sizes down
        table = Table(options)
        table.measure(TILES, {**both, "nginx static": nginx}, tiles)
        table.measure(STORED, both, stored)
        table.measure(MADE, both, made)
        table.measure(REGIONS, both, regions)
        with slow_renders(takao.base):
            table.measure(SLOW, {"takao": takao}, tiles, (8,))
        wrk(takao.base, tiles + regions + made, 16, 2 * options.seconds)
        memory = proportional_memory([process])
        table.judge("G8 memory after mixed load, MB PSS", memory, 250, at_most=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="measure only what begins so: G6")
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--maps", type=int, default=2)
    parser.add_argument("--port", type=int, default=18480)
    parser.add_argument("--keep", type=Path, help="folder for masters and pyramids, used again")
    options = parser.parse_args()
    missing = [package for package, path in NEEDED.items() if not Path(path).exists()]
    if missing:
        raise SystemExit(f"not measured: apt-get install {' '.join(missing)}")
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        table = run(folder.resolve(), options)
    sys.exit(1 if table.missed else 0)


if __name__ == "__main__":
    main()
