"""Batches: workers, kill -9, racing edits."""
