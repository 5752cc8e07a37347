"""A list of dossiers as it is taken away: all of it, or how long it is."""

import polars as pl

from exports.viewed import Table
from pages._language import _
from pages._scoped import not_yours
from pages._taken import INSTANT
from pages.analysts._dossiers import SHOWN, days_late, list_names, listed, state_word, unit_names
from pages.analysts._view import View

# A file with more would take minutes to write; whoever needs them asks for a shorter period or a unit below.
MOST = 100_000


def dossiers_table(view: View) -> tuple[Table, list[str]]:
    """Every dossier of the list; where there are more than can be written the first ones, and how many there are. With
    it, what is to be said of those that are not listed."""
    heads = {
        "source_id": _("Dossier"),
        "procedure_code": _("Code of the procedure"),
        "procedure": _("Procedure"),
        "unit_code": _("Code of the unit"),
        "unit": _("Unit"),
        "received_at": _("Received"),
        "due_at": _("Due"),
        "finished_at": _("Completed"),
        "state": _("State"),
        "days_late": _("Days late"),
    }
    name = f"{_('Dossiers')}: {list_names()[view.dossiers]}"
    first = listed(view, 0, SHOWN)
    few = first.total <= MOST
    rows = listed(view, 0, first.total).rows if few else first.rows
    frame, in_all = _typed(view, rows).select(*heads), None if few else first.total
    apart = [not_yours(view.here, first.apart)] if first.apart else []
    return Table(name=name, frame=frame, heads=heads, in_all=in_all, dossiers=True), apart


def _typed(view: View, rows: pl.DataFrame) -> pl.DataFrame:
    procedures, units = view.here.counters.procedures.names(), unit_names(view)
    finished = pl.coalesce("completed_at", "returned_at").cast(INSTANT)
    rows = rows.with_columns(
        finished_at=finished,
        procedure=pl.col("procedure_code").replace(procedures),
        unit=pl.col("unit_code").replace(units),
    )
    asked = rows.select("state", "due_at", "finished_at").iter_rows()
    late = [days_late(state, due, done, view.here.today) for state, due, done in asked]
    states = {state: state_word(state) for state in rows["state"].unique()}
    return rows.with_columns(
        days_late=pl.Series(late, dtype=pl.Int64),
        state=pl.col("state").replace_strict(states, return_dtype=pl.String),
    )
