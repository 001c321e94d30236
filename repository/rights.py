"""Who may see a Work's pages (interfaces §6). Every check goes through ``allows``."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, get_args

from metadata.record import Access

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metadata.record import Record

# Taiwan has no summer time.
_TAIWAN = timezone(timedelta(hours=8))


def today(now: datetime | None = None) -> date:
    """Return the day at the library: embargoes end at midnight in Taiwan, wherever the server is.

    ``now`` is an aware moment, by default this one.
    """
    return (now or datetime.now(UTC)).astimezone(_TAIWAN).date()


def level(record: Record, today: date) -> Access:
    """Return the access level that applies today.

    An embargo, or a value that is not known, counts as restricted.
    """
    if record.embargo_until:
        try:
            if today < date.fromisoformat(record.embargo_until):
                return "restricted"
        except ValueError:
            return "restricted"
    return record.access if record.access in get_args(Access) else "restricted"


def allowed_levels(client: str | None, networks: Iterable[str]) -> frozenset[str]:
    """Return the access levels that a reader at ``client`` may see."""
    on_site = client is not None and is_on_site(client, networks)
    return frozenset({"open", "onsite"}) if on_site else frozenset({"open"})


def allows(record: Record, client: str | None, today: date, networks: Iterable[str]) -> bool:
    """Tell whether a reader at ``client`` may see the page images and text of a Work.

    ``networks`` are the addresses of the reading rooms (``TAKAO_ONSITE_NETWORKS``), as CIDR.
    """
    return level(record, today) in allowed_levels(client, networks)


def is_on_site(client: str, networks: Iterable[str]) -> bool:
    """Tell whether an address is in one of ``networks``; IPv4 written as IPv6 is IPv4."""
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return any(address in ipaddress.ip_network(n, strict=False) for n in networks)
