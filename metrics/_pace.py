"""What a target still asks of the rest of the year, and of a district's communes together."""

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np

from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import indicators, sums
from metrics._formula import formula
from metrics._hierarchy import numbers_of
from metrics._period import Period, day_number
from metrics._question import Question
from metrics._target import exact, targets_in_force
from store.reads import Target


class Pace(NamedTuple):
    """The rest of a year, if as much comes in on each working day as until now.

    numerator, denominator     of the year until now
    working_days_past, _left   of the year until now, and after it until 31 December
    expected_denominator       what the rest of the year brings at the present pace, rounded
    needed_rate                the rate of the rest that brings the whole year exactly to the target: at least this, or
                               at most where less is better; over 1 or under 0 it is out of reach. None where nothing
                               more is to come
    reachable                  whether needed_rate is possible; None without one
    """

    numerator: int
    denominator: int
    working_days_past: int
    working_days_left: int
    expected_denominator: int
    needed_rate: float | None
    reachable: bool | None


def pace(counters: Counters, key: str, unit: str, year_to: date, target: Target) -> Pace | None:
    """What the rest of the year must bring, seen at the end of the local day `year_to`.

    None for an indicator to which the days of a year do not add up: a count, a mean, a state at the last day, a
    return. ValueError for an unknown unit or indicator.
    """
    indicator = indicators([key])[0]
    if indicator.form != "rate" or not formula(indicator).adds_up:
        return None
    period = Period.year_to_date(year_to)
    numerator, denominator = _figure(counters, indicator, unit, period)
    past = _working_days(counters, period.start - timedelta(days=1), year_to)
    left = _working_days(counters, year_to, Period.year_of(year_to).end)
    rest = Fraction(denominator * left, past) if past else Fraction(0)
    if not rest:
        return Pace(numerator, denominator, past, left, 0, None, None)
    needed = (exact(target.value) * (denominator + rest) - numerator) / rest
    at_most = target.comparator in ("<=", "<")
    reachable = needed >= 0 if at_most else needed <= 1
    # What is reached already cannot be lost, or cannot be spoilt: no rate is below 0 or above 1.
    shown = min(needed, Fraction(1)) if at_most else max(needed, Fraction(0))
    return Pace(numerator, denominator, past, left, round(rest), float(shown), reachable)


class Reach(NamedTuple):
    """Whether the targets of the units directly below, together, reach the unit's own.

    period             whose denominators weigh the targets
    denominator        all cases in it, the office's own among them
    needed             so many of them the unit's target asks for (where less is better: allows)
    assigned           so many the targets of the units below bring
    own_denominator    the office's own cases
    own_needed_rate    the rate that the office itself must reach for the rest; None without cases of its own
    expected           the rate of all, when the office itself just reaches the unit's target
    reached            whether that is enough; None where nothing was counted
    without            the units below that have no target (they bring nothing)
    """

    period: Period
    denominator: int
    needed: int
    assigned: float
    own_denominator: int
    own_needed_rate: float | None
    expected: float | None
    reached: bool | None
    without: tuple[str, ...]


def communes_reach(counters: Counters, district: str, key: str, day: date, targets: Iterable[Target]) -> Reach | None:
    """Whether the communes' targets in force on a local day reach their district's, weighted by how much each counts.

    The weights are the denominators of the same days of last year, where the records go back to them, else those of
    this year until the day; the district's own office is taken to reach the district's target itself. None when the
    district has no target, or the indicator is no rate of events in the period. ValueError for an unknown unit or
    indicator.
    """
    indicator = indicators([key])[0]
    number = numbers_of(counters.hierarchy, [district], day_number(day))[0]
    below = counters.units_on(day).filter(parent_code=counters.hierarchy.codes[number])
    units = [(district, counters.hierarchy.kinds[number]), *below.select("code", "kind").iter_rows()]
    found = targets_in_force(targets, units, key, day)
    if district not in found or indicator.form != "rate" or not formula(indicator).adds_up:
        return None
    period = _weighing_period(counters, indicator, district, day)
    weights = {code: _figure(counters, indicator, code, period)[1] for code, _ in units}
    assigned = sum((exact(found[code].value) * weights[code] for code, _ in units[1:] if code in found), Fraction(0))
    return _reach(period, exact(found[district].value), found[district].comparator, assigned, weights, units, found)


def _reach(
    period: Period,
    wanted: Fraction,
    comparator: str,
    assigned: Fraction,
    weights: dict[str, int],
    units: list[tuple[str, str]],
    found: dict[str, Target],
) -> Reach:
    district, *below = (code for code, _ in units)
    total = weights[district]
    own = total - sum(weights[code] for code in below)
    together = assigned + wanted * own
    less = comparator in ("<=", "<")
    enough = together <= wanted * total if less else together >= wanted * total
    asked = floor(wanted * total) if less else ceil(wanted * total)
    return Reach(
        period=period,
        denominator=total,
        needed=asked,
        assigned=float(assigned),
        own_denominator=own,
        own_needed_rate=float((wanted * total - assigned) / own) if own else None,
        expected=float(together / total) if total else None,
        reached=enough if total else None,
        without=tuple(code for code in below if code not in found),
    )


def _weighing_period(counters: Counters, indicator: Indicator, unit: str, day: date) -> Period:
    this_year = Period.year_to_date(day)
    last_year = this_year.a_year_before()
    known = counters.cover(last_year) and _figure(counters, indicator, unit, last_year)[1]
    return last_year if known else this_year


def _figure(counters: Counters, indicator: Indicator, unit: str, period: Period) -> tuple[int, int]:
    """Numerator and denominator of one unit."""
    number = numbers_of(counters.hierarchy, [unit], day_number(period.end))[0]
    found = sums(indicator, Question(counters, period))
    denominator = 0 if found.denominator is None else int(np.nan_to_num(found.denominator[number]))
    return int(np.nan_to_num(found.numerator[number])), denominator


def _working_days(counters: Counters, after: date, until: date) -> int:
    return int(counters.working_days.between(np.array([day_number(after)]), np.array([day_number(until)]))[0])
