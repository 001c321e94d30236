"""Resumption tokens: all state is in them, signed; they never expire and survive restarts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from metadata.oai.request import OaiError, Selection

_SIGNATURE = 16
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIELDS = 10


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list goes on: after (``changed``, ``id``).

    ``cursor`` counts what was given before, ``total`` what the list had when it began.
    """

    verb: str
    selection: Selection
    changed: datetime
    id: str
    cursor: int
    total: int


def write_token(position: Position, key: bytes) -> str:
    """Return the token of a position."""
    selection = position.selection
    values = [
        1,
        position.verb,
        selection.prefix,
        selection.set_spec,
        _micros(selection.since),
        _micros(selection.until),
        _micros(position.changed),
        position.id,
        position.cursor,
        position.total,
    ]
    payload = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_sign(payload, key) + payload).decode().rstrip("=")


def read_token(token: str, verb: str, key: bytes) -> Position:
    """Return the position in a token. Raises OaiError (badResumptionToken) for any other text."""
    try:
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (UnicodeEncodeError, binascii.Error):
        raise _refusal() from None
    # Several texts decode to the same bytes; only the one that was given out is taken back.
    same = base64.urlsafe_b64encode(raw).decode().rstrip("=") == token
    signature, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
    if not same or not hmac.compare_digest(signature, _sign(payload, key)):
        raise _refusal()
    values: list[Any] = json.loads(payload)
    if len(values) != _FIELDS or values[0] != 1 or values[1] != verb:
        raise _refusal()
    _, _, prefix, set_spec, since, until, changed, identifier, cursor, total = values
    selection = Selection(prefix, _moment(since), _moment(until), set_spec)
    return Position(verb, selection, _EPOCH + _delta(changed), identifier, cursor, total)


def _refusal() -> OaiError:
    return OaiError("badResumptionToken", "Not a token of this repository for this verb.")


def _sign(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()[:_SIGNATURE]


def _delta(micros: int) -> timedelta:
    return timedelta(microseconds=micros)


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else _EPOCH + _delta(micros)
