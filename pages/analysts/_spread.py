"""How the figure of a place is spread over the units below it: its communes, else its districts, else its like."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pages import _format
from pages._badges import standing, standing_word
from pages._goals import goal_text
from pages._language import _
from pages._marks import Member
from pages._order import vietnamese_order
from pages._units import UnitRow
from pages.analysts._asked import HIDDEN, Figure
from pages.analysts._parts import counted, figure_text
from pages.analysts._place import figures_at
from pages.analysts._view import View
from store.reads import Target


@dataclass(frozen=True)
class Spread:
    """The units in Vietnamese order with their figures, and the values to be drawn as lines, with their words."""

    members: list[Member]
    figures: list[Figure]
    lines: list[tuple[float, str]]


def spread_over(view: View) -> Spread:
    """The units over which a place is spread. Those with too little to be ranked have no state."""
    units = sorted(_units(view), key=lambda unit: vietnamese_order(view.units.label(unit.code)))
    place = replace(view.place, own=False)
    figures = [
        HIDDEN if view.hidden(replace(place, unit=unit.code)) else figure
        for unit, figure in zip(
            units, figures_at(view.asked, place, [unit.code for unit in units], view.period), strict=True
        )
    ]
    members = [_member(view, unit, figure) for unit, figure in zip(units, figures, strict=True)]
    own = [(one.value, f"{one.name}: {one.text}") for one in members if one.own and one.value is not None]
    return Spread(members, figures, [*own, *_lines(view, units)])


def _units(view: View) -> list[UnitRow]:
    """The communes under the place; without any the units under it; without these its like under the same unit."""
    own = view.units.by_code[view.place.unit]
    below = [view.units.by_code[code] for code in view.units.subtree(own.code)[1:]]
    communes = [unit for unit in below if unit.kind == "xa"]
    if own.kind == "xa" or not below:
        above = own.parent_code if own.parent_code in view.units.by_code else None
        return [unit for unit in view.units.by_code.values() if unit.kind == own.kind and unit.parent_code == above]
    return communes or below


def _member(view: View, unit: UnitRow, figure: Figure) -> Member:
    target = _target(view, unit.code)
    few = _few(view, figure)
    judged = standing(figure.value, target.value, target.comparator) if target and not few else "none"
    return Member(
        code=unit.code,
        name=view.units.label(unit.code),
        value=figure.value,
        text=figure_text(view.indicator, figure),
        n=counted(figure, view.indicator) if view.indicator.denominator else "",
        state=judged,
        state_text=_state_text(figure, few=few, state=standing_word(judged) if judged != "none" else ""),
        href=view.to(replace(view.place, unit=unit.code, own=False)),
        own=unit.code == view.place.unit,
    )


def _few(view: View, figure: Figure) -> bool:
    rate = view.indicator.form == "rate"
    return rate and (figure.denominator or 0.0) < view.here.settings.ranking.minimum


def _state_text(figure: Figure, *, few: bool, state: str) -> str:
    if figure.value is None:
        return ""
    return _("too few dossiers") if few else state


def _target(view: View, code: str) -> Target | None:
    """The unit's own target, else that of the nearest unit above it; of rates as a whole only."""
    if view.indicator.form != "rate" or view.place.field or view.place.procedure:
        return None
    upwards = [unit.code for unit in reversed(view.units.path(code))]
    return next((view.targets[above] for above in upwards if above in view.targets), None)


def _lines(view: View, units: Sequence[UnitRow]) -> list[tuple[float, str]]:
    """The place's own value of a rate or mean, and the targets; no more than two of these."""
    found = {target.value: goal_text(target) for unit in units if (target := _target(view, unit.code))}
    targets = [(value, _("target {target}", target=text)) for value, text in found.items()]
    whole = view.figure(replace(view.place, own=False))
    if not view.indicator.denominator or whole.value is None or any(unit.code == view.place.unit for unit in units):
        return targets[:2]
    name = view.name_of(replace(view.place, own=False))
    return [(whole.value, f"{name}: {_format.figure(view.indicator, whole.value)}"), *targets[:2]]
