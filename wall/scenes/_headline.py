"""One headline figure of a unit as a block: shared by the scenes.

A scene asks `headline` in its `look` and `headline_block` in its `compose`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from metrics import TOGETHER, Counters, Indicator, Period, Signal, catalogue, figure, individuals, is_standing, weekly
from pages import _format
from pages._badges import Standing, standing, standing_word
from pages._goals import SIGNS
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from store.reads import Target
from wall.blocks import Figure, Mark, Place
from wall.freshness import mark_of
from wall.scenes._targets import goals_today

_LATEST, _BEFORE = 28, 168  # days


@dataclass(frozen=True, kw_only=True)
class Headline:
    """An indicator of a unit: the year to date (a state: today), its weeks up to yesterday, old to new, its target.

    `signal`: whether the last four of them differ from those before by more than chance explains; `change`: by how much
    (of what happens and is counted: a week); 0 where it is no change.
    """

    indicator: Indicator
    day: date
    numerator: float | None
    denominator: float | None
    value: float | None
    weeks: tuple[float | None, ...]
    signal: Signal
    change: float
    target: Target | None

    @property
    def state(self) -> Standing:
        """Where the value stands to its target."""
        return standing(self.value, self.target.value, self.target.comparator) if self.target else "none"


class _Course(NamedTuple):
    """What `Headline` tells of the weeks until a day."""

    weeks: tuple[float | None, ...]
    signal: Signal
    change: float


def headline(here: Live, key: str, unit: str) -> Headline:
    """The figure of a unit's subtree as of the clock's day."""
    counters, today, indicator = here.counters, here.today, catalogue()[key]
    found = figure(counters, Period.year_to_date(today), key, unit)
    over = today - timedelta(days=1)
    course = counters.remembered(("course", key, unit, over), over, lambda: _course(counters, key, unit, over))
    return Headline(
        indicator=indicator,
        day=today,
        numerator=found.numerator,
        denominator=found.denominator,
        value=found.value,
        weeks=course.weeks,
        signal=course.signal,
        change=course.change,
        target=goals_today(here, key).get(unit),
    )


def _course(counters: Counters, key: str, unit: str, until: date) -> _Course:
    indicator, weeks = catalogue()[key], _weeks(counters, key, unit, until)
    signal = individuals(weeks, among=TOGETHER, standing=is_standing(indicator))
    return _Course(weeks, signal, _change(counters, indicator, unit, signal, until))


def _weeks(counters: Counters, key: str, unit: str, until: date) -> tuple[float | None, ...]:
    """None where the unit was not there yet: the day that is not over counts in no week."""
    known = unit in counters.codes_on(until)
    return tuple(weekly(counters, key, unit, until)) if known else ()


def _change(counters: Counters, indicator: Indicator, unit: str, signal: Signal, until: date) -> float:
    """Of a rate the difference of sums over sums, never of means of rates; 0 where it contradicts the signal."""
    if not signal.direction or signal.now is None or signal.center is None:
        return 0.0
    change = signal.now - signal.center
    if indicator.form != "count" and not is_standing(indicator):
        now = Period.ending(until, _LATEST)
        before = Period.ending(now.start - timedelta(days=1), _BEFORE)
        value, former = (figure(counters, period, indicator.key, unit).value for period in (now, before))
        change = value - former if value is not None and former is not None else 0.0
    return change if change * signal.direction > 0 else 0.0


def headline_block(
    found: Headline, here: Live, at: Place, *, title: str = "", n: str = "", mark: Mark | None = None
) -> Figure:
    """The block. `title`, `n`, `mark`: where they are not the indicator's name, what it counts, its sources' state."""
    target, mark = found.target, mark or mark_of(here, found.indicator.key)
    # A zero of a source that was never read is nobody's zero.
    value, unit = written(found.indicator, found.value or None if mark.fresh == "unknown" else found.value)
    return Figure(
        at=at,
        mark=mark,
        figure=found.indicator.key,
        title=title or indicator_name(found.indicator, found.day),
        value=value,
        unit=unit,
        standing=found.state,
        standing_text=standing_word(found.state) if found.state != "none" else "",
        target=_("target {value}", value=goal_words(target)) if target else "",
        change=change_words(found),
        n=n or counted(found),
        trend=[None if week is None else float(f"{week:.4g}") for week in found.weeks],  # what a line can show
        goal=target.value if target else None,
    )


def written(indicator: Indicator, value: float | None) -> tuple[str, str]:
    """A value and the unit that stands small behind it: ("52,4", "%"); ("–", "") where there is nothing to count."""
    if value is None:
        return "–", ""
    if indicator.form == "rate":
        return _format.number(value * 100, 1), "%"
    if indicator.form == "count":
        counted = {"dossiers": _("dossiers"), "meetings": _("meetings"), "points": _("points")}
        return _format.number(value), counted.get(indicator.counted, "")
    return _format.number(value, 1), _("days") if indicator.form == "days" else _("hours")


def goal_words(target: Target) -> str:
    """A target as it is said: 51 %; where less is better ≤ 5 %."""
    value = _format.target_value(target.indicator, target.value)
    return value if target.comparator == ">=" else f"{SIGNS[target.comparator]} {value}"


def change_words(found: Headline) -> str:
    """How the last four weeks differ from those before, by the rule of `metrics._chart`, or that they do not."""
    if not found.signal.enough:
        return _("not enough weeks are known")
    if not found.change:
        return _("no notable change")
    return _("4 weeks: {change}", change=amount(found))


def counted(found: Headline) -> str:
    """What the figure counts: numerator / denominator with what they are; empty for a count."""
    if found.denominator is None or found.numerator is None:
        return ""
    words = {
        "documents": _("{part} / {n} documents"),
        "procedures": _("{part} / {n} procedures"),
        "units": _("{part} / {n} units"),
        "meetings": _("{part} / {n} meetings"),
        "points": _("{part} / {n} points"),
    }
    text = (
        _("{part} / {n} ratings")
        if found.indicator.key == "satisfaction_rate"
        else words.get(found.indicator.counted, _("{part} / {n} dossiers"))
    )
    return text.format(part=_format.number(found.numerator), n=_format.number(found.denominator))


def amount(found: Headline) -> str:
    """The change with its sign, as written: +1,8 điểm %; +38; +4,2 a week."""
    if found.indicator.form == "rate":
        return _format.points(found.change)
    text = _format.signed(found.change, 0 if abs(found.change) >= 1 else 1)
    return text if is_standing(found.indicator) else _("{n} a week", n=text)


def better(found: Headline) -> bool | None:
    """Whether it changed to the good side; None where it did not change, or neither side is good."""
    if not found.change or found.indicator.better is None:
        return None
    return (found.change > 0) == (found.indicator.better == "higher")
