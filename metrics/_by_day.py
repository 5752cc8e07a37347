"""How many dossiers came in or were completed on each day: how long a list is, and on which days its rows lie."""

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np
import polars as pl

from metrics._codes import Codes
from metrics._counters import Counters
from metrics._part import Chosen
from metrics._period import day_number


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
    inside: Chosen = {} if procedures is None else {"procedure": counters.procedures.chosen(procedures)}
    found = [_counted(counters, one, measures, inside) for one in codes]
    by_day = pl.concat([pl.DataFrame(schema=_COLUMNS), *found]).group_by("day").agg(pl.col("dossiers").sum())
    return by_day.filter(pl.col("dossiers") != 0).sort("day")


def _counted(counters: Counters, span: Codes, measures: Sequence[str], inside: Chosen) -> pl.DataFrame:
    first, last = day_number(span.period.start), day_number(span.period.end)
    chosen = {**inside, "unit_code": counters.hierarchy.chosen_codes(span.codes)}
    counted = counters.cells.by_day(first, last, measures, chosen)
    days = pl.Series(np.arange(first, last + 1), dtype=pl.Int32).cast(pl.Date)
    return pl.DataFrame({"day": days, "dossiers": counted}, schema=_COLUMNS).filter(pl.col("dossiers") != 0)


_COLUMNS = {"day": pl.Date, "dossiers": pl.Int64}
