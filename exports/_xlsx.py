"""XLSX: a sheet for each table with typed columns under a head that says what the view is; a sheet of definitions.

Strings stay strings: nothing in them becomes a formula, a number or a link; what a spreadsheet would run has the
mark that Excel itself gives to such cells.
"""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import polars as pl
import xlsxwriter

from exports._head import head_lines
from exports._words import Words, local_time
from exports.viewed import Table, Viewed
from metrics import Indicator, definitions_version, formula
from sheets.tabular import is_formula

MOST_ROWS = 1_048_576
MOST_SIGNS = 32_767
_WIDEST, _NARROWEST, _LOOKED_AT, _NAME_SIGNS = 60, 8, 200, 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_DEFINITIONS = ("key", "name_vi", "name", "definition_vi", "definition", "formula", "source", "owner_vi")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
Formats = Mapping[str, Any]


def xlsx_bytes(viewed: Viewed, words: Words) -> bytes:
    """The workbook."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        created = {"created": local_time(viewed.data_time)} if viewed.data_time else {}
        comments = f"{words.version}: {definitions_version()}"
        book.set_properties({"title": viewed.title, "subject": viewed.period, "comments": comments, **created})
        formats = _formats(book)
        lines = head_lines(viewed, words)
        for name, table in zip(sheet_names(viewed, words), viewed.tables, strict=False):
            _write_table(book.add_worksheet(name), table, lines, formats, words)
        if viewed.definitions:
            _write_definitions(book.add_worksheet(words.definitions), viewed.definitions, formats)
    return content.getvalue()


def head_rows(viewed: Viewed, words: Words) -> int:
    """How many rows stand above the rows of a table, its heads included."""
    return len(head_lines(viewed, words)) + 2


def sheet_names(viewed: Viewed, words: Words) -> list[str]:
    """A name for each table, as Excel allows them: short, without some signs, none twice, however it is written."""
    taken = {words.definitions.casefold()}
    names = []
    for number, table in enumerate(viewed.tables, start=1):
        name = " ".join(_FORBIDDEN.sub(" ", table.name).split())[:_NAME_SIGNS] or f"{words.table} {number}"
        if name.casefold() in taken:
            name = f"{name[: _NAME_SIGNS - 4]} {number}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _formats(book: Any) -> Formats:
    looks = {
        "title": {"bold": True, "font_size": 14},
        "muted": {"font_color": "#55606D"},
        "header": {"bold": True, "bottom": 1, "bg_color": "#E8EEF4", "text_wrap": True, "valign": "top"},
        "text": {"quote_prefix": True},
        "rate": {"num_format": "0.0%"},
        "count": {"num_format": "#,##0"},
        "mean": {"num_format": "#,##0.0"},
        "day": {"num_format": "dd/mm/yyyy", "align": "left"},
        "instant": {"num_format": "dd/mm/yyyy hh:mm:ss", "align": "left"},
        "wrapped": {"text_wrap": True, "valign": "top"},
    }
    return {name: book.add_format(look) for name, look in looks.items()}


def _write_table(sheet: Any, table: Table, lines: Sequence[str], formats: Formats, words: Words) -> None:
    for number, line in enumerate(lines):
        sheet.write_string(number, 0, line, formats["title"] if number == 0 else formats["muted"])
    top, frame = len(lines) + 1, table.frame
    for column, name in enumerate(frame.columns):
        head = table.heads.get(name, name)
        sheet.write_string(top, column, head, formats["header"])
        sheet.set_column(column, column, _width(head, frame[name]))
    for column, name in enumerate(frame.columns):
        looks = [formats[look] for look in _looks(table, name)]
        for number, value in enumerate(frame[name]):
            _write_cell(sheet, top + 1 + number, column, value, looks[number % len(looks)], formats, words)
    sheet.freeze_panes(top + 1, 0)
    if frame.width:
        sheet.autofilter(top, 0, top + frame.height, frame.width - 1)
    sheet.repeat_rows(top)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&A&R{words.page} &P / &N")


def _looks(table: Table, name: str) -> list[str]:
    """The form of a column's numbers; one for each row where rates and counts stand in one column."""
    values = table.frame[name]
    if name not in table.rates:
        return ["count" if _whole(values) else "mean"]
    if table.rated is None:
        return ["rate"]
    counts = ["count" if value is None or float(value).is_integer() else "mean" for value in values]
    return ["rate" if rate else count for rate, count in zip(table.rated, counts, strict=True)] or ["rate"]


def _whole(values: pl.Series) -> bool:
    return not values.dtype.is_float() or bool((values.drop_nulls() % 1 == 0).all())


def _write_cell(sheet: Any, row: int, column: int, value: Any, look: Any, formats: Formats, words: Words) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(row, column, words.yes if value else words.no)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, formats["text"] if is_formula(value) else None)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, local_time(value), formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    else:
        sheet.write_number(row, column, value, look)


def _width(head: str, values: pl.Series) -> int:
    longest = max((len(str(value)) for value in values.head(_LOOKED_AT) if isinstance(value, str | date)), default=0)
    return min(_WIDEST, max(_NARROWEST, min(len(head), _WIDEST // 3), longest) + 2)


def _write_definitions(sheet: Any, definitions: Sequence[Indicator], formats: Formats) -> None:
    for column, name in enumerate(_DEFINITIONS):
        sheet.write_string(0, column, name, formats["header"])
        sheet.set_column(column, column, _WIDEST if name in ("definition_vi", "definition", "formula") else 30)
    for row, indicator in enumerate(definitions, start=1):
        for column, text in enumerate(_definition(indicator)):
            sheet.write_string(row, column, text, formats["wrapped"])
    sheet.freeze_panes(1, 0)


def _definition(indicator: Indicator) -> list[str]:
    recorded = formula(indicator)
    quotient = recorded.numerator if recorded.denominator is None else f"{recorded.numerator} / {recorded.denominator}"
    return [quotient if name == "formula" else str(getattr(indicator, name)) for name in _DEFINITIONS]
