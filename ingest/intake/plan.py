"""A submission checked against its row: which Work, which pages, what is wrong. Decodes nothing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.intake.report import FileEntry, file_entry
from metadata.merging import merged
from metadata.problem import Problem, problem
from metadata.record import Record, Title
from repository import ids
from storage.images.decode import inspect

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ingest.intake.packages import Opened
    from ingest.intake.report import FileOutcome
    from ingest.intake.scan import PageFile, Submission
    from ingest.stored_file import StoredFile
    from metadata.record import MaterialType
    from metadata.sheets.sheet import SheetRow
    from storage.images.decode import Inspection


@dataclass(frozen=True, slots=True)
class PlannedPage:
    """A page that passed the check. ``digest`` is the file's sha512; sizes are upright pixels."""

    id: str
    work: str
    name: str
    frame: int | None
    source: Path | StoredFile
    digest: str
    media_type: str
    width: int
    height: int
    alto: Path | StoredFile | None = None
    problems: tuple[Problem, ...] = ()


# What a description speaks of: all of a Work, what a spreadsheet has columns for, or nothing.
Described = Literal["whole", "columns", "nothing"]


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """What a submission will become. ``left_out`` lists its rejected and ignored files.

    ``described`` is the Record as the submission gives it, before it met the held one, and
    ``describes`` says how much of the Work it speaks of. An ``adopted`` Work lies whole in its
    object already.
    """

    work: str
    record: Record
    submission: Submission | None
    pages: tuple[PlannedPage, ...] = ()
    left_out: tuple[FileEntry, ...] = ()
    row: SheetRow | None = None
    problems: tuple[Problem, ...] = ()
    described: Record | None = None
    describes: Described = "whole"
    adopted: bool = False

    @property
    def name(self) -> str:
        """Return the submission's name, or the record's identifier without one."""
        return self.submission.name if self.submission else self.record.identifier

    def entry(
        self,
        page: PlannedPage,
        outcome: FileOutcome,
        *reasons: Problem,
        n: int | None = None,
    ) -> FileEntry:
        """Return the report's entry of a page: its own Problems and ``reasons``."""
        made = (
            file_entry(page.source, self.submission, outcome, self.work)
            if self.submission is not None
            else FileEntry(str(page.source), self.name, outcome, self.work, source=page.source)
        )
        return replace(made, n=n, problems=(*page.problems, *reasons))


class Rows:
    """The rows of the metadata files, by the submission they name; remembers which were used.

    ``refused`` are the unusable ones, with the files that they stand in; ``joined`` those whose
    Record is part of another row's.
    """

    def __init__(
        self,
        rows: Iterable[SheetRow],
        refused: Sequence[tuple[Path, SheetRow]] = (),
        joined: Sequence[SheetRow] = (),
    ) -> None:
        self.refused = tuple(refused)
        self.joined = tuple(joined)
        self._by_name: dict[str, SheetRow] = {}
        self._used: set[int] = set()
        self.all = tuple(rows)
        for row in self.all:
            name = row.folder or (row.record.identifier if row.record else None)
            if name and row.record:
                self._by_name.setdefault(name, row)

    def take(self, names: Sequence[str]) -> SheetRow | None:
        """Return the row that names a submission, the first of ``names`` that any row has."""
        for name in names:
            row = self._by_name.get(name)
            if row is not None:
                self._used.add(id(row))
                return row
        return None

    def unused(self) -> list[SheetRow]:
        """Return the sound rows that no submission took."""
        return [r for r in self._by_name.values() if id(r) not in self._used]


@dataclass(frozen=True, slots=True)
class CheckLimits:
    """What the check needs from the settings and the command line."""

    max_pixels: int
    profile: MaterialType | None = None
    has_metadata: bool = False


def names_of(submission: Submission) -> list[str]:
    """Return the names by which a row may call a submission: as it is, and without its ending."""
    return [submission.name, Path(submission.name).stem]


def plan(package: Opened, rows: Rows, limits: CheckLimits) -> PlannedWork:
    """Check a submission whose files lie in the file system.

    A row's values win over what the submission says of itself.
    """
    submission, described = package.submission, package.described
    row = rows.take([*([described.identifier] if described else []), *names_of(submission)])
    problems = list(submission.problems)
    record = row.record if row else described
    describes: Described = "whole"
    if record is not None and described is not None:
        record = merged(record, described)
    if record is None:
        record = _bare_record(submission, limits)
        code = "row-missing" if limits.has_metadata else "described-by-name"
        problems.append(problem(code, submission.name))
        describes = "nothing"
    elif row is not None and row.columns and row.record == record:
        describes = "columns"
    work = ids.work_id(record.identifier)
    pages, left_out = _check_files(submission, work, limits.max_pixels)
    pages = tuple(replace(page, alto=package.altos.get(page.name)) for page in pages)
    return PlannedWork(
        work, record, submission, pages, left_out, row, tuple(problems), describes=describes
    )


def _bare_record(submission: Submission, limits: CheckLimits) -> Record:
    name = Path(submission.name).stem if submission.path.is_file() else submission.name
    record = Record(identifier=name, titles=(Title(name),))
    return replace(record, material=limits.profile) if limits.profile else record


def _check_files(
    submission: Submission, work: str, max_pixels: int
) -> tuple[tuple[PlannedPage, ...], tuple[FileEntry, ...]]:
    pages: list[PlannedPage] = []
    aside = [file_entry(path, submission, "ignored", work) for path in submission.ignored]
    for file in submission.files:
        found, problems = check_file(file, work, max_pixels)
        pages.extend(found)
        if problems and not found:
            aside.append(file_entry(file.path, submission, "rejected", work, tuple(problems)))
    return tuple(pages), tuple(aside)


def check_file(
    file: PageFile, work: str, max_pixels: int
) -> tuple[list[PlannedPage], list[Problem]]:
    """Return the pages of one file and its Problems; a file with an error gives no page."""
    try:
        inspection = inspect(file.path, max_pixels)
        problems = _problems(inspection, file.path.name)
        if inspection.refusal is not None:
            return [], problems
        digest = sha512(file.path)
    except OSError as error:
        reason = error.strerror or str(error)
        return [], [problem("file-unreadable", file.name, reason=reason)]
    pages = [
        PlannedPage(
            id=ids.page_id(work, file.name, frame.index),
            work=work,
            name=file.name,
            frame=frame.index,
            source=file.path,
            digest=digest,
            media_type=inspection.media_type,
            width=frame.width,
            height=frame.height,
            problems=tuple(problems),
        )
        for frame in inspection.frames
    ]
    return pages, problems


def _problems(inspection: Inspection, name: str) -> list[Problem]:
    found = [problem(code, name, kind=inspection.media_type) for code in inspection.notes]
    refusal = inspection.refusal
    return found if refusal is None else [*found, problem(refusal.code, name, **refusal.values)]


def sha512(path: Path) -> str:
    """Return the sha512 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
