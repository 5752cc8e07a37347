"""*My unit* as it is taken away: its indicators, everything that brought the change, and the guards."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from exports.viewed import Table, Viewed
from pages._badges import standing_word
from pages._contract import Page
from pages._goals import goal_text
from pages._language import _
from pages._left_out import left_out_said
from pages._live import Live
from pages._names import indicator_name
from pages._notes import notes_said
from pages._sourced import silences
from pages._taken import nothing, period_words
from pages._units import Units, kind_names
from pages.units._mine import to_target
from pages.units._my_guards import Guard, guards, judged
from pages.units._my_parts import Part, parts, unit_name
from pages.units._my_view import Asked, Line, lines
from pages.units._my_words import moved_over, movement_said, sentence
from pages.units._rows import neighbours
from pages.units._taken import drawn_ranks

_PLACES = ("own_change", "others_change", "entered", "left")
_LINES = {
    "indicator": pl.String,
    "rank": pl.Int64,
    "ranked": pl.Int64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "value": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "target": pl.String,
    "state": pl.String,
    "to_target": pl.Float64,
    "dossiers_needed": pl.Int64,
    "rank_now": pl.Int64,
    "previous_rank": pl.Int64,
    **dict.fromkeys(_PLACES, pl.Int64),
}
_PARTS = {
    "code": pl.String,
    "name": pl.String,
    "points": pl.Float64,
    "value_before": pl.Float64,
    "value_now": pl.Float64,
    "numerator_before": pl.Float64,
    "denominator_before": pl.Float64,
    "numerator_now": pl.Float64,
    "denominator_now": pl.Float64,
}
_GUARDS = {
    "indicator": pl.String,
    "value": pl.Float64,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "middle": pl.Float64,
    "together": pl.Float64,
    "judged": pl.String,
}


def my_unit_taken(here: Live, wanted: Asked, one: Line, page: Page) -> Viewed:
    """The view of a unit that is in force, looked at by the indicator of `one`."""
    found, brought, beside = lines(here, wanted), parts(here, wanted, one), guards(here, wanted)
    named = [(part.code, unit_name(part, wanted), part) for part in brought.communes]
    procedures = [(part.code, part.name, part) for part in brought.procedures]
    tables = [
        Table(name=_("My indicators"), frame=_lines(found), heads=_line_heads(), rates=_rates(found)),
        _parts_table(_("What brought the change: procedures"), _("Procedure code"), procedures),
        _parts_table(_("What brought the change: units"), _("Unit code"), named),
        _guards_table(beside, wanted),
    ]
    name = wanted.units.label(wanted.unit)
    return Viewed(
        name=page.path,
        title=f"{_(page.title)}: {name}",
        sentence=sentence(one, here),
        filters=[(_("Unit"), name), (_("Indicator"), name_of(one))],
        period=period_words(wanted.period_name, wanted.period),
        data_time=here.data_time,
        definitions=[*(line.indicator for line in found), *(guard.indicator for guard in beside)],
        tables=[table for table in tables if table.frame.height],
        pictures=drawn_ranks(one.now, name_of(one), neighbours(one.now)) if one.row["rank"] is not None else (),
        notes=[
            *silences(here, one.indicator),
            *left_out_said(here, wanted.unit, wanted.period, [one.indicator, *(line.indicator for line in found)]),
            *_notes(here, one),
            *notes_said(here, one.indicator.key, [wanted.unit], wanted.period),
        ],
    )


def name_of(one: Line) -> str:
    """The name of its indicator in the words of the period's end."""
    return indicator_name(one.indicator, one.now.view.period.end)


def units_taken(here: Live, units: Units, page: Page) -> Viewed:
    """The units that a visitor can choose."""
    if not units.by_code:
        return nothing(page, here)
    mine = [unit for unit in units.by_code.values() if unit.kind in kind_names()]
    rows = [(unit.code, units.label(unit.code), kind_names()[unit.kind]) for unit in mine]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(("unit", "name", "kind"), pl.String), orient="row")
    heads = {"unit": _("Unit code"), "name": _("Unit"), "kind": _("kind of units")}
    question = _("Which unit is yours?")
    return replace(nothing(page, here), sentence=question, tables=[Table(name=_("Units"), frame=frame, heads=heads)])


def _notes(here: Live, one: Line) -> list[str]:
    said = [[moved_over(one)], movement_said(one, here), to_target(one.now, one.row, here)]
    together = [" ".join(sentence for sentence in sentences if sentence) for sentences in said]
    return [note for note in together if note]


def _rates(found: Sequence[Line]) -> frozenset[str]:
    """Shares as long as every indicator of the list is one."""
    every = all(line.indicator.form == "rate" for line in found)
    return frozenset({"low", "high", *(("value", "to_target") if every else ())})


def _lines(found: Sequence[Line]) -> pl.DataFrame:
    return pl.DataFrame([_line(line) for line in found], schema=_LINES)


def _line(one: Line) -> dict[str, object]:
    moved = one.moving.mine if one.moving else {}
    return {
        **{name: one.row[name] for name in _LINES if name in one.row},
        "indicator": name_of(one),
        "ranked": len(one.now.ranked),
        "target": goal_text(one.target) if one.target else None,
        "state": standing_word(one.state) if one.target else None,
        "to_target": one.gap.points if one.gap else None,
        "dossiers_needed": one.gap.dossiers_needed if one.gap else None,
        "rank_now": moved.get("rank"),
        **{name: moved.get(name) for name in ("previous_rank", *_PLACES)},
    }


def _line_heads() -> dict[str, str]:
    return {
        "indicator": _("Indicator"),
        "rank": _("Rank"),
        "ranked": _("Ranked units"),
        "rank_low": _("Possible rank from"),
        "rank_high": _("Possible rank to"),
        "value": _("Value"),
        "low": _("95 % interval from"),
        "high": _("95 % interval to"),
        "numerator": _("Numerator"),
        "denominator": _("Denominator"),
        "target": _("Target"),
        "state": _("State"),
        "to_target": _("To the target (points)"),
        "dossiers_needed": _("Further cases needed"),
        "rank_now": _("Rank over the time of the movement"),
        "previous_rank": _("Rank before that"),
        "own_change": _("own change"),
        "others_change": _("others' change"),
        "entered": _("newly ranked"),
        "left": _("no longer ranked"),
    }


def _parts_table(name: str, code_head: str, named: Sequence[tuple[str, str, Part]]) -> Table:
    rows = [
        {
            "code": code,
            "name": called,
            "points": part.points,
            "value_before": part.before.value,
            "value_now": part.now.value,
            "numerator_before": part.before.numerator,
            "denominator_before": part.before.denominator,
            "numerator_now": part.now.numerator,
            "denominator_now": part.now.denominator,
        }
        for code, called, part in named
    ]
    heads = {
        "code": code_head,
        "name": _("Name"),
        "points": _("What it brought (points)"),
        "value_before": _("Value before"),
        "value_now": _("Value now"),
        "numerator_before": _("Numerator before"),
        "denominator_before": _("Denominator before"),
        "numerator_now": _("Numerator now"),
        "denominator_now": _("Denominator now"),
    }
    rates = frozenset({"points", "value_before", "value_now"})
    return Table(name=name, frame=pl.DataFrame(rows, schema=_PARTS), heads=heads, rates=rates)


def _guards_table(found: Sequence[Guard], wanted: Asked) -> Table:
    rows = [
        {
            **{name: guard.row[name] for name in _GUARDS if name in guard.row},
            "indicator": indicator_name(guard.indicator, wanted.period.end),
            "middle": guard.middle,
            "together": guard.together,
            "judged": judged(guard),
        }
        for guard in found
    ]
    heads = {
        "indicator": _("Guard"),
        "value": _("Value"),
        "numerator": _("Numerator"),
        "denominator": _("Denominator"),
        "low": _("95 % interval from"),
        "high": _("95 % interval to"),
        "middle": _("Peers' median"),
        "together": _("All peers together"),
        "judged": _("Said plainly"),
    }
    rates = frozenset({"value", "low", "high", "middle", "together"})
    return Table(
        name=_("Guards beside the targets"), frame=pl.DataFrame(rows, schema=_GUARDS), heads=heads, rates=rates
    )
