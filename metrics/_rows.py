"""Rows of the daily tables as counters keep them: with a key, and with what the catalogues say of them on their day."""

from collections.abc import Iterable, Mapping
from itertools import count

import polars as pl

from metrics._few_rows import DERIVED, FEW, FIRST_DAY_SHIFT, NAMING, PAIRS, PROCEDURE_BITS, FewRows
from metrics._hierarchy import Hierarchy
from metrics._kept import day_bits
from metrics._part import KEY, Part
from metrics._procedures import Procedures
from store.reads import DAILY, Snapshot

_RECEIVED = pl.col("received_counter") + pl.col("received_online") + pl.col("received_post")
_L34, _L4 = (pl.col("level") >= 3).fill_null(value=False), (pl.col("level") == 4).fill_null(value=False)


def measures_of(name: str, daily: pl.DataFrame) -> list[str]:
    """The columns that count, in the rows of a daily table."""
    derived = DERIVED if name == "dossier_days" else ()
    return [*(column for column in daily.columns if column not in NAMING), *derived]


class Rows:
    """How rows of the daily tables are read under some catalogues, and given back as they were."""

    def __init__(self, hierarchy: Hierarchy, procedures: Procedures) -> None:
        self._codes = pl.Enum(list(hierarchy.code_numbers()))
        self._named = pl.col("unit_code").cast(self._codes, strict=False).is_not_null()
        self._meanings = hierarchy.resolution().with_columns(pl.col("unit_code").cast(self._codes))
        self._levels = procedures.levels()
        self._numbers = {code: number for number, code in enumerate(procedures.codes)}
        self._next_number = count(len(procedures.codes))
        self._catalogued = len(procedures.codes)
        self._stranger = procedures.numbers - 1
        self._few = FewRows(hierarchy, procedures, self._numbers)
        # Of a daily table what no rows are as they are kept: most changes are in one or two tables.
        self._nothing: dict[str, Part] = {}

    @property
    def strange(self) -> bool:
        """Whether a procedure was read that the catalogues do not name."""
        return len(self._numbers) > self._catalogued

    def known(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows of units that the catalogues name."""
        return rows if self._all_named(rows) else rows.filter(self._named)

    def strangers(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The other ones."""
        return rows.clear() if self._all_named(rows) else rows.filter(~self._named)

    def _all_named(self, rows: pl.DataFrame) -> bool:
        if rows.height <= FEW:
            return self._few.all_named(rows)
        return rows["unit_code"].cast(self._codes, strict=False).null_count() == 0

    def part(self, name: str, rows: pl.DataFrame) -> Part:
        """Rows of a daily table, all of known units, as they are kept, in the order of their keys."""
        if rows.height > FEW:
            return Part(self.read(name, rows).sort(KEY).rechunk())
        if name not in self._nothing:
            self._nothing[name] = Part(self.read(name, rows.clear()))
        if name == "dossier_days":
            self._number(rows["procedure_code"].to_list())
        return self._few.read(name, rows, self._nothing[name])

    def read(self, name: str, rows: pl.DataFrame) -> pl.DataFrame:
        """The same in whatever order, as a frame."""
        if name == "dossier_days":
            self._number(rows["procedure_code"].unique().to_list())
        return self._as_kept(name, rows.with_columns(pl.col("unit_code").cast(self._codes)))

    def _as_kept(self, name: str, coded: pl.DataFrame) -> pl.DataFrame:
        if name == "dossier_days":
            return self._cells(coded)
        if name == "day_pairs":
            return self._pairs(coded)
        return coded.select(_key(pl.col("day"), _code()), pl.col("day").cast(pl.Int32), pl.exclude("day"))

    def _number(self, codes: Iterable[str]) -> None:
        for code in codes:
            if code not in self._numbers:  # of no catalogue; two threads never give one number twice
                self._numbers.setdefault(code, next(self._next_number))

    def given_back(self, name: str, kept: pl.DataFrame) -> pl.DataFrame:
        """Kept rows as the daily table has them."""
        plain = kept.with_columns(pl.col("unit_code").cast(pl.String), pl.col("day").cast(pl.Int64))
        if name == "dossier_days":
            codes = {number: code for code, number in self._numbers.items()}
            number = (pl.col(KEY) % 2**PROCEDURE_BITS).replace_strict({-1: "", **codes}, return_dtype=pl.String)
            return plain.with_columns(procedure_code=number).drop(KEY, "unit", "procedure", "level", *DERIVED)
        if name == "day_pairs":
            days = plain.with_columns(pl.col("pair").cast(pl.String), pl.col("first_day").cast(pl.Int64))
            return days.rename({"day": "second_day"}).drop(KEY, "first_unit", "unit")
        return plain.drop(KEY)

    def _cells(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the unit and the level that the codes meant on the day."""
        # Of an empty mapping polars would forget the type.
        number = pl.col("procedure_code").replace_strict({"": 0, **self._numbers}, return_dtype=pl.Int64)
        cells = rows.sort("day").join_asof(self._meanings, on="day", by="unit_code", check_sortedness=False)
        cells = cells.join_asof(self._levels, on="day", by="procedure_code", check_sortedness=False)
        online = pl.col("received_online")
        derived = {
            "received": _RECEIVED,
            "received_l34": _RECEIVED * _L34,
            "online_l34": online * _L34,
            "online_l4": online * _L4,
        }
        key = _key(pl.col("day"), _code() * 2**PROCEDURE_BITS + number)
        day = pl.col("day").cast(pl.Int32)
        return cells.select(
            key, day, pl.exclude("day", "procedure_code", "procedure"), pl.col("procedure").fill_null(self._stranger),
            **derived,
        )  # fmt: skip

    def _pairs(self, rows: pl.DataFrame) -> pl.DataFrame:
        """With the unit of the first day and that of the second, which is their `day`."""
        first = self._meanings.rename({"day": "first_day", "unit": "first_unit"})
        pairs = rows.sort("first_day").join_asof(first, on="first_day", by="unit_code", check_sortedness=False)
        pairs = pairs.rename({"second_day": "day"}).sort("day").with_columns(pl.col("pair").cast(PAIRS))
        pairs = pairs.join_asof(self._meanings, on="day", by="unit_code", check_sortedness=False)
        pair = pl.col("pair").to_physical().cast(pl.Int64)
        earlier = day_bits(pl.col("first_day"), FIRST_DAY_SHIFT)
        key = _key(pl.col("day"), earlier + _code() * 2 + pair)
        return pairs.select(key, pl.col("day", "first_day").cast(pl.Int32), pl.exclude("day", "first_day"))


def _code() -> pl.Expr:
    return pl.col("unit_code").to_physical().cast(pl.Int64)


def _key(day: pl.Expr, below: pl.Expr) -> pl.Expr:
    return (day_bits(day) + below).alias(KEY)


def daily_frames(snapshot: Snapshot) -> Mapping[str, pl.DataFrame]:
    """The daily tables of a snapshot, by name."""
    return {name: getattr(snapshot, name) for name in DAILY}
