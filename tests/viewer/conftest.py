"""The site on real back-ends, and readers of it."""

import pytest
import reading_room
from reading_room import Visitor

from viewer.app import create_app


@pytest.fixture(scope="session")
def room(tmp_path_factory):
    home = tmp_path_factory.mktemp("room") / "takao-data"
    return reading_room.build(home, TAKAO_ONSITE_NETWORKS="192.0.2.0/24")


@pytest.fixture(scope="session")
def site(room):
    whole = create_app(room.app)
    yield whole
    whole.close()


@pytest.fixture
def browser(site):
    """A reader from elsewhere with a browser that asks for Chinese."""
    visitor = Visitor(
        site,
        "203.0.113.9",
        accept="text/html,*/*;q=0.8",
        accept_language="zh-TW,zh;q=0.9,en;q=0.5",
    )
    yield visitor
    visitor.close()


@pytest.fixture
def desk(site):
    """A reader at a computer in the library."""
    visitor = Visitor(site, "192.0.2.7", accept="text/html", accept_language="zh-TW")
    yield visitor
    visitor.close()


@pytest.fixture
def machine(site):
    """A program: names no text/html."""
    visitor = Visitor(site, "203.0.113.9", accept="*/*")
    yield visitor
    visitor.close()
