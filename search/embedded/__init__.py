"""The search engine in a SQLite file."""
