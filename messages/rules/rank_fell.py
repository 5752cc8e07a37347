"""Which unit fell in the ranking by more than chance explains?

Four weeks up to yesterday against the four before, among the units of its kind, for every indicator that it has a
target for. A rank is only as sure as the values: the intervals leave a range of ranks possible. A unit fell when its
best possible rank now is behind its worst possible rank before. It is told anew before its time when it has lost twice
as much.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl

from messages._contract import Finding, Rule
from messages._seen import Seen
from metrics import KINDS, Indicator, Period
from pages import _format
from pages._language import _
from pages._names import indicator_name
from recipients import RecipientSettings

_DAYS = 28


def find(seen: Seen, recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each of the recipient's units and each indicator in which it fell."""
    period = Period.ending(seen.today - timedelta(days=1), _DAYS)
    if not seen.counters.cover(period.previous()):
        return
    for unit, indicator, _target in seen.own_goals(recipient):
        yield from _fallen(seen, indicator, unit, period)


def _fallen(seen: Seen, indicator: Indicator, unit: str, period: Period) -> Iterator[Finding]:
    kind = seen.units.by_code[unit].kind
    if kind not in KINDS or indicator.form != "rate" or indicator.returned:
        return
    now = _row(seen.ranking(indicator.key, kind, period), unit)
    before = _row(seen.ranking(indicator.key, kind, period.previous()), unit)
    if now is None or before is None or now["rank_low"] <= before["rank_high"]:
        return
    what = f"{seen.units.label(unit)} – {indicator_name(indicator, seen.today)}"
    said = _(
        "{what}: rank {rank} ({span}) in the {days} days to {day}, before that rank {old} ({old_span}).",
        what=what,
        rank=now["rank"],
        span=_span(now),
        days=_DAYS,
        day=_format.day(period.end),
        old=before["rank"],
        old_span=_span(before),
    )
    days = {"from_": period.start.isoformat(), "to": period.end.isoformat()}
    yield Finding(
        subject=f"{unit} {indicator.key}",
        what=what,
        text=said,
        measure=float(now["rank_low"] - before["rank_high"]),
        unit=unit,
        link=seen.link("ranking", indicator=indicator.key, kind=kind, unit=unit, **days),
    )


def _row(found: pl.DataFrame, unit: str) -> dict[str, Any] | None:
    """The unit's row; None where it is not ranked, or nobody can say how surely."""
    rows = found.filter(pl.col("unit") == unit, pl.col("rank_low").is_not_null()).rows(named=True)
    return rows[0] if rows else None


def _span(row: dict[str, Any]) -> str:
    return _("possible {low}–{high}", low=row["rank_low"], high=row["rank_high"])


def _worse(told: float, now: float) -> bool:
    return now >= 2 * told


RULE = Rule(
    title="Rank fell by more than chance",
    subject="Fell in the ranking by more than chance ({n})",
    resolved="No longer fallen by more than chance ({n})",
    find=find,
    roles=frozenset({"leader", "staff", "analyst"}),
    remind=timedelta(days=7),
    worse=_worse,
)
