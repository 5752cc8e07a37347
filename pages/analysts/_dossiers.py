"""The dossiers behind a figure, without personal data: what each waits for and how late it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape
from typing import Any

import polars as pl

from clock import local_day
from metrics import Codes, Period, catalogue, codes_of, dossiers_by_day, formula
from pages import _format
from pages._language import _
from pages._links import link
from pages._scoped import not_yours
from pages.analysts._place import figure_at, procedures_of
from pages.analysts._view import View
from store.dossier_reads import (
    Span,
    completed_dossiers,
    count_completed,
    count_open,
    count_received,
    open_dossiers,
    received_dossiers,
)
from store.scope import units_of

SHOWN = 200
_ENDED = (7, 8)
_DONE = (9, 10)
_MEASURES = {
    "received": ("received",),
    "completed": ("completed_early", "completed_on_time", "completed_late"),
}
# What a formula counts, and the list that holds exactly that.
_LISTS = {
    "received[P]": "received",
    "completed_early[P] + completed_on_time[P] + completed_late[P]": "completed",
    "open_change[..D]": "open",
    "overdue_change[..D]": "overdue",
}


def list_names() -> dict[str, str]:
    """Value of the parameter `dossiers` to its name."""
    return {
        "received": _("Received in the period"),
        "completed": _("Completed in the period"),
        "open": _("Open at its end"),
        "overdue": _("Overdue at its end"),
    }


def lists_of(key: str) -> tuple[str, str]:
    """The lists that hold exactly what an indicator's numerator counts, and its denominator; empty where none does."""
    written = formula(catalogue()[key])
    return _LISTS.get(written.numerator, ""), _LISTS.get(written.denominator or "", "")


def list_of(key: str) -> str:
    """Which list an indicator, given by its key, shows unless another is asked for."""
    numerator, denominator = lists_of(key)
    about_the_end = "completed" if "completed" in (formula(catalogue()[key]).denominator or "") else "received"
    return numerator or denominator or about_the_end


@dataclass(frozen=True)
class Listed:
    """How many dossiers of a list the visitor may see in all, and the rows asked for; columns as in the table.

    `apart`: how many more the figures count, of units that are not the visitor's.
    """

    total: int
    rows: pl.DataFrame
    apart: int = 0


def listed(view: View, skip: int, limit: int) -> Listed:
    """The view's list of dossiers: `limit` of them after the first `skip`. Received and completed ones in the order of
    their day, open and overdue ones by due time."""
    if view.dossiers in ("open", "overdue"):
        return _open(view, skip, limit)
    counters, place, inside = view.here.counters, view.place, procedures_of(view.here.counters, view.place)
    spans = codes_of(counters, place.unit, view.period, place.scope)
    by_day = dossiers_by_day(counters, spans, _MEASURES[view.dossiers], inside)
    counted, engine = int(by_day["dossiers"].sum()), view.here.engine
    received = view.dossiers == "received"
    ask = received_dossiers if received else completed_dossiers
    if units_of(engine) is None:
        before, narrow = _narrowed(by_day, spans, skip, limit)
        return Listed(counted, ask(engine, narrow, inside, skip - before, limit))
    # The counters do not tell on which days theirs lie, where others count too.
    whole = [(codes, days.start, days.end) for codes, days in spans]
    theirs = (count_received if received else count_completed)(engine, whole, inside)
    return Listed(theirs, ask(engine, whole, inside, skip, limit), max(counted - theirs, 0))


def _open(view: View, skip: int, limit: int) -> Listed:
    counters, place, day, engine = view.here.counters, view.place, view.period.end, view.here.engine
    inside = procedures_of(counters, place)
    codes = codes_of(counters, place.unit, Period(day, day), place.scope)[0].codes
    late = view.dossiers == "overdue"
    counted = figure_at(replace(view.asked, indicator=catalogue()[view.dossiers]), place, view.period).numerator
    rows = open_dossiers(engine, codes, day, inside, overdue=late, skip=skip, limit=limit)
    if units_of(engine) is None:
        return Listed(int(counted), rows)
    theirs = count_open(engine, codes, day, inside, overdue=late)
    return Listed(theirs, rows, max(int(counted) - theirs, 0))


def _narrowed(by_day: pl.DataFrame, spans: Sequence[Codes], skip: int, limit: int) -> tuple[int, list[Span]]:
    """The days on which the rows after the first `skip` lie, and how many rows lie before those days."""
    until = by_day.with_columns(until=pl.col("dossiers").cum_sum())
    before = pl.col("until") - pl.col("dossiers")
    asked = until.filter((pl.col("until") > skip) & (before < skip + limit))
    if asked.is_empty():
        return skip, []
    first, last = asked["day"][0], asked["day"][-1]
    cut = [(codes, max(days.start, first), min(days.end, last)) for codes, days in spans]
    return int(asked.select(before)[0, 0]), [span for span in cut if span[1] <= span[2]]


def dossier_page(view: View) -> str:
    """A page of the dossiers as HTML, with how many there are in all and the way to the others."""
    skip = (view.page - 1) * SHOWN
    found = listed(view, skip, SHOWN)
    total, rows = found.total, found.rows
    if not total and found.apart:
        return f'<div class="ioc-empty">{escape(not_yours(view.here, found.apart))}</div>'
    if not total:
        return f'<div class="ioc-empty">{escape(_("No dossier: nothing happened here in this period."))}</div>'
    pages = -(-total // SHOWN)
    if not rows.height:
        there = link(_("To the last page"), _page_address(view, pages))
        said = escape(_("There are {n} pages only.", n=_format.number(pages)))
        return f'<div class="ioc-empty">{said} {there}</div>'
    said = _said(total, skip, rows.height, _order_name(view.dossiers))
    above = _steps(view, pages, _("Pages of the list"))
    below = _steps(view, pages, _("Pages of the list, at its end"))
    many = len(view.units.subtree(view.place.unit)) > 1 and not view.place.own
    where = (_("Unit"),) if many else ()
    heads = (_("Dossier"), _("Procedure"), *where, _("Received"), _("Due"), _("Completed"), _("State"), _("Days late"))
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    procedures, units = view.here.counters.procedures.names(), unit_names(view) if many else {}
    body = "".join(_row(row, view.here.today, procedures, units) for row in rows.iter_rows(named=True))
    if found.apart:
        said = f"{said} {not_yours(view.here, found.apart)}"
    return (
        f'<div class="ioc-pages"><p class="ioc-note">{escape(said)}</p>{above}</div><div class="ioc-wide">'
        f'<table class="ioc-parts ioc-dossiers" aria-label="{escape(said)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<div class="ioc-pages">{below}</div>'
    )


def unit_names(view: View) -> dict[str, str]:
    """Code to label of every unit known, also of those that are no more."""
    codes = dict(zip(view.here.counters.hierarchy.codes, view.here.counters.hierarchy.names, strict=True))
    return codes | {code: view.units.label(code) for code in view.units.by_code}


def _order_name(chosen: str) -> str:
    return {"received": _("time of receipt"), "completed": _("time of completion")}.get(chosen, _("due time"))


def _said(total: int, skip: int, shown: int, order: str) -> str:
    n = _format.number(total)
    if shown == total:
        return _("{n} dossiers, all shown, by {order}.", n=n, order=order)
    first, last = _format.number(skip + 1), _format.number(skip + shown)
    return _("Dossiers {first} to {last} of {n}, by {order}.", first=first, last=last, n=n, order=order)


def _steps(view: View, pages: int, name: str) -> str:
    """The page before, where one is, the page after."""
    if pages == 1:
        return ""
    before = link("‹ " + _("Previous page"), _page_address(view, view.page - 1)) if view.page > 1 else ""
    after = link(_("Next page") + " ›", _page_address(view, view.page + 1)) if view.page < pages else ""
    where = escape(_("Page {page} of {pages}", page=_format.number(view.page), pages=_format.number(pages)))
    return f'<nav aria-label="{escape(name)}">{before}<span>{where}</span>{after}</nav>'


def _page_address(view: View, page: int) -> str:
    return view.to(view.place, part="dossiers", dossiers=view.dossiers, page=str(page) if page > 1 else "")


def _row(row: dict[str, Any], today: date, procedures: Mapping[str, str], units: Mapping[str, str]) -> str:
    finished = row["completed_at"] or row["returned_at"]
    late = days_late(row["state"], row["due_at"], finished, today)
    cells = [
        f'<td class="ioc-wrap">{escape(procedures.get(row["procedure_code"], row["procedure_code"]))}</td>',
        *([f'<td class="ioc-wrap">{escape(units.get(row["unit_code"], row["unit_code"]))}</td>'] if units else []),
        *(_day(instant) for instant in (row["received_at"], row["due_at"], finished)),
        f"<td>{escape(state_word(row['state']))}</td>",
        f'<td class="ioc-number">{f"<b>{_format.number(late)}</b>" if late else "–"}</td>',
    ]
    return f'<tr><th scope="row">{escape(row["source_id"])}</th>{"".join(cells)}</tr>'


def days_late(state: int, due_at: datetime | None, finished_at: datetime | None, today: date) -> int:
    """Calendar days from the due day to completion, or to today while open; 0 in time, not due or ended otherwise."""
    if due_at is None or state in _ENDED:
        return 0
    until = local_day(finished_at) if state in _DONE and finished_at else today
    return max((until - local_day(due_at)).days, 0)


def state_word(state: int) -> str:
    """A dossier's state in words."""
    words = {
        1: _("registered"),
        2: _("received, waiting"),
        3: _("refused"),
        4: _("in work"),
        5: _("awaiting supplement"),
        6: _("awaiting payment"),
        7: _("withdrawn"),
        8: _("stopped"),
        9: _("finished, not handed over"),
        10: _("handed over"),
    }
    return words.get(state, str(state))


def _day(instant: datetime | None) -> str:
    if instant is None:
        return "<td>–</td>"
    return f'<td title="{escape(_format.moment(instant))}">{escape(_format.day(local_day(instant)))}</td>'
