"""The choices of the page Explore, read from the query string and checked."""

from metrics import Indicator
from pages._filters import Choices, form, hidden, indicator_field, period_fields, select, told
from pages._goals import goals
from pages._language import _
from pages._live import Live
from pages._units import Units
from pages.analysts._asked import Asked
from pages.analysts._asked_choice import asked_fields, asked_from
from pages.analysts._compare import compare_names
from pages.analysts._dossiers import list_names, list_of
from pages.analysts._place import Place
from pages.analysts._view import PATH, View, field_names

_LAST_PAGE = 1_000_000


def view_of(here: Live, choices: Choices) -> View | None:
    """The view that was asked for; None while no unit is known. Wrong values are noted in `choices.problems`."""
    indicator = choices.indicator()
    period_name, period = choices.period()
    asked = asked_from(here, choices, indicator, period)
    units = Units(here.counters, asked.today or period.end)
    if not units.by_code:
        return None
    usual = units.largest()
    place = _place(here, choices, units, asked, usual)
    parts = part_names(units, place, asked)
    part = choices.one_of("part", parts, next(iter(parts)), _("part"))
    listed = list_of(indicator.key)
    return View(
        here=here,
        units=units,
        place=place,
        asked=asked,
        period=period,
        period_name=period_name,
        compare=choices.one_of("compare", compare_names(), "previous", _("comparison")),
        part=part,
        sort=choices.one_of("sort", sort_names(indicator), "name" if part == "unit" else "numerator", _("order")),
        dossiers=choices.one_of("dossiers", list_names(), listed, _("list of dossiers")),
        page=_page(choices),
        targets=goals(here, indicator.key, period.end, units),
        usual=usual,
    )


def _place(here: Live, choices: Choices, units: Units, asked: Asked, usual: str) -> Place:
    unit = choices.one_of("unit", list(units.by_code), usual, _("unit"))
    if not asked.plain:
        return Place(unit)
    own = choices.one_of("scope", ["subtree", "own"], "subtree", _("scope")) == "own"
    field = choices.one_of("field", field_names(here), "", _("field"))
    procedure = choices.one_of("procedure", here.counters.procedures.codes, "", _("procedure"))
    return Place(unit, field, procedure, own)


def _page(choices: Choices) -> int:
    wanted = choices.given.get("page", "")
    if not wanted or (wanted.isascii() and wanted.isdecimal() and 0 < int(wanted) <= _LAST_PAGE):
        return int(wanted or 1)
    choices.problems.append(
        _(
            "There is no {what} “{wanted}”. Right values: {right}.",
            what=_("page"),
            wanted=told(wanted),
            right=f"1–{_LAST_PAGE}",
        )
    )
    return 1


def part_names(units: Units, place: Place, asked: Asked) -> dict[str, str]:
    """Into what a place can be taken apart, and how it is spread: value of the parameter `part` to its name; the first
    is the usual one."""
    below: dict[str, str] = {"unit": _("By unit")} if units.children(place.unit) and not place.own else {}
    spread = {"spread": _("Distribution")}
    days = {"days": _("Processing time")}
    if asked.publication:
        return (below or {"unit": _("By unit")}) | spread
    if not asked.plain:
        return (below or {"unit": _("By unit")}) | spread | days
    dossiers = {"dossiers": _("Dossiers")}
    if asked.hides:
        return _not_crossing(units, place, below, spread) | dossiers
    if place.procedure:
        return dossiers | below | spread
    if place.field:
        return {"procedure": _("By procedure")} | below | dossiers | spread
    inside = {"field": _("By field"), "procedure": _("By procedure")}
    return below | inside | dossiers | spread | days


def _not_crossing(units: Units, place: Place, below: dict[str, str], spread: dict[str, str]) -> dict[str, str]:
    """Where small counts are hidden: no unit by procedure and no procedure by unit, and nobody's days one by one."""
    if place.procedure:
        return {}
    whole = not place.own and place.unit in {root.code for root in units.roots()}
    procedure = {"procedure": _("By procedure")} if whole else {}
    if place.field:
        return procedure
    return below | ({"field": _("By field")} if whole else {}) | procedure | spread


def sort_names(indicator: Indicator) -> dict[str, str]:
    """Value of the parameter `sort` to its name."""
    by_denominator = {"denominator": _("denominator")} if indicator.denominator else {}
    return {"name": _("name"), "value": _("value"), "numerator": _("numerator")} | by_denominator


def draw_form(view: View) -> None:
    """The filters; the place and the part stay as they are."""
    place, period = view.place, view.period
    form(
        PATH,
        indicator_field(view.indicator.key, period.end),
        period_fields(view.period_name, period, view.here.today),
        select("compare", _("Compared with"), compare_names(), view.compare),
        *asked_fields(view.here, view.asked, period),
        hidden("unit", place.unit if place.unit != view.usual else ""),
        hidden("scope", "own" if place.own else ""),
        hidden("field", place.field),
        hidden("procedure", place.procedure),
        hidden("part", view.part),
    )
