"""The steps of one page, run in a worker process: derive and read. They touch no catalogue.

A step's outcome is a file below the page's derivatives folder, written whole or not at all, so a
step may be run twice and killed anywhere.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ingest.engine import EngineError
from ingest.errors import DecodeError
from metadata.problem import Problem, problem
from repository.derivatives import Derivatives

if TYPE_CHECKING:
    from pathlib import Path

    from ingest.engine import ReadingHints
    from repository.text import PageText

PageStep = Literal["derive", "read"]


@dataclass(frozen=True, slots=True)
class PageTask:
    """All that a worker needs to know of a page; picklable."""

    page: str
    name: str
    source: Path
    frame: int | None
    media_type: str
    size: tuple[int, int]
    derivatives: Path
    steps: tuple[PageStep, ...]
    ocr: str
    hints: ReadingHints
    alto: Path | None = None


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """Which steps were done, and the Problem that ended them. ``choices`` say how it was read."""

    page: str
    done: tuple[PageStep, ...]
    failed: PageStep | None = None
    reason: Problem | None = None
    choices: tuple[str, ...] = ()


def work_on(task: PageTask) -> PageOutcome:
    """Run the steps of ``task`` in order; stop at the first that fails.

    Raises OSError when the disk is full or read-only: that is no fault of the page.
    """
    done: list[PageStep] = []
    choices: tuple[str, ...] = ()
    for step in task.steps:
        try:
            if step == "derive":
                _derive(task)
            else:
                choices = _read(task)
        except DecodeError as error:
            reason = problem(error.code, task.name, **error.values)
            return PageOutcome(task.page, tuple(done), step, reason)
        except EngineError as error:
            reason = problem("reading-failed", task.name, reason=str(error))
            return PageOutcome(task.page, tuple(done), step, reason)
        done.append(step)
    return PageOutcome(task.page, tuple(done), choices=choices)


def _derive(task: PageTask) -> None:
    from ingest.derive import derive

    target = Derivatives(task.derivatives).pyramid(task.page)
    target.parent.mkdir(parents=True, exist_ok=True)
    derive(task.source, task.frame, target)


def _read(task: PageTask) -> tuple[str, ...]:
    text, choices = _page_text(task)
    from ingest.alto import write_alto

    target = Derivatives(task.derivatives).alto(task.page)
    write_whole(target, write_alto(text, page=task.page, file_name=task.name))
    return choices


def _page_text(task: PageTask) -> tuple[PageText, tuple[str, ...]]:
    if task.alto is not None:
        from ingest.alto import read_alto

        return read_alto(task.alto.read_bytes()), ("imported ALTO",)
    if task.media_type == "application/pdf":
        from ingest.pdf_text import embedded_text

        text = embedded_text(task.source, task.frame or 0, task.size)
        if text is not None:
            return text, ("text layer of the PDF",)
    from ingest.derive import page_pixels
    from ingest.reading import make_engines, read_page

    pixels, _ = page_pixels(Derivatives(task.derivatives).pyramid(task.page))
    reading = read_page(pixels, task.size, task.hints, make_engines(task.ocr))
    return reading.text, reading.choices


def write_whole(target: Path, content: bytes) -> None:
    """Write a derivative so that a reader sees all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(target)
