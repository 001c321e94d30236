"""Who asks, and what they may see (interfaces §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from repository import rights
from repository.errors import AccessDeniedError, NotFoundError, WithdrawnError

if TYPE_CHECKING:
    from datetime import date

    from starlette.requests import Request

    from metadata.record import Access
    from repository.model import Work
    from viewer.site import App


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader by network address, on a day."""

    client: str | None
    today: date
    networks: tuple[str, ...]

    def may_see(self, work: Work) -> bool:
        """Tell whether images and text of a Work are open to this reader."""
        return rights.allows(work.record, self.client, self.today, self.networks)

    def level(self, work: Work) -> Access:
        """Return the access level that applies to a Work today."""
        return rights.level(work.record, self.today)

    def levels(self) -> frozenset[str]:
        """Return the access levels whose text this reader's searches may find."""
        return rights.allowed_levels(self.client, self.networks)


def reader_of(app: App, request: Request) -> Reader:
    """Return who sent a request."""
    client = request.client.host if request.client else None
    return Reader(client, rights.today(), app.settings.onsite_networks)


def described_work(app: App, work: str) -> Work:
    """Return a Work whose description anybody may read.

    Raises NotFoundError, WithdrawnError.
    """
    found = app.works.get_works([work]).get(work)
    if found is None:
        raise NotFoundError(work)
    if found.withdrawal is not None:
        raise WithdrawnError(found.withdrawal.reason)
    return found


def open_work(app: App, request: Request, work: str) -> Work:
    """Return a Work whose images and text this reader may see.

    Raises NotFoundError, WithdrawnError, AccessDeniedError.
    """
    found = described_work(app, work)
    reader = reader_of(app, request)
    if not reader.may_see(found):
        raise AccessDeniedError(reader.level(found))
    return found
