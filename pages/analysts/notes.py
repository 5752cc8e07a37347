"""What is noted on which figure, who sees to it, and what is overdue?"""

import streamlit as st

from exports.viewed import Viewed
from metrics import catalogue
from pages import _format
from pages._address import address
from pages._contract import Page
from pages._downloads import download_bar
from pages._filters import (
    Choices,
    form,
    hidden,
    indicator_field,
    indicators_by_name,
    period_fields,
    select,
    show_problems,
    text_field,
)
from pages._html import draw as draw_html
from pages._html import escape, h2, remark
from pages._language import _
from pages._links import link
from pages._live import Live, live
from pages._periods import TO_TODAY, calendar_name, to_today_names
from pages._refresh import refreshing
from pages._sourced import no_data_yet
from pages.analysts._note_form import change_forms, forget_stored, say_stored, write_form
from pages.analysts._notes_choice import Asked, asked, chosen_notes, owners, state_names, unit_names
from pages.analysts._notes_list import figure_link, history, note_card, note_cards
from pages.analysts._notes_taken import history_table, notes_table
from store.note_rows import NewNote, Note

PAGE = Page(
    path="notes",
    title="Notes",
    question="What is noted on which figure, who sees to it, and what is overdue?",
    audience="analysts",
    order=4,
    icon=":material/edit_note:",
)


def draw() -> None:
    """One note with what can be done to it, the form for a new one, or the list."""
    here = live()
    choices = Choices(here.today)
    wanted = asked(here, choices)
    if not wanted.units.by_code:
        show_problems(choices.problems)
        no_data_yet()
        return
    if wanted.revisions:
        _draw_one(here, wanted.revisions)
        return
    forget_stored()
    may_write = here.visitor.may("notes")
    if wanted.write and may_write:
        _draw_new(here, wanted, choices)
    else:
        form(PAGE.path, *_filters(here, wanted))
        show_problems(choices.problems)
        if may_write:
            draw_html(f'<p class="ioc-noted">{link(_("+ Note"), address(PAGE.path, new="1"))}</p>')
        elif wanted.write:
            draw_html(f'<div class="ioc-empty">{escape(_("Writing notes is not for your role."))}</div>')
        download_bar(PAGE.path)

    @refreshing("notes")
    def listed() -> None:
        _draw_list(live(), wanted)

    listed()


def viewed(here: Live, choices: Choices) -> Viewed:
    """The notes of the choices, or one note with its revisions."""
    wanted = asked(here, choices)
    found = wanted.revisions[-1:] or chosen_notes(here, wanted)
    tables = [notes_table(found, here, _(PAGE.title))]
    if wanted.revisions:
        tables.append(history_table(wanted.revisions))
    return Viewed(
        name=PAGE.path,
        title=_(PAGE.title),
        sentence=_sentence(found, here),
        filters=[] if wanted.revisions else _filter_words(here, wanted),
        period=calendar_name(wanted.period) if wanted.period else "",
        data_time=here.data_time,
        definitions=[catalogue()[key] for key in dict.fromkeys(note.indicator for note in found) if key in catalogue()],
        tables=tables,
    )


def _draw_one(here: Live, revisions: list[Note]) -> None:
    draw_html(f'<p class="ioc-noted">{link(_("All notes"), address(PAGE.path))}</p>')
    say_stored(revisions[-1].note)
    draw_html(note_card(revisions[-1], here, opened=True))
    if here.visitor.may("notes"):
        change_forms(here, revisions)
        draw_html(_typed_name(here))
    if len(revisions) > 1:
        draw_html(history(revisions))
    download_bar(PAGE.path)


def _draw_new(here: Live, wanted: Asked, choices: Choices) -> None:
    if wanted.period is None:
        raise ValueError("a note to be written has a period")
    draw_html(f'<p class="ioc-noted">{link(_("All notes"), address(PAGE.path))}</p>')
    figure = NewNote(wanted.indicator, wanted.unit, wanted.period.start, wanted.period.end, "")
    draw_html(f'<p class="ioc-sentence ioc-minor">{_("A note on: {figure}", figure=figure_link(figure, here))}</p>')
    show_problems(choices.problems)
    named = bool(choices.given.get("unit") and choices.given.get("indicator"))
    with st.expander(_("Another figure"), expanded=not named, key="note_figure"):
        form(
            PAGE.path,
            hidden("new", "1"),
            indicator_field(wanted.indicator, wanted.period.end),
            select("unit", _("Unit"), unit_names(wanted.units), wanted.unit, "ioc-broad"),
            period_fields(wanted.period_name, wanted.period, here.today),
        )
    write_form(here, figure)
    draw_html(_typed_name(here))
    draw_html(h2(_("Notes on this figure")))


def _typed_name(here: Live) -> str:
    if here.settings.access.mode == "oidc":
        return ""
    words = _("Nobody signs in yet: a name is what its writer typed, and nobody has checked it.")
    return remark(words)


def _filters(here: Live, wanted: Asked) -> list[str]:
    indicators = {"": _("all"), **indicators_by_name(here.today)}
    fields = [
        select("indicator", _("Indicator"), indicators, wanted.indicator, "ioc-broad"),
        select("unit", _("Unit and those below it"), {"": _("all"), **unit_names(wanted.units)}, wanted.unit),
        select("period", _("Period"), _period_names(wanted), _period_value(wanted)),
        select("state", _("State"), state_names(), wanted.state),
    ]
    if known := owners(here):
        names = {"": _("all"), **{name: name for name in known}}
        fields.append(select("owner", _("In charge"), names, wanted.owner))
    return [*fields, text_field("q", _("Search in the notes"), wanted.words)]


def _period_names(wanted: Asked) -> dict[str, str]:
    own = {_period_value(wanted): calendar_name(wanted.period)} if wanted.period else {}
    return {"": _("any time"), **own, **to_today_names()}


def _period_value(wanted: Asked) -> str:
    if wanted.period is None:
        return ""
    return wanted.period_name if wanted.period_name in TO_TODAY else wanted.period.name()


def _filter_words(here: Live, wanted: Asked) -> list[tuple[str, str]]:
    units, names = wanted.units, indicators_by_name(here.today)
    return [
        (_("Indicator"), names.get(wanted.indicator, _("all"))),
        (_("Unit and those below it"), units.label(wanted.unit) if wanted.unit else _("all")),
        (_("State"), state_names()[wanted.state]),
        (_("In charge"), wanted.owner or _("all")),
        (_("Search in the notes"), wanted.words or "–"),
    ]


def _draw_list(here: Live, wanted: Asked) -> None:
    found = chosen_notes(here, wanted)
    if here.notes.by_number and not wanted.write:
        draw_html(f'<p class="ioc-sentence">{escape(_sentence(found, here))}</p>')
    if found:
        draw_html(note_cards(found, here))
        return
    words = _("No note yet. Write one beside a figure, or here by “+ Note”.")
    if wanted.write:
        words = _("There is none yet.")
    elif here.notes.by_number:
        words = _("No note fits this choice.")
    draw_html(f'<div class="ioc-empty">{escape(words)}</div>')


def _sentence(found: list[Note], here: Live) -> str:
    overdue = sum(note.overdue(here.today) for note in found)
    to_do = sum(not note.done for note in found)
    n, of, late = _format.number(len(found)), _format.number(to_do), _format.number(overdue)
    return _("{n} notes, {of} of them not done, {late} overdue.", n=n, of=of, late=late)
