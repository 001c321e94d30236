"""The gazetteer: districts of today, historical names with their sources."""

import pytest

from metadata.places import districts, names, related_names, suggest


def test_the_38_districts_with_centres_in_kaohsiung():
    assert len(districts()) == 38
    for district in districts().values():
        assert district.name.endswith("區")
        assert 120.1 < district.longitude < 121.1
        assert 22.4 < district.latitude < 23.5
    assert districts()["64000010"].name == "鹽埕區"


def test_at_least_150_historical_names_each_with_a_source():
    historical = [n for n in names() if not n.place.startswith("district-")]
    assert len(historical) >= 150
    assert all(n.source for n in names())
    assert len({n.id for n in names()}) == len(names())


def test_every_entry_is_sound():
    for name in names():
        assert name.district is None or name.district in districts()
        if name.first is not None and name.last is not None:
            assert name.first <= name.last


@pytest.mark.parametrize(
    "name",
    [
        "打狗",
        "旗後",
        "哈瑪星",
        "埤頭",
        "阿公店",
        "蕃薯寮",
        "楠梓坑",
        "高雄州",
        "岡山郡",
        "鳳山街",
        "左營庄",
    ],
)
def test_names_that_must_be_there(name):
    assert any(n.name == name for n in names())


@pytest.mark.parametrize(
    ("asked", "also"),
    [("打狗", "高雄"), ("高雄", "打狗"), ("阿公店", "岡山"), ("蕃薯寮", "旗山"), ("Takow", "打狗")],
)
def test_a_place_is_known_by_its_other_names(asked, also):
    assert also in [n.name for n in related_names(asked)]


def test_dates_in_use_are_told():
    assert {n.dates for n in related_names("高雄") if n.name == "打狗"} == {"1603–1920"}


@pytest.mark.parametrize(
    ("written", "district"),
    [
        ("鹽埕", "64000010"), ("鹽埕區", "64000010"), ("高雄市鹽埕區", "64000010"),
        ("鳳山", "64000120"), ("鳳山區", "64000120"), ("阿公店", "64000190"),
        ("旗山區", "64000300"),
    ],
)  # fmt: skip
def test_a_name_suggests_its_district(written, district):
    assert suggest(written).district == district


def test_an_ambiguous_or_unknown_name_suggests_nothing():
    assert suggest("赤崁") is None
    assert suggest("臺北") is None
