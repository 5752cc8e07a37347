"""What shows that a target is gamed: dossiers withdrawn, refused, sent back, or finished on the very due day, beside
those of the peers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from metrics import Indicator, Share, catalogue, funnel
from pages import _format
from pages._badges import Standing, standing_shape
from pages._html import escape, table
from pages._language import _
from pages._links import about
from pages._live import Live
from pages._names import indicator_name
from pages.units._my_view import Asked, share
from pages.units._view import counted, ranked

_TONES: dict[int, Standing] = {1: "missed", 0: "none", -1: "none"}
GUARDS = ("withdrawn_rate", "refused_rate", "supplement_rate", "last_day_rate")


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard of the unit. `row` as of the ranking; `middle`: the median of the peers that are ranked, None without;
    `together`: all peers' rate; `apart`: 1 above, -1 below the peers by more than chance explains, else 0."""

    indicator: Indicator
    row: dict[str, Any]
    middle: float | None
    together: float | None
    apart: int


def guards(here: Live, asked: Asked) -> list[Guard]:
    """The guards of the unit among its peers; ValueError where it has none on that day."""
    if asked.group is None:
        raise ValueError(f"{asked.unit} is not in force on {asked.period.end}")
    found = []
    for key in GUARDS:
        rows = {row["unit"]: row for row in ranked(here, key, asked.group.key, asked.period).iter_rows(named=True)}
        values = [row["value"] for row in rows.values() if row["rank"] is not None]
        whole = Share(
            sum(row["numerator"] or 0.0 for row in rows.values()),
            sum(row["denominator"] or 0.0 for row in rows.values()),
        )
        mine = rows[asked.unit]
        found.append(
            Guard(
                indicator=catalogue()[key],
                row=mine,
                middle=median(values) if values else None,
                together=whole.value,
                apart=funnel(share(mine), whole, among=len(GUARDS)),
            )
        )
    return found


def judged(guard: Guard) -> str:
    """How the unit stands to its peers, in words."""
    if guard.row["value"] is None:
        return _format.nothing()
    words = {
        1: _("higher than its peers, beyond chance"),
        -1: _("lower than its peers, beyond chance"),
        0: _("like its peers, within chance"),
    }
    return words[guard.apart]


def warnings(found: Sequence[Guard], day: date) -> list[str]:
    """A sentence for every guard that is higher than chance explains. `day`: of whose words the names are."""
    words = _("{name} {value}, against {together} of all its peers: look at these before trusting a reached target.")
    return [
        words.format(
            name=indicator_name(guard.indicator, day),
            value=_format.percent(guard.row["value"]),
            together=_format.percent(guard.together),
        )
        for guard in found
        if guard.apart > 0
    ]


def guards_table(found: Sequence[Guard], day: date) -> str:
    """The guards as HTML: value, numerator and denominator, interval, the peers' median, and what that says."""
    rows = [
        [
            about(guard.indicator.key, indicator_name(guard.indicator, day)),
            f"<b>{escape(_format.percent(guard.row['value']))}</b>",
            escape(counted(guard.row)),
            escape(_interval(guard)),
            escape(_("peers' median {value}", value=_format.percent(guard.middle))),
            standing_shape(_TONES[guard.apart], judged(guard)) if guard.row["value"] is not None else "",
        ]
        for guard in found
    ]
    heads = [_("Guard"), _("Value"), _("Numerator / denominator"), _("95 % interval"), _("Peers"), _("Said plainly")]
    return table(heads, rows, "ioc-own")


def _interval(guard: Guard) -> str:
    low, high = guard.row["low"], guard.row["high"]
    return "" if low is None else f"{_format.percent(low)} – {_format.percent(high)}"
