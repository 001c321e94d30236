"""Resumption tokens: what they say, and that no other text is taken for one."""

import base64
import hashlib
import hmac
import random
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.oai.provider import FORMATS
from metadata.oai.request import OaiError, Selection
from metadata.oai.token import Position, read_token, write_token

KEY = b"k" * 32
SINCE = datetime(1970, 1, 1)  # noqa: DTZ001  # hypothesis wants it without zone
MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=SINCE)
_POSITIONS = st.builds(
    Position,
    st.sampled_from(["ListRecords", "ListIdentifiers"]),
    st.builds(
        Selection,
        st.sampled_from(sorted(FORMATS)),
        st.none() | MOMENTS,
        st.none() | MOMENTS,
        st.none() | st.just("type:map"),
    ),
    MOMENTS,
    st.just("abcdefghjk"),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
)


@given(_POSITIONS)
def test_a_token_says_where_it_is(position):
    assert read_token(write_token(position, KEY), position.verb, KEY) == position


@given(_POSITIONS, st.data())
def test_any_altered_token_is_refused(position, data):
    token = write_token(position, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=33, max_codepoint=0x2FFF))
    altered = data.draw(
        st.sampled_from(
            [token[:at] + other + token[at + 1 :], token[:at], token + other, token + "="]
        )
    )
    if altered != token:
        with pytest.raises(OaiError) as refused:
            read_token(altered, position.verb, KEY)
        assert refused.value.code == "badResumptionToken"


# As it was given out by the first version of Takao: such a token never expires.
GIVEN_OUT = Position(
    "ListRecords",
    Selection("oai_dc", datetime(2026, 1, 1, tzinfo=UTC), None, "type:map"),
    datetime(2026, 11, 24, 5, 30, 0, 250_000, tzinfo=UTC),
    "abcdefghjk",
    100,
    250,
)
TOKEN = (
    "QG3QrzocFy9Ndkn0qQGtSFsxLCJMaXN0UmVjb3JkcyIsIm9haV9kYyIsInR5cGU6bWFwIiwxNzY3MjI1NjAwMDAwMD"
    "AwLG51bGwsMTc5NTQ5ODIwMDI1MDAwMCwiYWJjZGVmZ2hqayIsMTAwLDI1MF0"
)


def test_a_token_stays_what_it_was():
    assert write_token(GIVEN_OUT, KEY) == TOKEN
    assert read_token(TOKEN, "ListRecords", KEY) == GIVEN_OUT


def test_the_tokens_of_a_harvest_are_read_back_and_need_no_escaping():
    for cursor in range(300):
        position = replace(GIVEN_OUT, cursor=cursor)
        token = write_token(position, KEY)
        assert re.fullmatch("[A-Za-z0-9_-]+", token)
        assert read_token(token, "ListRecords", KEY) == position


def test_a_token_for_another_verb_is_refused():
    with pytest.raises(OaiError, match=r"^Not a token of this repository for this verb[.]$"):
        read_token(TOKEN, "ListIdentifiers", KEY)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(b"[1,", b"[2,"), (b"]", b",0]"), (b"[1,", b"["), (b",250]", b"]")],
    ids=repr,
)
def test_a_token_of_another_version_is_refused_though_it_is_signed(ours, theirs):
    payload = base64.urlsafe_b64decode(TOKEN + "==")[16:].replace(ours, theirs)
    signed = hmac.new(KEY, payload, hashlib.sha256).digest()[:16] + payload
    with pytest.raises(OaiError, match=r"^Not a token"):
        read_token(base64.urlsafe_b64encode(signed).decode().rstrip("="), "ListRecords", KEY)


def test_ten_thousand_foreign_tokens_are_refused():
    chance = random.Random(1)
    for _ in range(10_000):
        raw = chance.randbytes(chance.randrange(200))
        token = base64.urlsafe_b64encode(raw).decode()[: chance.randrange(1, 260)]
        with pytest.raises(OaiError):
            read_token(token or "x", "ListRecords", KEY)
