"""Into which rows Explore takes a figure apart: units, fields or procedures, in the order asked for."""

from dataclasses import dataclass, replace

from pages._language import _
from pages._order import vietnamese_order
from pages._units import UnitRow
from pages.analysts._asked import HIDDEN, Figure
from pages.analysts._compare import compared_parts
from pages.analysts._hidden import hidden_inside
from pages.analysts._place import Part, figure_at, parts_by, unit_parts
from pages.analysts._view import View

_KIND_ORDER = ("so", "huyen", "xa")


@dataclass(frozen=True)
class Parts:
    """The rows in their order, what they are called, and what each is held against (by code; empty: nothing)."""

    head: str
    rows: list[Part]
    compared: dict[str, float | None]


def parts_of(view: View) -> Parts:
    """The figure of the view taken apart as asked."""
    rows = [_kept(view, row) for row in (_units(view) if view.part == "unit" else _inside(view))]
    heads = {"unit": _("Unit"), "field": _("Field"), "procedure": _("Procedure")}
    # What a row was before could be hidden then.
    compared = {} if view.asked.hides else compared_parts(view, rows)
    return Parts(heads[view.part], _sorted(rows, view.sort), compared)


def _kept(view: View, row: Part) -> Part:
    """The row without its figure where that is hidden."""
    if view.part == "unit":
        hidden = view.hidden(replace(view.place, unit=row.code) if row.code else replace(view.place, own=True))
    else:
        hidden = hidden_inside(view.asked, view.place, view.period, view.part, row.code)
    return replace(row, figure=HIDDEN) if hidden else row


def _units(view: View) -> list[Part]:
    below = sorted(view.units.children(view.place.unit), key=_by_kind_and_name)
    parts = unit_parts(view.asked, view.place, [(unit.code, unit.name) for unit in below], view.period)
    itself = replace(view.place, own=True)
    own = figure_at(view.asked, itself, view.period)
    return [Part("", _("this unit itself"), own, itself if view.asked.plain else None), *parts]


def _inside(view: View) -> list[Part]:
    parts = parts_by(view.here.counters, view.place, view.indicator, view.period, view.part)
    named = [part if part.name else replace(part, name=_("without a field")) for part in parts]
    return sorted(named, key=lambda part: vietnamese_order(part.name))


def _by_kind_and_name(unit: UnitRow) -> tuple[int, object]:
    return (_KIND_ORDER.index(unit.kind) if unit.kind in _KIND_ORDER else len(_KIND_ORDER), vietnamese_order(unit.name))


def _sorted(parts: list[Part], sort: str) -> list[Part]:
    """By name as they come; else the greatest first, those with nothing to count last."""

    def height(figure: Figure) -> float | None:
        return {"value": figure.value, "numerator": figure.numerator, "denominator": figure.denominator}[sort]

    if sort == "name":
        return parts
    return sorted(parts, key=lambda part: (height(part.figure) is None, -(height(part.figure) or 0.0)))
