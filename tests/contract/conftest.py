"""The back-ends that the contract suites run on."""

import pytest


@pytest.fixture(scope="session")
def s3_endpoint(monkeypatch_session):
    """The address of a real S3 server of our own: moto's, on loopback."""
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
