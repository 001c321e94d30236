"""The steps of one page, run in a worker process: derive and read. They touch no catalogue.

A step's outcome is a file below the page's derivatives folder, written whole or not at all, so a
step may be run twice and killed anywhere.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ingest.reading.engine import EngineError
from ingest.stored_file import StoredFile, opened
from ingest.work.readings import read_text
from metadata.problem import Problem, problem
from repository.derivatives import Derivatives
from repository.formats.errors import UnreadableTextError
from storage.errors import (
    DamagedObjectError,
    StorageFullError,
    StorageUnavailableError,
    is_full,
)
from storage.images.errors import DecodeError
from storage.whole import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingest.reading.engine import ReadingHints
    from ingest.reading.read_page import Engines
    from ingest.work.readings import ReadText
    from repository.text import PageText

PageStep = Literal["derive", "read"]


@dataclass(frozen=True, slots=True)
class PageTask:
    """All that a worker needs to know of a page; picklable.

    ``alto`` is text that was read before, elsewhere: it is taken over in place of reading.
    """

    page: str
    name: str
    source: Path | StoredFile
    frame: int | None
    media_type: str
    size: tuple[int, int]
    derivatives: Path
    steps: tuple[PageStep, ...]
    ocr: str
    hints: ReadingHints
    alto: Path | StoredFile | None = None


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """Which steps were done, and the Problem that ended them.

    ``choices`` say how the page was read; ``text`` is what was, None without text; ``seconds``
    how long it took.
    """

    page: str
    done: tuple[PageStep, ...]
    failed: PageStep | None = None
    reason: Problem | None = None
    choices: tuple[str, ...] = ()
    text: ReadText | None = None
    seconds: float = 0.0


def failures(outcomes: Mapping[str, PageOutcome]) -> dict[str, Problem]:
    """Return why pages failed, by page id."""
    return {page: o.reason for page, o in outcomes.items() if o.reason is not None}


def texts_read(outcomes: Mapping[str, PageOutcome]) -> dict[str, ReadText]:
    """Return what was read on pages, by page id."""
    return {page: o.text for page, o in outcomes.items() if o.text is not None}


def work_on_all(tasks: Sequence[PageTask]) -> list[PageOutcome]:
    """Work on pages one after the other; raises as ``work_on``."""
    outcomes = []
    for task in tasks:
        begun = time.monotonic()
        outcome = work_on(task)
        outcomes.append(replace(outcome, seconds=time.monotonic() - begun))
    return outcomes


def work_on(task: PageTask) -> PageOutcome:
    """Run the steps of ``task`` in order; stop at the first that fails.

    Raises StorageFullError and StorageUnavailableError when the derivatives cannot be written:
    that is no fault of the page.
    """
    done: list[PageStep] = []
    read = _Read()
    for step in task.steps:
        try:
            if step == "derive":
                _derive(task)
            else:
                read = _read(task)
        except DecodeError as error:
            reason = problem(error.code, task.name, **error.values)
            return PageOutcome(task.page, tuple(done), step, reason)
        except UnreadableTextError as error:
            reason = problem("alto-unreadable", task.name, reason=str(error))
            return PageOutcome(task.page, tuple(done), step, reason)
        except EngineError as error:
            reason = problem("reading-failed", task.name, reason=str(error))
            return PageOutcome(task.page, tuple(done), step, reason)
        except (OSError, DamagedObjectError) as error:
            told = getattr(error, "strerror", None) or str(error)
            if isinstance(error, OSError) and is_full(error):
                raise StorageFullError(f"{task.derivatives}: {told}") from error
            if isinstance(error, OSError) and _can_read_sources(task):
                raise StorageUnavailableError(f"{task.derivatives}: {told}") from error
            reason = problem("file-unreadable", task.name, reason=told)
            return PageOutcome(task.page, tuple(done), step, reason)
        done.append(step)
    return PageOutcome(task.page, tuple(done), choices=read.choices, text=read.text)


def _can_read_sources(task: PageTask) -> bool:
    try:
        for source in (task.source, task.alto):
            if source is not None:
                with opened(source) as path, path.open("rb") as stream:
                    stream.read(1)
    except (OSError, DamagedObjectError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Read:
    choices: tuple[str, ...] = ()
    text: ReadText | None = None


def _derive(task: PageTask) -> None:
    from storage.images.derive import derive

    target = Derivatives(task.derivatives).pyramid(task.page)
    target.parent.mkdir(parents=True, exist_ok=True)
    with opened(task.source) as source:
        derive(source, task.frame, target)


def _read(task: PageTask) -> _Read:
    alto, choices = _alto(task)
    if alto is None:
        return _Read(choices)
    write_whole(Derivatives(task.derivatives).alto(task.page), alto)
    return _Read(choices, read_text(alto))


def _alto(task: PageTask) -> tuple[bytes | None, tuple[str, ...]]:
    """Return what the page's ALTO file is to hold, and how it came about."""
    if isinstance(task.alto, StoredFile):
        with opened(task.alto) as kept:
            return kept.read_bytes(), ()
    from repository.formats.alto import write_alto

    text, choices = _page_text(task)
    if text is None:
        return None, choices
    return write_alto(text, page=task.page, file_name=task.name), choices


def _page_text(task: PageTask) -> tuple[PageText | None, tuple[str, ...]]:
    if isinstance(task.alto, Path):
        from repository.formats.alto import read_alto

        return read_alto(task.alto.read_bytes(), task.size), ("ALTO of the submission",)
    if task.media_type == "application/pdf":
        from ingest.reading.pdf_text import embedded_text

        with opened(task.source) as source:
            text = embedded_text(source, task.frame or 0, task.size)
        if text is not None:
            return text, ("text layer of the PDF",)
    if task.ocr == "none":
        return None, ()
    from ingest.reading.read_page import read_page
    from storage.images.derive import page_pixels

    pixels, _ = page_pixels(Derivatives(task.derivatives).pyramid(task.page))
    reading = read_page(pixels, task.size, task.hints, _engines(task.ocr))
    return reading.text, reading.choices


@cache
def _engines(spec: str) -> Engines:
    """Load the engines once a worker process."""
    from ingest.reading.read_page import make_engines

    return make_engines(spec)
