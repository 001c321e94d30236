"""``takao verify``: is everything that was preserved still there, unchanged and known?"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from ingest.audit.audit_state import read_state
from ingest.audit.findings import Finding, Findings
from metadata.problem import problem
from repository import preserved
from repository.catalogue.changes import ChangeFilter, ChangePoint
from repository.model import Event
from storage.errors import DamagedObjectError, StorageUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ingest.holdings import Holdings
    from repository.model import Page, Work
    from storage.ocfl.store import ObjectFinding

_AGENT = "takao verify"
_AT_ONCE = 500
_FIXITY = {"E092", "E093"}


def verify(
    holdings: Holdings,
    *,
    sample: float | None = None,
    rate: float | None = None,
    state: Path | None = None,
) -> Findings:
    """Audit the whole store and return what was found (see ``Audit``)."""
    audit = Audit(holdings, sample=sample, rate=rate, state=state)
    entries = tuple(audit.findings())
    return Findings(audit.checked, entries)


class Audit:
    """One audit: fixity and OCFL validity of each object, and agreement with the catalogue.

    ``sample`` is the share of files (0 to 1) whose bytes are read, None for all; ``rate`` the most
    bytes read per second. ``state`` is the file that lets an interrupted audit go on.
    """

    def __init__(
        self,
        holdings: Holdings,
        *,
        sample: float | None = None,
        rate: float | None = None,
        state: Path | None = None,
    ) -> None:
        self._holdings = holdings
        self._objects = holdings.objects
        self._derivatives = holdings.derivatives
        self._sample = sample
        self._chance = random.SystemRandom()
        self._pace = _Pace(rate)
        self._state = read_state(state, sample)

    @property
    def checked(self) -> int:
        """Return the number of files whose bytes were compared so far."""
        return self._state.checked

    def findings(self) -> Iterator[Finding]:
        """Yield what is wrong as it is found; what an interrupted run had found comes first.

        Writes a PREMIS fixity event for each Work, and one for each damaged file.
        """
        yield from tuple(self._state.entries)
        after = self._state.after
        seen: set[str] = set()
        try:
            for root in self._objects.roots():
                seen.add(root)
                if root <= after:
                    continue
                entries = tuple(self._object(root))
                self._state.step(root, entries)
                yield from entries
        finally:
            self._state.save()
        yield from self._without_object(seen)
        yield from self._orphans()
        self._state.end()

    def _object(self, root: str) -> Iterator[Finding]:
        try:
            object_id = self._objects.identify(root)
        except StorageUnavailableError as error:
            yield Finding(problem("object-unidentified", root, reason=str(error)), root)
            return
        if object_id is None:
            yield Finding(problem("object-unidentified", root, reason="inventory.json"), root)
            return
        try:
            work_id: str | None = preserved.work_of(object_id)
        except ValueError:
            work_id = None
            yield Finding(problem("object-foreign", root, object=object_id), root)
        pages = self._holdings.works.pages_of(work_id) if work_id else ()
        yield from self._fixity(root, object_id, work_id, pages)
        if work_id:
            yield from self._agreement(root, work_id, pages)

    def _fixity(
        self, root: str, object_id: str, work: str | None, pages: tuple[Page, ...]
    ) -> Iterator[Finding]:
        """Validate one object; keep the outcome as events of its Work."""
        before = self._state.checked
        found = self._objects.validate(object_id, wanted=self._wanted, pace=self._pace)
        by_content = self._pages_by_content(object_id, pages)
        named: set[str] = set()
        events: list[Event] = []
        now = datetime.now(UTC)
        for finding in found:
            page = by_content.get(finding.path)
            if finding.code in _FIXITY and work:
                detail = f"{finding.path}: {finding.detail}"
                failed = page.id if page else None
                events.append(Event("fixity check", work, now, _AGENT, "failure", failed, detail))
            if finding.code not in _FIXITY or finding.path not in named:
                yield _entry(root, finding, work, page)
            named.add(finding.path)
        count = self._state.checked - before
        if work and self._holdings.works.get_works([work]):
            if not events:
                detail = f"sha512 of {count} files"
                events = [Event("fixity check", work, now, _AGENT, "success", None, detail)]
            self._holdings.changes.record_events(events)

    def _wanted(self, _: str) -> bool:
        if self._sample is not None and self._chance.random() >= self._sample:
            return False
        self._state.checked += 1
        return True

    def _pages_by_content(self, object_id: str, pages: Iterable[Page]) -> dict[str, Page | None]:
        """Return the page behind each content path; None where several pages share a master."""
        try:
            inventory = self._objects.inventory(object_id)
        except DamagedObjectError:
            return {}
        found: dict[str, Page | None] = {}
        for page in pages if inventory else ():
            for content in inventory.manifest.get(page.digest, ()) if inventory else ():
                found[content] = None if content in found else page
        return found

    def _agreement(self, root: str, work: str, pages: tuple[Page, ...]) -> Iterator[Finding]:
        """Compare what the catalogue says of a Work with what its object holds."""
        known = self._holdings.works.get_works([work]).get(work)
        if known is None:
            code = (
                "work-unpublished" if self._holdings.steps.steps(work) else "work-not-in-catalogue"
            )
            yield Finding(problem(code, root, work=work), root, work)
            return
        try:
            held = preserved.load(self._objects, work)
            version = self._objects.version(preserved.object_id(work))
        except (ValueError, KeyError) as error:
            reason = str(error)
            yield Finding(problem("work-documents-damaged", root, reason=reason), root, work)
            return
        differing = _differing(held.work, known, same_pages=held.pages == pages)
        if differing:
            # A Work that was being published between the two looks: look again.
            again = self._holdings.works.get_works([work])[work]
            pages = self._holdings.works.pages_of(work)
            held = preserved.load(self._objects, work)
            differing = _differing(held.work, again, same_pages=held.pages == pages)
        if differing:
            what = ", ".join(differing)
            yield Finding(problem("work-differs", root, work=work, what=what), root, work)
        yield from self._pages(root, pages, version.state if version else {})

    def _pages(
        self, root: str, pages: Iterable[Page], state: Mapping[str, str]
    ) -> Iterator[Finding]:
        for page in pages:
            if state.get(page.master) != page.digest:
                found = problem("master-missing", page.master, work=page.work, n=page.n)
                yield Finding(found, f"{root}: {page.master}", page.work, page.n)
            alto = preserved.alto_path(page.id)
            if page.has_text and alto not in state:
                found = problem("alto-missing", alto, work=page.work, n=page.n)
                yield Finding(found, f"{root}: {alto}", page.work, page.n)
            pyramid = self._derivatives.pyramid(page.id)
            if not pyramid.is_file():
                found = problem("derivative-missing", str(pyramid), work=page.work, n=page.n)
                yield Finding(found, str(pyramid), page.work, page.n)

    def _without_object(self, roots: set[str]) -> Iterator[Finding]:
        """Yield the Works, tombstones too, that the store has no object of."""
        after: ChangePoint | None = None
        while changes := self._holdings.changes.changes(after, _AT_ONCE, ChangeFilter()):
            for change in changes:
                root = self._objects.root_of(preserved.object_id(change.work.id))
                if root not in roots and self._is_absent(change.work.id):
                    found = problem("object-missing", root, work=change.work.id)
                    yield Finding(found, root, change.work.id)
            after = ChangePoint(changes[-1].changed, changes[-1].work.id)

    def _is_absent(self, work: str) -> bool:
        """Tell whether a Work that was not met on the way is not just newer than the audit."""
        try:
            return self._objects.version(preserved.object_id(work)) is None
        except DamagedObjectError:
            return False

    def _orphans(self) -> Iterator[Finding]:
        """Yield the folders of derivatives that belong to no page and to no ingest under way."""
        folders = iter(sorted((self._derivatives.root / "pages").glob("*/*")))
        while some := list(islice(folders, _AT_ONCE)):
            known = self._holdings.works.get_pages([folder.name for folder in some])
            left = [folder for folder in some if folder.name not in known]
            planned = {step.page for step in self._holdings.steps.steps()} if left else set()
            for folder in left:
                if folder.name not in planned:
                    yield Finding(problem("derivative-orphan", str(folder)), str(folder))


class _Pace:
    """Called with the bytes just read: waits as long as keeps the mean below ``rate`` a second."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._begun = time.monotonic()
        self._read = 0

    def __call__(self, count: int) -> None:
        if self._rate:
            self._read += count
            ahead = self._read / self._rate - (time.monotonic() - self._begun)
            if ahead > 0:
                time.sleep(ahead)


def _differing(held: Work, known: Work, *, same_pages: bool) -> list[str]:
    parts = {
        "record": held.record == known.record,
        "withdrawal": held.withdrawal == known.withdrawal,
        "changed": held.changed == known.changed,
        "pages": same_pages,
    }
    return [name for name, same in parts.items() if not same]


def _entry(root: str, finding: ObjectFinding, work: str | None, page: Page | None) -> Finding:
    path = f"{root}/{finding.path}" if finding.path else root
    if finding.severity == "warning":
        code = "object-warned"
    elif finding.code not in _FIXITY:
        code = "object-invalid"
    else:
        code = "master-damaged" if page else "file-damaged"
    reason = problem(code, path, rule=finding.code, detail=finding.detail)
    return Finding(reason, path, work, page.n if page else None)
