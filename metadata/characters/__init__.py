"""Text of records in the encodings of library systems: UTF-8, MARC-8, Big5, CCCII."""
