"""Weekly values of an indicator, as the rules of `metrics/_chart.py` take them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from metrics._catalogue import catalogue
from metrics._chart import BEFORE, LATEST, Signal, individuals
from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import figures
from metrics._formula import formula
from metrics._period import Period
from metrics._question import Scope

WEEKS = LATEST + BEFORE
Weeks = list[float | None]


class Week(NamedTuple):
    """An indicator's value of every unit in one week; whether any unit had anything to count."""

    values: Mapping[str, float | None]
    counted: bool


def weekly(counters: Counters, key: str, unit: str, today: date, scope: Scope = "subtree") -> Weeks:
    """An indicator of a unit in the 28 weeks that end on the local day `today`, old to new.

    None where nothing was to count, and up to the first week in which any unit had something: before, nothing is known,
    and that week perhaps in part. A state, such as what is open, is that of each week's last day. ValueError for an
    unknown unit or indicator.
    """
    if unit not in counters.codes_on(today):
        raise ValueError(f"unknown unit {unit!r} on {today}")
    return _weekly(counters, key, today, scope, [unit])[unit]


def weekly_of_units(counters: Counters, key: str, today: date, scope: Scope = "subtree") -> dict[str, Weeks]:
    """The same for every unit in force on `today`, by its code: no dearer than for one."""
    return _weekly(counters, key, today, scope, counters.units_on(today)["code"].to_list())


def moved(counters: Counters, key: str, unit: str, today: date, scope: Scope = "subtree", among: int = 1) -> Signal:
    """Whether the indicator of a unit has changed in the last four weeks: `individuals` on its weekly values."""
    values = weekly(counters, key, unit, today, scope)
    return individuals(values, among=among, standing=is_standing(catalogue()[key]))


def is_standing(indicator: Indicator) -> bool:
    """Whether an indicator tells what is so on a day, not what happened in a period."""
    return "D]" in formula(indicator).numerator


def _weekly(counters: Counters, key: str, today: date, scope: Scope, units: list[str]) -> dict[str, Weeks]:
    found: dict[str, Weeks] = {unit: [] for unit in units}
    known = _week(counters, key, today, scope, WEEKS).counted
    for back in range(WEEKS - 1, -1, -1):
        week = _week(counters, key, today, scope, back)
        for unit in units:
            found[unit].append(week.values.get(unit) if known else None)
        known = known or week.counted
    return found


def _week(counters: Counters, key: str, today: date, scope: Scope, back: int) -> Week:
    """The week that ended so many weeks before `today`; of one that is over, what was found before stays."""
    period = Period.ending(today - timedelta(days=7 * back), 7)

    def ask() -> Week:
        found = figures(counters, period, [key], scope, units_as="today", today=today)
        counted = pl.coalesce("denominator", "numerator", "value")
        values = dict(found.select("unit", "value").iter_rows())
        return Week(values=values, counted=bool(found.select((counted != 0).any()).item()))

    return counters.remembered(("week", key, period, scope, today), period.end, ask)
