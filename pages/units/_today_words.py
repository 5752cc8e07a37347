"""What handling dossiers does, in words: value and rank before and after, and that late ones stay late."""

from collections.abc import Mapping

from metrics import Forecast, Indicator, Standpoint, catalogue
from pages import _format
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages.units._today_view import OVERDUE, Foretold, Wanted, ends

_MOST_DIGITS = 3


def sentence(here: Live, asked: Wanted, held: Mapping[str, int], told: Mapping[str, Foretold]) -> str:
    """What to do today, and what it would bring. `told`: what handling the parts that hold anything would do."""
    due, overdue = held["1"], held["overdue"]
    begin = _until(here)
    if due:
        said = _("{begin}: {n} dossiers due", begin=begin, n=_format.number(due))
        said += _(", {n} already overdue", n=_format.number(overdue)) if overdue else _(", none overdue")
        return f"{said}; {_act(told['1'])}: {effect(asked, told['1'])}."
    if overdue:
        said = _("{begin}: no dossier due, {n} already overdue", begin=begin, n=_format.number(overdue))
        return f"{said}; {_act(told['overdue'])}: {late_effect(asked, told['overdue'])}."
    n = _format.number(held["5"])
    return _("{begin}: no dossier due, none overdue; {n} fall due within 5 working days.", begin=begin, n=n)


def _until(here: Live) -> str:
    """Today, or by the end of which day where today is a day off."""
    day = ends(here).working_day
    return _("Today") if day == here.today else _("By the end of {day}", day=_format.weekday(day))


def _act(told: Foretold) -> str:
    n = _format.number(told.dossiers)
    return _("handling these {n} overdue ones", n=n) if told.late else _("handling all {n} on time", n=n)


def done_now(told: Foretold) -> str:
    """The chosen dossiers, handled."""
    n, late = _format.number(told.dossiers), _format.number(told.late)
    if not told.late:
        return _("Handling these {n} dossiers on time", n=n)
    if told.late == told.dossiers:
        return _("Handling these {n} overdue dossiers", n=n)
    return _("Handling these {n} dossiers ({late} of them overdue)", n=n, late=late)


def effect(asked: Wanted, told: Foretold) -> str:
    """What happens to the indicator asked for, with the rank: 91,2 % → 94,0 %, rank 14 → 9."""
    return moved(asked.indicator, told.forecasts[asked.indicator.key], asked)


def late_effect(asked: Wanted, told: Foretold) -> str:
    """What handling overdue dossiers does: first that they are overdue no more."""
    if asked.indicator.key == OVERDUE:
        return effect(asked, told)
    fewer = _("overdue {change}", change=arrow(catalogue()[OVERDUE], told.forecasts[OVERDUE]))
    return f"{fewer}; {named_effect(asked, told)}"


def named_effect(asked: Wanted, told: Foretold) -> str:
    """What happens to the indicator asked for, with its name, which the words for "unchanged" hold already."""
    said = effect(asked, told)
    if not told.forecasts[asked.indicator.key].moves:
        return said
    return f"{indicator_name(asked.indicator, asked.period.end)} {said}"


def moved(indicator: Indicator, told: Forecast, asked: Wanted) -> str:
    """An indicator's value and rank, before and after."""
    if not told.moves:
        name = indicator_name(indicator, asked.period.end)
        return _("“{indicator}” does not change by completing dossiers", indicator=name)
    said = arrow(indicator, told)
    rank = _ranks(told)
    return f"{said}, {rank}" if rank else said


def arrow(indicator: Indicator, told: Forecast) -> str:
    """The value before and after, with as many decimals as it takes to see a difference."""
    before, after = told.before.value, told.after.value
    if indicator.form == "rate" and before is not None and after is not None:
        written = [(_format.percent(before, digits), _format.percent(after, digits)) for digits in _digits()]
        old, new = next((pair for pair in written if pair[0] != pair[1]), written[0])
    else:
        old, new = _format.figure(indicator, before), _format.figure(indicator, after)
    return f"{old} → {new}" if old != new else old


def _digits() -> range:
    return range(1, _MOST_DIGITS + 1)


def _ranks(told: Forecast) -> str:
    before, after = told.before, told.after
    if after.ranked < 2:
        return ""  # alone in its group
    if before.rank == after.rank:
        return _("rank {rank} unchanged", rank=after.rank) if after.rank else _unranked(after)
    return _("rank {before} → {after}", before=before.rank or "–", after=after.rank or "–")


def _unranked(after: Standpoint) -> str:
    return _("still too little to count to be ranked") if after.reason == "too_few" else ""


def possible(told: Forecast) -> str:
    """Of how many, and which ranks chance leaves possible afterwards; empty where nothing is ranked."""
    after = told.after
    if after.rank is None or after.ranked < 2:
        return ""
    said = _("of {n} ranked units", n=_format.number(after.ranked))
    if after.rank_low is None or after.rank_high is None:
        return said
    return said + "; " + _("possible ranks {low}–{high}", low=after.rank_low, high=after.rank_high)


def beside(asked: Wanted, told: Foretold) -> list[str]:
    """What it does to what is overdue, and to the rate that counts open dossiers too: name and effect, a line each."""
    said = []
    for key, forecast in told.forecasts.items():
        if key != asked.indicator.key and forecast.moves:
            indicator = catalogue()[key]
            said.append(f"{indicator_name(indicator, asked.period.end)}: {moved(indicator, forecast, asked)}")
    return said


def honest(asked: Wanted, told: Foretold) -> list[str]:
    """What must be said beside a forecast: that late dossiers stay late, and what a completion leaves open."""
    said = []
    if told.late and asked.indicator.key in ("on_time_rate", "early_rate"):
        words = _("{n} are overdue already: completed, they count as late; left undone, they stay overdue.")
        said.append(words.format(n=_format.number(told.late)))
    if asked.indicator.key == "e_result_rate":
        said.append(_("Counted as if the results were on paper; an electronic result counts for the rate."))
    if told.gone:
        said.append(_("No longer open: {names}.", names=", ".join(told.gone)))
    return said
