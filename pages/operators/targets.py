"""Which targets are in force by whose decision, who changed them, and do the communes' reach the districts'?"""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

import streamlit as st

from exports.viewed import Viewed
from metrics import catalogue
from pages import _format
from pages._address import address
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, indicators_by_name, select, show_problems
from pages._goals import compared_text, covers, goal_text, goals
from pages._html import draw as draw_html
from pages._html import escape, h2, remark, table
from pages._language import _
from pages._links import about, link
from pages._live import Live, live
from pages._names import indicator_name
from pages._order import vietnamese_order
from pages._refresh import refreshing
from pages._units import Units
from pages.operators._reach import reach, reach_tables
from pages.operators._target_form import say_stored, target_form, target_key
from pages.operators._targets_taken import changes_of, history_table, targets_table, whom_name
from pages.operators._upload import upload
from store.dimensions import TargetChange
from store.reads import Target, targets

PAGE = Page(
    path="targets",
    title="Targets",
    question="Which targets are in force, by whose decision, and who changed them?",
    audience="operators",
    order=2,
    icon=":material/flag:",
    needs="targets",
)
_SHOWN_CHANGES = 50
_USUAL = "online_dossier_rate"


def draw() -> None:
    """Targets in force, whether the communes' suffice, the history, and the two ways of entering targets."""
    here = live()
    choices = Choices(here.today)
    names, indicator, which, districts, district = _asked(here, choices)
    fields = [
        select("indicator", _("Indicator"), {"": _("all"), **names}, indicator, "ioc-broad"),
        select("which", _("Show"), _which_names(), which),
    ]
    if districts:
        fields.append(select("unit", _("District"), {"": _("all"), **districts}, district))
    form(PAGE.path, *fields)
    show_problems(choices.problems)
    download_bar(PAGE.path)

    say_stored()
    edited = _edited(here)
    if edited:
        draw_html(h2(_("Change or end this target")))
        target_form(here, edited)

    @refreshing("targets_told")
    def told() -> None:
        _draw_told(live(), indicator, which, district)

    told()
    if not edited:
        with st.expander(_("Set a target"), key="one"):
            target_form(here, None)
    with st.expander(_("Bring in a file of targets"), key="file"):
        upload("targets", here, column_names(), reason=True)


def viewed(here: Live, choices: Choices) -> Viewed:
    """The targets chosen, what the communes' add up to, and every change of them."""
    names, indicator, which, districts, district = _asked(here, choices)
    _known, in_force, shown = _chosen(here, indicator, which)
    units = Units(here.counters, here.today)
    filters = [(_("Indicator"), names.get(indicator, _("all"))), (_("Show"), _which_names()[which])]
    if district:
        filters.append((_("District"), districts[district]))
    keys = dict.fromkeys(target.indicator for target in shown)
    tables = [targets_table(shown, units, here, _(PAGE.title))]
    if districts:
        told = goals(here, indicator or _USUAL, here.today, units)
        tables += reach_tables(here, units, catalogue()[indicator or _USUAL], told, district)
    tables.append(history_table(changes_of(here.engine, indicator), units, here))
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(in_force),
        filters=filters,
        period="",
        data_time=here.data_time,
        definitions=[catalogue()[key] for key in keys if key in catalogue()],
        tables=tables,
    )


def _asked(here: Live, choices: Choices) -> tuple[Mapping[str, str], str, str, Mapping[str, str], str]:
    """Key to name of the indicators, the one chosen, which targets, code to name of the districts, the one chosen."""
    names = indicators_by_name(here.today)
    indicator = choices.one_of("indicator", names, "", _("indicator"))
    which = choices.one_of("which", _which_names(), "now", _("choice of targets"))
    units = Units(here.counters, here.today)
    districts = {code: unit.name for code, unit in units.by_code.items() if unit.kind == "huyen"}
    district = choices.one_of("unit", districts, "", _("district")) if districts else ""
    return names, indicator, which, districts, district


def _chosen(here: Live, indicator: str, which: str) -> tuple[list[Target], list[Target], list[Target]]:
    """All targets, those in force, those that the choice leaves."""
    known = targets(here.engine)
    in_force = [target for target in known if covers(target, here.today)]
    among = in_force if which == "now" else known
    return known, in_force, [target for target in among if indicator in ("", target.indicator)]


def column_names() -> dict[str, str]:
    """The columns of a file of targets, with what each means."""
    return {
        "indicator": _("key of the indicator, see Definitions"),
        "unit_code": _("code of the unit, or leave it empty and give kind"),
        "kind": _("for every unit of a kind: tinh, so, huyen, xa"),
        "comparator": _("comparator: >= <= > < ="),
        "value": _("value: 51 % or 0.51 for a rate, else a number"),
        "valid_from": _("first day, year-month-day"),
        "valid_to": _("last day, year-month-day"),
        "decision": _("number of the decision"),
        "decided_on": _("day of the decision, year-month-day"),
        "issuer": _("who issued it"),
    }


def _which_names() -> dict[str, str]:
    return {"now": _("in force"), "all": _("all, also ended and future ones")}


def _edited(here: Live) -> Target | None:
    wanted = st.query_params.get("edit", "")
    return next((target for target in targets(here.engine) if target_key(target) == wanted), None)


def _draw_told(here: Live, indicator: str, which: str, district: str) -> None:
    known, in_force, shown = _chosen(here, indicator, which)
    units = Units(here.counters, here.today)
    draw_html(f'<p class="ioc-sentence">{escape(_sentence(in_force))}</p>')
    if shown:
        draw_html(_table(shown, units, here))
    elif known:
        draw_html(f'<div class="ioc-empty">{escape(_("No target is in force for this choice."))}</div>')
    if any(unit.kind == "huyen" for unit in units.by_code.values()):
        key = indicator or _USUAL
        told = goals(here, key, here.today, units)
        draw_html(reach(here, units, catalogue()[key], told, district))
    draw_html(_history(changes_of(here.engine, indicator), units, here))


def _sentence(in_force: list[Target]) -> str:
    if not in_force:
        return _("No target is in force. Set one below, or bring in a file.")
    kinds = {target.indicator for target in in_force}
    n, of = _format.number(len(in_force)), _format.number(len(kinds))
    return _("{n} targets in force, for {of} indicators.", n=n, of=of)


def _table(shown: Iterable[Target], units: Units, here: Live) -> str:
    """Targets that say the same by the same decision are one row."""

    def same(target: Target) -> tuple[Any, ...]:
        said = (target.indicator, target.comparator, target.value, str(target.valid_from), str(target.valid_to))
        return (*said, target.decision, target.issuer, target.entered_by, str(target.entered_at))

    rows = []
    for _same, group in groupby(sorted(shown, key=same), same):
        together = list(group)
        rows.append(_row(together[0], together, units, here))
    head = [_("Indicator"), _("Target"), _("For"), _("From – to"), _("Decision"), _("Entered")]
    return table(head, rows, "ioc-targets")


def _row(target: Target, together: list[Target], units: Units, here: Live) -> list[str]:
    indicator = catalogue().get(target.indicator)
    name = about(target.indicator, indicator_name(indicator, here.today)) if indicator else escape(target.indicator)
    value = goal_text(target)
    until = _format.day(target.valid_to) if target.valid_to else _("open")
    decided = _("of {day}", day=_format.day(target.decided_on)) if target.decided_on else ""
    entered = " · ".join(part for part in (target.entered_by, _entered_at(target)) if part)
    return [
        name,
        f'<b data-figure="{escape(target.indicator)}">{escape(value)}</b>',
        _whom(together, units),
        escape(f"{_format.day(target.valid_from)} – {until}"),
        f'{escape(target.decision)} {escape(decided)}<br><span class="ioc-small">{escape(target.issuer)}</span>',
        f'<span class="ioc-small">{escape(entered)}</span>',
    ]


def _entered_at(target: Target) -> str:
    return _format.moment(target.entered_at) if target.entered_at else ""


def _whom(together: list[Target], units: Units) -> str:
    links = [
        link(whom_name(target.unit_code, target.kind, units), address(PAGE.path, edit=target_key(target)))
        for target in sorted(together, key=lambda one: vietnamese_order(whom_name(one.unit_code, one.kind, units)))
    ]
    if len(links) == 1:
        return links[0]
    inner = "".join(f"<li>{one}</li>" for one in links)
    many = _("{n} units", n=_format.number(len(links)))
    return f'<details class="ioc-more"><summary>{escape(many)}</summary><ul>{inner}</ul></details>'


def _history(found: list[TargetChange], units: Units, here: Live) -> str:
    title = h2(_("Who changed what"))
    if not found:
        return title + remark(_("No target was ever changed."))
    rows = [_change(change, units, here) for change in found[:_SHOWN_CHANGES]]
    more = len(found) - len(rows)
    left = remark(_("and {n} more changes", n=_format.number(more))) if more else ""
    head = [_("When"), _("Who"), _("Target"), _("Was"), _("Became"), _("Why")]
    return f"{title}{table(head, rows, 'ioc-history')}{left}"


def _change(change: TargetChange, units: Units, here: Live) -> list[str]:
    indicator = catalogue().get(change.indicator)
    name = indicator_name(indicator, here.today) if indicator else change.indicator
    return [
        escape(_format.moment(change.changed_at)),
        escape(change.changed_by or _("not told")),
        f'{escape(name)}<br><span class="ioc-small">{escape(whom_name(change.unit_code, change.kind, units))}</span>',
        _terms(change.indicator, change, change.before),
        _terms(change.indicator, change, change.after),
        escape(change.reason),
    ]


def _terms(indicator: str, change: TargetChange, said: dict[str, Any] | None) -> str:
    if said is None:
        return escape(_("none"))
    until = _format.day(said["valid_to"]) if said["valid_to"] else _("open")
    value = compared_text(indicator, said["comparator"], said["value"])
    days = f"{_format.day(change.valid_from)} – {until}"
    return f'<b>{escape(value)}</b> <span class="ioc-small">{escape(days)} · {escape(said["decision"])}</span>'
