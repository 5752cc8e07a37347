"""Rows of the daily tables as counters keep them: with a key, and with what the catalogues say of them on their day.

In numpy: joined frames would take ten times as long for the few rows of a poll, and for many several times the memory.
"""

from collections.abc import Collection, Mapping
from itertools import count

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._hierarchy import Hierarchy, Ints
from metrics._part import (
    DAY,
    DERIVED,
    FIRST_DAY_SHIFT,
    KEY,
    KINDS,
    LEVEL,
    NAMING,
    NO_LEVEL,
    PAIRS,
    PROCEDURE_BITS,
    Numbers,
    Part,
    day_bits,
)
from metrics._procedures import Procedures
from store.reads import DAILY, Snapshot

# So many codes are looked up one by one as fast as all at once.
_FEW = 500
# Of a code: 2**31 in each direction, and the day after.
_DAYS = 2**33
_UNNAMED = -1

_Columns = dict[str, Numbers]


def measures_of(name: str, daily: pl.DataFrame) -> list[str]:
    """The columns that count, in the rows of a daily table."""
    derived = DERIVED if name == "dossier_days" else ()
    return [*(column for column in daily.columns if column not in NAMING), *derived]


class Rows:
    """How rows of the daily tables are read under some catalogues, and given back as they were."""

    def __init__(self, hierarchy: Hierarchy, procedures: Procedures) -> None:
        self._codes = _Numbering(hierarchy.code_numbers())
        units, levels = hierarchy.resolution(), procedures.levels()
        self._units = _Meanings(self._codes.of(units["unit_code"]), units[DAY], units["unit"])
        self._procedures = _Numbering(procedures.codes)
        # Of all that no catalogue names, in a cell; in its key each has a number of its own, from this one on.
        self._stranger = procedures.numbers - 1
        self._strange: dict[str, int] = {}
        self._next_number = count(self._stranger)
        self._levels = _Meanings(
            levels["procedure"].cast(pl.Int64).to_numpy(), levels[DAY], levels[LEVEL].fill_null(NO_LEVEL)
        )

    @property
    def strange(self) -> bool:
        """Whether a procedure was read that the catalogues do not name."""
        return bool(self._strange)

    def known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of units that the catalogues name."""
        named = self._codes.of(rows["unit_code"]) != _UNNAMED
        return rows if named.all() else rows.filter(named)

    def strangers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The other ones."""
        unnamed = self._codes.of(rows["unit_code"]) == _UNNAMED
        return rows.filter(unnamed) if unnamed.any() else rows.clear()

    def part(self, name: str, rows: pl.DataFrame) -> Part:
        """Rows of a daily table, all of known units, as they are kept, in the order of their keys."""
        codes = self._codes.of(rows["unit_code"])
        if name == "dossier_days":
            columns = self._cells(rows, codes)
        elif name == "day_pairs":
            columns = self._pairs(rows, codes)
        else:
            days = rows[DAY].to_numpy()
            columns = {KEY: day_bits(days) + codes, DAY: _short(days), "unit_code": codes, **_counts(rows)}
        columns["unit_code"] = codes.astype(self._codes.width)
        order = np.argsort(columns[KEY], kind="stable")
        texts = {"unit_code": self._codes.kind, "pair": PAIRS}
        kinds = {column: texts.get(column) or KINDS[values.dtype] for column, values in columns.items()}
        return Part.of_numbers({column: values[order] for column, values in columns.items()}, kinds)

    def _cells(self, rows: pl.DataFrame, codes: Ints) -> _Columns:
        """With the unit and the level that the codes meant on the day."""
        numbers, days, counts = self._numbers(rows["procedure_code"]), rows[DAY].to_numpy(), _counts(rows)
        procedures = np.minimum(numbers, self._stranger)
        level = self._levels.on(procedures, days)
        online = counts["received_online"]
        received = counts["received_counter"] + online + counts["received_post"]
        return {
            KEY: day_bits(days) + (codes << PROCEDURE_BITS) + numbers,
            DAY: _short(days),
            "unit_code": codes,
            **counts,
            "unit": self._units.on(codes, days),
            LEVEL: level,
            "procedure": _short(procedures),
            "received": received,
            "received_l34": received * (level >= 3),
            "online_l34": online * (level >= 3),
            "online_l4": online * (level == 4),
        }

    def _pairs(self, rows: pl.DataFrame, codes: Ints) -> _Columns:
        """With the unit of the first day and that of the second, which is their `day`."""
        first_days, days = rows["first_day"].to_numpy(), rows["second_day"].to_numpy()
        pairs = rows["pair"].cast(PAIRS).to_physical().to_numpy()
        return {
            KEY: day_bits(days) + day_bits(first_days, FIRST_DAY_SHIFT) + codes * 2 + pairs,
            DAY: _short(days),
            "first_day": _short(first_days),
            "pair": pairs,
            "unit_code": codes,
            **_counts(rows),
            "first_unit": self._units.on(codes, first_days),
            "unit": self._units.on(codes, days),
        }

    def _numbers(self, procedure_codes: pl.Series) -> Ints:
        """The number of each in its key."""
        numbers = self._procedures.of(procedure_codes)
        unnamed = np.flatnonzero(numbers == _UNNAMED)
        if len(unnamed):
            numbers = numbers.copy()
            numbers[unnamed] = [self._number(code) for code in procedure_codes.gather(unnamed).to_list()]
        return numbers

    def _number(self, code: str) -> int:
        if code not in self._strange:  # two threads never give one number twice
            self._strange.setdefault(code, next(self._next_number))
        return self._strange[code]

    def given_back(self, name: str, kept: pl.DataFrame) -> pl.DataFrame:
        """Kept rows as the daily table has them."""
        plain = kept.with_columns(pl.col("unit_code").cast(pl.String), pl.col("day").cast(pl.Int64))
        if name == "dossier_days":
            codes = dict(enumerate(self._procedures.kind.categories))
            codes |= {number: code for code, number in self._strange.items()}
            number = (pl.col(KEY) % 2**PROCEDURE_BITS).replace_strict({-1: "", **codes}, return_dtype=pl.String)
            return plain.with_columns(procedure_code=number).drop(KEY, "unit", "procedure", "level", *DERIVED)
        if name == "day_pairs":
            days = plain.with_columns(pl.col("pair").cast(pl.String), pl.col("first_day").cast(pl.Int64))
            return days.rename({"day": "second_day"}).drop(KEY, "first_unit", "unit")
        return plain.drop(KEY)


class _Numbering:
    """Numbers of codes, in their order from 0 on. `kind`: what they are in a frame; `width`: their type as numbers."""

    def __init__(self, codes: Collection[str]) -> None:
        self.kind = pl.Enum(list(codes))
        self.width = pl.Series(dtype=self.kind).to_physical().to_numpy().dtype
        self._numbers = {code: number for number, code in enumerate(codes)}

    def of(self, codes: pl.Series) -> Ints:
        """The number of each; `_UNNAMED` of one that has none."""
        if len(codes) <= _FEW:
            found = (self._numbers.get(code, _UNNAMED) for code in codes.to_list())
            return np.fromiter(found, np.int64, len(codes))
        return codes.cast(self.kind, strict=False).to_physical().cast(pl.Int64).fill_null(_UNNAMED).to_numpy()


class _Meanings:
    """What codes mean by their numbers, each since a day, the first one since ever; 0 for the number after the last."""

    def __init__(self, codes: Ints, days: pl.Series, meanings: pl.Series) -> None:
        since = _since(codes, days.to_numpy())
        order = np.argsort(since)
        after_all = (codes.max(initial=-1) + 1) * _DAYS
        self._since = np.append(since[order], after_all)
        self._meanings = np.append(meanings.to_numpy()[order], meanings.to_numpy().dtype.type(0))

    def on(self, codes: Ints, days: Ints) -> Numbers:
        """What the codes mean on these days."""
        found: Numbers = self._meanings[self._since.searchsorted(_since(codes, days), side="right") - 1]
        return found


def _since(codes: Ints, days: Ints) -> Ints:
    """One number for a code and a day, in the order of the codes, then of the days."""
    return codes * _DAYS + days + _DAYS // 2


def _counts(rows: pl.DataFrame) -> _Columns:
    return {column: rows[column].to_numpy() for column in rows.columns if column not in NAMING}


def _short(numbers: Ints) -> npt.NDArray[np.int32]:
    return numbers.astype(np.int32)


def daily_frames(snapshot: Snapshot) -> Mapping[str, pl.DataFrame]:
    """The daily tables of a snapshot, by name."""
    return {name: getattr(snapshot, name) for name in DAILY}
