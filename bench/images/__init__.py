"""Serving images, beside other servers."""
