"""The visitor's own unit: why it moved, what is missing to its target, and what the rest of the year must bring."""

from typing import Any

from metrics import Gap, Indicator, Period, gap, pace
from pages import _format
from pages._goals import goal_text
from pages._html import escape
from pages._language import _
from pages._live import Live
from pages.units._view import Shown
from store.reads import Target


def parts_in_words(row: dict[str, Any]) -> str:
    """A movement and its parts: tăng 3 bậc: tự thân +4, đơn vị khác −1; empty for a unit not ranked before."""
    if row["own_change"] is None:
        return ""
    moved = row["previous_rank"] - row["rank"]
    whole = _("up {n}", n=moved) if moved > 0 else _("down {n}", n=-moved) if moved else _("unchanged")
    names = {
        "own_change": _("own change"),
        "others_change": _("others' change"),
        "entered": _("newly ranked"),
        "left": _("no longer ranked"),
    }
    parts = [f"{name} {_format.signed(row[part])}" for part, name in names.items() if row[part]]
    return f"{whole}: {', '.join(parts)}" if parts else whole


def my_unit(shown: Shown, here: Live) -> str:
    """What the visitor's unit should know, as a list in HTML."""
    row = shown.mine
    said = [_movement(shown, row), *to_target(shown, row, here)]
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in said if sentence)
    return f'<ul class="ioc-said">{items}</ul>' if items else ""


def _movement(shown: Shown, row: dict[str, Any]) -> str:
    if not shown.compared or row["rank"] is None:
        return ""
    told = parts_in_words(row) or _("newly ranked")
    return _("Movement against the period before: {told}.", told=told)


def to_target(shown: Shown, row: dict[str, Any], here: Live) -> list[str]:
    """How far it is to the target, by how many cases, and at which rate the rest of the year must go."""
    target, indicator = shown.targets.get(shown.view.mine), shown.view.indicator
    if target is None:
        return [_("No target is in force for this unit.")]
    found = gap(indicator, row["numerator"], row["denominator"], target, row["value"])
    if found.points is None:
        return [_("Target {target}: nothing to count yet.", target=goal_text(target))]
    over = _format.difference(indicator, found.points)
    if found.met:
        told = [_("Target {target} reached: {over} against it.", target=goal_text(target), over=over)]
    else:
        away = over.lstrip("+−")
        told = [_("Target {target} not reached: {away} away from it.", target=goal_text(target), away=away)]
        told += _cases(found, indicator)
    return [*told, _rest(shown, target, here)]


def _cases(found: Gap, indicator: Indicator) -> list[str]:
    """Further cases, and cases to be handled otherwise, until the target is reached."""
    said = []
    better = indicator.better != "lower"
    if found.dossiers_needed is not None:
        words = (
            _("{n} further {cases} that count for it would reach the target, all else equal.")
            if better
            else _("{n} further {cases} that do not count against it would reach the target, all else equal.")
        )
        said.append(words.format(n=_format.number(found.dossiers_needed), cases=counted_word(indicator)))
    if found.dossiers_converted is not None:
        words = _("Or {n} of the {cases} of this period, had they been handled as the target asks.")
        said.append(words.format(n=_format.number(found.dossiers_converted), cases=counted_word(indicator)))
    return said


def counted_word(indicator: Indicator) -> str:
    """What an indicator counts, in the plural."""
    words = {"dossiers": _("dossiers"), "documents": _("documents"), "ratings": _("ratings")}
    return words.get(indicator.counted, _("cases"))


def _rest(shown: Shown, target: Target, here: Live) -> str:
    """The rate that the rest of the year needs, seen from today; empty where the year is over or the days do not add
    up to it."""
    day = min(shown.view.period.end, here.today)
    indicator = shown.view.indicator
    found = pace(here.counters, indicator.key, shown.view.mine, day, target)
    if found is None or found.needed_rate is None:
        return ""
    until = _format.day(Period.year_of(day).end)
    n, days = _format.number(found.expected_denominator), _format.number(found.working_days_left)
    if not found.reachable:
        return _(
            "The whole year can no longer reach it: about {n} {cases} are still to come in {days} working days until {until}.",  # noqa: E501
            n=n,
            days=days,
            until=until,
            cases=counted_word(indicator),
        )
    words = (
        _("Until {until} ({days} working days, about {n} {cases}) the rate must be {rate} at most.")
        if target.comparator.startswith("<")
        else _("Until {until} ({days} working days, about {n} {cases}) the rate must be {rate} at least.")
    )
    return words.format(
        until=until, days=days, n=n, cases=counted_word(indicator), rate=_format.percent(found.needed_rate)
    )
