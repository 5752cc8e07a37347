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
from metrics._hierarchy import Ints
from metrics._interval import rank_range, wilson
from metrics._movement import Movement, Placements, exact_values, movements, placed
from metrics._peers import NO_OWN, Peers, group_numbers
from metrics._period import Period
from metrics._question import Question
from metrics._table import Texts, frame_of, numbers

NOTHING_TO_COUNT, TOO_FEW = "nothing_to_count", "too_few"

_REASONS = Texts([NOTHING_TO_COUNT, TOO_FEW])


class _Group(NamedTuple):
    """What the group's units on a period's last day have; those ranked and the others, in the order of their codes."""

    found: Sums
    ranked: Ints
    unranked: Ints


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
    values = exact_values([(one.found, one.ranked) for one in both], smaller_is_better=indicator.better == "lower")
    now, before = zip((one.ranked for one in both), values, strict=True)
    placements = placed(now, before)
    columns = _columns(counters, indicator, both[0], placements)
    if parts:
        columns |= _parts(len(both[0].ranked) + len(both[0].unranked), *movements(placements))
    return frame_of(columns)


def _group(counters: Counters, indicator: Indicator, group: str, period: Period, minimum: int, peers: Peers) -> _Group:
    found = counters.remembered(
        ("sums", indicator.key, period), period.end, lambda: sums(indicator, Question(counters, period))
    )
    numbers = group_numbers(counters, group, period.end, peers, period)
    ranked = ~np.isnan(found.value[numbers])
    if found.denominator is not None:
        ranked &= found.denominator[numbers] >= max(minimum, 1)
    if ranked.all():
        return _Group(found, numbers, numbers[:0])
    # By where they are: a gather by flags that are true here and there takes three times as long.
    return _Group(found, numbers[np.flatnonzero(ranked)], numbers[np.flatnonzero(~ranked)])


def _columns(counters: Counters, indicator: Indicator, group: _Group, both: Placements) -> dict[str, pa.Array]:
    found, scale = group.found, indicator.unit_of_sum
    units = np.concatenate([both.now.units, group.unranked])
    count, ranked = len(units), len(group.ranked)
    previous = np.zeros(len(counters.hierarchy), np.int64)
    previous[both.before.units] = both.before.places
    nothing = np.full(count, np.nan)
    numerator = found.numerator[units].astype(np.float64)
    denominator = nothing if found.denominator is None else found.denominator[units].astype(np.float64)
    low, high = wilson(numerator, denominator) if indicator.form == "rate" else (nothing, nothing)
    best, worst = rank_range(low[:ranked], high[:ranked], smaller_is_better=indicator.better == "lower")
    return {
        "rank": _places(both.now.places, count),
        "unit": counters.hierarchy.code_texts.of(units),
        "name": counters.hierarchy.name_texts.of(units),
        "numerator": numbers(numerator / scale),
        "denominator": numbers(denominator / scale),
        "value": numbers(found.value[units] / (scale if found.denominator is None else 1)),
        "low": numbers(low),
        "high": numbers(high),
        "rank_low": _places(best, count),
        "rank_high": _places(worst, count),
        "previous_rank": _places(previous[units], count),
        "reason": _reasons(found, group.unranked, count),
    }


def _parts(count: int, in_both: Ints, moved: Movement) -> dict[str, pa.Array]:
    """The movement in the order of the table, in which the ranked ones stand first."""
    known = np.zeros(count, np.bool_)
    known[in_both] = True
    columns = {}
    for name, part in moved._asdict().items():
        values = part
        if len(part) < count:
            values = np.zeros(count, np.int64)
            values[in_both] = part
        columns[name] = numbers(values, known)
    return columns


def _reasons(found: Sums, unranked: Ints, count: int) -> pa.Array:
    """Why the last of so many units have no rank; where only a rate was returned, nobody knows whether its cases are
    enough."""
    few = ~np.isnan(found.value[unranked])
    if found.denominator is not None:
        few &= found.denominator[unranked] != 0
    reasons, known = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    reasons[count - len(unranked) :], known[count - len(unranked) :] = few, True
    return _REASONS.of(reasons, known)


def _places(places: Ints, count: int) -> pa.Array:
    """The places of the first of so many units: null where they are 0, and for the others."""
    every = np.concatenate([places, np.zeros(count - len(places), np.int64)])
    return numbers(every, every > 0)
