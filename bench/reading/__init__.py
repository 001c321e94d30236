"""Reading pages: errors, direction, CPU."""
