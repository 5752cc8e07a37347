"""One headline figure of a unit as a block: shared by the scenes.

A scene asks `headline` in its `look` and `headline_block` in its `compose`.
"""

from dataclasses import dataclass
from datetime import date

from metrics import Indicator, Period, Signal, catalogue, figures, is_standing, moved, weekly
from pages import _format
from pages._badges import Standing, standing, standing_word
from pages._goals import compared_text, goals
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._units import Units
from store.reads import Target
from wall.blocks import Figure, Mark, Place, Span, Tone
from wall.freshness import mark_of
from wall.scenes._short import short_indicator

_TREND_WEEKS = 13
_STANDING_TONES: dict[str, Tone] = {"reached": "good", "near": "warn", "missed": "bad", "none": ""}


@dataclass(frozen=True, kw_only=True)
class Headline:
    """An indicator of a unit: the year to date (a stock: today), its last weeks, whether it moved, its target."""

    indicator: Indicator
    day: date
    numerator: float | None
    denominator: float | None
    value: float | None
    weeks: tuple[float | None, ...]
    signal: Signal
    target: Target | None

    @property
    def state(self) -> Standing:
        """Where the value stands to its target."""
        return standing(self.value, self.target.value, self.target.comparator) if self.target else "none"


def headline(here: Live, key: str, unit: str, units: Units, *, among: int = 1) -> Headline:
    """The figure of a unit's subtree as of the clock's day. `among`: how many figures are looked at together."""
    counters, today = here.counters, here.today
    row = figures(counters, Period.year_to_date(today), [key], units=[unit]).row(0, named=True)
    return Headline(
        indicator=catalogue()[key],
        day=today,
        numerator=row["numerator"],
        denominator=row["denominator"],
        value=row["value"],
        weeks=tuple(weekly(counters, key, unit, today)[-_TREND_WEEKS:]),
        signal=moved(counters, key, unit, today, among=among),
        target=goals(here.engine, key, today, units).get(unit),
    )


def headline_block(
    found: Headline, here: Live, at: Place, *, title: str = "", n: str = "", mark: Mark | None = None
) -> Figure:
    """The block. `title`, `n`, `mark`: where they are not the indicator's name, what it counts, its sources' state."""
    target = found.target
    value, unit = written(found.indicator, found.value)
    return Figure(
        at=at,
        mark=mark or mark_of(here, found.indicator.key),
        figure=found.indicator.key,
        title=title or indicator_name(found.indicator, found.day),
        value=value,
        unit=unit,
        standing=standing(found.value, target.value, target.comparator) if target else "none",
        standing_text=standing_word(standing(found.value, target.value, target.comparator)) if target else "",
        target=_("target {goal}", goal=compared_text(target.indicator, target.comparator, target.value))
        if target
        else "",
        change=change_words(found),
        n=n or counted(found),
        trend=found.weeks,
        goal=target.value if target else None,
    )


def written(indicator: Indicator, value: float | None) -> tuple[str, str]:
    """A value and the unit that stands small behind it: ("52,4", "%"); ("–", "") where there is nothing to count."""
    if value is None:
        return "–", ""
    if indicator.form == "rate":
        return _format.number(value * 100, 1), "%"
    units = {"count": "", "days": _("days"), "hours": _("hours")}
    return _format.number(value, 0 if indicator.form == "count" else 1), units[indicator.form]


def change_words(found: Headline) -> str:
    """How the last four weeks differ from those before, by the rule of `metrics._chart`, or that they do not."""
    signal = found.signal
    if not signal.enough or signal.now is None or signal.center is None:
        return _("too few weeks to compare")
    if not signal.direction:
        return _("no notable change")
    amount = _amount(found.indicator, abs(signal.now - signal.center))
    return (
        _("up {amount} in 4 weeks", amount=amount)
        if signal.direction > 0
        else _("down {amount} in 4 weeks", amount=amount)
    )


def change_clause(found: Headline) -> str:
    """The same within a sentence, behind what it is said of: ", tăng so với trước"; empty while too little is known."""
    if not found.signal.enough:
        return ""
    words = {1: _("up on before"), -1: _("down on before"), 0: _("no notable change")}
    return f", {words[found.signal.direction]}"


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


def target_span(found: Headline) -> Span | None:
    """Whether it reaches its target, as a piece of a sentence: "hồ sơ trực tuyến đạt chỉ tiêu"; None without one."""
    if found.target is None or found.value is None:
        return None
    name = short_indicator(found.indicator, found.day)
    words = {
        "reached": _("{name} reaches the target", name=name),
        "near": _("{name} is near the target", name=name),
        "missed": _("{name} misses the target", name=name),
    }
    return Span(words[found.state], _STANDING_TONES[found.state])


def _amount(indicator: Indicator, change: float) -> str:
    if indicator.form == "rate":
        return _("{n} points", n=_format.number(change * 100, 1))
    amount = _format.number(change, 0 if indicator.form == "count" and change >= 1 else 1)
    return amount if is_standing(indicator) else _("{n} a week", n=amount)
