"""A batch's report as a spreadsheet: a line for each Problem, and for each entry without one."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from metadata.problem import LANGUAGES
from metadata.sheets.export import formula_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ingest.intake.report import Report
    from metadata.problem import Problem

_HEADINGS = (
    "對象 Of", "名稱 Name", "送存包 Submission", "作品 Work", "頁 Page", "結果 Outcome",
    "程度 Severity", "代碼 Code", "哪裡 Where", "發生什麼", "怎麼辦", "What happened", "What to do",
)  # fmt: skip
_OUTCOMES = {
    "published": "發布", "unchanged": "不變", "rejected": "退件", "ignored": "略過",
    "failed": "失敗", "created": "新增", "updated": "更新",
}  # fmt: skip
_SEVERITIES = {"error": "錯誤", "warning": "警告", "notice": "提示"}


def report_sheet(report: Report) -> bytes:
    """Return a report as CSV in UTF-8 with a mark, so that spreadsheet programs open it as it is.

    What needs attention stands first: entries with errors, then with warnings, then the rest.
    """
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(_HEADINGS)
    for line in sorted(_lines(report), key=lambda cells: _urgency(cells[6])):
        sheet.writerow(map(formula_safe, line))
    return out.getvalue().encode("utf-8-sig")


def _lines(report: Report) -> Iterator[list[str]]:
    yield from _each(["批次 batch", "", "", "", "", ""], report.problems, bare=False)
    for record in report.records:
        name = " ".join(filter(None, (f"{record.number}", record.identifier, record.title)))
        outcome = _both(_OUTCOMES, record.outcome)
        yield from _each(["著錄 record", name, "", record.work or "", "", outcome], record.problems)
    for file in report.files:
        page = "" if file.n is None else str(file.n)
        outcome = _both(_OUTCOMES, file.outcome)
        start = ["檔案 file", file.file, file.submission, file.work or "", page, outcome]
        yield from _each(start, file.problems)


def _each(
    start: list[str], problems: Sequence[Problem], *, bare: bool = True
) -> Iterator[list[str]]:
    for p in problems:
        texts = (text[language] for language in LANGUAGES for text in (p.message, p.remedy))
        yield [*start, _both(_SEVERITIES, p.severity), p.code, p.where, *texts]
    if not problems and bare:
        yield [*start, *[""] * (len(_HEADINGS) - len(start))]


def _both(words: dict[str, str], word: str) -> str:
    return f"{words[word]} {word}"


def _urgency(severity: str) -> int:
    order: Iterable[str] = ("error", "warning", "notice")
    return next((rank for rank, word in enumerate(order) if severity.endswith(word)), 3)
