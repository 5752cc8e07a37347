"""CSV that opens right in Excel.

UTF-8 with its mark, by which Excel knows the encoding. A first line `sep=;` would make Excel forget the mark and
mangle every diacritic, so the separator is the one of the reader's language: with a decimal comma (Vietnamese) Excel
splits at semicolons, with a point (English) at commas. Numbers have that decimal sign too: with a decimal comma Excel
would read 0.512 as 512. Days and local times are written year first, which every Excel reads as such.

Above the table stand lines that begin with `#`: title, period, filters, data time, definitions version, notes. Our
own import and most readers of CSV (`comment_prefix="#"`) pass over them. Several tables stand one below the other,
each under a line `# name`. A `bare` file, for programs, is the heads and the rows alone, with comma, point and zone.
"""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from clock import LOCAL_ZONE
from exports._head import head_lines
from exports._words import Words, local_time
from exports.viewed import Table, Viewed
from sheets.tabular import quoted


def csv_bytes(viewed: Viewed, words: Words, *, bare: bool) -> bytes:
    """The tables of the view."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="," if bare else words.separator)
    for number, table in enumerate(viewed.tables):
        if not bare:
            writer.writerows(_above(viewed, table, words, number))
        writer.writerow([quoted(table.heads.get(name, name)) for name in table.frame.columns])
        for row in table.frame.iter_rows():
            writer.writerow([_plain(value) if bare else _cell(value, words) for value in row])
    return text.getvalue().encode("utf-8-sig")


def _above(viewed: Viewed, table: Table, words: Words, number: int) -> Iterator[list[str]]:
    """What explains the view above its first table; the name of every table where there are several."""
    if number:
        yield []
    else:
        yield from ([f"# {line}"] for line in head_lines(viewed, words))
    if len(viewed.tables) > 1:
        yield [f"# {words.table}: {table.name}"]


def _cell(value: Any, words: Words) -> str:
    if isinstance(value, bool):
        return words.yes if value else words.no
    if isinstance(value, datetime):
        return local_time(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, float):
        return _plain(value).replace(".", words.point)
    return _plain(value)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.astimezone(LOCAL_ZONE).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
