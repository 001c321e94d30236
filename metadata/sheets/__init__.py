"""Spreadsheets: read, written, and applied to Records column by column."""
