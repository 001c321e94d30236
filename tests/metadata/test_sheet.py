"""Spreadsheets: Chinese and English headings, encodings, kept columns, back and forth."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.cell_range import CellRange
from records import ANY_RECORD

from metadata import codec
from metadata.fields import HEADINGS
from metadata.sheets.export import write_sheet
from metadata.sheets.sheet import read_sheet, template

ROWS = """識別號,題名,責任者,日期,資料類型,權利聲明,取用層級
A-1,鳳山縣采訪冊,盧德嘉（纂）；某人,光緒20年,善本,公有領域,公開
"""


def sheet(tmp_path, content: bytes, name="works.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    return read_sheet(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp950"])
def test_every_encoding_that_spreadsheets_write_is_read(tmp_path, encoding):
    found = sheet(tmp_path, ROWS.encode(encoding))
    (row,) = found.rows
    assert row.record.title == "鳳山縣采訪冊"
    assert [(a.name, a.relator) for a in row.record.agents] == [("盧德嘉", "com"), ("某人", None)]
    assert row.record.material == "rare-book"
    assert row.record.rights.uri == "http://creativecommons.org/publicdomain/mark/1.0/"
    told = [p.code for p in found.problems]
    assert told == ([] if encoding.startswith("utf-8") else ["sheet-encoding"])


def test_english_headings_in_any_order(tmp_path):
    found = sheet(tmp_path, b"TITLE,Identifier,type\nA map,M-1,map\n")
    assert found.rows[0].record.identifier == "M-1"
    assert found.rows[0].record.material == "map"


def test_excel_files_with_dates_and_numbers(tmp_path):
    book = Workbook()
    book.active.append(["識別號", "題名", "日期", "索書號"])
    book.active.append([101, "港圖", date(1935, 5, 1), 12.0])
    book.save(tmp_path / "works.xlsx")
    (row,) = read_sheet(tmp_path / "works.xlsx").rows
    assert row.record.identifier == "101"
    assert row.record.dates[0].edtf == "1935-05-01"
    assert row.record.call_number == "12"


def test_unknown_columns_are_kept_and_named(tmp_path):
    (row,) = sheet(tmp_path, "識別號,題名,保存狀況\nA,甲,蟲蛀\n".encode()).rows
    assert row.unmapped == ("保存狀況",)
    assert [(f.name, f.value) for f in row.record.source_fields] == [("保存狀況", "蟲蛀")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "sheet-empty"),
        ("沒有,欄名\n1,2\n".encode(), "sheet-without-headings"),
        (b"\xff\xfe\x00", "sheet-unreadable"),
        (b"PK not an xlsx", "sheet-unreadable"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path, content, code):
    name = "works.xlsx" if content.startswith(b"PK") else "works.csv"
    found = sheet(tmp_path, content, name)
    assert found.rows == ()
    assert code in [p.code for p in found.problems]


def test_a_row_without_identifier_keeps_its_number(tmp_path):
    rows = sheet(tmp_path, "識別號,題名\nA,甲\n,乙\n".encode()).rows
    assert [(r.number, r.record is None) for r in rows] == [(1, False), (2, True)]
    assert rows[1].problems[0].code == "record-without-identifier"


def test_doubtful_values_are_kept_and_reported(tmp_path):
    text = "識別號,題名,日期,資料類型,權利聲明,取用層級\nA,甲,24年5月,唱片,館長說可以,秘密\n"
    (row,) = sheet(tmp_path, text.encode()).rows
    assert [p.code for p in row.problems][:4] == [
        "date-flagged",
        "type-unknown",
        "rights-unknown",
        "access-unknown",
    ]
    assert row.record.access == "restricted"
    assert row.record.rights.note == "館長說可以"


def test_the_template_has_every_heading():
    headings = next(csv.reader(io.StringIO(template().decode("utf-8-sig"))))
    assert len(headings) == len(HEADINGS)


def test_an_exported_sheet_is_read_back_the_same(tmp_path):
    first = sheet(tmp_path, ROWS.encode()).rows[0].record
    again = sheet(tmp_path, write_sheet([(first, None)])).rows[0].record
    assert again == first


def test_no_value_becomes_a_formula(tmp_path):
    text = "識別號,題名\nA,=HYPERLINK(1)\n"
    record = sheet(tmp_path, text.encode()).rows[0].record
    exported = write_sheet([(record, None)])
    assert b"'=HYPERLINK" in exported
    assert sheet(tmp_path, exported).rows[0].record == record


@given(ANY_RECORD)
def test_a_record_is_the_same_after_json(record):
    assert codec.from_json(codec.to_json(record)) == record


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reading(tmp_path_factory, content):
    sheet(tmp_path_factory.mktemp("x"), content)


@pytest.mark.parametrize(
    ("written", "day"), [("2030-01-01", "2030-01-01"), ("2030/1/1", "2030-01-01"),
                         ("民國119年1月1日", "2030-01-01"), ("2030年1月1日", "2030-01-01")]
)  # fmt: skip
def test_an_opening_day_is_read_in_any_form(tmp_path, written, day):
    (row,) = sheet(tmp_path, f"識別號,題名,開放日期\nA,甲,{written}\n".encode()).rows
    assert row.record.embargo_until == day


def workbook(tmp_path, fill):
    book = Workbook()
    fill(book)
    book.save(tmp_path / "works.xlsx")
    return read_sheet(tmp_path / "works.xlsx")


def test_a_date_is_as_exact_as_its_cell_shows_it(tmp_path):
    """Excel turns 1935/10 into the first of that month, shown as Oct-35."""

    def fill(book):
        book.active.append(["識別號", "題名", "日期"])
        for number, shown in enumerate(
            ("mmm-yy", "yyyy", "yyyy/m/d", "[$-404]e/m/d", 'yyyy"年"m"月"')
        ):
            book.active.append([f"A-{number}", "甲", date(1935, 10, 1)])
            book.active.cell(number + 2, 3).number_format = shown

    dates = [row.record.dates[0].edtf for row in workbook(tmp_path, fill).rows]
    assert dates == ["1935-10", "1935", "1935-10-01", "1935-10-01", "1935-10"]


def test_a_date_turned_into_a_number_is_flagged_with_the_day_it_may_be(tmp_path):
    (row,) = sheet(tmp_path, "識別號,題名,日期\nA,甲,12697\n".encode()).rows
    (found,) = row.record.dates
    assert (found.edtf, found.proposed) == (None, "1934-10-05")


def test_a_cell_merged_downwards_holds_for_each_of_its_rows(tmp_path):
    def fill(book):
        book.active.append(["識別號", "題名", "典藏系列"])
        book.active.append(["A-1", "甲", "鳳山文獻"])
        book.active.append(["A-2", "乙", None])
        book.active.merge_cells("C2:C3")

    found = workbook(tmp_path, fill)
    assert [row.record.collections for row in found.rows] == [("鳳山文獻",)] * 2
    assert [p.code for p in found.problems] == ["cells-merged"]


def test_formulas_without_value_and_errors_are_reported(tmp_path):
    def fill(book):
        book.active.append(["識別號", "題名", "說明"])
        book.active.append(["A-1", "甲", '=B2&"x"'])
        book.active.append(["A-2", "乙", "#REF!"])

    found = workbook(tmp_path, fill)
    assert [p.code for p in found.problems] == ["formulas-without-value"]
    assert "C2" in found.problems[0].message["en"]
    assert "cell-error" in [p.code for p in found.rows[1].problems]
    assert found.rows[1].record.notes == ()


def test_the_worksheet_with_headings_is_read_wherever_they_stand(tmp_path):
    def fill(book):
        book.active.title = "說明"
        book.active["A1"] = "高雄市立圖書館"
        second = book.create_sheet("書目")
        second.append(["民國115年書目"])
        second.append([])
        second.append(["識別號", "題　名"])
        second.append(["A-1", "甲"])

    found = workbook(tmp_path, fill)
    assert [row.record.title for row in found.rows] == ["甲"]
    assert [p.code for p in found.problems] == ["sheets-ignored", "rows-above-headings"]


def test_a_problem_names_the_line_of_the_file(tmp_path):
    (row,) = sheet(tmp_path, "書目清單\n\n識別號,題名,日期\nA,甲,不詳\n".encode()).rows
    assert row.number == 1
    assert row.problems[0].where == "works.csv:4"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff\ufeff識別號,題名\r\nA,甲\r\n",
        "sep=;\r\n識別號;題名\r\nA;甲\r\n",
        "識別號\t題名\nA\t甲\n",
        "識別號,題名\rA,甲\r",
        '"識 別 號","題名"\n"A","甲"',
    ],
)
def test_what_spreadsheet_programs_make_of_csv_is_read(tmp_path, content):
    (row,) = sheet(tmp_path, content.encode()).rows
    assert (row.record.identifier, row.record.title) == ("A", "甲")


def test_a_number_that_lost_its_digits_is_reported(tmp_path):
    (row,) = sheet(tmp_path, "識別號,題名\n9.78957E+12,甲\n".encode()).rows
    assert "number-shortened" in [p.code for p in row.problems]


@pytest.mark.parametrize("merged", ["C2:C1048576", "A3:XFD1048576"])
def test_a_workbook_as_large_as_can_be_costs_what_it_holds(tmp_path, merged):
    """Whole columns formatted or merged by a slip of the mouse."""

    def fill(book):
        book.active.append(["識別號", "題名", "典藏系列"])
        book.active.append(["A-1", "甲", "鳳山文獻"])
        book.active.cell(1_048_576, 16_384).number_format = "yyyy"

    book = Workbook()
    fill(book)
    book.active.merged_cells.ranges.add(CellRange(merged))
    book.save(tmp_path / "works.xlsx")
    (row,) = read_sheet(tmp_path / "works.xlsx").rows
    assert row.record.collections == ("鳳山文獻",)
