"""Dated rows of one code: a file adds to what is stored, and no two rows of a code may be in force on one day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, Table

from sheets.tabular import BadRow, TableRow
from store.rows import Procedure, Unit

Dated = TypeVar("Dated", Unit, Procedure)
Key = tuple[str, date]


def key_of(row: Unit | Procedure) -> Key:
    """Code and first day: what names a dated row."""
    return row.code, row.valid_from


def stored_rows(connection: Connection, table: Table, kind: type[Dated]) -> dict[Key, Dated]:
    """Every stored row, by its key."""
    names = [name for name in kind.__struct_fields__ if name in table.c]
    rows = [kind(**row) for row in connection.execute(sa.select(*(table.c[name] for name in names))).mappings()]
    return {key_of(row): row for row in rows}


def merged(stored: Mapping[Key, Dated], fresh: Iterable[Dated]) -> dict[str, list[Dated]]:
    """The rows of each code once the fresh ones are stored, by first day."""
    together = {**stored, **{key_of(row): row for row in fresh}}
    by_code: dict[str, list[Dated]] = defaultdict(list)
    for (code, _), row in sorted(together.items()):
        by_code[code].append(row)
    return by_code


def faults(table: Sequence[TableRow], rows: Sequence[Dated], stored: Mapping[Key, Dated]) -> list[BadRow]:
    """Rows of the file that name one code and first day twice, or are in force with another row of their code."""
    numbers: dict[Key, int] = {}
    bad = []
    for place, row in zip(table, rows, strict=True):
        if place.number != numbers.setdefault(key_of(row), place.number):
            where = f"row {numbers[key_of(row)]} has the same code and first day"
            bad.append(BadRow(place.number, "valid_from", where))
    by_code = merged(stored, rows)
    for code in dict.fromkeys(row.code for row in rows):
        for earlier, later in zip(by_code[code], by_code[code][1:], strict=False):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                number = numbers.get(key_of(later)) or numbers.get(key_of(earlier))
                if number:
                    bad.append(BadRow(number, "valid_from", _overlap(code, earlier, later)))
    return bad


def _overlap(code: str, earlier: Unit | Procedure, later: Unit | Procedure) -> str:
    until = earlier.valid_to or "open"
    return (
        f"{code} from {later.valid_from} overlaps {code} from {earlier.valid_from} (valid_to {until}); "
        "state the end of the earlier row in the file too"
    )


def change_words(rows: Sequence[Dated], stored: Mapping[Key, Dated]) -> list[str]:
    """What storing each row would do."""
    return ["new" if key_of(row) not in stored else _word(row, stored[key_of(row)]) for row in rows]


def _word(row: Dated, there: Dated) -> str:
    return "unchanged" if msgspec.structs.replace(row, guessed=False) == there else "changed"


def codes_to_store(rows: Sequence[Dated], stored: Mapping[Key, Dated]) -> list[Dated]:
    """All rows of the codes that the file changes: a catalogue replaces a code's rows as a whole."""
    words = change_words(rows, stored)
    changed = {row.code for row, word in zip(rows, words, strict=True) if word != "unchanged"}
    return [row for code, of_code in merged(stored, rows).items() if code in changed for row in of_code]
