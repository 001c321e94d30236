"""``--csv``: a report that a cataloguer opens in a spreadsheet program."""

import csv
import io
import os
import subprocess
import sys
import zipfile

from fixtures.library import Library, draw

from ingest.batch import BatchRequest, check
from ingest.intake.report_sheet import report_sheet


def rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_errors_stand_first_in_both_languages_and_every_entry_has_a_line(tmp_path):
    draw(tmp_path / "in/港 圖/p1.png", 1)
    (tmp_path / "in/港 圖/p2.png").write_bytes(b"")
    sheet = tmp_path / "works.csv"
    sheet.write_text("識別號,題名,年代\nA-1,=1+1,民國200年13月\n", "utf-8")
    report = check(BatchRequest((tmp_path / "in",), (sheet,), None), 10**9, None)
    lines = rows(report_sheet(report))
    assert lines[0]["結果 Outcome"] == "退件 rejected"
    assert lines[0]["程度 Severity"] == "錯誤 error"
    assert lines[0]["名稱 Name"].endswith("港 圖/p2.png")
    assert lines[0]["怎麼辦"]
    assert lines[0]["What to do"]
    named = {line["名稱 Name"] for line in lines}
    assert {f.file for f in report.files} <= named
    assert any("A-1" in name for name in named)
    assert not any(cell.startswith("=") for line in lines for cell in line.values())


def test_a_file_in_a_zip_is_named_as_the_submitter_knows_it(tmp_path):
    draw(tmp_path / "p1.png", 1)
    archive = tmp_path / "采訪冊.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(tmp_path / "p1.png", "卷一/p1.png")
        packed.writestr("卷一/p2.png", b"")
    library = Library(tmp_path / "home")
    report = library.ingest(archive)
    assert {f.file: f.outcome for f in report.files} == {
        f"{archive}/卷一/p1.png": "published",
        f"{archive}/卷一/p2.png": "rejected",
    }
    assert [p.name for p in library.holdings.quarantine.rglob("p2.png")] == ["p2.png"]


def test_the_command_writes_the_sheet_and_nothing_else(tmp_path):
    draw(tmp_path / "in/a/p1.png", 1)
    target, home = tmp_path / "report.csv", tmp_path / "home"
    command = [sys.executable, "-m", "takao", "ingest", tmp_path / "in", "--dry-run"]
    environment = {**os.environ, "TAKAO_HOME": str(home)}  # noqa: TID251
    subprocess.run([*command, "--csv", target], check=True, env=environment, capture_output=True)
    assert [line["結果 Outcome"] for line in rows(target.read_bytes())][-1] == "發布 published"
    assert not home.exists()
