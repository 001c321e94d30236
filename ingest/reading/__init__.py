"""A page image becomes text with boxes."""
