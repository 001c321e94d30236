"""What was read on a Work's pages, beside what the store holds of it already."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository import boxes, preserved
from repository.formats.alto import read_alto
from repository.model import PageTextRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from repository.derivatives import Derivatives
    from repository.model import Page
    from repository.text import Direction, LineSpan


@dataclass(frozen=True, slots=True)
class ReadText:
    """A page's text as the catalogue keeps it; ``digest`` is the sha512 of its ALTO file in hex."""

    digest: str
    direction: Direction
    text: str
    boxes: bytes
    running: tuple[int, int]
    lines: tuple[LineSpan, ...]


def read_text(alto: bytes) -> ReadText:
    """Return the text of an ALTO file. Raises UnreadableTextError."""
    page = read_alto(alto)
    flat = page.flat()
    return ReadText(
        digest=hashlib.sha512(alto).hexdigest(),
        direction=page.direction,
        text=flat.text,
        boxes=boxes.pack(flat.boxes),
        running=flat.running,
        lines=flat.lines,
    )


class Readings:
    """The ALTO files of a Work's pages beside those that the store holds already.

    ``known`` are texts, by page, that workers have just read and need not be parsed again.
    """

    def __init__(
        self,
        derivatives: Derivatives,
        state: Mapping[str, str],
        known: Mapping[str, ReadText] | None = None,
    ) -> None:
        self._derivatives = derivatives
        self._state = state
        self._texts = dict(known or {})

    def alto(self, page: str) -> bytes | None:
        """Return a page's ALTO file; None for a page that was not read."""
        path = self._derivatives.alto(page)
        return path.read_bytes() if path.exists() else None

    def is_new(self, page: str) -> bool:
        """Tell whether a page's ALTO differs from the one in the store."""
        known = self._texts.get(page)
        alto = None if known else self.alto(page)
        digest = known.digest if known else alto and hashlib.sha512(alto).hexdigest()
        return digest is not None and self._state.get(preserved.alto_path(page)) != digest

    def text(self, page: str) -> ReadText | None:
        """Return what was read on a page."""
        if page not in self._texts and (alto := self.alto(page)) is not None:
            self._texts[page] = read_text(alto)
        return self._texts.get(page)

    def altos(self, pages: Iterable[Page]) -> dict[str, bytes]:
        """Return the ALTO files by logical path in the store."""
        found = ((p.id, self.alto(p.id)) for p in pages if p.has_text)
        return {preserved.alto_path(page): alto for page, alto in found if alto is not None}

    def rows(self, pages: Iterable[Page], before: Mapping[str, Page]) -> Iterable[PageTextRow]:
        """Yield the rows of pages whose text the catalogue does not have yet."""
        for page in pages:
            if page.id in before and not self.is_new(page.id):
                continue
            text = self.text(page.id)
            if text is None:
                continue
            yield PageTextRow(
                page=page.id,
                work=page.work,
                n=page.n,
                text=text.text,
                boxes=text.boxes,
                running=text.running,
                lines=text.lines,
            )
