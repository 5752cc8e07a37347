"""The ranking as it is taken away: one row for each unit of the group, the ranked ones first."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from exports.viewed import Picture, Table, Viewed
from pages import _format
from pages._badges import standing_word
from pages._bars import Bar
from pages._contract import Page
from pages._drawn import drawn_bars
from pages._goals import goal_text
from pages._language import _
from pages._left_out import left_out_said
from pages._live import Live
from pages._names import indicator_name
from pages._notes import notes_said
from pages._order import vietnamese_order
from pages._small import hides, rule
from pages._sourced import silences
from pages._taken import capital, nothing, period_words
from pages.units._headlines import sentence
from pages.units._rows import compared_with, reasons
from pages.units._view import Asked, Shown, counted, group_name, lacking_units, shown

_COLUMNS = {
    "rank": pl.Int64,
    "moved": pl.Int64,
    "unit": pl.String,
    "name": pl.String,
    "value": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "target": pl.String,
    "state": pl.String,
    "own_change": pl.Int64,
    "others_change": pl.Int64,
    "entered": pl.Int64,
    "left": pl.Int64,
    "not_ranked": pl.String,
}
_SHARES = frozenset({"value", "low", "high"})


def ranking_taken(here: Live, wanted: Asked, page: Page) -> Viewed:
    """The view of those choices."""
    if wanted.view is None:
        return nothing(page, here)
    now = shown(wanted.view, here)
    indicator = now.view.indicator
    name = indicator_name(indicator, now.view.period.end)
    filters = [(_("Indicator"), name), (_("Units"), group_name(now.view.group))]
    if wanted.mine:
        filters.append((_("My unit"), wanted.own[wanted.mine]))
    return Viewed(
        name=page.path,
        title=f"{_(page.title)}: {name}",
        sentence=sentence(now),
        filters=filters,
        period=period_words(wanted.period_name, wanted.period),
        data_time=here.data_time,
        definitions=[indicator],
        tables=[_table(now, here, _(page.title))],
        pictures=drawn_ranks(now, name, now.ranked),
        notes=[
            *silences(here, indicator),
            *(
                said
                for unit, label in lacking_units(now).items()
                for said in left_out_said(here, unit, now.view.period, [indicator], label)
            ),
            capital(compared_with(now)),
            *([rule()] if hides(here, indicator) else []),
            *notes_said(here, indicator.key, now.found["unit"], now.view.period),
        ],
    )


def drawn_ranks(now: Shown, name: str, ranked: Sequence[dict[str, Any]]) -> list[Picture]:
    """The bars of ranked units with interval and target. `name`: of the indicator."""
    rate = now.view.indicator.form == "rate"
    aims = [now.targets[row["unit"]].value if rate and row["unit"] in now.targets else None for row in ranked]
    goals = ", ".join(sorted({goal_text(target) for target in now.peers.values()}))
    rows = [
        Bar(
            label=now.units.label(row["unit"]),
            rank=_format.number(row["rank"]),
            value=row["value"],
            text=_format.figure(now.view.indicator, row["value"]),
            n=counted(row),
            low=row["low"],
            high=row["high"],
            state=now.state(row["unit"], row["value"]),
        )
        for row in ranked
    ]
    said = f"{name} · {group_name(now.view.group)}"
    return drawn_bars(rows, said, goals=aims, goal_text=_("target {target}", target=goals) if goals else "")


def _table(now: Shown, here: Live, name: str) -> Table:
    apart = [row for row in now.found.iter_rows(named=True) if row["rank"] is None]
    apart.sort(key=lambda row: vietnamese_order(now.units.label(row["unit"])))
    why = reasons(now, here.settings.ranking.minimum)
    rows = [_row(now, row, why) for row in [*now.ranked, *apart]]
    rates = _SHARES if now.view.indicator.form == "rate" else frozenset()
    return Table(name=name, frame=pl.DataFrame(rows, schema=_COLUMNS), heads=_heads(), rates=rates)


def _row(now: Shown, row: dict[str, Any], why: dict[str, str]) -> dict[str, Any]:
    code, ranked, before = row["unit"], row["rank"] is not None, row["previous_rank"]
    target = now.targets.get(code)
    state = now.state(code, row["value"]) if ranked else "none"
    return {
        **{name: row[name] for name in _COLUMNS if name in row},
        "name": now.units.label(code),
        "moved": before - row["rank"] if ranked and before is not None else None,
        "target": goal_text(target) if target else None,
        "state": standing_word(state) if state != "none" else None,
        "not_ranked": None if ranked else why.get(row["reason"], row["reason"]),
    }


def _heads() -> dict[str, str]:
    return {
        "rank": _("Rank"),
        "moved": _("Moved"),
        "unit": _("Unit code"),
        "name": _("Unit"),
        "value": _("Value"),
        "numerator": _("Numerator"),
        "denominator": _("Denominator"),
        "low": _("95 % interval from"),
        "high": _("95 % interval to"),
        "rank_low": _("Possible rank from"),
        "rank_high": _("Possible rank to"),
        "target": _("Target"),
        "state": _("State"),
        "own_change": _("own change"),
        "others_change": _("others' change"),
        "entered": _("newly ranked"),
        "left": _("no longer ranked"),
        "not_ranked": _("Not ranked because"),
    }
