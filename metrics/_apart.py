"""What is counted beside the figures and never within them, and the arithmetic that holds form 06a together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import polars as pl

from metrics._counters import Counters
from metrics._figures import numbers_asked
from metrics._hierarchy import Ints
from metrics._period import Period
from metrics._question import Question, Scope
from metrics._standing import Units


def apart(
    counters: Counters,
    period: Period,
    scope: Scope = "subtree",
    units: Sequence[str] | None = None,
    *,
    units_as: Units = "period",
    today: date | None = None,
) -> pl.DataFrame:
    """One row per unit, asked for as in `figures`: counts that stand beside the indicators.

    carried_over    open at the end of the day before the period. Where no unit moved in the period: carried_over +
                    received = completed + ended_otherwise + open (Circular 01/2020/TT-VPCP, form II.06a)
    received, completed, open
    ended_otherwise withdrawn or stopped in the period: part of no on-time rate
    without_due     completed in the period without a due date: counted as on time
    awaiting        open on the last day and waiting for a supplement or a payment: never overdue
    signing_unknown issued in the period electronically and not classified, of which nobody said whether it was signed
    classified      documents issued in the period that are classified: part of no document rate
    """
    ask = Question(counters, period, scope, units_as, today)
    numbers = numbers_asked(ask, units)
    counts = {name: count(ask) for name, count in _COUNTS.items()}
    codes = pl.Series("unit", [counters.hierarchy.codes[number] for number in numbers], dtype=pl.String)
    return pl.DataFrame([codes, *(pl.Series(name, values[numbers]) for name, values in counts.items())])


def count_apart(counters: Counters, name: str, unit: str, period: Period) -> int:
    """One of the columns of `apart` for a unit with everything below it, without a frame around it. ValueError for an
    unknown unit."""
    ask = Question(counters, period)
    return int(_COUNTS[name](ask)[numbers_asked(ask, [unit])[0]])


_COUNTS: Mapping[str, Callable[[Question], Ints]] = {
    "carried_over": lambda ask: ask.before().stock("open_change"),
    "received": lambda ask: ask.flow("received"),
    "completed": lambda ask: ask.flow("completed_early", "completed_on_time", "completed_late"),
    "ended_otherwise": lambda ask: ask.flow("ended_otherwise"),
    "open": lambda ask: ask.stock("open_change"),
    "without_due": lambda ask: ask.flow("completed_without_due"),
    "awaiting": lambda ask: ask.stock("awaiting_change"),
    "signing_unknown": lambda ask: ask.flow("signing_unknown"),
    "classified": lambda ask: ask.flow("issued_classified"),
}
