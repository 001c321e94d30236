"""Fixtures that several packages' tests use."""

pytest_plugins = ["live.elasticsearch", "live.postgres", "live.s3"]
