"""Several server processes on one port: shared out, replaced, ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import gallery
import hostile
import image_site
import pytest

from repository.errors import SettingsError
from viewer.server import serve


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("server")
    hostile.picture(700, 600).save(folder / "a.png")
    gallery.Gallery(folder / "home").add("a", folder / "a.png")
    return folder / "home"


def children(process):
    return {
        int(child)
        for task in Path(f"/proc/{process}/task").iterdir()
        for child in (task / "children").read_text().split()
    }


def status(address):
    with urllib.request.urlopen(f"http://{address}/iiif/image/3/a/info.json", timeout=10) as answer:
        return answer.status


def until(condition, seconds=15):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_connections_are_dealt_out_among_the_processes(home):
    with image_site.served(home, processes=2) as (address, supervisor):
        host, port = address.split(":")
        until(lambda: len(children(supervisor)) == 2)
        until(lambda: all(listens(child, int(port)) for child in children(supervisor)))
        held = [socket.create_connection((host, int(port))) for _ in range(64)]
        try:
            until(lambda: sum(connections(c, int(port)) for c in children(supervisor)) == 64)
            shares = [connections(child, int(port)) for child in children(supervisor)]
            assert min(shares) >= 10, shares  # evenly dealt: fewer once in 10⁸ times
        finally:
            for connection in held:
                connection.close()


def test_a_process_that_dies_is_replaced_and_the_site_goes_on(home):
    with image_site.served(home, processes=2) as (address, supervisor):
        until(lambda: len(children(supervisor)) == 2)
        first = children(supervisor)
        os.kill(min(first), signal.SIGKILL)
        until(lambda: len(children(supervisor) - first) == 1)
        until(lambda: all(listens(c, int(address.split(":")[1])) for c in children(supervisor)))
        assert [status(address) for _ in range(20)] == [200] * 20


@pytest.fixture(params=[signal.default_int_handler, signal.SIG_IGN], ids=["console", "background"])
def started_in(request):
    """From a console, or as a shell's background job, which inherits that SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, request.param)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("started_in")
@pytest.mark.parametrize(("processes", "forked"), [(1, 0), (2, 2)])
def test_an_interrupt_ends_a_site_however_it_was_started(home, processes, forked):
    with image_site.served(home, processes=processes) as (address, first):
        until(lambda: len(children(first)) == forked)
        assert status(address) == 200
        family = {first, *children(first)}
        os.kill(first, signal.SIGINT)
        until(lambda: not any(Path(f"/proc/{process}/exe").exists() for process in family))


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_all_end_with_the_first_process(home, end):
    with image_site.served(home, processes=2) as (address, supervisor):
        until(lambda: len(children(supervisor)) == 2)
        assert status(address) == 200
        family = children(supervisor)
        os.kill(supervisor, end)
        until(lambda: not any(Path(f"/proc/{process}/exe").exists() for process in family))


def test_a_site_that_cannot_be_opened_ends_all_and_says_why(tmp_path):
    script = (
        "from repository.errors import CatalogueError\n"
        "from viewer.server import serve\n"
        "def broken(): raise CatalogueError('no catalogue here')\n"
        f"serve(broken, '127.0.0.1', {free_port()}, 2)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 3
    assert "no catalogue here" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("processes", [1, 2])
def test_a_port_that_is_taken_is_refused(processes):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=str(port)):
            serve(lambda: pytest.fail("opened all the same"), "127.0.0.1", port, processes)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def sockets(process):
    found = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def rows(process, port, state):
    """The TCP sockets of a process at a local port in a state of /proc/net/tcp."""
    own = sockets(process)
    fields = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        f for f in fields if int(f[1].split(":")[1], 16) == port and f[3] == state and f[9] in own
    ]


def listens(process, port):
    return bool(rows(process, port, "0A"))


def connections(process, port):
    return len(rows(process, port, "01"))
