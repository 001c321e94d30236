"""The reader's site: pages that are complete without JavaScript."""
