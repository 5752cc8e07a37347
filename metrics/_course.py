"""The control chart of a unit: its weekly or monthly values with the limits that those before give.

Whether the last four have changed is told by `individuals`, as the wall tells it; a single value beyond three sigmas of
those before is odd, and is named, but is no change by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

import numpy as np

from metrics._catalogue import catalogue
from metrics._chart import BEFORE, LATEST, RANGE_PER_SIGMA, Signal, individuals
from metrics._counters import Counters
from metrics._figures import figures
from metrics._funnel import Limits
from metrics._period import Period
from metrics._weekly import is_standing, weekly

By = Literal["week", "month"]
_SIGMAS = 3.0


class Step(NamedTuple):
    """A week or month: its value (None: nothing to count, or before the records begin), with what it is made of.

    `odd`: 1 above, -1 below the limits of single values, else 0.
    """

    period: Period
    numerator: float | None
    denominator: float | None
    value: float | None
    odd: int


@dataclass(frozen=True, kw_only=True)
class Course:
    """28 steps at most, old to new, from the first that has a value. `single`: the limits of single values, None where
    too few are known.

    `since`: the first day of the steps that all lie on the changed side, up to the last; None without a change.
    `drifting`: the change is a slow one, within the limits.
    """

    steps: Sequence[Step]
    signal: Signal
    single: Limits | None
    since: date | None
    drifting: bool


def course(counters: Counters, key: str, unit: str, until: date, by: By = "week", among: int = 1) -> Course:
    """The course of an indicator of a unit's subtree in the 28 weeks that end on the local day `until`, or the 28 whole
    months up to it. `among`: as for `individuals`. ValueError for an unknown unit or indicator."""
    indicator = catalogue()[key]
    standing = is_standing(indicator)
    periods = _weeks(until) if by == "week" else _months(until)
    values = weekly(counters, key, unit, until) if by == "week" else _monthly(counters, key, unit, until, periods)
    signal = individuals(values, among=among, standing=standing)
    single = _single(values, signal, standing=standing)
    if single and indicator.form == "rate":
        single = Limits(max(single.low, 0.0), min(single.high, 1.0))
    if single and indicator.form != "rate" and min(value for value in values if value is not None) >= 0:
        single = Limits(max(single.low, 0.0), single.high)
    steps = [
        _step(counters, key, unit, until, period, value, single) for period, value in zip(periods, values, strict=True)
    ]
    now, low, high = signal.now, signal.low, signal.high
    within = now is not None and low is not None and high is not None and low <= now <= high
    return Course(
        steps=_from_first_value(steps),
        signal=signal,
        single=single,
        since=_since(steps, signal),
        drifting=bool(signal.direction) and within,
    )


def _from_first_value(steps: Sequence[Step]) -> Sequence[Step]:
    first = next((place for place, step in enumerate(steps) if step.value is not None), len(steps))
    return steps[first:]


def _weeks(until: date) -> list[Period]:
    return [Period.ending(until - timedelta(days=7 * back), 7) for back in reversed(range(LATEST + BEFORE))]


def _months(until: date) -> list[Period]:
    """The whole months that are over on the day."""
    last = Period.month_of(until)
    found = [last if last.end == until else Period.month_of(last.start - timedelta(days=1))]
    while len(found) < LATEST + BEFORE:
        found.append(Period.month_of(found[-1].start - timedelta(days=1)))
    return found[::-1]


def _monthly(counters: Counters, key: str, unit: str, until: date, periods: Sequence[Period]) -> list[float | None]:
    """As `weekly`: None up to the first month in which any unit had something, which is perhaps there in part."""
    if unit not in counters.codes_on(until):
        raise ValueError(f"unknown unit {unit!r} on {until}")
    found: list[float | None] = []
    known = _counted(counters, key, until, Period.month_of(periods[0].start - timedelta(days=1)))
    for period in periods:
        found.append(_row(counters, key, unit, until, period)[2] if known else None)
        known = known or _counted(counters, key, until, period)
    return found


def _counted(counters: Counters, key: str, until: date, period: Period) -> bool:
    """Whether any unit had anything to count."""
    found = figures(counters, period, [key], units_as="today", today=until)
    return any(bool(amount) for amount in found["numerator"]) or any(bool(amount) for amount in found["denominator"])


def _row(
    counters: Counters, key: str, unit: str, until: date, period: Period
) -> tuple[float | None, float | None, float | None]:
    found = figures(counters, period, [key], units_as="today", today=until)
    row = found.row(found["unit"].to_list().index(unit), named=True)
    return row["numerator"], row["denominator"], row["value"]


def _single(values: Sequence[float | None], signal: Signal, *, standing: bool) -> Limits | None:
    """Three sigmas around the mean of those before; of a state the wider of both sigmas, for neighbours are alike."""
    if not signal.enough or signal.center is None:
        return None
    before = np.array([value for value in values[:-LATEST] if value is not None])
    sigma = float(np.abs(np.diff(before)).mean()) / RANGE_PER_SIGMA
    if standing:
        sigma = max(sigma, float(before.std(ddof=1)))
    return Limits(signal.center - _SIGMAS * sigma, signal.center + _SIGMAS * sigma)


def _step(
    counters: Counters, key: str, unit: str, until: date, period: Period, value: float | None, single: Limits | None
) -> Step:
    if value is None:
        return Step(period, None, None, None, 0)
    numerator, denominator, _value = _row(counters, key, unit, until, period)
    odd = 0 if single is None else (value > single.high) - (value < single.low)
    return Step(period, numerator, denominator, value, odd)


def _since(steps: Sequence[Step], signal: Signal) -> date | None:
    """Without such a step at the end: the first day of the last four."""
    if not signal.direction or signal.center is None:
        return None
    since = steps[-LATEST].period.start
    for step in reversed([step for step in steps if step.value is not None]):
        if ((step.value or 0.0) - signal.center) * signal.direction <= 0:
            break
        since = min(since, step.period.start)
    return since
