"""Resumption tokens: what they say, and that no other text is taken for one."""

import base64
import random
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


def test_ten_thousand_foreign_tokens_are_refused():
    chance = random.Random(1)
    for _ in range(10_000):
        raw = chance.randbytes(chance.randrange(200))
        token = base64.urlsafe_b64encode(raw).decode()[: chance.randrange(1, 260)]
        with pytest.raises(OaiError):
            read_token(token or "x", "ListRecords", KEY)
