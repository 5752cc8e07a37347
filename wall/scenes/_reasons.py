"""Why something moved: the field, or the unit below, that brought most of a change."""

from dataclasses import dataclass

from metrics import Counters, Period, Share, breakdown, catalogue, contributions, is_standing
from pages._units import Units
from wall.scenes._moves import WEEK, Compared, Move, Windows, pairs_of


@dataclass(frozen=True, kw_only=True)
class Reason:
    """The part that brought most of a change, and how much of it: points of the rate; of a count, per week."""

    name: str
    change: float


def reason(move: Move, counters: Counters, periods: Windows, units: Units) -> Reason | None:
    """What brought most of the move; None where it cannot be taken apart.

    The whole is taken apart by the units below it, a unit by the fields of its dossiers, else by the units below.
    """
    brought = {} if move.whole else _by_field(move, counters, periods)
    brought = brought or _by_unit(move, counters, periods, units)
    if not brought:
        return None
    name, change = max(brought.items(), key=lambda part: (part[1] * move.direction, part[0]))
    return Reason(name=name, change=change) if change * move.direction > 0 else None


def _by_field(move: Move, counters: Counters, periods: Windows) -> dict[str, float]:
    now, before = (_fields(move, counters, period) for period in (periods.now, periods.before))
    return contributions(now, before)


def _fields(move: Move, counters: Counters, period: Period) -> dict[str, Share]:
    """Names of fields to their shares: a field may have a code at each tier."""
    summed: dict[str, Share] = {}
    rows = breakdown(counters, move.key, move.unit, period, "field").select("name", "numerator", "denominator")
    for name, part, whole in rows.iter_rows():
        held = summed.get(name, Share(0.0, 0.0))
        summed[name] = Share(held.numerator + part, held.denominator + (whole or 0.0))
    return summed


def _by_unit(move: Move, counters: Counters, periods: Windows, units: Units) -> dict[str, float]:
    indicator = catalogue()[move.key]
    below = [unit.code for unit in units.children(move.unit)]
    pairs = pairs_of(counters, periods, [move.key], below) if below else []
    if indicator.form == "rate":
        now, before = {one.unit: one.now for one in pairs}, {one.unit: one.before for one in pairs}
        brought = contributions(now, before)
    else:
        brought = {one.unit: _more(one, periods, standing=is_standing(indicator)) for one in pairs}
    return {units.by_code[code].name: change for code, change in brought.items()}


def _more(one: Compared, periods: Windows, *, standing: bool) -> float:
    """How much more of a count there is; of what happens, per week."""
    if standing:
        return one.now.numerator - one.before.numerator
    return WEEK * (one.now.numerator / periods.now.days - one.before.numerator / periods.before.days)
