"""``--golden`` writes the golden files anew instead of comparing (make golden)."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--golden", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request, pytestconfig):
    """Compare text with a file beside the test, or write it."""

    def check(name, text):
        path = request.path.parent / "files" / name
        if pytestconfig.getoption("--golden", default=False):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8"), (
            "if this is meant: make golden, review the difference"
        )

    return check
