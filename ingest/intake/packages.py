"""Submissions to be opened first: ZIPs, BagIt bags, METS packages."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.intake.archive import unpack
from ingest.intake.bag import Bag, read_bag, work_in
from ingest.intake.describing import described_by, record_beside
from ingest.intake.mets import read_mets
from ingest.intake.scan import PageFile, is_mets, scan_folder
from metadata.problem import Problem, problem
from metadata.record import Record, Title
from repository import preserved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.intake.scan import Submission
    from repository.preserved import PreservedWork


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission ready to be checked. ``altos`` are texts that came with it, by page file name.

    ``described`` is what the submission says of itself; ``exported`` is a Work that Takao gave out
    as this bag. With ``refused`` nothing of it is to be taken in.
    """

    submission: Submission
    described: Record | None = None
    altos: dict[str, Path] = field(default_factory=dict)
    bag: Bag | None = None
    exported: PreservedWork | None = None
    refused: tuple[Problem, ...] = ()


@contextmanager
def scratch_folder(derivatives: Path) -> Iterator[Path]:
    """Give a folder for unpacked ZIPs, gone at the end; those of killed batches go now."""
    base = derivatives / "unpacked"
    base.mkdir(parents=True, exist_ok=True)
    for folder in base.iterdir():
        if not Path("/proc", folder.name).exists():
            shutil.rmtree(folder, ignore_errors=True)
    mine = base / str(os.getpid())
    mine.mkdir(exist_ok=True)
    try:
        yield mine
    finally:
        shutil.rmtree(mine, ignore_errors=True)


def opened(submission: Submission, scratch: Path) -> Opened:
    """Return a submission with the pages, order, labels and texts that it gives itself.

    A ZIP is unpacked into a new folder below ``scratch``. Raises StorageFullError.
    """
    if submission.kind == "zip":
        return _zip(submission, scratch)
    if submission.kind == "bag":
        return _bag(submission, scratch)
    if submission.kind == "mets":
        return _mets(submission)
    return _pages(submission)


def _zip(submission: Submission, scratch: Path) -> Opened:
    """Open a ZIP like the folder that it holds; one folder around all else does not count."""
    folder = scratch / uuid.uuid4().hex
    unpacked = unpack(submission.path, folder)
    if not unpacked.files:
        empty = () if unpacked.problems else (problem("archive-empty", str(submission.path)),)
        return Opened(submission, refused=(*unpacked.problems, *empty))
    inside = [p for p in folder.iterdir() if p.name != "__MACOSX"]
    root = inside[0] if len(inside) == 1 and inside[0].is_dir() else folder
    inner = opened(scan_folder(root, submission.name), scratch)
    problems = (*submission.problems, *unpacked.problems, *inner.submission.problems)
    shown = replace(inner.submission, path=submission.path, problems=problems, unpacked=folder)
    return replace(inner, submission=shown)


def _bag(submission: Submission, scratch: Path) -> Opened:
    bag = read_bag(submission.path)
    if not bag.is_valid:
        return Opened(submission, refused=bag.problems)
    try:
        held = work_in(bag)
    except ValueError as error:
        damaged = problem("object-unreadable", submission.name, reason=str(error))
        return Opened(submission, refused=(damaged,))
    if held is not None:
        return _exported(submission, bag, held)
    inner = opened(scan_folder(submission.path / "data", submission.name), scratch)
    problems = (*submission.problems, *bag.problems, *inner.submission.problems)
    return replace(inner, submission=replace(inner.submission, problems=problems), bag=bag)


def _exported(submission: Submission, bag: Bag, held: PreservedWork) -> Opened:
    """Return a bag that Takao made: pages in their order, with the ALTO that was read."""
    pages = (*held.pages, *held.unpublished)
    masters = dict.fromkeys((page.file, page.master) for page in pages)
    files = tuple(PageFile(bag.payload[master], name) for name, master in masters)
    altos = {
        page.file: bag.payload[preserved.alto_path(page.id)]
        for page in pages
        if page.frame is None and preserved.alto_path(page.id) in bag.payload
    }
    shown = replace(submission, files=files, ignored=(), name=held.work.submission or held.work.id)
    return Opened(shown, held.work.record, altos, bag, held)


def _mets(submission: Submission) -> Opened:
    source = next(p for p in submission.path.glob("*.xml") if is_mets(p))
    package = read_mets(source)
    base = submission.path.resolve()
    names = [page.image.relative_to(base).as_posix() for page in package.pages]
    files = tuple(PageFile(p.image, n) for p, n in zip(package.pages, names, strict=True))
    taken = {page.image for page in package.pages} | {p.alto for p in package.pages}
    ignored = tuple(p for p in submission.ignored if p.resolve() not in taken)
    left_out = tuple(f.path for f in submission.files if f.path.resolve() not in taken)
    record = Record(
        identifier=package.object_id or submission.name,
        titles=(Title(package.title or submission.name),),
        page_labels=tuple(p.label or str(n) for n, p in enumerate(package.pages, 1)),
        source_format="METS",
    )
    record, found = described_by(source, record)
    altos = {n: p.alto for p, n in zip(package.pages, names, strict=True) if p.alto}
    shown = replace(
        submission,
        files=files,
        ignored=(*ignored, *left_out),
        problems=(*submission.problems, *package.problems, *found),
    )
    return Opened(shown, record if files else None, altos)


def _pages(submission: Submission) -> Opened:
    beside = record_beside(submission.ignored)
    if beside is None:
        return Opened(submission)
    path, record, found = beside
    others = tuple(p for p in submission.ignored if p != path)
    problems = (*submission.problems, *found)
    return Opened(replace(submission, ignored=others, problems=problems), record)
