"""Page images: decoded in a sandbox, cut into pyramids."""
