"""Query in, hits with boxes out."""
