"""Which procedures hold a unit's figure back from its target, and by how many cases."""

from fractions import Fraction
from typing import NamedTuple

from metrics._breakdown import breakdown
from metrics._contract import Indicator
from metrics._counters import Counters
from metrics._period import Period
from metrics._target import exact
from store.reads import Target


class Behind(NamedTuple):
    """A procedure in a unit's figure. `missing`: by how many cases it falls short of what the target asks of its own
    number of cases; `share`: of the missing cases of all procedures that fall short."""

    code: str
    name: str
    numerator: float
    denominator: float | None
    missing: float
    share: float


def behind_target(
    counters: Counters, indicator: Indicator, unit: str, period: Period, target: Target | None, most: int = 3
) -> list[Behind]:
    """The procedures that fall short of the target, those with the most missing cases first, `most` of them.

    Without a target every case counts that is not as it should be. Empty where neither direction is better, for a
    count that must grow, and where the indicator is not made of dossiers. ValueError for an unknown unit.
    """
    lower = target.comparator.startswith("<") if target else indicator.better == "lower"
    if indicator.better is None or (indicator.denominator is None and not lower):
        return []
    wanted = exact(target.value) if target and indicator.denominator else Fraction(0 if lower else 1)
    found = []
    for code, name, numerator, denominator, _value in breakdown(counters, indicator.key, unit, period).iter_rows():
        hits, asked = exact(numerator), wanted * exact(denominator or 0)
        found.append((code, name, numerator, denominator, float(hits - asked if lower else asked - hits)))
    short = sorted((row for row in found if row[-1] > 0), key=lambda row: (-row[-1], row[0]))
    whole = sum(row[-1] for row in short)
    return [Behind(*row, share=row[-1] / whole) for row in short[:most]]
