"""What a unit's figures lack because the centre could not store it: held records against those counted."""

from typing import NamedTuple

import polars as pl

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import Period, day_number
from metrics._question import Question

# Kind of record to the measures that count each record of it once, on its own day.
_COUNTED = {
    "dossiers": ("received",),
    "documents": ("issued", "issued_classified", "incoming_due"),
    "meetings": ("meetings_held",),
}


class LeftOut(NamedTuple):
    """Records of one kind ("dossiers", "documents", "meetings") that a unit's figures of a period lack.

    held      not counted at all
    outdated  counted in an earlier state, since only the newest one is held
    unplaced  not counted, and naming no unit of any catalogue: they may be this unit's or another's; of a root they
              are among `held`
    counted   counted in the period
    """

    kind: str
    held: int
    outdated: int
    unplaced: int
    counted: int

    @property
    def share(self) -> float:
        """The held among all that should have been counted, 0 to 1."""
        return self.held / (self.held + self.counted) if self.held else 0.0


def left_out(counters: Counters, held: pl.DataFrame, unit: str, period: Period) -> list[LeftOut]:
    """What the subtree of a unit lacks in a period: an entry for each kind of which anything is held.

    `held`: as `store.held_counts` reads it; a record counts against the period in which its day lies, and for the
    units above it on that day. ValueError for an unknown unit.
    """
    inside = held.filter(pl.col("day").is_between(day_number(period.start), day_number(period.end)))
    if inside.is_empty():
        return []
    [number] = numbers_of(counters.hierarchy, [unit], day_number(period.end))
    placed = inside.with_columns(place=pl.Series(_places(counters, inside, number), dtype=pl.String))
    found = [_of_kind(counters, rows, kind, number, period) for kind, rows in _by_kind(placed)]
    return [one for one in found if one.held or one.outdated or one.unplaced]


def _places(counters: Counters, held: pl.DataFrame, number: int) -> list[str]:
    """Of each row: "here" in the subtree of the unit, "nowhere" when no catalogue names its unit, else "elsewhere"."""
    hierarchy = counters.hierarchy
    places = []
    for code, day in held.select("unit_code", "day").iter_rows():
        its = hierarchy.unit_on(code, day) if code else None
        tree = hierarchy.tree_on(day)
        if its is None:
            places.append("here" if tree.parents[number] < 0 else "nowhere")
            continue
        begin, end = tree.begin[number], tree.end[number]
        places.append("here" if its in tree.order[begin:end] else "elsewhere")
    return places


def _by_kind(placed: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    return [(kind, placed.filter(pl.col("kind") == kind)) for kind in _COUNTED]


def _of_kind(counters: Counters, rows: pl.DataFrame, kind: str, number: int, period: Period) -> LeftOut:
    here, stored = pl.col("place") == "here", pl.col("stored")

    def count(which: pl.Expr) -> int:
        return int(rows.filter(which)["records"].sum())

    held, outdated, unplaced = count(here & ~stored), count(here & stored), count(pl.col("place") == "nowhere")
    counted = int(Question(counters, period).flow(*_COUNTED[kind])[number]) if held else 0
    return LeftOut(kind, held, outdated, unplaced, counted)
