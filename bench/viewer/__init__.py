"""Manifests, harvests and record formats."""
