"""Which units, fields, procedures and dossiers make a figure?"""

from collections.abc import Callable

from metrics import Period
from pages._badges import Standing
from pages._contract import Page
from pages._filters import (
    Choices,
    comparison_field,
    definition,
    form,
    hidden,
    indicator_field,
    period_fields,
    show_problems,
)
from pages._goals import goals
from pages._html import draw as draw_html
from pages._html import draw_drill_style, escape
from pages._language import _
from pages._links import follow_links, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._order import vietnamese_order
from pages._periods import period_text
from pages._sourced import no_data_yet, warn_of_silence
from pages._tiles import tiles
from pages._units import UnitRow, Units
from pages.analysts._asked import Asked, Figure
from pages.analysts._asked_choice import asked_fields, asked_from, how_asked
from pages.analysts._dossiers import dossier_table, find_dossiers, list_names, list_of
from pages.analysts._headlines import headlines, periods, sentence, trend
from pages.analysts._parts import parts_table
from pages.analysts._place import Part, Place, figure_at, parts_by, unit_parts
from pages.analysts._view import PATH, View, field_names

PAGE = Page(
    path=PATH,
    title="Explore",
    question="Which units, fields, procedures and dossiers make a figure?",
    audience="analysts",
    order=1,
    icon=":material/account_tree:",
)
_KIND_ORDER = ("so", "huyen", "xa")


def draw() -> None:
    """Breadcrumb, filters, the figure with its trend, and one table of what it is made of."""
    draw_drill_style()
    follow_links()
    here = live()
    choices = Choices(here.today)
    indicator = choices.indicator()
    period_name, period = choices.period()
    asked = asked_from(here, choices, indicator, period)
    units = Units(here.counters, asked.today or period.end)
    if not units.by_code:
        show_problems(choices.problems)
        no_data_yet()
        return
    view = _checked(here, choices, units, asked, period, period_name)
    place = view.place
    draw_html(_path(view))
    kept = (
        hidden("unit", place.unit),
        hidden("field", place.field),
        hidden("procedure", place.procedure),
        hidden("part", view.part),
    )
    form(
        PAGE.path,
        indicator_field(indicator.key, period.end),
        period_fields(period_name, period, here.today),
        comparison_field(view.compare),
        *asked_fields(view.here, view.asked, view.period),
        *kept,
    )
    show_problems(choices.problems)
    warn_of_silence(here, indicator)
    whole = view.figure(place)
    said = f'<p class="ioc-sentence">{escape(sentence(view, whole))}</p>'
    draw_html(said + definition(indicator, period.end) + periods(view) + how_asked(view.asked))
    figures_side = f'<div class="ioc-four">{tiles(headlines(view, whole), dense=True)}</div>'
    trend_side = f'<div><h2 class="ioc-heading">{escape(_("Month by month"))}</h2>{trend(view)}</div>'
    draw_html(f'<div class="ioc-split">{figures_side}{trend_side}</div>')
    draw_html(_tabs(view))
    draw_html(_table(view, whole))


def _checked(here: Live, choices: Choices, units: Units, asked: Asked, period: Period, period_name: str) -> View:
    roots = sorted(units.roots(), key=lambda root: len(units.subtree(root.code)), reverse=True)
    unit = choices.one_of("unit", list(units.by_code), roots[0].code, _("unit"))
    place = Place(unit)
    if asked.plain:
        field = choices.one_of("field", field_names(here), "", _("field"))
        procedure = choices.one_of("procedure", here.counters.procedures.codes, "", _("procedure"))
        place = Place(unit, field, procedure)
    parts = _part_names(units, place, asked)
    part = choices.one_of("part", parts, next(iter(parts)), _("part"))
    return View(
        here=here,
        units=units,
        place=place,
        asked=asked,
        period=period,
        period_name=period_name,
        compare=choices.comparison(),
        part=part,
        sort=choices.one_of("sort", _sort_names(), _usual_sort(part), _("order")),
        dossiers=choices.one_of("dossiers", list_names(), list_of(asked.indicator.key), _("list of dossiers")),
        targets=goals(here.engine, asked.indicator.key, period.end, units),
    )


def _part_names(units: Units, place: Place, asked: Asked) -> dict[str, str]:
    """Into what a place can be taken apart: value of the parameter `part` to its name; the first is the usual one."""
    if not asked.plain:
        return {"unit": _("By unit")}
    if place.procedure:
        return {"dossiers": _("Dossiers")}
    if place.field:
        return {"procedure": _("By procedure")}
    below = {"unit": _("By unit")} if units.children(place.unit) else {}
    return {**below, "procedure": _("By procedure"), "field": _("By field"), "dossiers": _("Dossiers")}


def _usual_sort(part: str) -> str:
    return "name" if part == "unit" else "numerator"


def _sort_names() -> dict[str, str]:
    return {"name": _("name"), "value": _("value"), "numerator": _("numerator")}


def _path(view: View) -> str:
    place = view.place
    steps = [(unit.name, Place(unit.code)) for unit in view.units.path(place.unit)]
    if place.field:
        steps.append((field_names(view.here)[place.field], Place(place.unit, place.field)))
    if place.procedure:
        steps.append((view.here.counters.procedures.names()[place.procedure], place))
    links = (
        link(name, view.href(unit=step.unit, field=step.field, procedure=step.procedure), current=step == place)
        for name, step in steps
    )
    items = "".join(f"<li>{item}</li>" for item in links)
    return f'<nav class="ioc-path" aria-label="{escape(_("Place"))}"><ol>{items}</ol></nav>'


def _tabs(view: View) -> str:
    names = _part_names(view.units, view.place, view.asked)
    tabs = "".join(link(name, view.href(part=part), current=part == view.part) for part, name in names.items())
    minor = ""
    if view.part == "dossiers":
        minor = "".join(
            link(name, view.href(part="dossiers", dossiers=chosen), current=chosen == view.dossiers)
            for chosen, name in list_names().items()
        )
    else:
        minor = f"<span>{escape(_('Sorted by'))}</span>" + "".join(
            link(name, view.href(part=view.part, sort=sort), current=sort == view.sort)
            for sort, name in _sort_names().items()
        )
    return (
        f'<nav class="ioc-tabs" aria-label="{escape(_("Taken apart"))}">{tabs}</nav>'
        f'<nav class="ioc-tabs ioc-minor" aria-label="{escape(_("Order and list"))}">{minor}</nav>'
    )


def _table(view: View, whole: Figure) -> str:
    if view.part == "dossiers":
        return _dossiers(view)
    parts, head, href = _parts(view)
    if not parts:
        words = (
            _("Nothing happened here in this period.")
            if whole.empty
            else _("This indicator is not made of dossiers: it cannot be taken apart by procedure or field.")
        )
        return f'<div class="ioc-empty">{escape(words)}</div>'

    def state(part: Part) -> Standing:
        return view.state(Place(part.code), part.figure.value) if view.part == "unit" and part.code else "none"

    caption = f"{indicator_name(view.indicator, view.period.end)} · {view.name()} · {period_text(view.period)}"
    return parts_table(
        _sorted(parts, view.sort),
        whole,
        view.name(),
        view.indicator,
        caption=caption,
        head=head,
        href=href,
        state=state,
    )


def _parts(view: View) -> tuple[list[Part], str, Callable[[Part], str]]:
    if view.part == "unit":
        below = sorted(view.units.children(view.place.unit), key=_by_kind_and_name)
        codes, names = [unit.code for unit in below], [unit.name for unit in below]
        parts = unit_parts(view.asked, codes, names, view.period)
        own = figure_at(view.asked, view.place, view.period, "own")
        return [Part("", _("this unit itself"), own), *parts], _("Unit"), lambda part: view.href(unit=part.code)
    parts = parts_by(view.here.counters, view.place, view.indicator, view.period, view.part)
    parts.sort(key=lambda part: vietnamese_order(part.name))
    if view.part == "field":
        return parts, _("Field"), lambda part: view.href(field=part.code)
    return parts, _("Procedure"), lambda part: view.href(procedure=part.code)


def _by_kind_and_name(unit: UnitRow) -> tuple[int, object]:
    return (_KIND_ORDER.index(unit.kind) if unit.kind in _KIND_ORDER else len(_KIND_ORDER), vietnamese_order(unit.name))


def _sorted(parts: list[Part], sort: str) -> list[Part]:
    """By name as they come for units; else the greatest first, those with nothing to count last."""
    if sort == "value":
        return sorted(parts, key=lambda part: (part.figure.value is None, -(part.figure.value or 0.0)))
    if sort == "numerator":
        return sorted(parts, key=lambda part: (-part.figure.numerator, -(part.figure.denominator or 0.0)))
    return parts


def _dossiers(view: View) -> str:
    place = view.place
    codes = view.units.subtree(place.unit)
    total, found = find_dossiers(view.here.engine, codes, place.procedure, view.dossiers, view.period)
    names = {code: view.units.label(code) for code in codes}
    return dossier_table(found, total, view.here.today, view.here.counters.procedures.names(), names)
