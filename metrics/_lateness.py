"""To whom lateness belongs, as far as the records show it: the unit, the applicant, or the synchronisation."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import EPOCH, Period, day_number
from metrics._question import Question

_LOCAL = "Asia/Ho_Chi_Minh"


class Lateness(NamedTuple):
    """A unit's late dossiers in a period, its subtree included.

    completed_late     completed in the period after their due day: late by the unit
    overdue            open and past their due day on the period's last day, in work at the unit: late by the unit
    supplemented       of the overdue, those for which a supplement was asked once. They stay the unit's: the due day
                       of the source contains the pause already (indicators.md), and is past all the same
    waiting            open and past their due day, waiting for the applicant's supplement or payment: never overdue
    late_synchronised  completed in the period by their due day, which the centre learnt only afterwards: counted as
                       overdue in between although they were not, and nobody's lateness but the synchronisation's
    """

    completed_late: int
    overdue: int
    supplemented: int
    waiting: int
    late_synchronised: int

    @property
    def by_unit(self) -> int:
        """Late by the unit itself."""
        return self.completed_late + self.overdue


def lateness(
    counters: Counters,
    unit: str,
    period: Period,
    waiting: int,
    supplemented: int,
    learnt: pl.DataFrame,
    expected_ages: Mapping[str, timedelta],
) -> Lateness:
    """The lateness of a unit in a period.

    `waiting`, `supplemented`: as `store.work_reads.Ahead` counts what is past its due day on the period's last day.
    `learnt`: the completions learnt late, as `store.learning` reads them. One counts when it was learnt later than the
    end of its due day and its source's expected age (by name in `expected_ages`; 0 for a source no longer configured),
    since so much delay is agreed upon. ValueError for an unknown unit.
    """
    ask = Question(counters, period)
    [number] = numbers_of(counters.hierarchy, [unit], day_number(period.end))
    return Lateness(
        completed_late=int(ask.flow("completed_late")[number]),
        overdue=int(ask.stock("overdue_change")[number]),
        supplemented=supplemented,
        waiting=waiting,
        late_synchronised=_late_synchronised(counters, number, period, learnt, expected_ages),
    )


def _late_synchronised(
    counters: Counters,
    number: int,
    period: Period,
    learnt: pl.DataFrame,
    expected_ages: Mapping[str, timedelta],
) -> int:
    done_on, due_on = _local_date("done_at"), _local_date("due_at")
    end_of_due = due_on.dt.offset_by("1d").cast(pl.Datetime("us")).dt.replace_time_zone(_LOCAL)
    ages = pl.col("source").replace_strict(expected_ages, default=timedelta(), return_dtype=pl.Duration("us"))
    late = learnt.filter(
        done_on <= due_on,
        done_on.is_between(period.start, period.end),
        pl.col("learnt_at") > end_of_due.dt.convert_time_zone("UTC") + ages,
    ).select("unit_code", done_on.alias("done_on"))
    hierarchy, found = counters.hierarchy, 0
    for code, day in late.iter_rows():
        its, tree = hierarchy.unit_on(code, (day - EPOCH).days), hierarchy.tree_on((day - EPOCH).days)
        found += its is not None and its in tree.order[tree.begin[number] : tree.end[number]]
    return found


def _local_date(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(_LOCAL).dt.date()
