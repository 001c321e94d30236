"""Who may see a Work's pages: interfaces §6."""

from datetime import date, datetime

import pytest
from holdings import record

from repository import rights
from repository.errors import SettingsError
from repository.settings import read_settings

TODAY = date(2026, 11, 24)
ROOMS = ("192.0.2.0/24", "2001:db8:1::/48")
INSIDE = ["192.0.2.7", "2001:db8:1::5", "::ffff:192.0.2.7", "2001:db8:1::5%eth0"]
OUTSIDE = ["198.51.100.1", "2001:db8:2::5", "::ffff:198.51.100.1", "::c000:207", "", "nobody", None]


@pytest.mark.parametrize("client", [*INSIDE, *OUTSIDE])
@pytest.mark.parametrize(
    ("access", "embargo", "levels"),
    [
        ("open", None, "io"),
        ("onsite", None, "i"),
        ("restricted", None, ""),
        ("公開給大家", None, ""),
        ("", None, ""),
        ("open", "2026-11-24", "io"),
        ("open", "2026-11-25", ""),
        ("onsite", "2020-01-01", "i"),
        ("open", "民國120年", ""),
    ],
)
def test_access_by_level_and_place(client, access, embargo, levels):
    described = record(access=access, embargo_until=embargo)
    expected = ("i" if client in INSIDE else "o") in levels
    assert rights.allows(described, client, TODAY, ROOMS) is expected


@pytest.mark.parametrize(
    ("access", "embargo", "level"),
    [
        ("open", None, "open"),
        ("onsite", None, "onsite"),
        ("open", "2026-11-24", "open"),
        ("open", "2026-11-25", "restricted"),
        ("open", "民國120年", "restricted"),
        ("公開給大家", None, "restricted"),
    ],
)
def test_the_level_that_applies_is_one_of_the_three(access, embargo, level):
    assert rights.level(record(access=access, embargo_until=embargo), TODAY) == level


def test_nobody_is_on_site_without_networks():
    assert not rights.is_on_site("192.0.2.7", ())


@pytest.mark.parametrize("client", INSIDE)
def test_networks_may_name_one_address(client):
    assert rights.is_on_site(client, ("192.0.2.7", "2001:db8:1::5"))


def test_a_network_with_host_bits_is_taken_whole():
    assert rights.is_on_site("192.0.2.200", ("192.0.2.7/24",))


def test_networks_that_are_none_are_refused_at_the_start():
    with pytest.raises(SettingsError, match="TAKAO_ONSITE_NETWORKS"):
        read_settings({"TAKAO_ONSITE_NETWORKS": "192.0.2.0/24 reading-room"})
    given = read_settings({"TAKAO_ONSITE_NETWORKS": "192.0.2.0/24, 2001:db8:1::/48"})
    assert given.onsite_networks == ROOMS


@pytest.mark.parametrize(("moment", "day"), [("15:59", 30), ("16:00", 31), ("23:59", 31)])
def test_the_day_changes_at_midnight_in_taiwan(moment, day):
    assert rights.today(datetime.fromisoformat(f"2026-12-30T{moment}:00Z")) == date(2026, 12, day)
