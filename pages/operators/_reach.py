"""Whether the targets that a district set its communes together reach the district's own; HTML."""

from metrics import Indicator, Reach, communes_reach
from pages import _format
from pages._badges import SHAPES, Standing
from pages._goals import goal_text
from pages._html import escape, table
from pages._language import _
from pages._live import Live
from pages._order import vietnamese_order
from pages._periods import period_text
from pages._units import Units
from store.reads import Target, targets


def reach(here: Live, units: Units, indicator: Indicator, told: dict[str, Target], chosen: str) -> str:
    """Every district with its communes' targets taken together; of the chosen one the communes, too."""
    known = targets(here.engine)
    districts = [unit for unit in units.by_code.values() if unit.kind == "huyen" and unit.code in told]
    rows = []
    for unit in sorted(districts, key=lambda unit: vietnamese_order(unit.name)):
        found = communes_reach(here.counters, unit.code, indicator.key, here.today, known)
        if found:
            rows.append([escape(unit.name), *_cells(indicator, told[unit.code], found, units, unit.code)])
    question = _("Do the communes' targets together reach their district's?")
    title = f'<h2 class="ioc-heading">{escape(question)}</h2>'
    if not rows:
        words = _("No district has a target of this indicator that its communes could reach together.")
        return f'{title}<p class="ioc-note">{escape(words)}</p>'
    head = [
        _("District"),
        _("Its target"),
        _("Communes with a target"),
        _("Together"),
        _("Enough?"),
        _("Dossiers: assigned / needed"),
        _("Its own office must reach"),
    ]
    note = _(
        "Together: the communes' targets, weighted by their share of the dossiers, the district's own office at the district's target. Needed: what the district's target asks of all its dossiers."  # noqa: E501
    )
    return (
        title
        + table(head, rows, figure=indicator.key)
        + f'<p class="ioc-note">{escape(note)}</p>'
        + _one(here, units, indicator, told, chosen)
    )


def _cells(indicator: Indicator, target: Target, found: Reach, units: Units, code: str) -> list[str]:
    communes = len(units.children(code))
    if len(found.without) == communes:
        assigned = f"0 / {_format.number(communes)}"
        return [escape(goal_text(target)), assigned, "", escape(_("not assigned to the communes yet")), "", ""]
    state: Standing = "none" if found.reached is None else "reached" if found.reached else "missed"
    words = {"none": _("nothing to count"), "reached": _("enough"), "missed": _("not enough")}
    own = _("no dossiers of its own") if found.own_needed_rate is None else _own(found.own_needed_rate)
    return [
        escape(goal_text(target)),
        f"{_format.number(communes - len(found.without))} / {_format.number(communes)}",
        escape(_format.percent(found.expected)),
        f'<span class="ioc-{state}">{SHAPES[state]} {escape(words[state])}</span>',
        _assigned(found),
        escape(own),
    ]


def _assigned(found: Reach) -> str:
    counts = f"{_format.number(found.assigned)} / {_format.number(found.needed)}"
    return f'{counts} <span class="ioc-small">{escape(period_text(found.period))}</span>'


def _own(rate: float) -> str:
    if rate > 1:
        return _("more than 100 %: not possible")
    return _format.percent(max(rate, 0.0))


def _one(here: Live, units: Units, indicator: Indicator, told: dict[str, Target], chosen: str) -> str:
    if chosen not in units.by_code or units.by_code[chosen].kind != "huyen":
        return ""
    rows = []
    for unit in sorted(units.children(chosen), key=lambda unit: vietnamese_order(unit.name)):
        target = told.get(unit.code)
        text = goal_text(target) if target else _("no target")
        rows.append([escape(unit.name), escape(text), escape(target.decision if target else "")])
    title = _("Communes of {district}", district=units.label(chosen))
    heads = [_("Commune"), _("Target"), _("Decision (number)")]
    return f'<h2 class="ioc-heading">{escape(title)}</h2>' + table(heads, rows, figure=indicator.key)
