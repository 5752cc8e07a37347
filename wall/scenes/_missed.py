"""Targets that will be missed at the present pace: what the rest of the year asks for is more than the last weeks did.

The pace of the cases is the year's (`metrics.pace`), that of the rate the last four weeks'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from metrics import Counters, Pace, Period, Share, catalogue, figures, pace, targets_in_force
from pages._units import UnitRow
from store.reads import Target

_DAYS = 28
_AT_LEAST, _AT_MOST = (">=", ">"), ("<=", "<")


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A unit that will miss its target: the rate that it needs from now on, and that of its last four weeks."""

    unit: str
    target: Target
    needed: float
    recent: float

    @property
    def gap(self) -> float:
        """How far the last weeks are from what is needed."""
        return abs(self.needed - self.recent)


def missed(
    counters: Counters, until: date, units: Sequence[UnitRow], targets: Sequence[Target], minimum: int
) -> Mapping[str, list[Missed]]:
    """Indicators to the units that will miss their target of the year, the furthest first; none that counts too little.

    `until`: the last local day that is over.
    """
    found: dict[str, list[Missed]] = {}
    for key in sorted({target.indicator for target in targets} & catalogue().keys()):
        in_force = targets_in_force(targets, [(unit.code, unit.kind) for unit in units], key, until)
        if in_force and (short := _short(counters, key, until, in_force, minimum)):
            found[key] = sorted(short, key=lambda one: (-one.gap, one.unit))
    return found


def _short(counters: Counters, key: str, until: date, in_force: Mapping[str, Target], minimum: int) -> list[Missed]:
    recent = figures(counters, Period.ending(until, _DAYS), [key], units=list(in_force))
    shares = {unit: Share(part or 0.0, whole or 0.0) for unit, part, whole in recent.select(_SHARE).iter_rows()}
    found = []
    for unit, target in in_force.items():
        rest, rate = pace(counters, key, unit, until, target), shares[unit].value
        if rest is None or rate is None or rest.denominator < max(minimum, 1):
            continue
        if rest.needed_rate is not None and misses(rest, rate, target.comparator):
            found.append(Missed(unit=unit, target=target, needed=rest.needed_rate, recent=rate))
    return found


_SHARE = ("unit", "numerator", "denominator")


def misses(rest: Pace, rate: float, comparator: str) -> bool:
    """Whether the rest of the year, at this rate, ends on the wrong side of the target."""
    if rest.needed_rate is None:
        return False
    if comparator in _AT_MOST:
        return rest.reachable is False or rate > rest.needed_rate
    return comparator in _AT_LEAST and (rest.reachable is False or rate < rest.needed_rate)
