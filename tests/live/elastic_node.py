"""A real Elasticsearch on loopback for tests, without Docker; run as a script it stays up.

Needs Maven and a JDK of version 21 or newer (looked for under /usr/lib/jvm, then JAVA_HOME). The
first start fetches about 910 MB through Maven and keeps 200 MB under TAKAO_ES_HOME (by default
``takao-elasticsearch`` in the folder for temporary files); later ones take some 15 seconds.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

CARRIER = "26.8.0.126808"
VERSION = "9.4.3"
_POM = Path(__file__).with_name("elastic-pom.xml")
_OLDEST_JAVA = 21
_START_SECONDS = 180
_NOBODY = 65534  # the server refuses to run as root
_CONFIGURATION = """\
cluster.name: takao-tests
network.host: 127.0.0.1
http.port: {port}
discovery.type: single-node
path.data: {run}/data
path.logs: {run}/logs
xpack.security.enabled: false
cluster.routing.allocation.disk.threshold_enabled: false
action.destructive_requires_name: false
"""


class CannotStartError(Exception):
    """What is missing, and how to get it."""


def java_home() -> Path:
    """Return the home of a JDK that is new enough."""
    homes = [*sorted(Path("/usr/lib/jvm").glob("*")), Path(os.environ.get("JAVA_HOME", "/none"))]  # noqa: TID251
    for home in homes:
        if (home / "bin/java").exists():
            said = subprocess.run(
                [home / "bin/java", "-version"], capture_output=True, text=True, check=False
            ).stderr
            found = re.search(r'"(\d+)', said)
            if found and int(found[1]) >= _OLDEST_JAVA:
                return home
    raise CannotStartError("no JDK 21 or newer: install one (openjdk-21-jdk, temurin-25-jdk)")


def tree() -> Path:
    """Return the unpacked server, fetched at the first call."""
    home = Path(
        os.environ.get("TAKAO_ES_HOME") or Path(tempfile.gettempdir(), "takao-elasticsearch")  # noqa: TID251
    )
    unpacked = home / CARRIER / f"sonarqube-{CARRIER}" / "elasticsearch"
    if (unpacked / ".complete").exists():
        return unpacked
    if shutil.which("mvn") is None:
        raise CannotStartError("Maven is missing: install it (apt install maven)")
    shutil.rmtree(home / CARRIER, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    cache = home / "maven"
    subprocess.run(
        [
            "mvn", "-B", "-q", "-f", _POM, f"-Dmaven.repo.local={cache}", "dependency:unpack",
            f"-Dcarrier.version={CARRIER}", f"-Dtarget.folder={home / CARRIER}",
        ],
        check=True,
        timeout=900,
    )  # fmt: skip
    shutil.rmtree(cache, ignore_errors=True)
    (unpacked / "plugins").mkdir(exist_ok=True)
    (unpacked / ".complete").touch()
    for folder in (home, home / CARRIER, unpacked.parent):
        folder.chmod(0o755)
    return unpacked


class Server:
    """One node with a folder of its own, which outlives ``kill`` and is deleted by ``stop``."""

    def __init__(self, heap: str = "1g") -> None:
        self._heap = heap
        self._java = java_home()
        self._tree = tree()
        self.run = Path(tempfile.mkdtemp(prefix="takao-es-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for name in ("data", "logs", "tmp"):
            (self.run / name).mkdir()
        shutil.copytree(self._tree / "config", self.run / "config")
        text = _CONFIGURATION.format(port=self.port, run=self.run)
        (self.run / "config/elasticsearch.yml").write_text(text, "utf-8")
        if os.getuid() == 0:
            for path in (self.run, *self.run.rglob("*")):
                os.chown(path, _NOBODY, _NOBODY)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        """Start, and wait until the server answers."""
        launcher = [
            self._java / "bin/java", "-Xmx64m", "-XX:+UseSerialGC", "-cp",
            "lib/tools/server-launcher/*:lib/*", "org.elasticsearch.server.launcher.ServerLauncher",
        ]  # fmt: skip
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOSTNAME": "localhost",
            "JAVA": str(self._java / "bin/java"),
            "JAVA_TYPE": "ES_JAVA_HOME",
            "ES_JAVA_HOME": str(self._java),
            "ES_HOME": str(self._tree),
            "ES_PATH_CONF": str(self.run / "config"),
            "ES_TMPDIR": str(self.run / "tmp"),
            "ES_DISTRIBUTION_TYPE": "zip",
            "ES_JAVA_OPTS": f"-Xms{self._heap} -Xmx{self._heap}",
        }
        with (self.run / "logs/start.log").open("ab") as log:
            self._process = subprocess.Popen(
                launcher,
                cwd=self._tree,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=_NOBODY if os.getuid() == 0 else None,
            )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            if self.answers():
                return self
            if self._process.poll() is not None:
                break
            time.sleep(0.3)
        said = (self.run / "logs/start.log").read_text("utf-8", "replace")[-2000:]
        self.stop()
        raise CannotStartError(f"the server did not start: {said}")

    def answers(self) -> bool:
        """Tell whether the server is ready."""
        address = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            with urllib.request.urlopen(address, timeout=3) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def signal(self, number: int) -> None:
        """Send a signal to the node and its launcher."""
        if self._process is not None:
            os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once, as a power cut would; its data stay."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it and delete its data."""
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.run, ignore_errors=True)


@pytest.fixture(scope="session")
def elasticsearch_node():
    """A server of our own, which a test may freeze or kill if it wakes it again."""
    server = _server_or_skip()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def elasticsearch_url(request):
    """The address of a server: TAKAO_TEST_ELASTICSEARCH, or one of our own."""
    given = os.environ.get("TAKAO_TEST_ELASTICSEARCH")  # noqa: TID251
    return given or request.getfixturevalue("elasticsearch_node").url


def _server_or_skip() -> Server:
    try:
        return Server()
    except (CannotStartError, subprocess.SubprocessError) as error:
        missing = f"no Elasticsearch: {error}; or set TAKAO_TEST_ELASTICSEARCH"
        if os.environ.get("TAKAO_REQUIRE_LIVE") == "1":  # noqa: TID251
            pytest.fail(missing)
        pytest.skip(missing)


if __name__ == "__main__":
    server = Server().start()
    sys.stdout.write(f"{server.url} (Elasticsearch {VERSION}); Ctrl-C stops it\n")
    try:
        signal.pause()
    except KeyboardInterrupt:
        server.stop()
