"""Where the columns of spreadsheets lead: the cell under a heading into a draft."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from metadata.fields import HEADINGS, read_agent, split_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from metadata.draft import Draft

_INVISIBLE = re.compile("[\u200b-\u200f\ufeff]")
_WITHDRAWN = {"撤除", "withdrawn"}


def column_of(heading: str) -> str | None:
    """Return the column that a heading names, None when it is none of ours."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFKC", heading))
    plain = " ".join(visible.split()).casefold()
    close = plain.replace(" ", "")  # 題 名, spread out to look even
    return next((n for n, also in HEADINGS.items() if plain == n or close in also), None)


def put(column: str, text: str, draft: Draft) -> None:
    """Put a cell's text into a draft; repeated values are parted by ``;`` or ``；``."""
    if column in _REPEATED:
        for value in split_values(text):
            _REPEATED[column](value, draft)
    else:
        _WHOLE[column](text, draft)


def _note(kind: str) -> Callable[[str, Draft], None]:
    return lambda text, draft: draft.note(text, kind)


def _single(name: str) -> Callable[[str, Draft], None]:
    return lambda text, draft: draft.one(name, text)


def _many(name: str) -> Callable[[str, Draft], None]:
    return lambda text, draft: draft.many(name, text)


def _status(text: str, draft: Draft) -> None:
    if draft.tidy(text).casefold() in _WITHDRAWN:
        draft.singles["withdrawn"] = True
    else:
        draft.keep("狀態", text)


_REPEATED: dict[str, Callable[[str, Draft], None]] = {
    "identifier": _many("identifiers"),
    "title": lambda text, draft: draft.title(text),
    "alternative title": lambda text, draft: draft.title(text, "alternative"),
    "creator": lambda text, draft: draft.agent(read_agent(text)),
    "date": lambda text, draft: draft.date(text),
    "place": lambda text, draft: draft.place(text),
    "subject": lambda text, draft: draft.subject(text),
    "classification": lambda text, draft: draft.subject(text, "class"),
    "siku class": lambda text, draft: draft.subject(text, "siku"),
    "language": lambda text, draft: draft.language(text),
    "collection": _many("collections"),
    "page labels": _many("page_labels"),
}
_WHOLE: dict[str, Callable[[str, Draft], None]] = {
    "type": lambda text, draft: draft.material(text),
    "rights": lambda text, draft: draft.rights(text),
    "access": lambda text, draft: draft.access(text),
    "embargo until": lambda text, draft: draft.embargo(text),
    "status": _status,
    **{
        kind: _note(kind)
        for kind in (
            "description",
            "note",
            "prefaces",
            "seals",
            "contents",
            "provenance",
            "acquisition",
        )
    },
    **{
        name: _single(name.replace(" ", "_").replace("-", "_"))
        for name in (
            "publisher",
            "place of publication",
            "call number",
            "extent",
            "edition",
            "page format",
            "binding",
            "volumes",
            "rare-book number",
        )
    },
}
