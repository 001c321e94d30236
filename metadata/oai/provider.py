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
from metadata.elements import XSI, escape
from metadata.oai.request import OaiError, OaiRequest, Selection, read_request, read_selection
from metadata.oai.token import Position, read_token, write_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from metadata.crosswalks.context import WorkContext
    from metadata.oai.source import OaiRecord, RecordSource
    from metadata.record import Record

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
_OPEN = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    f'<OAI-PMH xmlns="{NAMESPACE}" xmlns:xsi="{XSI}" xsi:schemaLocation="{NAMESPACE} {SCHEMA}">'
)
_OPEN_IDENTIFIER = (
    f'<oai-identifier xmlns="{_IDENTIFIER}" xsi:schemaLocation="{_IDENTIFIER} {_IDENTIFIER}.xsd">'
)
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

    def text(self, record: Record, context: WorkContext) -> str:
        """Return a Record in this format."""
        if self.prefix == "oai_dc":
            return dublin_core.write_text(record, context)
        written: str = etree.tostring(self.write(record, context), encoding="unicode")
        return written


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
    """Answers requests from a source, in the given formats."""

    def __init__(
        self,
        repository: Repository,
        source: RecordSource,
        formats: Mapping[str, Format] = FORMATS,
    ) -> None:
        self._repository = repository
        self._source = source
        self._formats = formats

    def answer(self, pairs: Iterable[tuple[str, str]]) -> bytes:
        """Return the ``OAI-PMH`` document for the arguments of a request; never raises OaiError."""
        horizon = self._source.horizon().replace(microsecond=0)
        echo: dict[str, str] = {}
        try:
            request = read_request(pairs)
            echo = {"verb": request.verb, **request.arguments}
            if "metadataPrefix" in request.arguments and request.verb != "GetRecord":
                horizon = self._source.settled().replace(microsecond=0)
            content = self._carry_out(request, horizon)
        except OaiError as error:
            if error.code in ("badVerb", "badArgument"):
                echo = {}
            content = _tag("error", str(error), code=error.code)
        parts = (
            _OPEN,
            _tag("responseDate", horizon.strftime(_GRANULARITY)),
            _tag("request", self._repository.base_url, **echo),
            content,
            "</OAI-PMH>\n",
        )
        return "".join(parts).encode()

    def _carry_out(self, request: OaiRequest, horizon: datetime) -> str:
        match request.verb:
            case "Identify":
                parts = self._identify(horizon)
            case "ListMetadataFormats":
                parts = self._list_formats(request)
            case "ListSets":
                parts = self._list_sets(request)
            case "GetRecord":
                parts = self._get_record(request)
            case _:
                parts = self._list(request, horizon)
        return _wrap(request.verb, parts)

    def _identify(self, horizon: datetime) -> Iterator[str]:
        repository = self._repository
        earliest = self._source.earliest() or horizon
        yield _tag("repositoryName", repository.name)
        yield _tag("baseURL", repository.base_url)
        yield _tag("protocolVersion", "2.0")
        yield _tag("adminEmail", repository.admin_email)
        yield _tag("earliestDatestamp", earliest.strftime(_GRANULARITY))
        yield _tag("deletedRecord", "persistent")
        yield _tag("granularity", "YYYY-MM-DDThh:mm:ssZ")
        yield _tag("compression", "gzip")
        described = (
            _OPEN_IDENTIFIER,
            _tag("scheme", "oai"),
            _tag("repositoryIdentifier", repository.namespace),
            _tag("delimiter", ":"),
            _tag("sampleIdentifier", repository.identifier("abcdefghjk")),
            "</oai-identifier>",
        )
        yield _wrap("description", described)

    def _list_formats(self, request: OaiRequest) -> Iterator[str]:
        identifier = request.get("identifier")
        if identifier is not None and not self._source.has(self._repository.work(identifier)):
            raise _unknown_identifier()
        for form in self._formats.values():
            parts = (
                _tag("metadataPrefix", form.prefix),
                _tag("schema", form.schema),
                _tag("metadataNamespace", form.namespace),
            )
            yield _wrap("metadataFormat", parts)

    def _list_sets(self, request: OaiRequest) -> Iterator[str]:
        if request.get("resumptionToken") is not None:
            raise OaiError("badResumptionToken", "The list of sets is given whole.")
        for one in self._source.sets():
            yield _wrap("set", (_tag("setSpec", one.spec), _tag("setName", one.name)))

    def _get_record(self, request: OaiRequest) -> Iterator[str]:
        form = self._format(request.arguments["metadataPrefix"])
        work = self._repository.work(request.arguments["identifier"])
        harvested = self._source.get(work, form.prefix) if work else None
        if harvested is None:
            raise _unknown_identifier()
        yield self._record(harvested, form)

    def _list(self, request: OaiRequest, horizon: datetime) -> Iterator[str]:
        position = self._position(request)
        selection = position.selection
        form = self._format(selection.prefix)
        closed = _closed(selection, horizon)
        after = (position.changed, position.id) if position.id else None
        found = self._source.records(closed, after, form.page + 1)
        if not found and after is None:
            raise OaiError("noRecordsMatch", "Nothing matches from, until and set.")
        if not found:  # the rest was edited just now and stands at the end of the list
            closed = _closed(selection, self._source.settled().replace(microsecond=0))
            found = self._source.records(closed, after, form.page + 1)
        page = found[: form.page]
        for harvested in page:
            yield (
                self._record(harvested, form)
                if request.verb == "ListRecords"
                else self._header(harvested)
            )
        cursor = position.cursor + len(page)
        total = max(position.total if after else self._source.count(closed), cursor)
        size = {"completeListSize": str(total), "cursor": str(position.cursor)}
        if len(found) > form.page:
            last = page[-1]
            onward = replace(position, changed=last.changed, id=last.id, cursor=cursor, total=total)
            yield _tag("resumptionToken", write_token(onward, self._repository.key), **size)
        elif after is not None:
            yield _tag("resumptionToken", "", **size)

    def _position(self, request: OaiRequest) -> Position:
        token = request.get("resumptionToken")
        if token is not None:
            return read_token(token, request.verb, self._repository.key)
        selection = read_selection(request)
        self._format(selection.prefix)
        return Position(request.verb, selection, datetime.min.replace(tzinfo=UTC), "", 0, 0)

    def _format(self, prefix: str) -> Format:
        form = self._formats.get(prefix)
        if form is None:
            raise OaiError("cannotDisseminateFormat", "This metadataPrefix is not offered.")
        return form

    def _record(self, harvested: OaiRecord, form: Format) -> str:
        header = self._header(harvested)
        if harvested.context is None:
            return f"<record>{header}</record>"
        metadata = form.text(harvested.record, harvested.context)
        return f"<record>{header}<metadata>{metadata}</metadata></record>"

    def _header(self, harvested: OaiRecord) -> str:
        status = ' status="deleted"' if harvested.deleted else ""
        identifier = escape(self._repository.identifier(harvested.id))
        sets = "".join(f"<setSpec>{spec}</setSpec>" for spec in harvested.sets)
        return (
            f"<header{status}><identifier>{identifier}</identifier>"
            f"<datestamp>{harvested.changed:{_GRANULARITY}}</datestamp>{sets}</header>"
        )


def _closed(selection: Selection, horizon: datetime) -> Selection:
    """Return a selection that ends before the horizon's second, its last second whole."""
    end = horizon - _INSTANT
    if selection.until is not None:
        end = min(end, selection.until + timedelta(seconds=1) - _INSTANT)
    return replace(selection, until=end)


def _unknown_identifier() -> OaiError:
    return OaiError("idDoesNotExist", "There is no such identifier in this repository.")


def _tag(name: str, text: str, **attributes: str) -> str:
    given = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{escape(text)}</{name}>"


def _wrap(name: str, parts: Iterable[str]) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"
