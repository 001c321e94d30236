"""What the command line shows: progress on standard error, tables on standard output."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from metadata.problem import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.audit.findings import Findings
    from ingest.audit.status import Status
    from ingest.intake.report import Report
    from metadata.problem import Problem

_PLAIN_WIDTH = 120
_SHOWN_CHANGES = 40
_LONGEST_VALUE = 60


class PageProgress:
    """A bar on a terminal; elsewhere a line for each page that failed."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._task = bar.add_task("頁 pages", total=0) if bar else None
        self._total = 0

    def planned(self, pages: int) -> None:
        """``pages`` more pages were found."""
        self._total += pages
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=self._total)

    def page_done(self, name: str, reason: Problem | None) -> None:
        """One page was finished, or failed for ``reason``."""
        if self._bar and self._task is not None:
            self._bar.update(self._task, advance=1)
        if reason is not None:
            sys.stderr.write(f"{name}: {reason.message['zh-Hant']} {reason.message['en']}\n")


@contextmanager
def show() -> Iterator[PageProgress]:
    """Show the progress of a batch until it ends."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PageProgress(None)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        yield PageProgress(bar)


def table(report: Report) -> str:
    """Return a batch's report for people: problems first, then the counts."""
    counts = report.counts
    labels = {
        "works": "作品 works",
        "pages": "頁 pages",
        "created": "新增 created",
        "updated": "更新 updated",
        "unchanged": "不變 unchanged",
        "rejected": "退件 rejected",
        "failed": "失敗 failed",
    }
    out = problem_table([p for p in report.all_problems() if p.severity != "notice"])
    out += _changes(report)
    return out + " · ".join(f"{label} {counts[name]}" for name, label in labels.items())


def _changes(report: Report) -> str:
    """Return what updates change, field by field; the rest is in ``--json``."""
    lines = [
        f"{record.identifier} · {change.field}: {_short(change.before)} → {_short(change.after)}"
        for record in report.records
        for change in record.changes
    ]
    more = [f"… {len(lines) - _SHOWN_CHANGES} 項 more"] if len(lines) > _SHOWN_CHANGES else []
    return "".join(f"{line}\n" for line in (*lines[:_SHOWN_CHANGES], *more))


def _short(value: object) -> str:
    text = "—" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def findings(found: Findings) -> str:
    """Return what a check found for people."""
    good, bad = "一切正常 All is well.", "有問題需要處理 Something needs attention."
    return problem_table([e.problem for e in found.entries]) + (good if found.ok else bad)


def problem_table(problems: Sequence[Problem]) -> str:
    """Return a table of Problems in both languages, or nothing."""
    if not problems:
        return ""
    grid = Table(show_lines=True)
    for heading in ("", "哪裡 Where", "發生什麼 What happened", "怎麼辦 What to do"):
        grid.add_column(heading, overflow="fold")
    marks = {"error": "✗", "warning": "!", "notice": "·"}
    for item in problems:
        texts = ("\n".join(t[lang] for lang in LANGUAGES) for t in (item.message, item.remedy))
        grid.add_row(marks[item.severity], escape(item.where), *(escape(t) for t in texts))
    out = StringIO()
    Console(file=out, width=None if sys.stdout.isatty() else _PLAIN_WIDTH).print(grid)
    return out.getvalue()


def status_table(status: Status) -> str:
    """Return the state of batches for people: failed pages first."""
    lines = [problem_table([e.problem for e in status.findings.entries])]
    for batch in status.batches:
        rate = f"{batch.pages_per_minute} 頁/分 pages/min" if batch.pages_per_minute else ""
        left = f"剩 {batch.seconds_left} 秒 s left" if batch.seconds_left is not None else ""
        lines.append(f"批次 batch {batch.id} {batch.started:%Y-%m-%d %H:%M} {rate} {left}\n")
        for name, states in batch.steps.items():
            counts = " · ".join(f"{state} {n}" for state, n in sorted(states.items()))
            lines.append(f"  {name:8} {counts}\n")
    return "".join(lines) or "還沒有批次 No batch yet."
