"""Which unit misses its target at the end of the year, if the rest of it goes on as until now?

As much comes in on each working day as until now, and as much of it counts: the year ends at the rate of the year until
today. So a unit is told while that rate misses its target, with the rate that the rest of the year would need. It is
told anew before its time when the gap has grown by five points, or the target has become out of reach.
"""

from collections.abc import Iterator
from datetime import timedelta

from messages._contract import Finding, Rule
from messages._seen import Seen
from metrics import Indicator, Pace, gap, pace
from pages import _format
from pages._goals import goal_text
from pages._language import _
from pages._names import indicator_name
from recipients import RecipientSettings
from store.reads import Target

_GREW = 0.05  # of a rate: five percentage points
_OUT_OF_REACH = 1.0  # more than any gap of a rate can grow


def find(seen: Seen, recipient: RecipientSettings) -> Iterator[Finding]:
    """A finding for each of the recipient's units and each of its targets that is missed."""
    for unit, indicator, target in seen.own_goals(recipient):
        yield from _missed(seen, indicator, unit, target)


def _missed(seen: Seen, indicator: Indicator, unit: str, target: Target) -> Iterator[Finding]:
    found = pace(seen.counters, indicator.key, unit, seen.today, target)
    if found is None or found.denominator < max(seen.settings.ranking.minimum, 1):
        return
    missing = gap(indicator, found.numerator, found.denominator, target)
    if missing.met is not False or missing.points is None:
        return
    what = f"{seen.units.label(unit)} – {indicator_name(indicator, seen.today)}"
    yield Finding(
        subject=f"{unit} {indicator.key}",
        what=what,
        text=f"{what}: {_figures(indicator, found, target)}; {_rest(found)}",
        measure=abs(missing.points) + (_OUT_OF_REACH if found.reachable is False else 0.0),
        unit=unit,
        link=seen.link("my-unit", unit=unit, indicator=indicator.key),
    )


def _figures(indicator: Indicator, found: Pace, target: Target) -> str:
    return _(
        "{value} ({n}/{total}), target {target}",
        value=_format.figure(indicator, found.numerator / found.denominator),
        n=_format.number(found.numerator),
        total=_format.number(found.denominator),
        target=goal_text(target),
    )


def _rest(found: Pace) -> str:
    if found.needed_rate is None:
        return _("nothing more is to come this year.")
    if not found.reachable:
        return _("it can no longer be reached this year at the present pace.")
    return _("the rest of the year needs {rate}.", rate=_format.percent(found.needed_rate))


def _worse(told: float, now: float) -> bool:
    return now >= told + _GREW


RULE = Rule(
    title="Below target at the present pace",
    subject="Below target at the present pace ({n})",
    resolved="On target again ({n})",
    find=find,
    roles=frozenset({"leader", "staff", "analyst"}),
    remind=timedelta(days=7),
    worse=_worse,
)
