"""What arrives: found, unpacked, checked, reported."""
