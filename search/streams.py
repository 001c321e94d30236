"""The rows of tokens in which text is indexed and sought."""

from __future__ import annotations

from enum import StrEnum


class Stream(StrEnum):
    """A row of tokens of a page, or (DESCRIPTION) of a Work."""

    FOLDED = "g"
    WRITTEN = "x"
    CHARACTERS = "u"
    WRITTEN_CHARACTERS = "v"
    SEAM = "j"
    WRITTEN_SEAM = "k"
    SKIPS = "s"
    DESCRIPTION = "d"
