"""The open dossiers by due time, to be ticked: as a form in HTML whose choices go into the address."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from clock import local_day
from metrics import working_days_since
from pages import _format
from pages._filters import hidden
from pages._html import escape, remark
from pages._language import _
from pages._links import link
from pages._live import Live
from pages._scoped import not_yours
from pages.units._today_view import PATH, Foretold, Wanted, key_text, part_names
from pages.units._today_words import done_now, effect
from store.rows import AWAITING_PAYMENT, AWAITING_SUPPLEMENT, RECEIVED

SHOWN = 200


def heading(here: Live, asked: Wanted) -> str:
    """Which part of the work is listed, with a way back to all of it; HTML."""
    said = part_names()[asked.due]
    back = []
    if asked.due != "all":
        back.append(link(_("Show all in work"), asked.href(due="")))
    if asked.procedure:
        said += " · " + here.counters.procedures.names()[asked.procedure]
        back.append(link(_("Show all procedures"), asked.href(procedure="")))
    links = (
        f'<nav class="ioc-whose" aria-label="{escape(_("Parts of the work"))}">{"".join(back)}</nav>' if back else ""
    )
    return f'<h2 class="ioc-heading" id="danh-sach">{escape(said)}</h2>{links}'


def dossier_form(
    here: Live, asked: Wanted, total: int, found: pl.DataFrame, ticked: Foretold | None, apart: int = 0
) -> str:
    """The dossiers with a box each, and a button that reckons what the ticked ones would do; HTML. `apart`: how many
    more there are, of units that are not the visitor's."""
    if not total and apart:
        return f'<div class="ioc-empty">{escape(not_yours(here, apart))}</div>'
    if not total:
        return f'<div class="ioc-empty">{escape(_nothing(asked))}</div>'
    names = here.counters.procedures.names()
    rows = "".join(_row(here, asked, row, names) for row in found.iter_rows(named=True))
    where = [_("Unit")] if len(asked.codes) > 1 else []
    heads = [_("Dossier"), _("Due"), _("Working days"), _("Procedure"), *where, _("Received"), _("State")]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    kept = {
        "unit": asked.unit,
        "indicator": asked.indicator.key,
        "period": asked.period_name,
        "kind": asked.group.key,
        "due": asked.due,
        "procedure": asked.procedure,
    }
    fields = "".join(hidden(name, value) for name, value in kept.items())
    said = _said(found.height, total) + (f" {not_yours(here, apart)}" if apart else "")
    label = escape(_("Open dossiers"))
    return (
        f'<form class="ioc-work" data-filters="1" action="{PATH}" method="get" aria-label="{label}">'
        f'{fields}<p class="ioc-note">{escape(said)}</p><div class="ioc-wide"><table class="ioc-table ioc-todo">'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{_bar(asked, ticked)}</form>"
    )


def _nothing(asked: Wanted) -> str:
    if asked.due == "all" and not asked.procedure:
        return _("No dossier is open here: there is nothing to handle. New ones show up here by themselves.")
    return _("No dossier is in this part of the work. Show all in work to see what comes next.")


def _said(shown: int, total: int) -> str:
    n = _format.number(total)
    if shown == total:
        return _("{n} dossiers by due time, all shown.", n=n)
    first = _format.number(shown)
    return _(
        "The first {first} of {n} dossiers by due time; a part above, or a procedure, shows the others.",
        first=first,
        n=n,
    )


def _bar(asked: Wanted, ticked: Foretold | None) -> str:
    """Stays in sight below the list: the button, and what the ticked ones would do."""
    if asked.due == "waiting":
        words = _("These wait for the applicant; their time does not run against the unit.")
        return remark(words)
    told = ""
    if ticked:
        told = f"<span>{escape(done_now(ticked))}: <b>{escape(effect(asked, ticked))}</b></span>"
        told += link(_("Clear"), asked.href())
    button = f'<button type="submit">{escape(_("Reckon the ticked ones"))}</button>'
    return f'<div class="ioc-reckon" role="status">{told}{button}</div>'


def _row(here: Live, asked: Wanted, row: Mapping[str, Any], procedures: Mapping[str, str]) -> str:
    key = row["source"], row["source_id"]
    box = ""
    if asked.due != "waiting":
        checked = " checked" if key in asked.ticked else ""
        box = f'<input type="checkbox" name="done" value="{escape(key_text(*key))}"{checked}>'
    procedure = procedures.get(row["procedure_code"], row["procedure_code"])
    what = link(procedure, asked.href(procedure=row["procedure_code"]))
    cells = {"ioc-due": _due(row), "ioc-left": deadline(here, row), "ioc-what": what}
    if len(asked.codes) > 1:
        known = row["unit_code"] in asked.units.by_code
        cells["ioc-who"] = escape(asked.units.label(row["unit_code"])) if known else "–"
    cells["ioc-since"] = escape(_format.day(local_day(row["received_at"])))
    cells["ioc-state"] = escape(work_state(row["state"]))
    inner = "".join(f'<td class="{name}">{cell}</td>' for name, cell in cells.items())
    return f'<tr><th scope="row"><label>{box}<span>{escape(row["source_id"])}</span></label></th>{inner}</tr>'


def _due(row: Mapping[str, Any]) -> str:
    return escape(_format.moment(row["due_at"])) if row["due_at"] else escape(_("no due date"))


def deadline(here: Live, row: Mapping[str, Any]) -> str:
    """How many working days are left, or for how many it is late: with shape and word, as HTML."""
    words, late = deadline_words(here, row)
    return f'<span class="ioc-missed">■ {escape(words)}</span>' if late else escape(words)


def deadline_words(here: Live, row: Mapping[str, Any]) -> tuple[str, bool]:
    """Working days left or late in words, and whether it is late. Who waits for the applicant is never late."""
    if row["due_at"] is None:
        return "–", False
    calendar, due = here.counters.working_days, local_day(row["due_at"])
    if due < here.today:
        if row["state"] in (AWAITING_SUPPLEMENT, AWAITING_PAYMENT):
            return _("passed while waiting"), False
        days = working_days_since(calendar, due, here.today)
        words = {0: _("just overdue"), 1: _("1 day late")}.get(days, _("{n} days late"))
        return words.format(n=_format.number(days)), True
    days = working_days_since(calendar, here.today, due)
    words = {0: _("due today"), 1: _("1 day left")}.get(days, _("{n} days left"))
    return words.format(n=_format.number(days)), False


def work_state(state: int) -> str:
    """An open dossier's state in words."""
    words = {
        RECEIVED: _("received, waiting"),
        AWAITING_SUPPLEMENT: _("awaiting supplement"),
        AWAITING_PAYMENT: _("awaiting payment"),
    }
    return words.get(state, _("in work"))
