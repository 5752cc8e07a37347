"""What handling dossiers now would do to a unit's value and rank: the ranking itself, asked of changed counters."""

from typing import Any, NamedTuple

from metrics._counters import Counters
from metrics._peers import NO_OWN, Peers
from metrics._period import Period
from metrics._ranking import remembered_ranking
from store.reads import Snapshot


class Standpoint(NamedTuple):
    """A unit in the ranking of its group, as `ranking` gives it; `ranked`: how many units have a rank.

    `rank` is None, with the reason, where the unit is not ranked; `value` where there is nothing to count.
    """

    numerator: float | None
    denominator: float | None
    value: float | None
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    reason: str | None
    ranked: int


class Forecast(NamedTuple):
    """Where a unit stands now, and where it would."""

    before: Standpoint
    after: Standpoint

    @property
    def moves(self) -> bool:
        """Whether anything about the unit's own figure changes."""
        return self.before[:3] != self.after[:3]


class WhatIf:
    """The counters as they are and as they would be; any number of forecasts can be asked of them."""

    def __init__(self, counters: Counters, since: Snapshot, difference: Snapshot) -> None:
        """`since`: what has changed since `counters`; `difference`: what handling adds (`store.work_reads`)."""
        self.before = counters if since.version == counters.version else counters.updated(since)
        self.after = self.before.supposing(difference)

    def forecast(
        self, unit: str, key: str, group: str, period: Period, minimum: int = 10, *, peers: Peers = NO_OWN
    ) -> Forecast:
        """A unit's place in the ranking of a peer group by an indicator, before and after.

        The arguments are those of `ranking`. ValueError where the unit is not of the group on the period's last day.
        """
        before, after = (
            _standpoint(counters, unit, key, group, period, minimum, peers) for counters in (self.before, self.after)
        )
        return Forecast(before, after)


def _standpoint(
    counters: Counters, unit: str, key: str, group: str, period: Period, minimum: int, peers: Peers
) -> Standpoint:
    found = remembered_ranking(counters, key, group, period, minimum, peers, parts=False)
    own: list[dict[str, Any]] = found.filter(found["unit"] == unit).rows(named=True)
    if not own:
        raise ValueError(f"unit {unit!r} is not in the group {group!r} on {period.end}")
    kept = {name: own[0][name] for name in Standpoint._fields if name != "ranked"}
    return Standpoint(**kept, ranked=found["rank"].count())
