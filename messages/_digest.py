"""The weekly digest of a recipient's units: each with its own figures, what falls due, and what holds."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

import polars as pl

from clock import LOCAL_ZONE
from messages._letters import Line, Part
from messages._seen import Seen
from metrics import KINDS, Indicator, Period, catalogue, figures
from pages import _format
from pages._goals import goal_text
from pages._language import _
from pages._names import indicator_name
from recipients import WEEKDAYS, RecipientSettings
from store.message_rows import Condition
from store.reads import dossiers_in_work

# Of a unit without any target.
USUAL = ("online_dossier_rate", "on_time_rate")
# A digest that could not be sent for so long comes with the next week.
LATEST = timedelta(days=1)


def due_at(recipient: RecipientSettings, now: datetime) -> datetime | None:
    """When the digest that is due at an instant fell due; None when none does, or it is too late for it."""
    if not recipient.digest:
        return None
    weekday, clock_time = recipient.digest.split(" ")
    local = now.astimezone(LOCAL_ZONE)
    day = local.date() - timedelta(days=(local.weekday() - WEEKDAYS.index(weekday)) % 7)
    due = datetime.combine(day, time.fromisoformat(clock_time), LOCAL_ZONE)
    due = due if due <= now else due - timedelta(days=7)
    return due if now - due < LATEST else None


def digest(seen: Seen, recipient: RecipientSettings, conditions: Sequence[Condition]) -> list[Part]:
    """A part for each of the recipient's units in force; `conditions`: what holds for the recipient."""
    return [_unit(seen, unit, conditions) for unit in seen.own_units(recipient)]


def title(seen: Seen) -> str:
    """What a digest is called."""
    return _("Digest of the week, {day}", day=_format.day(seen.today))


def _unit(seen: Seen, unit: str, conditions: Sequence[Condition]) -> Part:
    told = [_figure(seen, unit, key) for key in indicators_of(seen, unit)]
    overdue, due = due_this_week(seen, unit)
    work = _(
        "Due this week: {due} dossiers; overdue already: {overdue}.",
        due=_format.number(due),
        overdue=_format.number(overdue),
    )
    mine = [condition for condition in conditions if condition.unit_code == unit]
    holding = [Line(_("Open: {what}", what=condition.text)) for condition in mine] or [Line(_("Open: nothing."))]
    return Part(seen.units.label(unit), [*told, Line(work, seen.link("today", unit=unit)), *holding])


def indicators_of(seen: Seen, unit: str) -> list[str]:
    """The keys of the rates that a unit has a target for, else the usual ones."""
    wanted = [key for key, goals in seen.goals.items() if unit in goals and key in catalogue()]
    return [key for key in wanted if catalogue()[key].form == "rate"] or list(USUAL)


def due_this_week(seen: Seen, unit: str) -> tuple[int, int]:
    """Dossiers in work of the unit and all under it: overdue before today, and due from today to Sunday."""
    monday = Period.week_of(seen.today).end + timedelta(days=1)
    found = dossiers_in_work(seen.engine, seen.units.subtree(unit), [seen.today, monday], seen.today)
    counts = dict(found.group_by("span").agg(pl.col("dossiers").sum()).iter_rows())
    return counts.get(0, 0), counts.get(1, 0)


def _figure(seen: Seen, unit: str, key: str) -> Line:
    """Value, target, rank and movement of one indicator in the year until today."""
    indicator = catalogue()[key]
    period = Period.year_to_date(seen.today)
    figure = figures(seen.counters, period, [key], units=[unit]).row(0, named=True)
    value, target = figure["value"], seen.goals.get(key, {}).get(unit)
    told = [_value(indicator, figure["numerator"], figure["denominator"], value)]
    if target:
        told.append(_("target {target}", target=goal_text(target)))
        told += [_format.difference(indicator, value - target.value)] if value is not None else []
    told += _rank(seen, unit, key, period)
    link = seen.link("my-unit", unit=unit, indicator=key)
    return Line("; ".join(told), link, indicator_name(indicator, seen.today))


def _value(indicator: Indicator, numerator: float | None, denominator: float | None, value: float | None) -> str:
    told = _format.figure(indicator, value)
    if value is None or numerator is None or denominator is None:
        return told
    return f"{told} ({_format.number(numerator)}/{_format.number(denominator)})"


def _rank(seen: Seen, unit: str, key: str, period: Period) -> list[str]:
    """The rank among the units of its kind, and the places gained since the period before, in words."""
    kind = seen.units.by_code[unit].kind
    if kind not in KINDS or kind == "tinh":
        return []
    found = seen.ranking(key, kind, period)
    row = found.filter(pl.col("unit") == unit).row(0, named=True)
    if row["rank"] is None:
        return [_("not ranked")]
    told = [_("rank {rank} of {n}", rank=row["rank"], n=found["rank"].count())]
    if row["previous_rank"] is not None and seen.counters.cover(period.previous()):
        moved = row["previous_rank"] - row["rank"]
        told.append(
            _("{n} places against the period before", n=_format.signed(moved)) if moved else _("rank unchanged")
        )
    return told
