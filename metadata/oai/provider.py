"""The verbs of OAI-PMH 2.0 over a ``RecordSource``.

Lists go by (changed, id), never by offset, and end before the second that is still being written:
a Record that nobody edits is given exactly once, one that is edited again comes again later with
its new datestamp, and the responseDate is where an incremental harvest may begin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lxml import etree

from metadata.crosswalks import dublin_core, edm, marcxml, mets, mods
from metadata.crosswalks.elements import clean, root
from metadata.oai.request import OaiError, OaiRequest, Selection, read_request, read_selection
from metadata.oai.token import Position, read_token, write_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from metadata.crosswalks.context import WorkContext
    from metadata.oai.source import Entry, RecordSource
    from metadata.record import Record

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_GRANULARITY = "%Y-%m-%dT%H:%M:%SZ"
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Format:
    """A metadata format; ``page`` is how many Records one answer holds."""

    prefix: str
    schema: str
    namespace: str
    write: Callable[[Record, WorkContext], etree._Element]
    page: int


FORMATS = {
    f.prefix: f
    for f in (
        Format("oai_dc", dublin_core.SCHEMA, dublin_core.NAMESPACE, dublin_core.write, 500),
        Format("mods", mods.SCHEMA, mods.NAMESPACE, mods.write, 500),
        Format("marcxml", marcxml.SCHEMA, marcxml.NAMESPACE, marcxml.write, 500),
        Format("mets", mets.SCHEMA, mets.NAMESPACE, mets.write, 50),
        Format("edm", edm.SCHEMA, edm.NAMESPACE, edm.write, 100),
    )
}


@dataclass(frozen=True, slots=True)
class Repository:
    """Who answers. ``key`` signs tokens; ``base_url`` is the address of ``/oai``."""

    name: str
    base_url: str
    namespace: str
    admin_email: str
    key: bytes

    def identifier(self, work: str) -> str:
        """Return the OAI identifier of a Work."""
        return f"oai:{self.namespace}:{work}"

    def work(self, identifier: str) -> str:
        """Return the Work id in an identifier, "" when it is not one of ours."""
        prefix = f"oai:{self.namespace}:"
        return identifier.removeprefix(prefix) if identifier.startswith(prefix) else ""


class Provider:
    """Answers requests from a source."""

    def __init__(self, repository: Repository, source: RecordSource) -> None:
        self._repository = repository
        self._source = source

    def answer(self, pairs: Iterable[tuple[str, str]]) -> etree._Element:
        """Return the ``OAI-PMH`` document for the arguments of a request; never raises OaiError."""
        document = root(NAMESPACE, "OAI-PMH", {None: NAMESPACE}, SCHEMA)
        date = _add(document, "responseDate")
        echo = _add(document, "request", self._repository.base_url)
        horizon = self._source.horizon().replace(microsecond=0)
        try:
            request = read_request(pairs)
            echo.set("verb", request.verb)
            for name, value in request.arguments.items():
                echo.set(name, clean(value))
            if "metadataPrefix" in request.arguments and request.verb != "GetRecord":
                horizon = self._source.settled().replace(microsecond=0)
            document.append(self._carry_out(request, horizon))
        except OaiError as error:
            if error.code in ("badVerb", "badArgument"):
                echo.attrib.clear()
            _add(document, "error", str(error)).set("code", error.code)
        date.text = horizon.strftime(_GRANULARITY)
        return document

    def _carry_out(self, request: OaiRequest, horizon: datetime) -> etree._Element:
        verb = etree.Element(f"{{{NAMESPACE}}}{request.verb}")
        match request.verb:
            case "Identify":
                self._identify(verb, horizon)
            case "ListMetadataFormats":
                self._list_formats(verb, request)
            case "ListSets":
                self._list_sets(verb, request)
            case "GetRecord":
                self._get_record(verb, request)
            case _:
                self._list(verb, request, horizon)
        return verb

    def _identify(self, verb: etree._Element, horizon: datetime) -> None:
        repository = self._repository
        earliest = self._source.earliest() or horizon
        for name, text in (
            ("repositoryName", repository.name),
            ("baseURL", repository.base_url),
            ("protocolVersion", "2.0"),
            ("adminEmail", repository.admin_email),
            ("earliestDatestamp", earliest.strftime(_GRANULARITY)),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
            ("compression", "gzip"),
        ):
            _add(verb, name, text)
        described = root(_IDENTIFIER, "oai-identifier", {None: _IDENTIFIER}, f"{_IDENTIFIER}.xsd")
        for name, text in (
            ("scheme", "oai"),
            ("repositoryIdentifier", repository.namespace),
            ("delimiter", ":"),
            ("sampleIdentifier", repository.identifier("abcdefghjk")),
        ):
            etree.SubElement(described, f"{{{_IDENTIFIER}}}{name}").text = text
        _add(verb, "description").append(described)

    def _list_formats(self, verb: etree._Element, request: OaiRequest) -> None:
        identifier = request.get("identifier")
        if identifier is not None and not self._source.has(self._repository.work(identifier)):
            raise _unknown_identifier()
        for form in FORMATS.values():
            element = _add(verb, "metadataFormat")
            _add(element, "metadataPrefix", form.prefix)
            _add(element, "schema", form.schema)
            _add(element, "metadataNamespace", form.namespace)

    def _list_sets(self, verb: etree._Element, request: OaiRequest) -> None:
        if request.get("resumptionToken") is not None:
            raise OaiError("badResumptionToken", "The list of sets is given whole.")
        for one in self._source.sets():
            element = _add(verb, "set")
            _add(element, "setSpec", one.spec)
            _add(element, "setName", one.name)

    def _get_record(self, verb: etree._Element, request: OaiRequest) -> None:
        form = _format(request.arguments["metadataPrefix"])
        work = self._repository.work(request.arguments["identifier"])
        entry = self._source.get(work, form.prefix) if work else None
        if entry is None:
            raise _unknown_identifier()
        self._record(verb, entry, form)

    def _list(self, verb: etree._Element, request: OaiRequest, horizon: datetime) -> None:
        position = self._position(request)
        selection = position.selection
        form = _format(selection.prefix)
        closed = _closed(selection, horizon)
        after = (position.changed, position.id) if position.id else None
        found = self._source.entries(closed, after, form.page + 1)
        if not found and after is None:
            raise OaiError("noRecordsMatch", "Nothing matches from, until and set.")
        if not found:  # the rest was edited just now and stands at the end of the list
            closed = _closed(selection, self._source.settled().replace(microsecond=0))
            found = self._source.entries(closed, after, form.page + 1)
        page = found[: form.page]
        for entry in page:
            if request.verb == "ListRecords":
                self._record(verb, entry, form)
            else:
                self._header(verb, entry)
        total = position.total if after else self._source.count(closed)
        total = max(total, position.cursor + len(page))
        if len(found) > form.page:
            last = page[-1]
            onward = replace(
                position,
                changed=last.changed,
                id=last.id,
                cursor=position.cursor + len(page),
                total=total,
            )
            self._token(verb, position.cursor, total, write_token(onward, self._repository.key))
        elif after is not None:
            self._token(verb, position.cursor, total, "")

    def _position(self, request: OaiRequest) -> Position:
        token = request.get("resumptionToken")
        if token is not None:
            return read_token(token, request.verb, self._repository.key)
        selection = read_selection(request)
        _format(selection.prefix)
        return Position(request.verb, selection, datetime.min.replace(tzinfo=UTC), "", 0, 0)

    def _token(self, verb: etree._Element, cursor: int, total: int, token: str) -> None:
        element = _add(verb, "resumptionToken", token or None)
        element.set("completeListSize", str(total))
        element.set("cursor", str(cursor))

    def _record(self, parent: etree._Element, entry: Entry, form: Format) -> None:
        record = _add(parent, "record")
        self._header(record, entry)
        if entry.context is not None:
            _add(record, "metadata").append(form.write(entry.record, entry.context))

    def _header(self, parent: etree._Element, entry: Entry) -> None:
        header = _add(parent, "header")
        if entry.deleted:
            header.set("status", "deleted")
        _add(header, "identifier", self._repository.identifier(entry.id))
        _add(header, "datestamp", entry.changed.strftime(_GRANULARITY))
        for spec in entry.sets:
            _add(header, "setSpec", spec)


def _closed(selection: Selection, horizon: datetime) -> Selection:
    """Return a selection that ends before the horizon's second, its last second whole."""
    end = horizon - _INSTANT
    if selection.until is not None:
        end = min(end, selection.until + timedelta(seconds=1) - _INSTANT)
    return replace(selection, until=end)


def _format(prefix: str) -> Format:
    form = FORMATS.get(prefix)
    if form is None:
        raise OaiError("cannotDisseminateFormat", "This metadataPrefix is not offered.")
    return form


def _unknown_identifier() -> OaiError:
    return OaiError("idDoesNotExist", "There is no such identifier in this repository.")


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        child.text = clean(text)
    return child
