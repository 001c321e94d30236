"""An S3 server of our own for the tests: moto's, on loopback."""

import urllib.request
import uuid

import pytest


@pytest.fixture(scope="session")
def s3_endpoint(monkeypatch_session):
    """The server's address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch_session.setenv(name, value)
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def monkeypatch_session():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def s3_uri(s3_endpoint):
    """The storage URI of an empty bucket."""
    bucket = f"b{uuid.uuid4().hex[:12]}"
    made = urllib.request.Request(f"{s3_endpoint}/{bucket}", method="PUT")
    urllib.request.urlopen(made).close()
    return f"s3://{bucket}/takao?endpoint={s3_endpoint}"
