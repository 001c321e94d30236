"""What a run over submissions came to (interfaces §1): one entry per page and per record."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from metadata.problem import Problem
from repository import ids
from repository.catalogue.steps import Batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ingest.intake.scan import Submission
    from ingest.stored_file import StoredFile
    from metadata.merging import Difference
    from metadata.record import DateStatement
    from metadata.sheets.sheet import SheetRow

FileOutcome = Literal["published", "unchanged", "rejected", "ignored", "failed"]
RecordOutcome = Literal["created", "updated", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A page (or a file that gave none) and what became of it.

    ``file`` is the submitter's name of it; ``source`` where it can be read during the batch.
    """

    file: str
    submission: str
    outcome: FileOutcome
    work: str | None = None
    n: int | None = None
    problems: tuple[Problem, ...] = ()
    source: Path | StoredFile | None = None

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1."""
        return {
            "file": self.file,
            "submission": self.submission,
            "work": self.work,
            "page": self.n,
            "outcome": self.outcome,
            "problems": [p.to_json() for p in self.problems],
        }


@dataclass(frozen=True, slots=True)
class RecordEntry:
    """A record and what became of it. ``number`` counts from 1 in its file."""

    number: int
    identifier: str | None
    outcome: RecordOutcome
    work: str | None = None
    title: str = ""
    dates: tuple[DateStatement, ...] = ()
    unmapped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    changes: tuple[Difference, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1, with what an update changes beside it."""
        return {
            "record": self.number,
            "identifier": self.identifier,
            "work": self.work,
            "outcome": self.outcome,
            "title": self.title,
            "dates": [
                {
                    "as_written": d.as_written,
                    "edtf": d.edtf,
                    "flagged": d.flagged,
                    "proposed": d.proposed,
                }
                for d in self.dates
            ],
            "unmapped": list(self.unmapped),
            "problems": [p.to_json() for p in self.problems],
            "changes": [asdict(change) for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class WorkOutcome:
    """A Work and what became of it."""

    work: str
    outcome: RecordOutcome
    changes: tuple[Difference, ...] = ()


ReportEntry = FileEntry | RecordEntry | WorkOutcome | Problem | Batch


@dataclass(slots=True)
class Report:
    """All entries of one batch. ``batch`` is None for a dry run."""

    batch: int | None = None
    files: list[FileEntry] = field(default_factory=list)
    records: list[RecordEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    works: dict[str, RecordOutcome] = field(default_factory=dict)

    def add(self, entry: ReportEntry) -> None:
        """Note one thing of which a batch tells."""
        match entry:
            case FileEntry():
                self.files.append(entry)
            case RecordEntry():
                self.records.append(entry)
            case WorkOutcome():
                self.works[entry.work] = entry.outcome
            case Problem():
                self.problems.append(entry)
            case Batch():
                self.batch = entry.id

    @property
    def counts(self) -> dict[str, int]:
        """Return the totals: Works by outcome, rejected files and records, failed pages."""
        outcomes = list(self.works.values())
        pages = [f for f in self.files if f.outcome in ("published", "unchanged", "failed")]
        rejected = sum(f.outcome == "rejected" for f in self.files)
        rejected += sum(r.outcome == "rejected" for r in self.records)
        return {
            "works": len(outcomes),
            "pages": len(pages),
            "created": outcomes.count("created"),
            "updated": outcomes.count("updated"),
            "unchanged": outcomes.count("unchanged"),
            "rejected": rejected,
            "failed": sum(f.outcome == "failed" for f in self.files),
        }

    @property
    def ok(self) -> bool:
        """Tell whether nothing was rejected or failed and no error stands."""
        counts = self.counts
        errors = any(p.severity == "error" for p in self.problems)
        return not (counts["rejected"] or counts["failed"] or errors)

    def all_problems(self) -> list[Problem]:
        """Return every problem, the worst first."""
        found = [*self.problems]
        for problems in (*(f.problems for f in self.files), *(r.problems for r in self.records)):
            found.extend(problems)
        return sorted(found, key=lambda p: ("error", "warning", "notice").index(p.severity))

    def to_json(self) -> dict[str, object]:
        """Return the shape of interfaces §1, with the batch's own problems beside it."""
        return {
            "batch": self.batch,
            "counts": self.counts,
            "files": [f.to_json() for f in self.files],
            "records": [r.to_json() for r in self.records],
            "problems": [p.to_json() for p in self.problems],
        }


def gathered(entries: Iterable[ReportEntry]) -> Report:
    """Return the report of everything that ``entries`` tell."""
    report = Report()
    for entry in entries:
        report.add(entry)
    return report


def with_joined(
    entries: Iterable[ReportEntry], joined: Iterable[SheetRow]
) -> Iterator[ReportEntry]:
    """Yield ``entries``, then the rows that went into another's with what became of its Work."""
    works: dict[str, WorkOutcome] = {}
    for entry in entries:
        if isinstance(entry, WorkOutcome):
            works[entry.work] = entry
        yield entry
    for row in joined:
        if row.record is not None:
            work = ids.work_id(row.record.identifier)
            yield record_entry(row, works.get(work, WorkOutcome(work, "unchanged")))


def file_entry(
    source: Path | StoredFile,
    submission: Submission,
    outcome: FileOutcome,
    work: str | None = None,
    problems: tuple[Problem, ...] = (),
) -> FileEntry:
    """Return the report's entry of a file of a submission."""
    file = submission.file_name(source)
    return FileEntry(file, submission.name, outcome, work, problems=problems, source=source)


def refused_entry(row: SheetRow, *reasons: Problem) -> RecordEntry:
    """Return the report's entry of a row that makes no Work."""
    entry = record_entry(row, WorkOutcome("", "rejected"))
    return replace(entry, work=None, problems=(*entry.problems, *reasons))


def record_entry(row: SheetRow, work: WorkOutcome) -> RecordEntry:
    """Return the report's entry of one row, of which ``work`` was made."""
    record = row.record
    return RecordEntry(
        number=row.number,
        identifier=record.identifier if record else None,
        outcome=work.outcome,
        work=work.work,
        title=record.title if record else "",
        dates=record.dates if record else (),
        unmapped=tuple(row.unmapped),
        problems=tuple(row.problems),
        changes=work.changes,
    )
