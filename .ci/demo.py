"""Run `make demo` as a newcomer does: once from nothing, once more; ask the site, stop it.

The second time nothing may be taken in again, and the site must answer within seconds. Standard
library only: it runs before anything is installed.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

FIRST_SECONDS, SECOND_SECONDS = 1500, 40


def free_port():
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(address):
    """Tell whether the site is ready."""
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def found(address, words):
    """Return the totals of a search and the addresses of its first hits."""
    query = urllib.parse.urlencode({"q": words})
    with urllib.request.urlopen(f"{address}/api/search?{query}", timeout=30) as reply:
        document = json.load(reply)
    crops = [page["crop"] for work in document["results"] for page in work["pages"]]
    return document["totals"], [urllib.parse.urljoin(address, crop) for crop in crops if crop]


def visit(seconds):
    """Start `make demo`, wait for it, search; return the seconds it took and what was found."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    began = time.monotonic()
    command = ["make", "demo", f"PORT={port}"]
    demo = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        while not answers(address):
            if demo.poll() is not None:
                sys.exit(f"make demo ended with {demo.returncode}")
            if time.monotonic() - began > seconds:
                sys.exit(f"make demo did not answer within {seconds} s")
            time.sleep(0.5)
        took = time.monotonic() - began
        totals = {}
        for words in ("圖書館", "港", "图书馆", "臺灣", "四庫"):
            totals[words], crops = found(address, words)
            if not totals[words]["pages"]:
                sys.exit(f"nothing found for {words}")
            with urllib.request.urlopen(crops[0], timeout=30) as reply:
                if not reply.read(3).startswith(b"\xff\xd8"):
                    sys.exit(f"the crop of a hit is no JPEG: {crops[0]}")
        return took, totals
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=60)


def main():
    """Visit twice and compare."""
    # Ctrl-C must reach the site even when a shell started us with it switched off.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    first, found_first = visit(FIRST_SECONDS)
    second, found_second = visit(SECOND_SECONDS)
    print(f"make demo: {first:.0f} s from a fresh clone, {second:.1f} s again; {found_first}")
    if found_first != found_second:
        sys.exit(f"a second run changed what is found: {found_second}")


if __name__ == "__main__":
    main()
