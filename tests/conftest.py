"""Fixtures that several packages' tests use."""

pytest_plugins = ["live.elastic_node", "live.postgres", "live.s3"]
