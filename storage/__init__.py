"""Bytes by key: blob stores, OCFL objects, tile pyramids. Knows no Work."""
