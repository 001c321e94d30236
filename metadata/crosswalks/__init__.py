"""A Record written in the formats that partners harvest. One module a format.

Each has ``write(record, context)``, and ``LOST``: the Record's fields that the format cannot hold.
"""
