"""`ioc.py report 06a` as its users type it, and the form as it is written into a file."""

import csv
import io
from pathlib import Path

from openpyxl import load_workbook

from tests.test_command_line import Installation
from tests.test_command_line_files import centre  # noqa: F401  # 12 and 20 open dossiers, every third at the counter

FROM_5_JUNE = ("report", "06a", "--from", "2021-06-05", "--to", "2021-12-10")


def test_form_of_the_province_holds_what_was_there_before_and_what_came(centre: Installation) -> None:  # noqa: F811
    done = centre.ioc(*FROM_5_JUNE, "--format", "csv")
    assert (done.code, done.err) == (0, "")
    total = list(csv.DictReader(io.StringIO(done.out)))[-1]
    # Four of each unit came on 1 to 4 June; of the other 24 seven at the counter.
    expected = {"received_total": "32", "received_online": "17", "received_other": "7", "carried_over": "8"}
    assert {name: total[name] for name in expected} == expected
    assert (total["completed"], total["open"], total["open_in_time"], total["overdue"]) == ("0", "32", "32", "0")


def test_workbook_has_a_row_for_each_procedure_and_the_total_last(centre: Installation, tmp_path: Path) -> None:  # noqa: F811
    to = tmp_path / "bieu.xlsx"
    asked = ("--unit", "H28.03", "--by", "procedure", "--format", "xlsx", "--output", str(to))
    assert centre.ioc(*FROM_5_JUNE, *asked).code == 0
    rows = [[cell for cell in row if cell is not None] for row in load_workbook(to).worksheets[0].values]
    assert any("Biểu II.06a" in str(row[0]) and "Sở Nội vụ" in str(row[0]) for row in rows if row)
    procedure, total = [row for row in rows if row][-2:]
    assert procedure[:6] == ["1.01", "Kê khai giá", 12, 6, 2, 4]
    assert "Tổng số" in total
    assert total[-12:] == procedure[2:]


def test_file_form_without_a_file_is_wrong_usage(centre: Installation) -> None:  # noqa: F811
    done = centre.ioc(*FROM_5_JUNE, "--format", "pdf")
    assert (done.code, "--output FILE" in done.err) == (2, True)


def test_unknown_unit_is_wrong_usage(centre: Installation) -> None:  # noqa: F811
    done = centre.ioc(*FROM_5_JUNE, "--unit", "H99")
    assert (done.code, "H99" in done.err) == (2, True)
