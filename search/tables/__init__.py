"""Tables of characters; ``search.build_tables`` makes them."""
