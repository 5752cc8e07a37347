"""Figures: numerator, denominator and value of indicators for units and a period. The one place that divides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from metrics._catalogue import catalogue
from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._hierarchy import Floats, Ints, numbers_of
from metrics._period import Period, day_number
from metrics._question import Question, Scope
from metrics._standing import Units


@dataclass(frozen=True, eq=False)
class Sums:
    """Numerators, and denominators (None for a count), one per unit as numbered in the hierarchy.

    `given`: the values of an indicator that units return; NaN, as their numerators and denominators, where there is
    none.
    """

    numerator: Ints | Floats
    denominator: Ints | Floats | None
    given: Floats | None = None

    @cached_property
    def value(self) -> Floats:
        """Numerator over denominator, NaN where there is nothing to count; the numerator itself for a count.

        For showing. Different fractions of large numbers can be equal floats: `_movement.exact_values` compares.
        """
        if self.given is not None:
            return self.given
        if self.denominator is None:
            return self.numerator.astype(np.float64)
        if np.count_nonzero(self.denominator) == len(self.denominator):
            return self.numerator / self.denominator
        with np.errstate(divide="ignore", invalid="ignore"):
            found = self.numerator / self.denominator
        found[(self.denominator == 0).nonzero()] = np.nan
        return found

    def of(self, units: Ints) -> "Sums":
        """The sums of these units, in their order."""
        return Sums(
            self.numerator.take(units),
            None if self.denominator is None else self.denominator.take(units),
            None if self.given is None else self.given.take(units),
        )


def sums(indicator: Indicator, ask: Question) -> Sums:
    """What an indicator sums for every unit."""
    denominator = indicator.denominator(ask) if indicator.denominator else None
    given = ask.returned(indicator.key, "value") if indicator.returned else None
    return Sums(indicator.numerator(ask), denominator, given)


def summed(counters: Counters, indicator: Indicator, period: Period) -> Sums:
    """The same in a period, of each unit with everything below it: found once for all who ask."""
    asked = ("sums", indicator.key, period)
    return counters.remembered(asked, period.end, lambda: sums(indicator, Question(counters, period)))


class Figure(NamedTuple):
    """One figure, as a row of `figures` has it; None where that is null."""

    numerator: float | None
    denominator: float | None
    value: float | None


def figure(counters: Counters, period: Period, key: str, unit: str) -> Figure:
    """The one row that `figures` gives for an indicator and a unit with everything below it, without a frame around it.

    Raises ValueError for an unknown unit or indicator.
    """
    indicator = indicators([key])[0]
    number = numbers_of(counters.hierarchy, [unit], day_number(period.end))[0]
    found, scale = summed(counters, indicator, period), indicator.unit_of_sum
    if found.denominator is None:
        return Figure(_known(found.numerator[number] / scale), None, _known(found.value[number] / scale))
    return Figure(
        _known(found.numerator[number] / scale), _known(found.denominator[number] / scale), _known(found.value[number])
    )


def counts_on(counters: Counters, key: str, day: date) -> dict[str, float]:
    """What each unit in force on a local day itself has of a count of that day, by its code: the numerators of
    `figures` for the scope "own", without a frame around them."""
    ask, indicator = Question(counters, Period(day, day), "own"), indicators([key])[0]
    counted, codes = sums(indicator, ask).numerator / indicator.unit_of_sum, counters.hierarchy.codes
    return {codes[number]: float(counted[number]) for number in ask.standing.in_force()}


def _known(value: np.floating[Any]) -> float | None:
    return None if np.isnan(value) else float(value)


def indicators(keys: Iterable[str] | None = None) -> list[Indicator]:
    """The indicators of these keys (None: all); ValueError naming an unknown key and the right ones."""
    known = catalogue()
    for key in keys or ():
        if key not in known:
            raise ValueError(f"unknown indicator {key!r}; known: {', '.join(known)}")
    return [known[key] for key in (known if keys is None else keys)]


def figures(
    counters: Counters,
    period: Period,
    keys: Sequence[str] | None = None,
    scope: Scope = "subtree",
    units: Sequence[str] | None = None,
    *,
    units_as: Units = "period",
    today: date | None = None,
) -> pl.DataFrame:
    """One row per unit and indicator: unit, indicator, numerator, denominator, value.

    Units are those in force on the period's last day, or the codes given (as that day understands them). With
    `units_as="today"` they are those of the day `today` (None: the period's last day), and what a unit has that is no
    more by then counts for the one that took over from it. Counts have a null denominator; where a denominator is 0
    the value is null: nothing to count is neither 0 % nor 100 %. Rates are 0 to 1, hours are hours. A return that gave
    only the value has neither numerator nor denominator, and what was not returned is null throughout. Raises
    ValueError for an unknown unit or indicator.
    """
    named, chosen = (None if given is None else tuple(given) for given in (keys, units))
    asked = (period, named, scope, chosen, units_as, today)
    ask = Question(counters, period, scope, units_as, today)
    return counters.remembered(asked, period.end, lambda: _figures(ask, keys, units))


def _figures(ask: Question, keys: Sequence[str] | None, units: Sequence[str] | None) -> pl.DataFrame:
    counters, numbers = ask.counters, numbers_asked(ask, units)
    codes = [counters.hierarchy.codes[number] for number in numbers]
    asked = indicators(keys)
    nothing = np.full(len(codes), np.nan)
    tops, bottoms, values = [], [], []
    for indicator in asked:
        found, scale = sums(indicator, ask), indicator.unit_of_sum
        tops.append(found.numerator[numbers] / scale)
        bottoms.append(nothing if found.denominator is None else found.denominator[numbers] / scale)
        values.append(found.value[numbers] / (1 if found.denominator is not None else scale))
    # One frame of all indicators: a frame for each costs more than what it sums.
    columns = {
        "unit": codes * len(asked),
        "indicator": [indicator.key for indicator in asked for _code in codes],
        "numerator": np.concatenate(tops),
        "denominator": np.concatenate(bottoms),
        "value": np.concatenate(values),
    }
    return pl.DataFrame(columns, schema=_FIGURES, nan_to_null=True)


def numbers_asked(ask: Question, units: Sequence[str] | None) -> list[int]:
    """The units of these codes as the day asked about understands them; None: those in force on it."""
    if units is None:
        return ask.standing.in_force()
    return numbers_of(ask.counters.hierarchy, units, ask.standing.day)


_FIGURES = {
    "unit": pl.String,
    "indicator": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
}


def trend(
    counters: Counters, key: str, unit: str, days: Sequence[date], window: int, scope: Scope = "subtree"
) -> list[float | None]:
    """The indicator's value over the `window` days that end on each of the days; None where nothing was to count."""
    values = [figures(counters, Period.ending(day, window), [key], scope, [unit])["value"][0] for day in days]
    return [None if value is None else float(value) for value in values]
