"""Whose unit? From the address, else as this browser remembers it, else chosen from a list. *My unit* and *Today* ask.

The browser remembers the last unit that stood in the address; it begins with that of who has signed in for one alone. A
page asked for without one goes to it at once, so that the address holds the whole view; "Change unit" forgets it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import streamlit as st

from pages import _format
from pages._address import address
from pages._filters import Choices, form, hidden, show_problems, text_field
from pages._html import draw, escape, h2, remark, style
from pages._language import _
from pages._links import link
from pages._live import Live, is_ahead
from pages._order import plain, vietnamese_order
from pages._sourced import no_data_yet
from pages._units import UnitRow, Units, kind_names

_KEPT = ("indicator", "period", "from", "to")
_OF_THE_VIEW = ("unit", *_KEPT, "kind", "due", "procedure", "done")
_MOST_FOUND = 100
_SCRIPT = """
const KEY = "ioc-unit";
const memory = (act) => { try { return act(window.localStorage); } catch { return null; } };
export default function ({ data }) {
  const root = document.documentElement;
  if (!root.dataset.forgets) {
    root.dataset.forgets = "1";
    const forgets = (event) => event.target.closest && event.target.closest("a[data-forget]");
    document.addEventListener("click", (event) => { if (forgets(event)) memory((m) => m.setItem(KEY, "")); }, true);
  }
  if (data.unit) { memory((m) => m.setItem(KEY, data.unit)); return; }
  if (data.unknown && memory((m) => m.getItem(KEY)) === data.unknown) memory((m) => m.removeItem(KEY));
  const url = new URL(location.href);
  const asked = (data.above ? ["under", "q"] : ["unit", "under", "q"]).some((name) => url.searchParams.get(name));
  const remembered = memory((m) => m.getItem(KEY)) ?? data.own;
  if (asked || !remembered || !url.pathname.endsWith("/" + data.path)) return;
  url.searchParams.set("unit", remembered);
  history.replaceState({}, "", url.pathname + url.search);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
"""


def chosen_unit(here: Live, choices: Choices, path: str) -> str:
    """The code of the visitor's unit (a department, district or commune), after having drawn its name and the links to
    the unit's pages; "" after having drawn, for the page `path`, the list to choose from: then the page is complete."""
    units = Units(here.counters, here.today)
    looks = style(__file__, "_my.css")
    if not units.by_code:
        no_data_yet()
        return ""
    unit = unit_asked(choices, units)
    wanted = choices.given.get("unit", "")
    told = {
        "unit": unit,
        "unknown": "" if unit else wanted,
        "above": not unit and wanted in units.by_code,
        "path": path,
        "own": _own(here, units),
    }
    if not is_ahead():  # there is no browser to remember anything
        _memory()(key="unit", data=told, height=0)
    if unit:
        draw(looks + _head(units.label(unit), unit, path, choices.given))
    else:
        draw(looks)
        _choose(units, choices, path)
    return unit


def unit_asked(choices: Choices, units: Units) -> str:
    """The code of the parameter `unit`; "" when it is missing, none, or nobody's own, such as the province that another
    page showed."""
    given = units.by_code.get(choices.given.get("unit", ""))
    if given is not None:
        return given.code if _can_be_mine(given) else ""
    return choices.one_of("unit", [row.code for row in units.by_code.values() if _can_be_mine(row)], "", _("unit"))


def _own(here: Live, units: Units) -> str:
    """The unit of who has signed in for one alone, which has not been forgotten for another; "" for the others."""
    own = [code for code in here.visitor.units or () if code in units.by_code and _can_be_mine(units.by_code[code])]
    return own[0] if len(own) == 1 else ""


def _can_be_mine(row: UnitRow) -> bool:
    return row.kind in kind_names()


@cache
def _memory() -> Callable[..., object]:
    return st.components.v2.component("ioc_unit", js=_SCRIPT)


def _head(name: str, unit: str, path: str, given: Mapping[str, str]) -> str:
    tabs = {"my-unit": _("My unit"), "today": _("Today's work")}
    here = {name: given[name] for name in _OF_THE_VIEW if name in given}
    links = "".join(
        link(text, address(tab, **here if tab == path else {"unit": unit}), current=tab == path)
        for tab, text in tabs.items()
    )
    change = f'<a href="{escape(address(path))}" target="_self" data-follow="1" data-forget="1">'
    return (
        f'<div class="ioc-whose"><b>{escape(name)}</b><nav class="ioc-tabs" aria-label="{escape(_("My unit"))}">{links}'
        f"</nav>{change}{escape(_('Change unit'))}</a></div>"
    )


def _choose(units: Units, choices: Choices, path: str) -> None:
    kept = {name: choices.given[name] for name in _KEPT if name in choices.given}
    districts = {row.code: row.name for row in units.by_code.values() if row.kind == "huyen"}
    under = choices.one_of("under", districts, "", _("district"))
    words = choices.text("q")
    show_problems(choices.problems)
    draw(f'<p class="ioc-sentence">{escape(_("Which unit is yours?"))}</p>')
    form(path, *(hidden(name, value) for name, value in kept.items()), text_field("q", _("Find a unit"), words))
    if words:
        draw(_found(units, words, path, kept))
    elif under:
        draw(f'<p class="ioc-up">{link("‹ " + _("All districts and departments"), address(path, **kept))}</p>')
        below = [row for row in units.children(under) if _can_be_mine(row)]
        below.sort(key=lambda row: vietnamese_order(row.name))
        draw(_listed(units, {units.label(under): [units.by_code[under], *below]}, path, kept, under))
    else:
        draw(_listed(units, _first_groups(units), path, kept))
    draw(remark(_("This browser remembers the unit that you choose.")))


def _found(units: Units, words: str, path: str, kept: Mapping[str, str]) -> str:
    wanted = plain(words).split()
    labels = {row.code: plain(units.label(row.code)) for row in units.by_code.values() if _can_be_mine(row)}
    whole = " ".join(wanted)
    found = [units.by_code[code] for code, label in labels.items() if all(word in label for word in wanted)]
    found.sort(key=lambda row: (whole not in labels[row.code], vietnamese_order(units.label(row.code))))
    if not found:
        told = _("No unit is called “{words}”. Try fewer letters; tones and marks do not matter.", words=words)
        back = link(_("Show all units"), address(path, **kept))
        return f'<div class="ioc-empty">{escape(told)} {back}</div>'
    heading = _("{n} units found", n=_format.number(len(found)))
    if len(found) > _MOST_FOUND:
        heading += " · " + _("the first {n} are shown: write more of the name", n=_MOST_FOUND)
    return _listed(units, {heading: found[:_MOST_FOUND]}, path, kept)


def _first_groups(units: Units) -> dict[str, Sequence[UnitRow]]:
    """Districts and departments; communes where no district stands above them."""
    rows = list(units.by_code.values())
    above = {row.code for row in rows if row.kind == "huyen"}
    groups = {
        name: [row for row in rows if row.kind == kind and not (kind == "xa" and row.parent_code in above)]
        for kind, name in kind_names().items()
    }
    return {name: sorted(found, key=lambda row: vietnamese_order(row.name)) for name, found in groups.items() if found}


def _listed(
    units: Units, groups: Mapping[str, Sequence[UnitRow]], path: str, kept: Mapping[str, str], open_at: str = ""
) -> str:
    """The groups as lists, as they come. `open_at`: the district whose communes stand in the list already."""
    drawn = ""
    for heading, found in groups.items():
        rows = "".join(_line(units, row, path, kept, opens=row.code != open_at) for row in found)
        drawn += h2(heading) + f'<ul class="ioc-choose">{rows}</ul>'
    return drawn


def _line(units: Units, row: UnitRow, path: str, kept: Mapping[str, str], *, opens: bool) -> str:
    line = link(units.label(row.code), address(path, unit=row.code, **kept))
    below = sum(_can_be_mine(child) for child in units.children(row.code))
    if row.kind == "huyen" and below and opens:
        line += link(_("{n} communes", n=_format.number(below)), address(path, under=row.code, **kept))
    return f"<li>{line}</li>"
