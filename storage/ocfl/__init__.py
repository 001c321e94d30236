"""Versioned preservation objects (OCFL 1.1)."""
