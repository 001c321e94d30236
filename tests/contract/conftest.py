"""The catalogue on each database, empty."""

from contextlib import closing

import pytest

from repository.sql.catalogue import open_catalogue


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.live)])
def catalogue_uri(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/catalogue.sqlite"
    return request.getfixturevalue("postgresql_uri")


@pytest.fixture
def catalogue(catalogue_uri):
    with closing(open_catalogue(catalogue_uri)) as opened:
        yield opened
