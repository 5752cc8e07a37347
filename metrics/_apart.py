"""What is counted beside the figures and never within them, and the arithmetic that holds form 06a together."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from metrics._counters import Counters
from metrics._figures import numbers_asked
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
    counts = {
        "carried_over": ask.before().stock("open_change"),
        "received": ask.flow("received"),
        "completed": ask.flow("completed_early", "completed_on_time", "completed_late"),
        "ended_otherwise": ask.flow("ended_otherwise"),
        "open": ask.stock("open_change"),
        "without_due": ask.flow("completed_without_due"),
        "awaiting": ask.stock("awaiting_change"),
        "signing_unknown": ask.flow("signing_unknown"),
        "classified": ask.flow("issued_classified"),
    }
    codes = pl.Series("unit", [counters.hierarchy.codes[number] for number in numbers], dtype=pl.String)
    return pl.DataFrame([codes, *(pl.Series(name, values[numbers]) for name, values in counts.items())])
