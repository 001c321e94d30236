"""An empty library for each test; the catalogue's tables are made once."""

import shutil

import pytest
from drawn_library import Library

from repository.sql.catalogue import open_catalogue


@pytest.fixture(scope="session")
def empty_catalogue(tmp_path_factory):
    file = tmp_path_factory.mktemp("empty") / "catalogue.sqlite"
    open_catalogue(f"sqlite:///{file}").close()
    return file


@pytest.fixture
def library(tmp_path, empty_catalogue):
    shutil.copy(empty_catalogue, tmp_path / "catalogue.sqlite")
    made = Library(tmp_path)
    yield made
    made.close()
