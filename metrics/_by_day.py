"""How many dossiers came in or were completed on each day: how long a list is, and on which days its rows lie."""

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from metrics._codes import Codes
from metrics._counters import Counters
from metrics._period import EPOCH, day_number


def dossiers_by_day(
    counters: Counters, codes: Sequence[Codes], measures: Sequence[str], procedures: Collection[str] | None = None
) -> pl.DataFrame:
    """The events of the measures on each local day that has any: day (rising), dossiers. `codes` as of `codes_of`;
    `procedures`: of these only."""
    inside = None if procedures is None else frozenset(procedures)
    until = max((days.end for _names, days in codes), default=date.min)
    question = ("dossiers by day", tuple(codes), tuple(measures), inside)
    return counters.remembered(question, until, lambda: _by_day(counters, codes, measures, inside))


def _by_day(
    counters: Counters, codes: Sequence[Codes], measures: Sequence[str], procedures: Collection[str] | None
) -> pl.DataFrame:
    wanted = pl.lit(value=True)
    if procedures is not None:
        numbers = [number for number, code in enumerate(counters.procedures.codes) if code in procedures]
        wanted = pl.col("procedure").is_in(numbers)
    parts = [_counted(counters, one, measures).filter(wanted, pl.col("unit_code").is_in(one.codes)) for one in codes]
    none = counters.cells.between(1, 0, "unit_code", "procedure", *measures)
    found = pl.concat([none, *parts]).group_by("day").agg(dossiers=pl.sum_horizontal(*measures).sum())
    days = pl.lit(EPOCH) + pl.duration(days=pl.col("day"))
    return found.filter(pl.col("dossiers") != 0).sort("day").select(days.cast(pl.Date).alias("day"), "dossiers")


def _counted(counters: Counters, span: Codes, measures: Sequence[str]) -> pl.DataFrame:
    first, last = day_number(span.period.start), day_number(span.period.end)
    return counters.cells.between(first, last, "unit_code", "procedure", *measures)
