"""The few rows of a poll, read as `metrics/_rows.py` reads all of them: looked up one by one, and never made a frame.
What is done with a whole frame takes ten times as long as a look at what stands in these."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import polars as pl

from metrics._hierarchy import Hierarchy, Ints
from metrics._kept import bits_of_days
from metrics._part import DAY, KEY, LEVEL, NO_LEVEL, Numbers, Part
from metrics._procedures import Procedures

FEW = 500
# Each part of a key has its bits: 41 below those of the day.
PROCEDURE_BITS, FIRST_DAY_SHIFT = 20, 19
PAIRS = pl.Enum(["entry", "processing"])
# The columns of the daily tables that do not count.
NAMING = {"unit_code", "procedure_code", "pair", "day", "first_day", "second_day"}
# What cells count besides.
DERIVED = ("received", "received_l34", "online_l34", "online_l4")

_Columns = dict[str, Ints]


class FewRows:
    """How they are read under some catalogues. `numbers`: of every procedure's code that was read, one in no catalogue
    among them."""

    def __init__(self, hierarchy: Hierarchy, procedures: Procedures, numbers: Mapping[str, int]) -> None:
        self._hierarchy, self._procedures, self._numbers = hierarchy, procedures, numbers
        self._codes = hierarchy.code_numbers()

    def all_named(self, rows: pl.DataFrame) -> bool:
        """Whether the catalogues name the units of all rows."""
        return self._codes.keys() >= set(rows["unit_code"].to_list())

    def read(self, name: str, rows: pl.DataFrame, like: Part) -> Part:
        """Rows of a daily table, all of known units, as they are kept, in the order of their keys; `like`: no rows."""
        units = rows["unit_code"].to_list()
        counts = {column: rows[column].to_numpy().astype(np.int64) for column in rows.columns if column not in NAMING}
        found = {"unit_code": _whole(self._codes[unit] for unit in units), **counts}
        if name == "dossier_days":
            found |= self._of_cells(rows, units, found)
        elif name == "day_pairs":
            found |= self._of_pairs(rows, units, found["unit_code"])
        else:
            found |= {DAY: rows[DAY].to_numpy(), KEY: bits_of_days(rows[DAY].to_numpy()) + found["unit_code"]}
        order = np.argsort(found[KEY], kind="stable")
        columns: dict[str, Numbers] = {}
        kinds = dict(like.kinds)
        for column in kinds:
            values = found[column][order]
            if column in counts or column in DERIVED:
                kinds[column] = pl.Int64()
            else:
                values = values.astype(like.column(column).dtype)
            columns[column] = values
        return Part.of_numbers(columns, kinds)

    def _of_cells(self, rows: pl.DataFrame, units: Sequence[str], found: _Columns) -> _Columns:
        """With the unit and the level that the codes meant on the day."""
        codes, days = rows["procedure_code"].to_list(), rows[DAY].to_list()
        levels = (self._procedures.level_on(code, day) for code, day in zip(codes, days, strict=True))
        level = _whole(NO_LEVEL if one is None else one for one in levels)
        online = found["received_online"]
        received = found["received_counter"] + online + found["received_post"]
        below = (found["unit_code"] << PROCEDURE_BITS) + _whole(self._numbers[code] for code in codes)
        return {
            KEY: bits_of_days(_whole(days)) + below,
            DAY: _whole(days),
            "unit": self._meant(units, days),
            LEVEL: level,
            "procedure": _whole(self._procedures.number(code) for code in codes),
            "received": received,
            "received_l34": received * (level >= 3),
            "online_l34": online * (level >= 3),
            "online_l4": online * (level == 4),
        }

    def _of_pairs(self, rows: pl.DataFrame, units: Sequence[str], codes: Ints) -> _Columns:
        """With the unit of the first day and that of the second, which is their `day`."""
        first_days, days = rows["first_day"].to_list(), rows["second_day"].to_list()
        pairs = {name: number for number, name in enumerate(PAIRS.categories)}
        pair = _whole(pairs[name] for name in rows["pair"].to_list())
        below = bits_of_days(_whole(first_days), FIRST_DAY_SHIFT) + codes * 2 + pair
        return {
            KEY: bits_of_days(_whole(days)) + below,
            DAY: _whole(days),
            "first_day": _whole(first_days),
            "pair": pair,
            "first_unit": self._meant(units, first_days),
            "unit": self._meant(units, days),
        }

    def _meant(self, codes: Sequence[str], days: Sequence[int]) -> Ints:
        """The units that the codes mean on the days."""
        units = (self._hierarchy.unit_on(code, day) for code, day in zip(codes, days, strict=True))
        return _whole(unit for unit in units if unit is not None)


def _whole(numbers: Iterable[int]) -> Ints:
    return np.fromiter(numbers, np.int64)
