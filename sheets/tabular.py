"""Tables that people fill in: CSV and XLSX as rows of text, with every bad row told apart by its number.

Codes keep their leading zeros: every cell comes as text, and `typed` says which cells of a workbook were numbers or
dates, so that a code that a spreadsheet has taken for a number can be refused instead of guessed.
"""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from unicodedata import normalize

from errors import InputError
from sheets.workbook import Cell, UnreadableError, is_workbook, read_workbook

# A province's returns of a year are 40,000 rows; more than this is no table that a person has filled in.
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_BYTES = 16 * 1024 * 1024
_DELIMITERS = (",", ";", "\t")
_SHOWN = 1000
# The wide ones are the same to a spreadsheet of some East Asian countries.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_MOST_ABOVE = 20


@dataclass(frozen=True)
class TableRow:
    """One row: `number` as a person counts rows in the sheet (the header is 1), its cells as text by column.

    A date is yyyy-mm-dd, a whole number has no ".0", an empty cell is "". `typed`: the columns whose cells a workbook
    holds as numbers or dates, not as text (empty for CSV, which holds nothing but text).
    """

    number: int
    cells: dict[str, str]
    typed: Mapping[str, Literal["number", "date"]] = field(default_factory=dict)


@dataclass(frozen=True)
class BadRow:
    """What is wrong in a row: its number, the column ("" for the row as a whole), the reason as a sentence."""

    number: int
    column: str
    reason: str

    def __str__(self) -> str:
        """As a person reads it: row 4, column period: …"""
        place = f"row {self.number}" if self.number else "file"
        return f"{place}{f', column {self.column}' if self.column else ''}: {self.reason}"


class BadRowsError(InputError):
    """A file with bad rows, all of them in `bad`, in the order of the sheet; nothing of it was stored."""

    def __init__(self, name: str, bad: Sequence[BadRow]) -> None:
        self.bad = sorted(bad, key=lambda row: row.number)
        lines = [f"  {row}" for row in self.bad[:_SHOWN]]
        if len(self.bad) > _SHOWN:
            lines.append(f"  and {len(self.bad) - _SHOWN} more")
        super().__init__("\n".join([f"{name}: nothing was stored, {_counted(len(self.bad))}:", *lines]))


class TornError(InputError):
    """A CSV file that ends in the middle of a cell: cut off, or a quotation mark too many."""


def _counted(number: int) -> str:
    return "1 fault" if number == 1 else f"{number} faults"


def refuse(name: str, bad: Iterable[BadRow]) -> None:
    """Raise BadRowsError (an InputError) listing the bad rows of the file `name`; without any, return."""
    found = list(bad)
    if found:
        raise BadRowsError(name, found)


def read_table(content: bytes, name: str, columns: Sequence[str], optional: Sequence[str] = ()) -> list[TableRow]:
    """The rows of a CSV (UTF-8; comma, semicolon or tab) or XLSX file, told apart by content; blank rows left out.

    The first row with several cells names the columns (above it may stand a title and comments, #), in any order: all
    of `columns`, any of `optional`, no other; an optional one that is not there is "". Raises BadRowsError for a
    missing, unknown or repeated column, a cell beside the columns, a cell that holds an error; InputError for a file
    that is neither, or is too large. `name` is what messages call the file.
    """
    if len(content) > MOST_BYTES:
        raise InputError(f"{name}: larger than {MOST_BYTES // 1024**2} MB")
    lines = _workbook_lines(content, name) if is_workbook(content) else _csv_lines(content, name, columns)
    above, header = _header(lines)
    names = [text.strip().lower() for text, _ in header]
    refuse(name, _header_faults(above + 1, names, columns, optional))
    rows: list[TableRow] = []
    bad: list[BadRow] = []
    for number, line in enumerate(lines, start=above + 2):
        if number > MOST_ROWS + 1:
            raise InputError(f"{name}: more than {MOST_ROWS} rows")
        if not any(text for text, _ in line):
            continue
        if any(text for position, (text, _) in enumerate(line) if position >= len(names) or not names[position]):
            bad.append(BadRow(number, "", "has a cell beside the named columns (in CSV: quote a cell with a comma)"))
            continue
        rows.append(_row(number, names, line, [*columns, *optional]))
    refuse(name, bad)
    return rows


Line = Sequence[Cell]


def _header(lines: Iterator[Line]) -> tuple[int, Line]:
    """The line that names the columns, and how many lines stand above it: a title (one cell), comments (#), blanks."""
    for above, line in enumerate(itertools.islice(lines, _MOST_ABOVE)):
        filled = [text for text, _ in line if text]
        if len(filled) > 1 and not filled[0].startswith("#"):
            return above, line
    return 0, []


def _row(number: int, names: Sequence[str], line: Line, known: Sequence[str]) -> TableRow:
    cells = dict.fromkeys(known, "")
    typed = {}
    for column, (text, kind) in zip(names, line, strict=False):
        if column:
            cells[column] = text
            if kind and text:
                typed[column] = kind
    return TableRow(number, cells, typed)


def _header_faults(
    number: int, names: Sequence[str], columns: Sequence[str], optional: Sequence[str]
) -> Iterator[BadRow]:
    right = f"the columns are {', '.join(columns)}" + (f", and if you like {', '.join(optional)}" if optional else "")
    if not any(names):
        yield BadRow(number, "", f"no row names the columns; {right}")
        return
    for column in columns:
        if column not in names:
            yield BadRow(number, column, f"is missing; {right}")
    for column in dict.fromkeys(names):
        if column and column not in [*columns, *optional]:
            yield BadRow(number, column[:40], f"is unknown; {right}")
        elif column and names.count(column) > 1:
            yield BadRow(number, column, "is there twice")


def _workbook_lines(content: bytes, name: str) -> Iterator[Line]:
    try:
        sheet = read_workbook(content, MOST_ROWS + 1, MOST_COLUMNS)
    except UnreadableError as error:
        raise InputError(f"{name}: {error}") from error
    refuse(name, [BadRow(row, "", f"cell {place} holds an error (such as #N/A)") for row, place in sheet.errors])
    return iter(sheet.rows)


def _csv_lines(content: bytes, name: str, columns: Sequence[str]) -> Iterator[Line]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: is neither XLSX nor UTF-8 text; in Excel save it as .xlsx or as 'CSV UTF-8'"
        ) from error
    if "\0" in text:
        raise InputError(f"{name}: is neither XLSX nor CSV")
    delimiter = max(_DELIMITERS, key=lambda sign: _columns_found(text, sign, columns))
    return _split(text, delimiter, name)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV file would run the text as a formula, or has been kept from it."""
    return text.lstrip("'").startswith(FORMULA_SIGNS)


def quoted(text: str) -> str:
    """The text as it stands in a CSV file: an apostrophe keeps a spreadsheet from running it as a formula."""
    return f"'{text}" if is_formula(text) else text


def unquoted(text: str) -> str:
    """The text that `quoted` made this one of."""
    return text[1:] if text.startswith("'") and is_formula(text) else text


def _columns_found(text: str, delimiter: str, columns: Sequence[str]) -> int:
    try:
        _, header = _header(_split(text, delimiter, ""))
    except InputError:
        return 0
    return len({cell.lower() for cell, _ in header} & set(columns))


def _split(text: str, delimiter: str, name: str) -> Iterator[Line]:
    # Strict, so that a quotation mark without its partner is told, not read to the end of the file as one cell.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    count = 0
    try:
        for cells in reader:
            count += 1
            if len(cells) > MOST_COLUMNS:
                raise BadRowsError(name, [BadRow(count, "", f"has more than {MOST_COLUMNS} cells")])
            yield [(unquoted(normalize("NFC", cell.strip())), None) for cell in cells]
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise TornError(f"{name}: ends in the middle of a cell (a quotation mark without its partner?)") from error
        raise BadRowsError(name, [BadRow(count + 1, "", f"cannot be read as CSV ({error})")]) from error
