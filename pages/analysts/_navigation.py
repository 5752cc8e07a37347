"""Where the visitor of Explore stands and where one click leads: breadcrumb, tabs, orders, the addresses of a table."""

from dataclasses import replace

from pages._html import escape
from pages._language import _
from pages._links import link
from pages.analysts._dossiers import list_names, lists_of
from pages.analysts._place import Place
from pages.analysts._view import View, field_names
from pages.analysts._view_choice import part_names, sort_names

_SORTED = frozenset({"unit", "field", "procedure"})
_OPENED = _SORTED | {"dossiers"}


def breadcrumb(view: View) -> str:
    """From the province to the place, as HTML."""
    items = "".join(
        f"<li>{link(name, view.to(step), current=step == view.place)}</li>" for name, step in place_steps(view)
    )
    return f'<nav class="ioc-path" aria-label="{escape(_("Place"))}"><ol>{items}</ol></nav>'


def place_steps(view: View) -> list[tuple[str, Place]]:
    """Name and place of every step from the province to the place."""
    place = view.place
    steps = [(unit.name, Place(unit.code)) for unit in view.units.path(place.unit)]
    if place.own:
        steps.append((_("this unit itself"), Place(place.unit, own=True)))
    if place.field:
        steps.append((field_names(view.here)[place.field], replace(place, procedure="")))
    if place.procedure:
        steps.append((view.here.counters.procedures.names()[place.procedure], place))
    return steps


def tabs(view: View) -> str:
    """The parts to choose from, and the order of what they show, as HTML."""
    names = part_names(view.units, view.place, view.asked)
    major = "".join(
        link(name, view.to(view.place, part=part), current=part == view.part) for part, name in names.items()
    )
    minor = _lists(view) if view.part == "dossiers" else _sorts(view) if view.part in _SORTED else ""
    within = (
        f'<nav class="ioc-tabs ioc-minor" aria-label="{escape(_("Order and list"))}">{minor}</nav>' if minor else ""
    )
    return f'<nav class="ioc-tabs" aria-label="{escape(_("Taken apart"))}">{major}</nav>{within}'


def _lists(view: View) -> str:
    return "".join(
        link(name, view.to(view.place, part="dossiers", dossiers=chosen), current=chosen == view.dossiers)
        for chosen, name in list_names().items()
    )


def _sorts(view: View) -> str:
    return f"<span>{escape(_('Sorted by'))}</span>" + "".join(
        link(name, view.to(view.place, part=view.part, sort=sort), current=sort == view.sort)
        for sort, name in sort_names(view.indicator).items()
    )


def records_addresses(view: View, place: Place) -> tuple[str, str]:
    """The lists that hold exactly the dossiers of a place's numerator and denominator; empty where none does."""
    if not view.asked.plain:
        return "", ""
    numerator, denominator = (
        chosen and view.to(place, part="dossiers", dossiers=chosen) for chosen in lists_of(view.indicator.key)
    )
    return numerator, denominator


def whole_links(view: View) -> list[tuple[str, str]]:
    """Name and address of everything else into which the whole of a table can be taken apart."""
    names = part_names(view.units, view.place, view.asked)
    return [(name, view.to(view.place, part=part)) for part, name in names.items() if part in _OPENED - {view.part}]
