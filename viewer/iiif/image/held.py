"""Pages ready to be served: who may see them, and their open pyramid.

Asking the catalogue for each tile would cost more than the tile. What was found is kept until the
outbox names its Work; the outbox is looked at once a second, so a withdrawal or a change of access
takes effect within two seconds at the latest.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import re
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from repository import rights
from repository.errors import NotFoundError, WithdrawnError
from storage.images.pyramid import FORMAT, Pyramid

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from repository.catalogue.outbox import Outbox
    from repository.catalogue.works import Works
    from repository.derivatives import Derivatives
    from repository.model import Work

_FRESH_SECONDS = 1.0
_STALE_SECONDS = 2.0
_MOST_CHANGES = 1_000
_MOST_VERDICTS = 1_000
_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)


class NotDerivedError(Exception):
    """The page is known but its access image is not there (now)."""


@dataclass(slots=True)
class HeldPage:
    """A page with its open pyramid; ``tag`` changes when the picture does.

    ``serial`` is this opening's own number.
    """

    serial: int
    id: str
    work: Work
    path: Path
    pyramid: Pyramid
    tag: str
    verdicts: dict[tuple[str | None, date], bool] = field(default_factory=dict)

    def allows(self, client: str | None, networks: tuple[str, ...]) -> bool:
        """Tell whether a reader at ``client`` may see the page today."""
        key = client, rights.today()
        verdict = self.verdicts.get(key)
        if verdict is None:
            if len(self.verdicts) >= _MOST_VERDICTS:
                self.verdicts.clear()
            verdict = rights.allows(self.work.record, client, key[1], networks)
            self.verdicts[key] = verdict
        return verdict


class HeldPages:
    """The last ``most`` pages that were asked for. Used from one event loop."""

    def __init__(self, works: Works, outbox: Outbox, derivatives: Derivatives, most: int) -> None:
        self._works = works
        self._outbox = outbox
        self._derivatives = derivatives
        self._most = most
        self._pages: OrderedDict[str, HeldPage] = OrderedDict()
        self._serials = itertools.count()
        self._sequence = -1
        self._checked = float("-inf")
        self._check: asyncio.Task[None] | None = None

    async def get(self, page: str) -> HeldPage:
        """Return a page; what is held comes back without a wait.

        Raises NotFoundError, WithdrawnError, NotDerivedError, and what the catalogue raises.
        """
        age = time.monotonic() - self._checked
        if age > _FRESH_SECONDS:
            if self._check is None or self._check.done():
                self._check = asyncio.create_task(self._look_at_changes())
                self._check.add_done_callback(_retrieve)
            if age > _STALE_SECONDS:
                await asyncio.shield(self._check)
        held = self._pages.get(page)
        if held is not None:
            self._pages.move_to_end(page)
            return held
        if not _ID.fullmatch(page):
            raise NotFoundError("no page has this id")
        sequence = self._sequence
        held = await asyncio.to_thread(self._find, page)
        if sequence == self._sequence:
            self._pages[page] = held
            if len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return held

    async def _look_at_changes(self) -> None:
        began = time.monotonic()
        sequence, works = await asyncio.to_thread(self._changed_works)
        if sequence != self._sequence:
            for page in list(self._pages):
                if works is None or self._pages[page].work.id in works:
                    del self._pages[page]
            self._sequence = sequence
        self._checked = began

    def _changed_works(self) -> tuple[int, set[str] | None]:
        """Return the newest sequence and the Works changed since the last; None means any."""
        newest = self._outbox.last_sequence()
        missed = newest - self._sequence
        if missed == 0:
            return newest, set()
        if self._sequence < 0 or not 0 < missed <= _MOST_CHANGES:
            return newest, None
        rows = self._outbox.outbox(self._sequence, _MOST_CHANGES)
        complete = len(rows) >= missed
        return newest, {row.work for row in rows} if complete else None

    def _find(self, page: str) -> HeldPage:
        found = self._works.get_pages([page]).get(page)
        work = self._works.get_works([found.work]).get(found.work) if found else None
        if found is None or work is None:
            raise NotFoundError("no page has this id")
        if work.withdrawal is not None:
            raise WithdrawnError(work.withdrawal.reason)
        path = self._derivatives.pyramid(page)
        try:
            pyramid = Pyramid(path)
        except OSError as error:
            raise NotDerivedError(page) from error
        what = f"{found.digest}/{found.frame}/{FORMAT}"
        tag = hashlib.blake2s(what.encode(), digest_size=8).hexdigest()
        return HeldPage(next(self._serials), page, work, path, pyramid, tag)


def _retrieve(check: asyncio.Task[None]) -> None:
    """Take a failure of the background look-up: who waits for it sees it, others go on."""
    if not check.cancelled():
        check.exception()
