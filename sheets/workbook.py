"""Reading an XLSX file that somebody else has made: its first sheet as text, with bounded memory whatever it holds.

A workbook is a ZIP of XML: a small file can hold gigabytes. So its parts are unpacked and parsed bit by bit, bounded.
Formulas are not computed: the stored value counts. Libraries failed in 1.5 GB of memory: python-calamine 0.9 aborts
the process at one cell in XFD1048576, openpyxl 3.1 runs out at 3.4 million <mergeCell> (a file of 180 kB).
"""

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from math import isfinite
from typing import Literal, TypeAlias
from unicodedata import normalize
from xml.etree.ElementTree import Element, ParseError
from zlib import error as ZlibError  # noqa: N812  # a class with the name of a module

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

Cell: TypeAlias = tuple[str, Literal["number", "date"] | None]

_MOST_UNPACKED_BYTES = 96 * 1024 * 1024
_MOST_PARTS, _MOST_DEPTH = 1000, 50
_MOST_INNER = 20_000  # elements within one row, text or list
_MOST_CELLS = 1_000_000  # of a sheet, and texts that its cells refer to: about 150 MB
_LONGEST_TEXT = 32_767  # what Excel itself allows in a cell
_CHUNK = 1024 * 1024
_PLACE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_ROW = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_NOT_READABLE = "is no Excel workbook that can be read, or a protected one; save it as .xlsx"

# Formats of numbers that are dates: those that Excel has built in, and those whose code names a part of a date.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_NO_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_DATE_CODE = re.compile(r"[ymdhs]", re.IGNORECASE)
_SECONDS_OF_DAY = 86_400


class UnreadableError(Exception):
    """Why a workbook cannot be read, for a person; without the file's name."""


def is_workbook(content: bytes) -> bool:
    """Whether a file is an Excel workbook, or something that calls itself one, by its first bytes."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLD_EXCEL))


@dataclass
class _Book:
    """What the cells of a sheet refer to."""

    texts: list[str] = field(default_factory=list)
    date_styles: set[int] = field(default_factory=set)
    first_day: date = date(1899, 12, 30)


@dataclass
class Sheet:
    """The rows from the first on, and the places of cells that hold an error as (row number, place).

    A cell is its text (a date yyyy-mm-dd, a whole number without ".0", true or false) and "number" or "date" when it
    was no text.
    """

    rows: list[list[Cell]] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def read_workbook(content: bytes, most_rows: int, most_columns: int) -> Sheet:
    """The first sheet. Raises UnreadableError for a file that is no workbook, is protected, is broken, or is larger
    than allowed."""
    if content.startswith(_OLD_EXCEL):
        raise UnreadableError("is an old or a protected Excel file; save it as .xlsx without a password")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_size(archive)
            return _read(archive, most_rows, most_columns)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(_NOT_READABLE) from error


def _check_size(archive: zipfile.ZipFile) -> None:
    """Unpack everything once, bit by bit: sizes that a file claims can lie, what comes out of it cannot."""
    if len(archive.infolist()) > _MOST_PARTS:
        raise UnreadableError(_NOT_READABLE)
    size = 0
    for part in archive.infolist():
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > _MOST_UNPACKED_BYTES:
                    raise UnreadableError(f"holds more than {_MOST_UNPACKED_BYTES // 1024**2} MB unpacked")


def _read(archive: zipfile.ZipFile, most_rows: int, most_columns: int) -> Sheet:
    start = [target for kind, target in _relations(archive, "").values() if kind == "officeDocument"]
    if not start:
        raise UnreadableError(_NOT_READABLE)
    relations, book, sheets = _relations(archive, start[0]), _Book(), []
    for element in _elements(archive, start[0], {"workbookPr", "sheet"}):
        if _name(element) == "sheet":
            sheets += [value for name, value in element.attrib.items() if name.endswith("}id")]
        elif element.get("date1904") in ("1", "true"):
            book.first_day = date(1904, 1, 1)
    for kind, target in relations.values():
        if kind == "sharedStrings":
            book.texts = [_text(element) for element in islice(_elements(archive, target, {"si"}), _MOST_CELLS)]
        elif kind == "styles":
            book.date_styles = _date_styles(archive, target)
    worksheets = [relations[sheet][1] for sheet in sheets if relations.get(sheet, ("", ""))[0] == "worksheet"]
    if not worksheets:
        raise UnreadableError("has no sheet with cells")
    return _read_sheet(archive, worksheets[0], book, most_rows, most_columns)


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to, by number: the kind (last word of its type) and the name of the other part."""
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    found = {}
    for element in _elements(archive, listed, {"Relationship"}):
        target = element.get("Target", "")
        inside = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], inside)
    return found


def _elements(archive: zipfile.ZipFile, part: str, wanted: set[str]) -> Iterator[Element]:
    """The finished elements of these names, one after the other; each is let go once it was looked at."""
    open_elements: list[Element] = []
    looked_for: list[Element] = []  # the outermost wanted element that is open, if any
    inner = 0
    try:
        with archive.open(part) as stream:
            for event, element in defusedxml.ElementTree.iterparse(stream, events=("start", "end"), forbid_dtd=True):
                if event == "start":
                    open_elements.append(element)
                    if looked_for:
                        inner += 1
                    elif _name(element) in wanted:
                        looked_for, inner = [element], 0
                    if len(open_elements) > _MOST_DEPTH or inner > _MOST_INNER:
                        raise UnreadableError("is no Excel workbook that can be read: one row or text has no end")
                    continue
                open_elements.pop()
                if looked_for and element is not looked_for[0]:
                    continue
                if looked_for:
                    looked_for = []
                    yield element
                if open_elements:
                    open_elements[-1].clear()
    except KeyError as error:
        raise UnreadableError(_NOT_READABLE) from error
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableError("is no Excel workbook that can be read: its XML is broken or not allowed") from error


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Element) -> str:
    """The text of a cell that may be written in several fonts, without how it is to be pronounced."""
    parts = [part for part in element if _name(part) != "rPh"]
    pieces = [piece.text or "" for part in parts for piece in part.iter() if _name(piece) == "t"]
    text = normalize("NFC", "".join(pieces).strip())
    if len(text) > _LONGEST_TEXT:
        raise UnreadableError(f"has a cell of more than {_LONGEST_TEXT} signs")
    return text


def _date_styles(archive: zipfile.ZipFile, part: str) -> set[int]:
    """The numbers of the styles that show a number as a date."""
    dates, styles = set(_DATE_FORMATS), set()
    for element in _elements(archive, part, {"numFmts", "cellXfs"}):
        for number, entry in enumerate(element):
            format_number = entry.get("numFmtId", "")
            if _name(element) == "cellXfs" and format_number.isdecimal() and int(format_number[:9]) in dates:
                styles.add(number)
            elif _name(element) == "numFmts" and _DATE_CODE.search(_NO_CODE.sub("", entry.get("formatCode", ""))):
                dates.add(int(format_number) if format_number.isdecimal() else -1)
    return styles


def _read_sheet(archive: zipfile.ZipFile, part: str, book: _Book, most_rows: int, most_columns: int) -> Sheet:
    sheet, cells = Sheet(), 0
    for element in _elements(archive, part, {"row"}):
        cells += len(element)
        if cells > _MOST_CELLS:
            raise UnreadableError(f"has a sheet of more than {_MOST_CELLS} cells")
        stated = element.get("r")
        number = len(sheet.rows) + 1 if stated is None else _number(_ROW, stated)
        if number > most_rows:
            raise UnreadableError(f"has a sheet of more than {most_rows - 1} rows")
        if number <= len(sheet.rows):
            raise UnreadableError(_NOT_READABLE)
        sheet.rows += [[] for _ in range(number - len(sheet.rows))]
        for entry in element:
            if _name(entry) == "c":
                _put_cell(sheet, number, entry, book, most_columns)
    return sheet


def _put_cell(sheet: Sheet, row: int, entry: Element, book: _Book, most_columns: int) -> None:
    line = sheet.rows[row - 1]
    place = entry.get("r")
    column = len(line) + 1 if place is None else _column(place, row)
    if column > most_columns:
        raise UnreadableError(f"has a sheet of more than {most_columns} columns")
    if entry.get("t") == "e":
        sheet.errors.append((row, place or f"{column} of row {row}"))
    line += [("", None)] * (column - len(line))
    line[column - 1] = _cell(entry, book)


def _number(shape: re.Pattern[str], text: str) -> int:
    if not shape.fullmatch(text):
        raise UnreadableError(_NOT_READABLE)
    return int(text)


def _column(place: str, row: int) -> int:
    """The column of a place such as B12 in row 12, from 1."""
    match = _PLACE.fullmatch(place)
    if not match or int(match[2]) != row:
        raise UnreadableError(_NOT_READABLE)
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column


def _cell(entry: Element, book: _Book) -> Cell:
    kind = entry.get("t", "n")
    parts = {_name(part): part for part in entry}
    if kind == "inlineStr":
        return (_text(parts["is"]) if "is" in parts else ""), None
    if kind not in _VALUES:
        raise UnreadableError(_NOT_READABLE)
    value = (parts["v"].text or "").strip() if "v" in parts else ""
    return _VALUES[kind](value, entry, book) if value else ("", None)


def _shared(value: str, _entry: Element, book: _Book) -> Cell:
    if not (value.isascii() and value.isdecimal()) or int(value[:9]) >= len(book.texts):
        raise UnreadableError(_NOT_READABLE)
    return book.texts[int(value[:9])], None


def _string(value: str, _entry: Element, _book: _Book) -> Cell:
    return normalize("NFC", value[:_LONGEST_TEXT]), None


def _iso_date(value: str, _entry: Element, _book: _Book) -> Cell:
    return value[:_LONGEST_TEXT].removesuffix("T00:00:00").replace("T", " "), "date"


def _numeric(value: str, entry: Element, book: _Book) -> Cell:
    try:
        number = float(value)
    except ValueError as error:
        raise UnreadableError(_NOT_READABLE) from error
    if not isfinite(number):
        raise UnreadableError(_NOT_READABLE)
    style = entry.get("s", "")
    if style.isdecimal() and int(style[:9]) in book.date_styles and (moment := _moment(number, book.first_day)):
        return moment
    whole = number.is_integer() and abs(number) < 1e15
    return (str(int(number)) if whole else repr(number)), "number"


def _moment(number: float, first_day: date) -> Cell | None:
    """The day, or day and time, that a serial number stands for; None when there is no such day."""
    days, seconds = divmod(round(number * _SECONDS_OF_DAY), _SECONDS_OF_DAY)
    if not 0 <= days < 2_958_466:  # the year 10000
        return None
    # Excel counts a 29 February 1900, which was none.
    quirk = 1 if first_day.year == 1899 and days < 60 else 0
    midnight = datetime(first_day.year, first_day.month, first_day.day)  # noqa: DTZ001  # a cell has no zone
    moment = midnight + timedelta(days=days + quirk, seconds=seconds)
    if days == 0:
        return moment.time().isoformat(), "number"
    return (moment.isoformat(" ") if seconds else moment.date().isoformat()), "date"


_VALUES: dict[str, Callable[[str, Element, _Book], Cell]] = {
    "s": _shared,
    "str": _string,
    "n": _numeric,
    "b": lambda value, _entry, _book: ("true" if value in ("1", "true") else "false", None),
    "d": _iso_date,
    "e": lambda _value, _entry, _book: ("", None),
}
