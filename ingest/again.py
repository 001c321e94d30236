"""Work done again from what the store holds: failed pages tried once more, a site rebuilt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.intake.packages import Opened
from ingest.intake.report import gathered
from ingest.work.receive import OWN_FAULTS, not_preserved
from ingest.work.run import open_run
from ingest.work.stored import planned_from_store
from metadata.problem import problem
from repository import preserved
from repository.errors import NotFoundError
from repository.model import AGENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingest.holdings import Holdings
    from ingest.intake.plan import PlannedWork
    from ingest.intake.report import Report, ReportEntry
    from ingest.work.run import Progress
    from repository.settings import Settings


def retry(
    settings: Settings, holdings: Holdings, works: Iterable[str], progress: Progress
) -> Report:
    """Do the unfinished and failed steps of Works again, from their preserved masters."""
    names = map(preserved.object_id, dict.fromkeys(works))
    with open_run(settings, holdings, progress) as batch:
        held = _held(settings.storage, holdings, names, adopted=False)
        return gathered(batch.works(held, "retry"))


def failed_works(holdings: Holdings) -> list[str]:
    """Return the Works that have a failed step."""
    return sorted({s.work for s in holdings.steps.steps(state="failed")})


def read_again(holdings: Holdings, work: str, n: int | None) -> None:
    """Mark a Work's pages, or its page ``n``, to be derived and read again.

    Raises NotFoundError when there is no such Work or page.
    """
    pages = [p.id for p in holdings.works.pages_of(work) if n in (None, p.n)]
    if not pages:
        raise NotFoundError(f"沒有這件作品或這一頁 no such work or page: {work} {n or ''}")
    holdings.steps.reset_steps(pages, ("derive", "read", "publish"))


def rebuild(settings: Settings, holdings: Holdings, progress: Progress) -> Report:
    """Make catalogue and derivatives anew from the storage root alone.

    Works that the catalogue has already are left alone, so a rebuild that was killed goes on.
    """
    names = holdings.objects.objects()
    with open_run(settings, holdings, progress) as batch:
        held = _held(settings.storage, holdings, names, adopted=True)
        return gathered(batch.works(held, "rebuild"))


def restored(
    arrivals: Iterable[Opened | ReportEntry], holdings: Holdings, storage: str
) -> Iterator[Opened | PlannedWork | ReportEntry]:
    """Store bags of Works that Takao gave out and that are not held here yet, and yield the Works.

    Their objects become what they were, byte for byte, with their datestamps. All else goes on.
    """
    for package in arrivals:
        if not isinstance(package, Opened) or package.exported is None or package.bag is None:
            yield package
            continue
        work = package.exported.work.id
        if holdings.works.get_works([work]):
            yield package
            continue
        name = preserved.object_id(work)
        try:
            holdings.objects.update(name, package.bag.payload, message="restore", user=AGENT)
        except (*OWN_FAULTS, OSError) as error:
            yield not_preserved(package.submission.name, error)
        else:
            yield from _held(storage, holdings, [name], adopted=True)


def _held(
    storage: str, holdings: Holdings, names: Iterable[str], *, adopted: bool
) -> Iterator[PlannedWork | ReportEntry]:
    """Yield Works as their objects hold them, and why some cannot be read.

    To be ``adopted`` are those alone that the catalogue does not have.
    """
    for name in names:
        try:
            work = preserved.work_of(name)
            if not adopted or not holdings.works.get_works([work]):
                yield planned_from_store(holdings.objects, storage, work, adopted=adopted)
        except (KeyError, ValueError) as error:
            yield problem("object-unreadable", name, reason=str(error))
