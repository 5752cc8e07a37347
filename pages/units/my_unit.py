"""Where does my unit stand, why did it move, and what is missing to its targets?

The first view needs no filter: it shows the target by which the unit does worst, then all its indicators.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from exports.viewed import Viewed
from metrics import catalogue
from pages import _format
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import Choices, form, hidden, indicator_field, period_fields, show_problems
from pages._html import draw as draw_html
from pages._html import draw_last, escape, h2, remark
from pages._language import _
from pages._left_out import left_out_note
from pages._links import link
from pages._live import Live, live
from pages._notes import notes_beside
from pages._once import address_now, html_once, once_equal
from pages._refresh import refreshing_html
from pages._sourced import warn_of_silence
from pages._taken import nothing, period_words
from pages._tiles import tiles
from pages._units import Units
from pages.units._mine import to_target
from pages.units._my_choice import chosen_unit, unit_asked
from pages.units._my_guards import guards, guards_table, warnings
from pages.units._my_parts import communes_table, parts, procedures_table
from pages.units._my_rows import href, list_of_lines
from pages.units._my_taken import my_unit_taken, units_taken
from pages.units._my_view import Asked, Line, Lines, asked, change, line
from pages.units._my_words import headlines, moved_over, movement_said, sentence
from pages.units._rows import nearby

PAGE = Page(
    path="my-unit",
    title="My unit",
    question="Where does my unit stand, why did it move, and what is missing to its targets?",
    audience="units",
    order=1,
    icon=":material/person_pin_circle:",
    shares=("unit", "indicator", "period"),
    ahead=True,
)


def draw() -> None:
    """The unit of the address, or the list to choose one from."""
    here = live()
    choices = Choices(here.today)
    unit = chosen_unit(here, choices, PAGE.path)
    if not unit:
        return
    key = (PAGE.path, address_now())
    looked_at = once_equal(here, key, lambda: _looked_at(here, choices, unit))
    wanted = looked_at.wanted
    show_problems(looked_at.problems)
    if wanted.group is None:
        draw_html(f'<div class="ioc-empty">{escape(not_in_force(wanted))}</div>')
    else:
        _place(wanted, looked_at.indicator, looked_at.lines)
    draw_last(html_once(here, (*key, "below"), lambda: _compose_below(here, looked_at)))


class _LookedAt(NamedTuple):
    """What the address asks for. `indicator`: the key of the one to look at; `problems` of the address."""

    wanted: Asked
    lines: Lines
    indicator: str
    problems: tuple[str, ...]


def _looked_at(here: Live, choices: Choices, unit: str) -> _LookedAt:
    wanted = asked(here, choices, unit)
    lines = Lines(wanted)
    indicator = opened(here, choices, wanted, lines)
    return _LookedAt(wanted, lines, indicator, tuple(choices.problems))


def _compose_below(here: Live, looked_at: _LookedAt) -> None:
    wanted = looked_at.wanted
    draw_html(h2(_("Another indicator, another period")))
    form(
        PAGE.path,
        hidden("unit", wanted.unit),
        indicator_field(looked_at.indicator, wanted.period.end),
        period_fields(wanted.period_name, wanted.period, here.today),
    )
    download_bar(PAGE.path)


def opened(here: Live, choices: Choices, wanted: Asked, found: Lines) -> str:
    """The key of the indicator to look at: the address's, else the one by which the unit does worst."""
    first = next(iter(found.at(here)), None) if wanted.group else None
    return choices.indicator(first.indicator.key if first else "online_dossier_rate").key


def viewed(here: Live, choices: Choices) -> Viewed:
    """The unit's page; without a unit of the address the units to choose from."""
    units = Units(here.counters, here.today)
    unit = unit_asked(choices, units)
    if not unit:
        return units_taken(here, units, PAGE)
    wanted = asked(here, choices, unit)
    indicator = opened(here, choices, wanted, Lines(wanted))
    if wanted.group is None:
        return replace(nothing(PAGE, here), sentence=not_in_force(wanted))
    return my_unit_taken(here, wanted, line(here, wanted, catalogue()[indicator]), PAGE)


@refreshing_html("place", shared=True)
def _place(wanted: Asked, indicator: str, known: Lines) -> None:
    here = live()
    found = known.at(here)
    one = next((one for one in found if one.indicator.key == indicator), None)
    one = one or line(here, wanted, catalogue()[indicator])
    warn_of_silence(here, one.indicator)
    draw_html(f'<p class="ioc-sentence">{escape(sentence(one, here))}</p>')
    draw_html(remark(period_words(wanted.period_name, wanted.period)))
    draw_html(f'<div class="ioc-four">{tiles(headlines(one, here), dense=True)}</div>')
    draw_html(left_out_note(here, wanted.unit, wanted.period, [one.indicator, *(line.indicator for line in found)]))
    draw_html(_said([*movement_said(one, here), *to_target(one.now, one.row, here)]))
    draw_html(notes_beside(here, one.indicator.key, wanted.unit, wanted.period))
    draw_html(h2(_("My indicators")) + list_of_lines(here, found, wanted, indicator))
    if one.row["rank"] is not None:
        draw_html(h2(_("Next to us in the ranking")) + nearby(one.now))
    draw_html(_why(here, wanted, one))
    draw_html(_guarded(here, wanted))
    draw_html(_further(wanted, one))


def not_in_force(wanted: Asked) -> str:
    """What to do where the period ends before the unit began or after it ended."""
    return _("This unit is not in force on {day}: choose another period.", day=_format.day(wanted.period.end))


def _said(sentences: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences if sentence)
    return f'<ul class="ioc-said">{items}</ul>'


def _why(here: Live, wanted: Asked, one: Line) -> str:
    """What brought the change; nothing where there is none to tell."""
    found = parts(here, wanted, one)
    if not found.procedures and not found.communes:
        return ""
    note = [moved_over(one)]
    changed = change(here, one)
    if changed and changed.beyond == 0:
        note.append(_("together a change within what chance explains"))
    said = remark(" · ".join(note))
    drawn = procedures_table(found.procedures, wanted, one) + communes_table(found.communes, wanted, one)
    return h2(_("What brought the change")) + said + drawn


def _guarded(here: Live, wanted: Asked) -> str:
    found, day = guards(here, wanted), wanted.period.end
    said = "".join(f'<p class="ioc-warning">▲ {escape(words)}</p>' for words in warnings(found, day))
    return h2(_("Guards beside the targets")) + said + guards_table(found, day)


def _further(wanted: Asked, one: Line) -> str:
    kind = wanted.units.by_code[wanted.unit].kind
    ranking = f"{href(wanted, one.indicator.key, 'ranking')}&kind={kind}"
    links = [
        link(_("The whole ranking"), ranking),
        link(_("Every figure of this unit"), href(wanted, one.indicator.key, "explore")),
    ]
    return f'<nav class="ioc-whose" aria-label="{escape(_("Further"))}">{"".join(links)}</nav>'
