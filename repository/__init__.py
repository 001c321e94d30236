"""What the library holds, and what changed when."""
