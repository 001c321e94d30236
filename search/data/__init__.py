"""Tables of characters; ``search.build_data`` makes them."""
