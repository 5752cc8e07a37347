"""Ranking of peers by one indicator: competition ranks on exact values, how sure each rank is, and why it moved.

Everything is worked out in arrays, in the order of the table: the cost depends on the number of units alone.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import Sums, indicators, sums
from metrics._hierarchy import Floats, Ints
from metrics._interval import interval, rank_range
from metrics._movement import Flags, Movement, Placed, exact_values, movements, placed
from metrics._peers import NO_OWN, Peers, group_numbers
from metrics._period import Period
from metrics._question import Question

NOTHING_TO_COUNT, TOO_FEW = "nothing_to_count", "too_few"

_REASONS = pl.Series("reason", [None, NOTHING_TO_COUNT, TOO_FEW], pl.String)


class _Group(NamedTuple):
    """The group's units on a period's last day in the order of their codes, what they have, and which are ranked."""

    numbers: Ints
    found: Sums
    values: Floats
    ranked: Flags


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
    both = [_group(counters, indicator, group, asked, minimum, peers) for asked in (period, period.previous())]
    ranked = [(one.found, one.numbers[one.ranked]) for one in both]
    values = exact_values(ranked, smaller_is_better=indicator.better == "lower")
    now, before = (placed(units, found) for (_, units), found in zip(ranked, values, strict=True))
    columns = _columns(counters, indicator, both[0], now, before)
    if parts:
        columns += _parts(len(both[0].numbers), *movements(now, before))
    return pl.DataFrame(columns)


def _group(counters: Counters, indicator: Indicator, group: str, period: Period, minimum: int, peers: Peers) -> _Group:
    found = counters.remembered(
        ("sums", indicator.key, period), period.end, lambda: sums(indicator, Question(counters, period))
    )
    numbers = group_numbers(counters, group, period.end, peers, period)
    values = found.value[numbers]
    ranked = ~np.isnan(values)
    if found.denominator is not None:
        ranked &= found.denominator[numbers] >= max(minimum, 1)
    return _Group(numbers, found, values, ranked)


def _columns(counters: Counters, indicator: Indicator, group: _Group, now: Placed, before: Placed) -> list[pl.Series]:
    hierarchy, scale, found = counters.hierarchy, indicator.unit_of_sum, group.found
    units = np.concatenate([now.units, group.numbers[~group.ranked]])
    count, unranked = len(units), len(units) - len(now.units)
    ranks = np.concatenate([now.places, np.zeros(unranked, np.int64)])
    previous = np.zeros(len(hierarchy), np.int64)
    previous[before.units] = before.places
    low, high = interval(indicator, found, units)
    best, worst = rank_range(low, high, ranks, smaller_is_better=indicator.better == "lower")
    nothing = np.full(count, np.nan)
    return [
        _places("rank", ranks),
        hierarchy.code_column[units],
        hierarchy.name_column[units],
        _amounts("numerator", found.numerator[units] / scale),
        _amounts("denominator", nothing if found.denominator is None else found.denominator[units] / scale),
        _amounts("value", found.value[units] / (scale if found.denominator is None else 1)),
        _amounts("low", low),
        _amounts("high", high),
        _places("rank_low", best),
        _places("rank_high", worst),
        _places("previous_rank", previous[units]),
        _reasons(found, units[count - unranked :], count - unranked),
    ]


def _parts(count: int, in_both: Flags, moved: Movement) -> list[pl.Series]:
    """The movement in the order of the table, in which the ranked ones stand first."""
    missing = np.ones(count, np.bool_)
    missing[: len(in_both)] = ~in_both
    columns = []
    for name, part in zip(Movement._fields, moved, strict=True):
        values = np.zeros(count, np.int64)
        values[~missing] = part
        columns.append(pl.Series(name, pa.array(values, mask=missing)))
    return columns


def _reasons(found: Sums, units: Ints, ranked: int) -> pl.Series:
    """Why a unit has no rank; where only a rate was returned, nobody knows whether its cases are enough."""
    few = ~np.isnan(found.value[units])
    if found.denominator is not None:
        few &= found.denominator[units] != 0
    return _REASONS[np.concatenate([np.zeros(ranked, np.int64), np.where(few, 2, 1)])]


def _places(name: str, places: Ints) -> pl.Series:
    """Places, null where it is 0."""
    return pl.Series(name, pa.array(places, mask=places == 0))


def _amounts(name: str, values: Floats) -> pl.Series:
    """Numbers, null where it is NaN."""
    return pl.Series(name, values, dtype=pl.Float64, nan_to_null=True)
