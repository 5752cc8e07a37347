"""*Chance or change* in words: one sentence of the group, one of the unit, and what each row is."""

from collections.abc import Sequence

from metrics import Indicator, Spot, Step
from pages import _format
from pages._language import _
from pages._names import short_name
from pages._small import rule
from pages.analysts._chance_view import Found, Row
from pages.units._view import group_name

_MOST_NAMED = 3
_MOST_ODD = 3


def group_sentence(found: Found) -> str:
    """How many units differ from their group by more than chance explains; or why nobody can say."""
    funnel = found.funnel
    if funnel is None:
        return why_none(found)
    kind = group_name(found.view.group)
    words = {
        "all": _format.number(funnel.among),
        "kind": kind[:1].lower() + kind[1:],
        "rate": _format.percent(funnel.whole.value),
    }
    named = sum(bool(row.spot.named) for row in found.rows)
    if not named:
        return _("None of {all} {kind} differs from the group's {rate} by more than chance explains.", **words)
    return _(
        "{n} of {all} {kind} truly differ from the group's {rate}, {rest} lie within chance.",
        n=_format.number(named),
        rest=_format.number(funnel.among - named),
        **words,
    )


def who_differs(found: Found) -> str:
    """Which units lie outside, the furthest first; empty where none does."""
    above, below = ([row for row in found.rows if row.spot.named == side] for side in (1, -1))
    parts = [_("Higher: {names}.", names=_names(above))] if above else []
    parts += [_("Lower: {names}.", names=_names(below))] if below else []
    return " ".join(parts)


def beyond_998(found: Found) -> str:
    """How many lie outside the 99.8 % limits, and how many chance alone would leave there; empty without a funnel."""
    if found.funnel is None:
        return ""
    outside = sum(bool(spot.at_998) for spot in found.funnel.spots)
    return _(
        "{n} of {all} lie outside the 99.8 % limits; chance alone would leave about {expected} there.",
        n=_format.number(outside),
        all=_format.number(found.funnel.among),
        expected=_format.number(found.funnel.among * 0.002, 2),
    )


def _names(rows: Sequence[Row]) -> str:
    furthest = sorted(rows, key=lambda row: -abs(row.value - (row.at_998.low + row.at_998.high) / 2))
    told = ", ".join(f"{short_name(row.name)} {_format.percent(row.value)}" for row in furthest[:_MOST_NAMED])
    more = len(rows) - _MOST_NAMED
    return told + (" " + _("and {n} more", n=_format.number(more)) if more > 0 else "")


def why_none(found: Found) -> str:
    """Why there is no funnel for this indicator."""
    indicator = found.view.indicator
    if indicator.denominator is None and indicator.form == "count":
        return _(
            "A count has no denominator: large units count more, and that is no chance. So there is no funnel plot."
        )
    if indicator.form != "rate":
        return _("A mean is no share of cases: a funnel plot knows the chance of shares only.")
    return _("Fewer than two of these units have anything to count: there is nothing to compare.")


def course_sentence(found: Found) -> str:
    """Whether the unit's last four weeks or months differ from those before, and since when."""
    if found.untold:
        return rule()
    if found.course is None:
        return _("{unit} was not there on {day}.", unit=found.name, day=_format.day(found.until))
    signal, indicator = found.course.signal, found.view.indicator
    if not found.course.steps:
        return f"{found.name}: {_format.nothing()}."
    monthly = found.wanted.by == "month"
    if not signal.enough:
        if monthly:
            return _(
                "{unit}: too few months are known to tell chance from change (12 before the last 4).", unit=found.name
            )
        return _("{unit}: too few weeks are known to tell chance from change (12 before the last 4).", unit=found.name)
    words = {
        "unit": found.name,
        "now": _format.figure(indicator, signal.now),
        "before": _format.figure(indicator, signal.center),
        "since": _format.day(found.course.since) if found.course.since else "",
    }
    said = _verdict(signal.direction, drifting=found.course.drifting, monthly=monthly)
    return said.format(**words)


def _verdict(direction: int, *, drifting: bool, monthly: bool) -> str:
    if not direction and monthly:
        return _("{unit}: no notable change; the last 4 months {now}, before {before}, within chance.")
    if not direction:
        return _("{unit}: no notable change; the last 4 weeks {now}, before {before}, within chance.")
    if drifting:
        up, down = (
            _("{unit}: rising slowly but surely, from {before} to {now}."),
            _("{unit}: falling slowly but surely, from {before} to {now}."),
        )
    else:
        up, down = (
            _("{unit}: higher since {since}, {now} against {before} before, more than chance explains."),
            _("{unit}: lower since {since}, {now} against {before} before, more than chance explains."),
        )
    return up if direction > 0 else down


def odd_sentence(found: Found) -> str:
    """The single weeks or months beyond their limits, the newest first; empty where limits are not known."""
    if found.course is None or found.course.single is None:
        return ""
    odd = [step for step in reversed(found.course.steps) if step.odd]
    if not odd:
        return (
            _("No single month lies beyond its limits.")
            if found.wanted.by == "month"
            else _("No single week lies beyond its limits.")
        )
    told = ", ".join(
        f"{step_name(step, found)} ({_format.figure(found.view.indicator, step.value)})" for step in odd[:_MOST_ODD]
    )
    more = " …" if len(odd) > _MOST_ODD else "."
    return _("Single values beyond their limits: {names}", names=told) + more


def step_name(step: Step, found: Found) -> str:
    """11/2021 of a month; 03/12 – 09/12/2021 of a week."""
    if found.wanted.by == "month":
        return f"{step.period.start.month:02}/{step.period.start.year}"
    return f"{_format.day(step.period.start)[:5]} – {_format.day(step.period.end)}"


def judged(spot: Spot) -> tuple[str, str]:
    """Shape and words of where a unit lies."""
    if spot.named:
        return ("▲", _("higher than chance explains")) if spot.named > 0 else ("▼", _("lower than chance explains"))
    if spot.at_998:
        return "○", _("outside 99.8 %, too little to name among so many")
    if spot.at_95:
        return "○", _("outside 95 %, still within chance")
    return "●", _("within chance")


def odd_words(step: Step, *, limited: bool) -> tuple[str, str]:
    """Shape and words of where a single week or month lies; `limited`: whether limits are known."""
    if step.value is None:
        return "–", _format.nothing()
    if not limited:
        return "–", _("no limits yet")
    if step.odd:
        return ("▲", _("above the limits")) if step.odd > 0 else ("▼", _("below the limits"))
    return "●", _("within the limits")


def good(side: int, indicator: Indicator) -> bool | None:
    """Whether a side is the good one; None where it is neither."""
    return None if not side or indicator.better is None else (side > 0) == (indicator.better == "higher")
