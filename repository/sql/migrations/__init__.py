"""The catalogue's migrations, applied when it is opened."""
