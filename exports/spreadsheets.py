"""Writing an export as CSV, XLSX or Parquet: the whole file, or the one that was there before.

Text that a spreadsheet would run as a formula (it begins with = + - @ or a tab) is kept from it: in CSV by a leading
apostrophe, in XLSX as text with the mark that Excel itself gives to such cells. Parquet holds the text as it is.
"""

import csv
import io
import os
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from clock import LOCAL_ZONE
from errors import InputError
from exports import Export
from metrics import Indicator, catalogue, formula
from sheets.tabular import is_formula, quoted

FORMATS = ("csv", "xlsx", "parquet")

_RATES = ("low", "high")  # of a ranking: they have the form of its value
_WIDEST, _NARROWEST, _LOOKED_AT = 60, 8, 200
_DEFINITIONS = ("key", "name_vi", "name", "definition_vi", "definition", "formula", "source", "owner_vi")


def write_file(exported: Export, form: str, path: Path) -> None:
    """Write the export to `path` in the form csv, xlsx or parquet.

    A reader of the path sees the old file or the whole new one. Raises InputError when it cannot be written.
    """
    content = {"csv": _csv, "xlsx": _xlsx, "parquet": _parquet}[form](exported)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with open(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _parquet(exported: Export) -> bytes:
    content = io.BytesIO()
    exported.frame.write_parquet(content)
    return content.getvalue()


def _csv(exported: Export) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(exported.frame.columns)
    writer.writerows([_as_text(value) for value in row] for row in exported.frame.iter_rows())
    # The mark at the beginning is how Excel knows UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return _local(value).isoformat() if isinstance(value, date) else str(value)


def _local(value: date) -> date:
    return value.astimezone(LOCAL_ZONE) if isinstance(value, datetime) else value


def _xlsx(exported: Export) -> bytes:
    content = io.BytesIO()
    # Strings stay strings: nothing in them becomes a formula, a number or a link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        formats = _formats(book)
        _write_sheet(book.add_worksheet("Số liệu"), exported, formats)
        _write_definitions(book.add_worksheet("Định nghĩa"), exported, formats)
    return content.getvalue()


Formats = Mapping[str, Any]


def _formats(book: Any) -> Formats:
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "header": book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"}),
        "text": book.add_format({"quote_prefix": True}),
        "rate": book.add_format({"num_format": "0.00%"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        "instant": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
        "wrapped": book.add_format({"text_wrap": True, "valign": "top"}),
    }


def _write_sheet(sheet: Any, exported: Export, formats: Formats) -> None:
    for number, line in enumerate((exported.title, exported.period, exported.data_time)):
        sheet.write_string(number, 0, line, formats["title"] if number == 0 else None)
    top, frame = 4, exported.frame
    for column, name in enumerate(frame.columns):
        sheet.write_string(top, column, name, formats["header"])
        sheet.set_column(column, column, _width(name, frame[name]))
    only = exported.definitions[0].key if len(exported.definitions) == 1 else None
    for number, row in enumerate(frame.iter_rows(named=True), start=top + 1):
        rate = _is_rate(row.get("indicator", only))
        for column, (name, value) in enumerate(row.items()):
            shown = "rate" if rate and name in ("value", *_RATES) else ""
            _write_cell(sheet, number, column, value, formats, shown)
    sheet.freeze_panes(top + 1, 0)
    if frame.height:
        sheet.autofilter(top, 0, top + frame.height, frame.width - 1)


def _write_cell(sheet: Any, row: int, column: int, value: Any, formats: Formats, shown: str) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value, formats["text"] if is_formula(value) else None)
    elif isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(LOCAL_ZONE).replace(tzinfo=None), formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, formats["day"])
    elif value is not None:
        sheet.write_number(row, column, value, formats.get(shown))


def _is_rate(key: str | None) -> bool:
    indicator = catalogue().get(key or "")
    return indicator is not None and indicator.form == "rate"


def _width(name: str, values: pl.Series) -> int:
    longest = max((len(str(value)) for value in values.head(_LOOKED_AT) if value is not None), default=0)
    return min(_WIDEST, max(_NARROWEST, len(name), longest) + 2)


def _write_definitions(sheet: Any, exported: Export, formats: Formats) -> None:
    for column, name in enumerate(_DEFINITIONS):
        sheet.write_string(0, column, name, formats["header"])
        sheet.set_column(column, column, _WIDEST if name in ("definition_vi", "definition", "formula") else 30)
    for row, indicator in enumerate(exported.definitions, start=1):
        for column, text in enumerate(_definition(indicator)):
            sheet.write_string(row, column, text, formats["wrapped"])
    sheet.freeze_panes(1, 0)


def _definition(indicator: Indicator) -> list[str]:
    recorded = formula(indicator)
    quotient = recorded.numerator if recorded.denominator is None else f"{recorded.numerator} / {recorded.denominator}"
    return [quotient if name == "formula" else str(getattr(indicator, name)) for name in _DEFINITIONS]
