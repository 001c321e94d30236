"""Fixtures that several packages' tests use."""

pytest_plugins = ["live.postgres", "live.s3"]
