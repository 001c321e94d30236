"""Search: speed, recall and parity of both engines."""
