"""Why a text format cannot be read."""


class UnreadableTextError(Exception):
    """A file of page text is damaged, or not what its format says; the message tells where."""
