"""The one-stop's dossiers of a page as a frame: each distinct value of a field is read once, by the field's own reader.

What is not plain, and what the reader refuses, is read again by itself: it gets its row, or its reason.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import polars as pl

from connectors._dvcqg_dossiers import COLUMNS, DONE, KEPT_DOSSIER, Column, Told, dossier, value_of
from connectors._fields import BadFieldError
from connectors._instants import local_instants
from connectors._kept import are_codes
from connectors._records import read_records
from store.rows import Batch, Dossier, Rejected

_NAMES = list(COLUMNS)
_FLAGS = ("returned_by_post", "digitised", "authenticated", "fee_due", "e_result")
_KINDS: dict[str, pl.DataType] = {
    **dict.fromkeys(_NAMES, pl.String()),
    **dict.fromkeys(("state", "supplements", "rating"), pl.Int64()),
    **dict.fromkeys(_FLAGS, pl.Boolean()),
}
_INSTANTS = [name for name, column in COLUMNS.items() if column.values == "instants"]
# What has a handful of values is read by the kinds of dossiers that differ in these: some hundred in a page.
_KIND = [name for name, column in COLUMNS.items() if column.values == "handful"]
_kind_of = attrgetter(*(COLUMNS[name].field for name in _KIND))
_UNTOLD = pl.lit(value=False).alias("untold")


def read_dossiers(records: Sequence[Any]) -> tuple[list[Dossier], list[Rejected]]:
    """A row for each record, or a Rejected."""
    plain = [record.plain() if isinstance(record, Told) else record for record in records]
    return read_records("dossiers", plain, "MaHoSo", KEPT_DOSSIER, dossier, "DonViXuLy")


def read_columns(records: Sequence[Any]) -> Batch:
    """The plain records as a frame, the others as rows and Rejected."""
    typed = [record for record in records if isinstance(record, Told)]
    others = [record for record in records if not isinstance(record, Told)] if len(typed) < len(records) else []
    frames = []
    if typed:
        frame, odd = _frame(typed)
        others += [typed[number] for number in odd]
        frames = [frame]
    rows, rejected = read_dossiers(others)
    return Batch(frames=frames, dossiers=rows, rejected=rejected)


def _frame(typed: Sequence[Told]) -> tuple[pl.DataFrame, list[int]]:
    """The frame of the plain records, and the numbers of the others."""
    odd: set[int] = set()
    series = {name: _series(name, typed, odd) for name in _NAMES if name not in (*_INSTANTS, *_KIND)}
    series |= _kinds(typed, odd) | _instants(typed, odd)
    frame = pl.DataFrame([series[name] for name in _NAMES]).with_columns(_UNTOLD)
    undone = pl.col("state").is_in(DONE) & pl.col("completed_at").is_null() & pl.col("returned_at").is_null()
    odd.update(frame.select(undone.arg_true()).to_series().to_list())
    if odd:
        frame = frame.filter(~pl.int_range(pl.len()).is_in(list(odd)))
    return frame, sorted(odd)


def _told(name: str, typed: Sequence[Told]) -> list[Any]:
    return list(map(attrgetter(COLUMNS[name].field), typed))


def _series(name: str, typed: Sequence[Told], odd: set[int]) -> pl.Series:
    column, values = COLUMNS[name], _told(name, typed)
    if column.values == "own" and all(values) and are_codes(values):
        return pl.Series(name, values, dtype=_KINDS[name])
    keys = list(map(bytes, values)) if column.values == "lists" else values
    meanings = _Meanings(column)
    if column.read_quickly:
        quickly = map(column.read_quickly, keys)
        read = [meanings[key] if read is None else read for key, read in zip(keys, quickly, strict=True)]
    else:
        read = list(map(meanings.__getitem__, keys))
    if meanings.refused:
        odd.update(number for number, key in enumerate(keys) if key in meanings.refused)
    return pl.Series(name, read, dtype=_KINDS[name])


class _Meanings(dict[Any, Any]):
    """What each value of a column means, found out when it is first asked for; null for those in `refused`."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._column = column
        self.refused: set[Any] = set()

    def __missing__(self, value: Any) -> Any:
        try:
            meaning = self._read(value)
        except BadFieldError:
            self.refused.add(value)
            meaning = None
        self[value] = meaning
        return meaning

    def _read(self, value: Any) -> Any:
        column = self._column
        plain = value_of(value) if column.values == "lists" else value
        return column.read({column.field: plain}, column.field)


class _Numbers(dict[Any, int]):
    """A number for each value, in the order in which they are first asked for."""

    def __missing__(self, value: Any) -> int:
        self[value] = number = len(self)
        return number


def _kinds(typed: Sequence[Told], odd: set[int]) -> dict[str, pl.Series]:
    numbers = _Numbers()
    which = pl.Series(list(map(numbers.__getitem__, map(_kind_of, typed))), dtype=pl.UInt32)
    series = {}
    for name, values in zip(_KIND, zip(*numbers, strict=True), strict=True):
        meanings = _Meanings(COLUMNS[name])
        series[name] = pl.Series(name, list(map(meanings.__getitem__, values)), dtype=_KINDS[name]).gather(which)
        if meanings.refused:
            refused = [number for number, value in enumerate(values) if value in meanings.refused]
            odd.update(which.is_in(refused).arg_true().to_list())
    return series


def _instants(typed: Sequence[Told], odd: set[int]) -> dict[str, pl.Series]:
    texts = [pl.Series(name, _told(name, typed), dtype=pl.String) for name in _INSTANTS]
    moments, unread = local_instants(pl.concat(texts))
    count, series = len(texts[0]), {}
    for number, name in enumerate(_INSTANTS):
        series[name] = moments.slice(number * count, count).alias(name)
        wrong = unread.slice(number * count, count)
        if _is_needed(COLUMNS[name]):
            wrong = wrong | series[name].is_null()
        odd.update(wrong.arg_true().to_list())
    return series


def _is_needed(column: Column) -> bool:
    try:
        column.read({}, column.field)
    except BadFieldError:
        return True
    return False
