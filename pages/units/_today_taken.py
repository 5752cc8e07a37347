"""Today's work as it is taken away: what each part would bring, the procedures behind, and every dossier listed."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from clock import local_day
from exports.viewed import Table, Viewed
from metrics import catalogue
from pages._contract import Page
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._scoped import not_yours
from pages._sourced import silences
from pages._taken import INSTANT, period_words, table_of
from pages.units._today_lateness import lateness_said
from pages.units._today_list import deadline_words, work_state
from pages.units._today_parts import behind
from pages.units._today_view import (
    BESIDE,
    Foretold,
    Wanted,
    counts,
    foretell,
    foretold,
    listed,
    not_listed,
    part_names,
    ticked_work,
)
from pages.units._today_words import honest, sentence
from pages.units._view import group_name
from store.work_reads import open_dossiers

_MOST = 20_000


def today_taken(here: Live, asked: Wanted, page: Page) -> Viewed:
    """The view of those choices; the dossiers are all of the list, not its first ones."""
    held = counts(here, asked)
    told = foretold(here, asked, held)
    if asked.ticked:
        told["ticked"] = foretell(here, asked, ticked_work(asked))
    names = {**part_names(), "ticked": _("The ticked dossiers")}
    filters = [
        (_("Unit"), asked.units.label(asked.unit)),
        (_("Indicator"), indicator_name(asked.indicator, asked.period.end)),
        (_("Ranked among"), group_name(asked.group)),
        (_("Part of the work"), names[asked.due]),
    ]
    if asked.procedure:
        filters.append((_("Procedure"), here.counters.procedures.names()[asked.procedure]))
    chosen = told.get("ticked") or told.get(asked.due)
    work = listed(here, asked)
    total, found = open_dossiers(here.engine, work, here.now, _MOST)
    apart = not_listed(here, work, total)
    return Viewed(
        name=page.path,
        title=f"{_(page.title)}: {asked.units.label(asked.unit)}",
        sentence=sentence(here, asked, held, told),
        filters=filters,
        period=period_words(asked.period_name, asked.period),
        data_time=here.data_time,
        definitions=[catalogue()[key] for key in dict.fromkeys((asked.indicator.key, *BESIDE))],
        tables=[_dossiers(here, asked, total, found), _parts(asked, held, told, names), _procedures(here, asked)],
        notes=[
            *silences(here, asked.indicator),
            *([not_yours(here, apart)] if apart else []),
            *(honest(asked, chosen) if chosen else []),
            *lateness_said(here, asked),
        ],
    )


def _parts(asked: Wanted, held: Mapping[str, int], told: dict[str, Foretold], names: dict[str, str]) -> Table:
    rate = asked.indicator.form == "rate"
    rows: list[tuple[object, ...]] = []
    for due, done in told.items():
        forecast = done.forecasts[asked.indicator.key]
        before, after = forecast.before, forecast.after
        n = held.get(due, done.dossiers)
        rows.append((names[due], n, done.late, before.value, after.value, before.rank, after.rank, after.ranked))
    rows.append((names["waiting"], held["waiting"], None, None, None, None, None, None))
    return table_of(
        _("Handled now"),
        rows,
        {
            "part": (pl.String, _("Part of the work")),
            "dossiers": (pl.Int64, _("Dossiers")),
            "late": (pl.Int64, _("Overdue")),
            "value": (pl.Float64, _("Value now")),
            "value_after": (pl.Float64, _("Value afterwards")),
            "rank": (pl.Int64, _("Rank now")),
            "rank_after": (pl.Int64, _("Rank afterwards")),
            "ranked": (pl.Int64, _("Ranked")),
        },
        ("value", "value_after") if rate else (),
    )


def _procedures(here: Live, asked: Wanted) -> Table:
    rows = [(one.code, one.name, one.numerator, one.denominator, one.missing, one.share) for one in behind(here, asked)]
    return table_of(
        _("Procedures behind most of the gap"),
        rows,
        {
            "procedure": (pl.String, _("Procedure code")),
            "name": (pl.String, _("Procedure")),
            "numerator": (pl.Float64, _("Numerator")),
            "denominator": (pl.Float64, _("Denominator")),
            "missing": (pl.Float64, _("Missing cases")),
            "share": (pl.Float64, _("Share of what is missing")),
        },
        ("share",),
    )


def _dossiers(here: Live, asked: Wanted, total: int, found: pl.DataFrame) -> Table:
    names = here.counters.procedures.names()
    rows = [
        (
            row["source"],
            row["source_id"],
            names.get(row["procedure_code"], row["procedure_code"]),
            row["unit_code"],
            asked.units.label(row["unit_code"]) if row["unit_code"] in asked.units.by_code else None,
            local_day(row["received_at"]),
            row["due_at"],
            deadline_words(here, row)[0],
            work_state(row["state"]),
            (row["source"], row["source_id"]) in asked.ticked,
        )
        for row in found.iter_rows(named=True)
    ]
    table = table_of(
        _("Open dossiers"),
        rows,
        {
            "source": (pl.String, _("Source")),
            "dossier": (pl.String, _("Dossier")),
            "procedure": (pl.String, _("Procedure")),
            "unit": (pl.String, _("Unit code")),
            "name": (pl.String, _("Unit")),
            "received": (pl.Date, _("Received")),
            "due": (INSTANT, _("Due")),
            "working_days": (pl.String, _("Working days")),
            "state": (pl.String, _("State")),
            "ticked": (pl.Boolean, _("Ticked")),
        },
    )
    return replace(table, in_all=total if total > found.height else None, dossiers=True)
