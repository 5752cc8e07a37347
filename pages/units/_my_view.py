"""What *My unit* looks at: the unit's place by every indicator that concerns it, the worst first."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from metrics import Gap, Indicator, PeerGroup, Period, Share, catalogue, figures, gap, shifted, targets_in_force
from pages._badges import Standing
from pages._filters import Choices
from pages._goals import known_targets
from pages._live import Live
from pages._units import Units
from pages.units._view import Shown, View, groups, shown
from store.reads import Target

# Looked at also where no target is set.
_ALSO = ("online_dossier_rate", "on_time_rate", "overdue_rate", "satisfaction_rate", "online_payment_rate")
_FOUR_WEEKS = 28
_WORST: tuple[Standing, ...] = ("missed", "near", "reached", "none")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The choices of the address, checked. `group`: the unit's peers; None where the unit is not in force on the
    period's last day. `moving`: the period whose movement is told: the chosen one where the records reach back to the
    one before it, else its last four weeks; None where they do not reach back so far either."""

    unit: str
    units: Units
    group: PeerGroup | None
    period_name: str
    period: Period
    moving: Period | None


def asked(here: Live, choices: Choices, unit: str) -> Asked:
    """What the address asks of a unit, given by its code."""
    name, period = choices.period()
    units = Units(here.counters, period.end)
    kind = units.by_code[unit].kind if unit in units.by_code else ""
    return Asked(
        unit=unit,
        units=units,
        group=groups(here, period).get(kind),
        period_name=name,
        period=period,
        moving=_moving(here, period),
    )


def _moving(here: Live, period: Period) -> Period | None:
    for one in (period, Period.ending(period.end, _FOUR_WEEKS)):
        if here.counters.cover(one.previous()):
            return one
    return None


@dataclass(frozen=True, kw_only=True)
class Line:
    """The unit's place by one indicator: in the period, and in the one whose movement is told (None: there is none)."""

    now: Shown
    moving: Shown | None

    @property
    def indicator(self) -> Indicator:
        """The indicator."""
        return self.now.view.indicator

    @property
    def row(self) -> dict[str, Any]:
        """The unit's row of the ranking."""
        return self.now.mine

    @property
    def target(self) -> Target | None:
        """The target in force for the unit."""
        return self.now.targets.get(self.now.view.mine)

    @cached_property
    def gap(self) -> Gap | None:
        """How far it is to the target; None without one."""
        if self.target is None:
            return None
        row = self.row
        return gap(self.indicator, row["numerator"], row["denominator"], self.target, row["value"])

    @property
    def state(self) -> Standing:
        """Where the unit stands to its target; near is known of rates only."""
        if self.indicator.form == "rate":
            return self.now.state(self.now.view.mine, self.row["value"])
        if self.gap is None or self.gap.met is None:
            return "none"
        return "reached" if self.gap.met else "missed"


def line(here: Live, wanted: Asked, indicator: Indicator) -> Line:
    """The unit's place by an indicator. ValueError where the unit has no peers on that day."""
    if wanted.group is None:
        raise ValueError(f"{wanted.unit} is not in force on {wanted.period.end}")
    group = wanted.group

    def ranked(period: Period) -> Shown:
        view = View(indicator=indicator, group=group, period=period, mine=wanted.unit)
        return shown(view, here)

    now = ranked(wanted.period)
    moving = now if wanted.moving == wanted.period else ranked(wanted.moving) if wanted.moving else None
    return Line(now=now, moving=moving)


def lines(here: Live, wanted: Asked) -> list[Line]:
    """A line for every indicator with a target for the unit, the worst first; then the usual ones that count
    anything, those first by which the unit stands low."""
    known = known_targets(here)
    kinds = [(wanted.unit, wanted.units.by_code[wanted.unit].kind)]
    aimed = {key for key in catalogue() if targets_in_force(known, kinds, key, wanted.period.end)}
    found = [line(here, wanted, catalogue()[key]) for key in catalogue() if key in aimed or key in _ALSO]
    return sorted([one for one in found if one.target or one.row["value"] is not None], key=_worst_first)


class Lines:
    """The lines of a view, found again only when the store holds other figures; for several visitors at once."""

    def __init__(self, wanted: Asked) -> None:
        self._wanted = wanted
        self._known: tuple[tuple[int, date] | None, list[Line]] = (None, [])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and self._wanted == other._wanted

    __hash__ = None  # type: ignore[assignment]

    def at(self, here: Live) -> list[Line]:
        """As `lines`."""
        state, found = self._known
        if state != (here.version, here.today):
            found = lines(here, self._wanted)
            self._known = (here.version, here.today), found
        return found


def _worst_first(one: Line) -> tuple[bool, int, float]:
    ranked = len(one.now.ranked)
    low = -one.row["rank"] / ranked if one.row["rank"] else 0.0
    points = one.gap.points if one.gap else None
    if points is None or one.target is None:
        return one.target is None, _WORST.index(one.state), low
    return False, _WORST.index(one.state), -abs(points) if one.state != "reached" else abs(points)


def share(row: dict[str, Any]) -> Share:
    """A row's numerator and denominator; nothing over nothing where there is none."""
    return Share(row["numerator"] or 0.0, row["denominator"] or 0.0)


@dataclass(frozen=True, kw_only=True)
class Change:
    """The unit's own figure before and now. `beyond`: 1 higher, -1 lower than chance explains, 0 within chance; None
    where that cannot be said, as of a count."""

    before: float
    now: float
    beyond: int | None


def change(here: Live, one: Line) -> Change | None:
    """How the unit's figure changed over the period whose movement is told; None where there is nothing to compare."""
    if one.moving is None:
        return None
    view, now = one.moving.view, one.moving.mine
    earlier = figures(here.counters, view.period.previous(), [view.indicator.key], units=[view.mine])
    before = earlier.row(0, named=True)
    if now["value"] is None or before["value"] is None:
        return None
    known = view.indicator.form == "rate" and before["denominator"] is not None and now["denominator"] is not None
    beyond = shifted(share(now), share(before)) if known else None
    return Change(before=before["value"], now=now["value"], beyond=beyond)
