"""Pages that match but for reading errors."""
