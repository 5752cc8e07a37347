"""Whether the targets that a district set its communes together reach the district's own; HTML."""

from collections.abc import Mapping

import polars as pl

from exports.viewed import Table
from metrics import Indicator, Reach, communes_reach
from pages import _format
from pages._badges import SHAPES, Standing
from pages._goals import goal_text, known_targets
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._live import Live
from pages._order import vietnamese_order
from pages._periods import period_text
from pages._taken import Columns, table_of
from pages._units import UnitRow, Units
from store.reads import Target


def reach(here: Live, units: Units, indicator: Indicator, told: dict[str, Target], chosen: str) -> str:
    """Every district with its communes' targets taken together; of the chosen one the communes, too."""
    rows = [
        [escape(unit.name), *_cells(told[unit.code], found, units, unit.code)]
        for unit, found in _reaches(here, units, indicator, told)
    ]
    title = h2(_question())
    if not rows:
        words = _("No district has a target of this indicator that its communes could reach together.")
        return title + remark(words)
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
    return title + table(head, rows, figure=indicator.key) + remark(note) + _one(units, indicator, told, chosen)


def _cells(target: Target, found: Reach, units: Units, code: str) -> list[str]:
    communes = len(units.children(code))
    if len(found.without) == communes:
        assigned = f"0 / {_format.number(communes)}"
        return [escape(goal_text(target)), assigned, "", escape(_("not assigned to the communes yet")), "", ""]
    state, words = _enough(found)
    own = _("no dossiers of its own") if found.own_needed_rate is None else _own(found.own_needed_rate)
    return [
        escape(goal_text(target)),
        f"{_format.number(communes - len(found.without))} / {_format.number(communes)}",
        escape(_format.percent(found.expected)),
        f'<span class="ioc-{state}">{SHAPES[state]} {escape(words)}</span>',
        _assigned(found),
        escape(own),
    ]


def _enough(found: Reach) -> tuple[Standing, str]:
    state: Standing = "none" if found.reached is None else "reached" if found.reached else "missed"
    words = {"none": _("nothing to count"), "reached": _("enough"), "missed": _("not enough")}
    return state, words[state]


def _assigned(found: Reach) -> str:
    counts = f"{_format.number(found.assigned)} / {_format.number(found.needed)}"
    return f'{counts} <span class="ioc-small">{escape(period_text(found.period))}</span>'


def _own(rate: float) -> str:
    if rate > 1:
        return _("more than 100 %: not possible")
    return _format.percent(max(rate, 0.0))


def _question() -> str:
    return _("Do the communes' targets together reach their district's?")


def _reaches(here: Live, units: Units, indicator: Indicator, told: Mapping[str, Target]) -> list[tuple[UnitRow, Reach]]:
    """The districts whose target of the indicator their communes could reach together, by name."""
    known = known_targets(here)
    districts = [unit for unit in units.by_code.values() if unit.kind == "huyen" and unit.code in told]
    districts.sort(key=lambda unit: vietnamese_order(unit.name))
    asked = ((unit, communes_reach(here.counters, unit.code, indicator.key, here.today, known)) for unit in districts)
    return [(unit, found) for unit, found in asked if found]


def reach_tables(
    here: Live, units: Units, indicator: Indicator, told: Mapping[str, Target], chosen: str
) -> list[Table]:
    """The same as tables to be taken away; none where there is nothing to say."""
    columns: Columns = {
        "unit": (pl.String, _("Unit code")),
        "name": (pl.String, _("District")),
        "target": (pl.String, _("Its target")),
        "assigned": (pl.Int64, _("Communes with a target")),
        "communes": (pl.Int64, _("Communes")),
        "expected": (pl.Float64, _("Together")),
        "enough": (pl.String, _("Enough?")),
        "dossiers_assigned": (pl.Float64, _("Dossiers assigned")),
        "dossiers_needed": (pl.Float64, _("Dossiers needed")),
        "own_needed_rate": (pl.Float64, _("Its own office must reach")),
    }
    rows = [_taken(unit, told[unit.code], found, units) for unit, found in _reaches(here, units, indicator, told)]
    found = [table_of(_question(), rows, columns, ["expected", "own_needed_rate"])] if rows else []
    if chosen:
        title = _("Communes of {district}", district=units.label(chosen))
        heads: Columns = {
            "unit": (pl.String, _("Unit code")),
            "name": (pl.String, _("Commune")),
            "target": (pl.String, _("Target")),
            "decision": (pl.String, _("Decision (number)")),
        }
        found.append(table_of(title, _communes(units, told, chosen), heads))
    return found


def _taken(unit: UnitRow, target: Target, found: Reach, units: Units) -> tuple[object, ...]:
    communes = len(units.children(unit.code))
    said = (unit.code, unit.name, goal_text(target), communes - len(found.without), communes)
    if len(found.without) == communes:
        return (*said, None, _("not assigned to the communes yet"), None, None, None)
    return (*said, found.expected, _enough(found)[1], found.assigned, found.needed, found.own_needed_rate)


def _communes(units: Units, told: Mapping[str, Target], chosen: str) -> list[tuple[str, str, str, str]]:
    """Code, name, target and decision of each commune of the district."""
    found = []
    for unit in sorted(units.children(chosen), key=lambda unit: vietnamese_order(unit.name)):
        target = told.get(unit.code)
        said = goal_text(target) if target else _("no target")
        found.append((unit.code, unit.name, said, target.decision if target else ""))
    return found


def _one(units: Units, indicator: Indicator, told: dict[str, Target], chosen: str) -> str:
    if chosen not in units.by_code or units.by_code[chosen].kind != "huyen":
        return ""
    rows = [[escape(text) for text in row[1:]] for row in _communes(units, told, chosen)]
    title = _("Communes of {district}", district=units.label(chosen))
    heads = [_("Commune"), _("Target"), _("Decision (number)")]
    return h2(title) + table(heads, rows, figure=indicator.key)
