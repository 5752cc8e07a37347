"""Dated procedures: which level one has on a day, and who offers which."""

from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import groupby
from operator import itemgetter

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
        changes = []
        dates = self._rows.select("code", "valid_from", "valid_to", "level").iter_rows(named=True)
        for code, rows in groupby(dates, key=itemgetter("code")):
            dated = list(rows)
            days = {day_number(row["valid_from"]) for row in dated}
            days |= {day_number(row["valid_to"]) + 1 for row in dated if row["valid_to"]}
            for day in sorted(days | {-(2**31)}):
                row = _row_on(dated, day)
                changes.append((code, day, row["level"] if row else None, self._number[code]))
        kinds = {"procedure_code": pl.String, "day": pl.Int64, "level": pl.Int8, "procedure": pl.Int32}
        return pl.DataFrame(changes, schema=kinds, orient="row").sort("day")

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

    # Every figure taken apart asks for them: made once, since reading columns one by one takes longer than the figure.
    @cached_property
    def _names(self) -> Mapping[str, str]:
        return dict(zip(self._rows["code"], self._rows["name"], strict=True))

    @cached_property
    def _fields(self) -> Mapping[str, tuple[str, str]]:
        fields = zip(self._rows["field_code"], self._rows["field_name"], strict=True)
        return dict(zip(self._rows["code"], fields, strict=True))


def _row_on(rows: list[dict[str, object]], day: int) -> dict[str, object] | None:
    for row in reversed(rows):
        valid_from, valid_to = row["valid_from"], row["valid_to"]
        if day_number(valid_from) <= day and (valid_to is None or day <= day_number(valid_to)):  # type: ignore[arg-type]
            return row
    return None
