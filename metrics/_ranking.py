"""Ranking of peers by one indicator: competition ranks on exact values, how sure each rank is, and why it moved."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import Sums, indicators, sums
from metrics._hierarchy import Floats, Ints
from metrics._interval import interval, rank_range
from metrics._movement import Movement, exact_values, movements, places
from metrics._peers import NO_OWN, Peers, group_numbers, peer_group
from metrics._period import Period
from metrics._question import Question

NOTHING_TO_COUNT, TOO_FEW = "nothing_to_count", "too_few"

_COLUMNS = {
    "rank": pl.Int64,
    "unit": pl.String,
    "name": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "previous_rank": pl.Int64,
    "reason": pl.String,
}


class _Ranked(NamedTuple):
    """The group's units on a period's last day; of those that are ranked their exact values."""

    numbers: Ints
    found: Sums
    values: Mapping[int, int]


def ranking(
    counters: Counters,
    key: str,
    group: str,
    period: Period,
    minimum: int = 10,
    *,
    peers: Peers = NO_OWN,
    parts: bool = True,
) -> pl.DataFrame:
    """The units of a peer group on the last day, best first, then those not ranked (rank null, with a reason).

    Columns: rank (1, 2, 2, 4), unit, name, numerator, denominator, value, low and high (95 % Wilson interval of a
    rate), rank_low and rank_high (the ranks that intervals leave possible: 1 + those surely better, and those not
    surely worse), previous_rank (same rule, the period before of the same length), reason ("nothing_to_count",
    "too_few": denominator under `minimum`). With `parts` also own_change, others_change, entered and left: the places
    gained by each (`metrics/_movement.py`), together previous_rank less rank; null without both ranks. Each period has
    its own group: who changes the band leaves one ranking and enters another. Where neither direction is better, the
    greater value stands first. Raises ValueError for an unknown indicator or group.
    """
    indicator = indicators([key])[0]
    now = _ranked(counters, indicator, group, period, minimum, peers)
    before = _ranked(counters, indicator, group, period.previous(), minimum, peers)
    frame = _table(counters, indicator, now, places(before.values))
    if parts:
        frame = frame.with_columns(_parts(now.numbers, movements(now.values, before.values)))
    return frame.sort("rank", "unit", nulls_last=True)


def _ranked(
    counters: Counters, indicator: Indicator, group: str, period: Period, minimum: int, peers: Peers
) -> _Ranked:
    found = counters.remembered(
        ("sums", indicator.key, period), period.end, lambda: sums(indicator, Question(counters, period))
    )
    numbers = group_numbers(counters, peer_group(counters, group, period.end, peers, period), period.end)
    least = max(minimum, 1)
    known = numbers[~np.isnan(found.value[numbers])]
    enough = [int(unit) for unit in known if found.denominator is None or found.denominator[unit] >= least]
    return _Ranked(numbers, found, exact_values(found, enough, smaller_is_better=indicator.better == "lower"))


def _table(counters: Counters, indicator: Indicator, now: _Ranked, previous: Mapping[int, int]) -> pl.DataFrame:
    numbers, scale = now.numbers, indicator.unit_of_sum
    numerator, denominator = now.found.numerator, now.found.denominator
    value = now.found.value[numbers] / (scale if denominator is None else 1)
    place = places(now.values)
    ranks = np.array([place.get(unit, 0) for unit in numbers.tolist()], np.int64)
    low, high = interval(indicator, now.found, numbers)
    best, worst = rank_range(low, high, ranks, smaller_is_better=indicator.better == "lower")
    frame = pl.DataFrame(
        {
            "rank": _null_zero(ranks),
            "unit": [counters.hierarchy.codes[unit] for unit in numbers],
            "name": [counters.hierarchy.names[unit] for unit in numbers],
            "numerator": numerator[numbers] / scale,
            "denominator": [None] * len(numbers) if denominator is None else denominator[numbers] / scale,
            "value": value,
            "low": low,
            "high": high,
            "rank_low": _null_zero(best),
            "rank_high": _null_zero(worst),
            "previous_rank": [previous.get(unit) for unit in numbers.tolist()],
            "reason": _reasons(now.found, numbers, ranks),
        },
        schema=_COLUMNS,
    )
    return frame.with_columns(pl.col("numerator", "denominator", "value", "low", "high").fill_nan(None))


def _parts(numbers: Ints, moved: Mapping[int, Movement]) -> list[pl.Series]:
    rows = [moved.get(unit) for unit in numbers.tolist()]
    return [
        pl.Series(name, [None if row is None else row[index] for row in rows], dtype=pl.Int64)
        for index, name in enumerate(Movement._fields)
    ]


def _counted(found: Sums) -> Floats:
    """Per unit what the minimum is held against: the denominator; for a count that is there, always enough."""
    if found.denominator is None:
        return np.where(np.isnan(found.value), np.nan, np.inf)
    return found.denominator.astype(np.float64)


def _reasons(found: Sums, numbers: Ints, ranks: Ints) -> list[str | None]:
    """Why a unit has no rank; where only a rate was returned, nobody knows whether its cases are enough."""
    counted, known = _counted(found)[numbers], ~np.isnan(found.value[numbers])
    few = [TOO_FEW if n else NOTHING_TO_COUNT for n in np.where(known, np.nan_to_num(counted, nan=1.0), 0.0)]
    return [None if rank else reason for rank, reason in zip(ranks, few, strict=True)]


def _null_zero(values: Ints) -> list[int | None]:
    return [int(value) or None for value in values]
