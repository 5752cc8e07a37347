"""Dated procedures: which level one has on a day, and who offers which."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics._hierarchy import Hierarchy
from metrics._period import day_number

TIER_OF_KIND = {"tinh": "tinh", "so": "tinh", "huyen": "huyen", "xa": "xa"}
Flags = npt.NDArray[np.bool_]


class Procedures:
    """The procedures of all catalogues, numbered by code; validity bounds are inclusive, the latest start counts."""

    def __init__(self, procedures: pl.DataFrame) -> None:
        """`procedures`: rows as in `store.tables.procedures`."""
        self._rows = procedures.sort("code", "valid_from")
        self.codes: list[str] = self._rows["code"].unique(maintain_order=True).to_list()
        self._number = {code: number for number, code in enumerate(self.codes)}

    @property
    def numbers(self) -> int:
        """How many numbers a cell's procedure can have: the last is that of procedures which no catalogue names."""
        return len(self.codes) + 1

    def chosen(self, codes: Collection[str]) -> Flags:
        """Which numbers these codes have; a code that no catalogue names has none."""
        flags = np.zeros(self.numbers, np.bool_)
        flags[[self._number[code] for code in codes if code in self._number]] = True
        return flags

    def levels(self) -> pl.DataFrame:
        """From which day a procedure has which level (null: not in force): (procedure_code, day, level, procedure)."""
        changes = [
            (code, day, level, self._number[code]) for code, steps in self._levels.items() for day, level in steps
        ]
        kinds = {"procedure_code": pl.String, "day": pl.Int64, "level": pl.Int8, "procedure": pl.Int32}
        return pl.DataFrame(changes, schema=kinds, orient="row").sort("day")

    def number(self, code: str) -> int:
        """The number of a code; that of all procedures which no catalogue names."""
        return self._number.get(code, len(self.codes))

    def level_on(self, code: str, day: int) -> int | None:
        """The level on a day; None where no catalogue says it."""
        steps = self._levels.get(code, ())
        return next((level for start, level in reversed(steps) if start <= day), None)

    def in_force(self, day: int) -> pl.DataFrame:
        """The rows in force on a day, one per code, with the column `procedure` (its number)."""
        number = pl.col("code").replace_strict(self._number, return_dtype=pl.Int32).alias("procedure")
        start = pl.col("valid_from").cast(pl.Int32)
        end = pl.col("valid_to").cast(pl.Int32).fill_null(2**31 - 1)
        return (
            self._rows.filter((start <= day) & (day <= end))
            .unique("code", keep="last", maintain_order=True)
            .with_columns(number)
        )

    def offered(self, hierarchy: Hierarchy, in_force: pl.DataFrame, day: int) -> Flags:
        """Which unit itself offers which of the procedures `in_force`: an array units × rows.

        A procedure that names an agency is that unit's; one that names none is every unit's of its tier in force.
        """
        offers = np.zeros((len(hierarchy), in_force.height), dtype=np.bool_)
        tiers = in_force["tier"].to_numpy()
        unnamed = in_force["agency_code"].is_null().to_numpy()
        in_force_units = set(hierarchy.in_force(day))
        for unit in in_force_units:
            offers[unit] = unnamed & (tiers == TIER_OF_KIND[hierarchy.kinds[unit]])
        for column, agency in enumerate(in_force["agency_code"]):
            unit_named = hierarchy.unit_on(agency, day) if agency else None
            if unit_named in in_force_units:
                offers[unit_named, column] = True
        return offers

    def names(self) -> Mapping[str, str]:
        """Code to the name of its latest row."""
        return self._names

    def fields(self) -> Mapping[str, tuple[str, str]]:
        """Code to (field code, field name) of its latest row."""
        return self._fields

    @cached_property
    def _levels(self) -> Mapping[str, Sequence[tuple[int, int | None]]]:
        """Of each code the levels, each with the day from which it holds, the first one since ever."""
        dates = self._rows.select("code", "valid_from", "valid_to", "level").iter_rows(named=True)
        return {code: _steps(list(rows)) for code, rows in groupby(dates, key=itemgetter("code"))}

    # Every figure taken apart asks for them: made once, since reading columns one by one takes longer than the figure.
    @cached_property
    def _names(self) -> Mapping[str, str]:
        return dict(zip(self._rows["code"], self._rows["name"], strict=True))

    @cached_property
    def _fields(self) -> Mapping[str, tuple[str, str]]:
        fields = zip(self._rows["field_code"], self._rows["field_name"], strict=True)
        return dict(zip(self._rows["code"], fields, strict=True))


def _steps(rows: Sequence[Mapping[str, Any]]) -> list[tuple[int, int | None]]:
    days = {day_number(row["valid_from"]) for row in rows}
    days |= {day_number(row["valid_to"]) + 1 for row in rows if row["valid_to"]}
    found = ((day, _row_on(rows, day)) for day in sorted(days | {-(2**31)}))
    return [(day, row["level"] if row else None) for day, row in found]


def _row_on(rows: Sequence[Mapping[str, Any]], day: int) -> Mapping[str, Any] | None:
    return next((row for row in reversed(rows) if _holds(row["valid_from"], row["valid_to"], day)), None)


def _holds(valid_from: date, valid_to: date | None, day: int) -> bool:
    return day_number(valid_from) <= day and (valid_to is None or day <= day_number(valid_to))
