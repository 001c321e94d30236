"""Records to the formats that partners read: one file per format, each with a ``write``."""
