"""Checked access to the cells of files that people fill in: a wrong cell is a BadCellError with a sentence for them."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Literal, TypeVar

from connectors._codes import agency_code
from connectors._kept import is_code
from sheets.tabular import BadRow, TableRow

Made = TypeVar("Made")
Meaning = TypeVar("Meaning")

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d\d)", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII | re.IGNORECASE)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NUMBER = re.compile(r"(\d{1,15})(?:[.,](\d{1,17}))?", re.ASCII)
# 12.345 is twelve thousand to a Vietnamese reader and twelve to a machine.
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+", re.ASCII)
_SMALL = re.compile(r"\d(\.\d+)?e-\d{1,2}", re.ASCII)  # how a workbook's very small numbers come
_FIRST_YEAR, _LAST_YEAR = 1945, 2100
_LONGEST_WORDS = 300
_SHOWN = 40

Form = Literal["rate", "count"]


class BadCellError(Exception):
    """A cell was not understood: in which column, what is wrong, and the value that it says it of."""

    def __init__(self, column: str, what: str, value: str = "") -> None:
        super().__init__(f"{column} {what}")
        self.column, self.what, self.value = column, what, value

    def reason(self, *, quoted: bool) -> str:
        """A sentence. `quoted` for whoever has the file before them; else only a value that is surely no person's."""
        shown = self.value if quoted or is_code(self.value) else ""
        return f"{shown[:_SHOWN]} {self.what}" if shown else self.what


def read_rows(
    rows: Iterable[TableRow], make: Callable[[TableRow], Made], *, quoted: bool = True
) -> tuple[list[Made], list[BadRow]]:
    """What `make` builds of each row, and a BadRow for each of which it could not build anything.

    `quoted`: reasons quote the cells as they are; False for what is logged or kept.
    """
    made: list[Made] = []
    bad: list[BadRow] = []
    for row in rows:
        try:
            made.append(make(row))
        except BadCellError as error:
            bad.append(BadRow(row.number, error.column, error.reason(quoted=quoted)))
    return made, bad


def required(row: TableRow, column: str) -> str:
    """The cell's text; BadCellError when it is empty."""
    text = row.cells[column]
    if not text:
        raise BadCellError(column, "is empty")
    return text


def code(row: TableRow, column: str) -> str:
    """A code as it was written; a code that a spreadsheet holds as a number has lost its leading zeros."""
    text = required(row, column)
    if column in row.typed:
        raise BadCellError(column, "is a number there; codes have leading zeros: format the column as text", text)
    if not is_code(text):
        raise BadCellError(column, "is no code: codes have no blanks and at most 120 signs", text)
    return text


def unit_code(row: TableRow, column: str) -> str:
    """An agency's code in its new form."""
    return agency_code(code(row, column))


def words(row: TableRow, column: str) -> str:
    """Free text on one line, "" for an empty cell."""
    text = " ".join(row.cells[column].split())
    if len(text) > _LONGEST_WORDS or not text.isprintable():
        raise BadCellError(column, f"is no text of at most {_LONGEST_WORDS} signs")
    return text


def choice(row: TableRow, column: str, meanings: Mapping[str, Meaning]) -> Meaning:
    """What the cell's word means; BadCellError listing the right words."""
    text = required(row, column)
    if text.lower() not in meanings:
        raise BadCellError(column, f"is not one of {', '.join(meanings)}", text)
    return meanings[text.lower()]


def day(row: TableRow, column: str) -> date:
    """A date yyyy-mm-dd."""
    return _day(column, required(row, column))


def day_or_none(row: TableRow, column: str) -> date | None:
    """A date yyyy-mm-dd, None for an empty cell."""
    return day(row, column) if row.cells[column] else None


def last_day(row: TableRow, column: str, first: date, first_column: str) -> date | None:
    """A last day that is not before `first`, None for an empty cell."""
    last = day_or_none(row, column)
    if last and last < first:
        raise BadCellError(column, f"is before {first_column} {first}", str(last))
    return last


def period(row: TableRow, column: str) -> tuple[date, date]:
    """First and last day of a year 2021, a quarter 2021-Q2, a month 2021-06 or a day 2021-06-15."""
    text = required(row, column)
    if row.typed.get(column) == "date" and text.endswith("-01"):
        # Excel turns a typed 2021-06 into the first of June without a word.
        raise BadCellError(column, "may be a month that became a day: format the column as text", text)
    if _YEAR.fullmatch(text):
        return _months(column, text, 1, 12)
    if found := _QUARTER.fullmatch(text):
        return _months(column, found[1], int(found[2]) * 3 - 2, 3)
    if found := _MONTH.fullmatch(text):
        return _months(column, found[1], int(found[2]), 1)
    if not _DAY.fullmatch(text):
        raise BadCellError(column, "is no period such as 2021, 2021-Q2, 2021-06 or 2021-06-15", text)
    only = _day(column, text)
    return only, only


def amount(row: TableRow, column: str, form: Form) -> float:
    """A figure, not negative. A rate is written 51 % or 0.51 and comes as 0.51; a bare 51 could be either."""
    text = required(row, column)
    share = text.endswith("%")
    number = _number(column, text.removesuffix("%").rstrip(), plain=column in row.typed)
    if form == "count":
        if share:
            raise BadCellError(column, "is a rate, but this figure is a count", text)
        return number
    if share:
        return number / 100
    if number > 1:
        raise BadCellError(column, "is ambiguous for a rate: write it with %, or as a number up to 1", text)
    return number


def amount_or_none(row: TableRow, column: str, form: Form) -> float | None:
    """As `amount`, None for an empty cell."""
    return amount(row, column, form) if row.cells[column] else None


def known(column: str, value: str, right: Collection[str], what: str) -> None:
    """Raise BadCellError when the value is not among the right ones, which are listed when they are few."""
    if value not in right:
        which = f"; one of {', '.join(right)}" if len(right) <= 20 and right else ""
        raise BadCellError(column, f"is no {what}{which}", value)


def _day(column: str, text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        moment = date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        moment = None
    if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise BadCellError(column, f"is no date yyyy-mm-dd from {_FIRST_YEAR} to {_LAST_YEAR}", text)
    return moment


def _months(column: str, year: str, month: int, count: int) -> tuple[date, date]:
    if not _FIRST_YEAR <= int(year) <= _LAST_YEAR or not 1 <= month <= 12:
        raise BadCellError(column, f"is no period from {_FIRST_YEAR} to {_LAST_YEAR}", f"{year}-{month:02}")
    following = month + count
    after = date(int(year) + (following - 1) // 12, (following - 1) % 12 + 1, 1)
    return date(int(year), month, 1), after - timedelta(days=1)


def _number(column: str, text: str, *, plain: bool) -> float:
    """`plain`: the cell was a number itself, so that a point in it is surely the decimal one."""
    if plain and _SMALL.fullmatch(text):
        return float(text)
    if not plain and _THOUSANDS.fullmatch(text):
        raise BadCellError(column, "is ambiguous: write it without thousands separators", text)
    if not _NUMBER.fullmatch(text):
        raise BadCellError(column, "is no number from 0 up", text)
    return float(text.replace(",", "."))
