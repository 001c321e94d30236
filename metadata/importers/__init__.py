"""Records from the formats that libraries hand over; each reader gives rows as a sheet does."""
