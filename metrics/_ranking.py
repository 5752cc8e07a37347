"""Ranking of peers by one indicator: competition ranks on exact values, how sure each rank is, and why it moved.

Everything is worked out in arrays, in the order of the table: the cost depends on the number of units alone.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._figures import Sums, indicators, summed
from metrics._hierarchy import Flags, Floats, Ints
from metrics._interval import rank_range, wilson
from metrics._movement import Movement, Placements, exact_values, movements, placed
from metrics._peers import NO_OWN, Peers, group_numbers
from metrics._period import Period
from metrics._table import ALL, Known, Texts, frame_of, no_texts, numbers

NOTHING_TO_COUNT, TOO_FEW = "nothing_to_count", "too_few"

_REASONS = Texts([NOTHING_TO_COUNT, TOO_FEW])


class _Group(NamedTuple):
    """What was summed for all units, and which of the group's on a period's last day are ranked and which are not, in
    the order of their codes; `enough`: the sums of those ranked."""

    found: Sums
    enough: Sums
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
    values = exact_values([one.enough for one in both], smaller_is_better=indicator.better == "lower")
    now, before = zip((one.ranked for one in both), values, strict=True)
    placements = placed(now, before)
    units = np.concatenate([placements.now.units, both[0].unranked])
    last = placements.before.where(units, len(counters.hierarchy))
    columns = _columns(counters, indicator, both[0], placements, units, last)
    if parts:
        columns |= _parts(len(units), *movements(placements, last[: len(placements.now.units)]))
    return frame_of(columns)


def remembered_ranking(
    counters: Counters, key: str, group: str, period: Period, minimum: int, peers: Peers, *, parts: bool = True
) -> pl.DataFrame:
    """As `ranking`, which is asked once by all until something in it changes; nobody may change what is returned."""
    asked = ("ranking", key, group, peers.units_of(group), period, minimum, parts)
    return counters.remembered(
        asked, period.end, lambda: ranking(counters, key, group, period, minimum, peers=peers, parts=parts)
    )


def _group(counters: Counters, indicator: Indicator, group: str, period: Period, minimum: int, peers: Peers) -> _Group:
    found = summed(counters, indicator, period)
    units = group_numbers(counters, group, period.end, peers, period)
    own = found.of(units)
    enough = _enough(own, minimum)
    if enough.all():
        return _Group(found, own, units, units[:0])
    # By where they are: a gather by flags that are true here and there takes three times as long.
    ranked = enough.nonzero()[0]
    return _Group(found, own.of(ranked), units.take(ranked), units.take((~enough).nonzero()[0]))


def _enough(found: Sums, minimum: int) -> Flags:
    """Who has a value, of enough cases."""
    if found.denominator is None:
        return ~np.isnan(found.value)
    enough: Flags = found.denominator >= max(minimum, 1)
    return enough if found.given is None else enough & ~np.isnan(found.value)


def _columns(
    counters: Counters, indicator: Indicator, group: _Group, both: Placements, units: Ints, last: Ints
) -> dict[str, pa.Array]:
    """Of these units, in the order of the table, in which the ranked ones stand first; `last`: where they stood."""
    found, scale = group.found.of(units), indicator.unit_of_sum
    count, ranked = len(units), len(group.ranked)
    below = np.full(count, np.nan) if found.denominator is None else found.denominator
    low, high = wilson(found.numerator, below) if indicator.form == "rate" else np.full((2, count), np.nan)
    best, worst = rank_range(low[:ranked], high[:ranked], smaller_is_better=indicator.better == "lower")
    best, worst = _whole(best, count), _whole(worst, count)
    # Most often all are ranked and have an interval.
    first, sure = ALL if ranked == count else Known.first(ranked, count), Known.told(low)
    possible = first if sure is ALL else Known.of(best > 0)
    # The place of who stood nowhere, -1, is the last one.
    previous = np.concatenate([both.before.places, [0]]).take(last)
    return {
        "rank": numbers(_whole(both.now.places, count), first),
        "unit": counters.hierarchy.code_texts.of(units),
        "name": counters.hierarchy.name_texts.of(units),
        "numerator": _floats(found.numerator, scale),
        "denominator": _floats(below, scale),
        "value": _floats(found.value, scale if found.denominator is None else 1, ALL if ranked == count else None),
        "low": numbers(low, sure),
        "high": numbers(high, sure),
        "rank_low": numbers(best, possible),
        "rank_high": numbers(worst, possible),
        "previous_rank": numbers(previous, Known.of(previous > 0)),
        "reason": no_texts(count) if ranked == count else _reasons(found, ranked),
    }


def _parts(count: int, stays: Flags, moved: Movement) -> dict[str, pa.Array]:
    """The movement in the order of the table, in which the ranked ones stand first."""
    if len(moved.own_change) == count:
        return {name: numbers(part) for name, part in moved._asdict().items()}
    flags = np.zeros(count, np.bool_)
    flags[: len(stays)] = stays
    where, known, columns = flags.nonzero()[0], Known.of(flags), {}
    for name, part in moved._asdict().items():
        values = np.zeros(count, np.int64)
        values[where] = part
        columns[name] = numbers(values, known)
    return columns


def _reasons(found: Sums, ranked: int) -> pa.Array:
    """Why all but the first so many have no rank; where only a rate was returned, nobody knows whether its cases are
    enough."""
    few = ~np.isnan(found.value)
    if found.denominator is not None:
        few &= found.denominator != 0
    return _REASONS.of(few.astype(np.int64), Known.of(np.arange(len(few)) >= ranked))


def _floats(values: Ints | Floats, scale: int, known: Known | None = None) -> pa.Array:
    """As floats, null where they are not `known` (None: where they are NaN)."""
    floats = values.astype(np.float64, copy=False)
    if known is None:
        known = ALL if values.dtype.kind == "i" else Known.told(floats)
    return numbers(floats if scale == 1 else floats / scale, known)


def _whole(first: Ints, count: int) -> Ints:
    """What the first of so many have, and 0 for the others."""
    if len(first) == count:
        return first
    every = np.zeros(count, np.int64)
    every[: len(first)] = first
    return every
