"""What bridge points add to the daily measures: a point is active from its first active day to its last."""

from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

import polars as pl

from store.frames import day_number
from store.tables import POINT_MEASURES

_ACTIVE = POINT_MEASURES[0]
_KINDS = {"unit_code": pl.String, "day": pl.Int64, _ACTIVE: pl.Int64}


def register_timeline(points: pl.LazyFrame) -> pl.LazyFrame:
    """Register rows (columns as in `store.tables`) with their first day and the day after their last, by first day."""
    days = points.with_columns(first=day_number("valid_from"), after=day_number("valid_to") + 1)
    return days.sort("first")


def point_days(timeline: pl.DataFrame, taken: int = 0) -> pl.DataFrame:
    """Per (unit_code, day) active points that come (+1) and, on the day after their last, go (-1), in this order.

    The first `taken` rows are a register that is taken off, not added. Of overlapping rows of one point the one begun
    last counts on a day.
    """
    events: list[tuple[str, int, int]] = []
    for sign, registers in ((-1, timeline.head(taken)), (1, timeline.slice(taken))):
        for register in registers.partition_by("source", "point_code"):
            for row, first, after in _stretches(register.rows(named=True)):
                if row["status"] == "active":
                    events.append((row["unit_code"], first, sign))
                    if after is not None:
                        events.append((row["unit_code"], after, -sign))
    frame = pl.DataFrame(events, schema=_KINDS, orient="row")
    return frame.group_by("unit_code", "day").agg(pl.col(_ACTIVE).sum()).sort("unit_code", "day")


def _stretches(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int, int | None]]:
    """Which row counts from which day up to (not on) which day, None: for ever. `rows`: of one point, by first day."""
    turns = sorted({row["first"] for row in rows} | {row["after"] for row in rows if row["after"] is not None})
    begun: list[tuple[int, int]] = []  # the rows that have begun, the last begun first
    following = 0
    for turn, until in zip(turns, [*turns[1:], None], strict=True):
        while following < len(rows) and rows[following]["first"] <= turn:
            heappush(begun, (-rows[following]["first"], following))
            following += 1
        while begun and (after := rows[begun[0][1]]["after"]) is not None and after <= turn:
            heappop(begun)
        if begun:
            yield rows[begun[0][1]], turn, until
