"""Submissions that say themselves which pages they have: METS packages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.mets import read_mets
from ingest.scan import PageFile, is_mets
from metadata.record import Record, Title

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.scan import Submission


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission ready to be checked. ``altos`` are texts that came with it, by page file name.

    ``described`` is what the submission says of itself.
    """

    submission: Submission
    described: Record | None = None
    altos: dict[str, Path] | None = None


def opened(submission: Submission) -> Opened:
    """Return a submission with the pages, order, labels and texts that its METS file gives."""
    if submission.kind != "mets":
        return Opened(submission)
    package = read_mets(next(p for p in submission.path.glob("*.xml") if is_mets(p)))
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
    altos = {n: p.alto for p, n in zip(package.pages, names, strict=True) if p.alto}
    shown = replace(
        submission,
        files=files,
        ignored=(*ignored, *left_out),
        problems=(*submission.problems, *package.problems),
    )
    return Opened(shown, record if files else None, altos)
