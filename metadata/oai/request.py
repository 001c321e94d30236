"""The arguments of an OAI-PMH request, read as strictly as the specification (§3, §4) asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Code = Literal[
    "badArgument", "badResumptionToken", "badVerb", "cannotDisseminateFormat",
    "idDoesNotExist", "noRecordsMatch",
]  # fmt: skip
_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# OAI-PMH.xsd, setSpecType.
_SET = re.compile(r"[A-Za-z0-9_.!~*'()-]+(:[A-Za-z0-9_.!~*'()-]+)*")
_LIST = frozenset({"from", "until", "set", "resumptionToken"})
# verb: (required, optional). Lists need metadataPrefix unless they have a token.
_ARGUMENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), _LIST),
    "ListRecords": (frozenset({"metadataPrefix"}), _LIST),
}


class OaiError(Exception):
    """A request that OAI-PMH answers with an ``error`` element."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Selection:
    """What a list is of. ``since`` and ``until`` are inclusive, in whole seconds UTC."""

    prefix: str
    since: datetime | None = None
    until: datetime | None = None
    set_spec: str | None = None


@dataclass(frozen=True, slots=True)
class OaiRequest:
    """A request whose arguments are legal together."""

    verb: str
    arguments: dict[str, str]

    def get(self, name: str) -> str | None:
        """Return an argument."""
        return self.arguments.get(name)


def read_request(pairs: Iterable[tuple[str, str]]) -> OaiRequest:
    """Return the request of name-value pairs. Raises OaiError: badVerb, badArgument."""
    given: dict[str, str] = {}
    repeated = set()
    for name, value in pairs:
        if name in given:
            repeated.add(name)
        given[name] = value
    verb = given.pop("verb", None)
    if verb not in _ARGUMENTS or "verb" in repeated:
        raise OaiError("badVerb", "The verb argument is missing, repeated or not a legal verb.")
    if repeated:
        raise OaiError("badArgument", f"Repeated: {_names(repeated)}.")
    required, optional = _ARGUMENTS[verb]
    if unknown := given.keys() - required - optional:
        raise OaiError("badArgument", f"Not an argument of {verb}: {_names(unknown)}.")
    if "resumptionToken" in given:
        if len(given) > 1:
            raise OaiError("badArgument", "resumptionToken excludes every other argument.")
    elif missing := required - given.keys():
        raise OaiError("badArgument", f"Missing: {_names(missing)}.")
    return OaiRequest(verb, given)


def read_selection(request: OaiRequest) -> Selection:
    """Return what a list request without token asks for. Raises OaiError: badArgument."""
    since_text, until_text = request.get("from"), request.get("until")
    if since_text and until_text and len(since_text) != len(until_text):
        raise OaiError("badArgument", "from and until must have the same granularity.")
    since = _moment(since_text, "from", timedelta())
    until = _moment(until_text, "until", timedelta(hours=23, minutes=59, seconds=59))
    if since and until and since > until:
        raise OaiError("badArgument", "from is later than until.")
    set_spec = request.get("set")
    if set_spec is not None and _SET.fullmatch(set_spec) is None:
        raise OaiError("badArgument", "set is not a legal setSpec.")
    return Selection(request.arguments["metadataPrefix"], since, until, set_spec)


def _moment(text: str | None, name: str, rest_of_day: timedelta) -> datetime | None:
    """Return a datestamp; a day stands for its first second, or its last with ``rest_of_day``."""
    if text is None:
        return None
    try:
        if _SECONDS.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if _DAY.fullmatch(text):
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + rest_of_day
    except (ValueError, OverflowError):
        pass
    raise OaiError("badArgument", f"{name} must be YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(name[:40] for name in names))
