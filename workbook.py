"""Reading an XLSX file that somebody else has made: looked through for its true size before a library opens it.

A workbook is a ZIP of XML: a small file can hold gigabytes, one cell in the last corner makes a library set aside a
whole sheet, and one long text can stand in a million cells. All of that is measured first, with bounded memory.
Formulas are not computed: the value that was stored with them counts.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias
from unicodedata import normalize
from xml.etree.ElementTree import ParseError
from zlib import error as ZlibError  # noqa: N812  # a class with the name of a module

import defusedxml.ElementTree
from defusedxml import DefusedXmlException
from python_calamine import CalamineError, CalamineWorkbook

Cell: TypeAlias = tuple[str, Literal["number", "date"] | None]

_MOST_UNPACKED_BYTES = 96 * 1024 * 1024
_MOST_PARTS = 1000
_MOST_TEXT = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_PLACE = re.compile(r"([A-Z]{1,3})?([0-9]{1,7})")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class UnreadableError(Exception):
    """Why a workbook cannot be read, for a person; without the file's name."""


def is_workbook(content: bytes) -> bool:
    """Whether a file is an Excel workbook, or something that calls itself one, by its first bytes."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06", _OLD_EXCEL))


def read_workbook(
    content: bytes, most_rows: int, most_columns: int
) -> tuple[Iterator[list[Cell]], list[tuple[int, str]]]:
    """The rows of the first sheet from the first row on, and the cells that hold an error as (row number, place).

    A cell is its text (a date yyyy-mm-dd, a whole number without ".0", true or false) and "number" or "date" when it
    was no text. Raises UnreadableError for a file that is none, is protected, is broken, or is larger than allowed.
    """
    if content.startswith(_OLD_EXCEL):
        raise UnreadableError("is an old or a protected Excel file; save it as .xlsx without a password")
    errors = _look_through(content, most_rows, most_columns)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            lines = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise UnreadableError("is no Excel workbook that can be read; save it as .xlsx") from error
    return ([_cell(value) for value in line] for line in lines), errors


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return normalize("NFC", value.strip()), None
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, float | int):
        whole = float(value).is_integer() and abs(value) < 1e15
        return (str(int(value)) if whole else repr(value)), "number"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return (value.date().isoformat() if midnight else value.isoformat(" ")), "date"
    if isinstance(value, date):
        return value.isoformat(), "date"
    assert isinstance(value, time | timedelta), type(value)
    return str(value), "number"


def _look_through(content: bytes, most_rows: int, most_columns: int) -> list[tuple[int, str]]:
    """The cells that hold an error; UnreadableError when anything is broken or beyond its bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or len({part.filename.lower() for part in parts}) < len(parts):
                raise UnreadableError("is no Excel workbook: too many parts, or one twice")
            _unpacked_size(archive, parts)
            # The texts come first: cells name them by number.
            lengths = [size for part in parts for size in _text_lengths(archive, part)]
            bounds = (most_rows, most_columns)
            found = [error for part in parts for error in _sheet_errors(archive, part, lengths, bounds)]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ZlibError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError("is no Excel workbook that can be read, or a protected one; save it as .xlsx") from error
    return found


def _unpacked_size(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """Unpack everything once, bit by bit: sizes that a file claims can lie, what comes out of it cannot."""
    size = 0
    for part in parts:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > _MOST_UNPACKED_BYTES:
                    raise UnreadableError(f"holds more than {_MOST_UNPACKED_BYTES // 1024**2} MB unpacked")


def _elements(archive: zipfile.ZipFile, part: zipfile.ZipInfo, wanted: bytes) -> Iterator[Any]:
    """Every finished element of an XML part, when the part holds the word `wanted`; what was read is let go."""
    content = archive.read(part)
    if wanted not in content:
        return
    try:
        reader = defusedxml.ElementTree.iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True)
        _, root = next(iter(reader))
        for event, element in reader:
            if event == "end":
                yield element
                if element.tag.endswith(("}row", "}si")):
                    root.clear()
    except (ParseError, DefusedXmlException, StopIteration) as error:
        raise UnreadableError("is no Excel workbook that can be read: its XML is broken or not allowed") from error


def _text_lengths(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[int]:
    for element in _elements(archive, part, b"sst"):
        if element.tag.endswith("}si"):
            yield sum(len(text) for text in element.itertext())


def _sheet_errors(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, lengths: list[int], bounds: tuple[int, int]
) -> Iterator[tuple[int, str]]:
    most_rows, most_columns = bounds
    rows = text = 0
    for element in _elements(archive, part, b"sheetData"):
        if element.tag.endswith("}row"):
            rows = max(rows + 1, _position(element.get("r", ""))[1])
            if rows > most_rows or len(element) > most_columns:
                raise UnreadableError(f"has a sheet of more than {most_rows - 1} rows or {most_columns} columns")
        elif element.tag.endswith("}c"):
            place = element.get("r", "")
            column, row = _position(place)
            if row > most_rows or column > most_columns:
                raise UnreadableError(f"has a sheet of more than {most_rows - 1} rows or {most_columns} columns")
            if element.get("t") == "s":
                text += _shared_length("".join(element.itertext()), lengths)
                if text > _MOST_TEXT:
                    raise UnreadableError(f"holds more than {_MOST_TEXT // 1024**2} million signs of text")
            elif element.get("t") == "e":
                yield row, place


def _shared_length(number: str, lengths: list[int]) -> int:
    return lengths[int(number)] if number.isascii() and number.isdigit() and int(number) < len(lengths) else 0


def _position(place: str) -> tuple[int, int]:
    """Column and row of a place such as B12, from 1; 0 where it does not say."""
    match = _PLACE.fullmatch(place)
    if not match:
        return 0, 0
    column = 0
    for letter in match[1] or "":
        column = column * 26 + ord(letter) - 64
    return column, int(match[2])
