"""Targets and their changes as they are taken away, and the words that page and file share."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from exports.viewed import Table
from metrics import catalogue
from pages._goals import SIGNS
from pages._language import _
from pages._live import Live
from pages._names import indicator_name
from pages._taken import INSTANT, Columns, table_of
from pages._units import Units, kind_names
from store.dimensions import TargetChange, target_history
from store.engine import Engine
from store.reads import Target


def targets_table(shown: Sequence[Target], units: Units, here: Live, name: str) -> Table:
    """A row for each target."""
    columns: Columns = {
        "indicator": (pl.String, _("Key")),
        "name": (pl.String, _("Indicator")),
        "whom": (pl.String, _("For")),
        "unit": (pl.String, _("Unit code")),
        "comparator": (pl.String, _("Comparator")),
        "value": (pl.Float64, _("Target")),
        "valid_from": (pl.Date, _("From")),
        "valid_to": (pl.Date, _("To")),
        "decision": (pl.String, _("Decision")),
        "decided_on": (pl.Date, _("Of (day)")),
        "issuer": (pl.String, _("Issued by")),
        "entered_by": (pl.String, _("Entered by")),
        "entered_at": (INSTANT, _("Stored")),
    }
    rows = [_row(target, units, here) for target in shown]
    return table_of(name, rows, columns, ["value"], _rated(target.indicator for target in shown))


def _row(target: Target, units: Units, here: Live) -> tuple[object, ...]:
    return (
        target.indicator,
        _name(target.indicator, here),
        whom_name(target.unit_code, target.kind, units),
        target.unit_code or None,
        SIGNS.get(target.comparator, target.comparator),
        target.value,
        target.valid_from,
        target.valid_to,
        target.decision or None,
        target.decided_on,
        target.issuer or None,
        target.entered_by or None,
        target.entered_at,
    )


def _name(key: str, here: Live) -> str:
    indicator = catalogue().get(key)
    return indicator_name(indicator, here.today) if indicator else key


def _rated(keys: Iterable[str]) -> list[bool]:
    return [key not in catalogue() or catalogue()[key].form == "rate" for key in keys]


def whom_name(unit_code: str, kind: str, units: Units) -> str:
    """For whom a target is: a unit's name, or every unit of a kind."""
    if kind:
        return _("every unit: {kind}", kind=kind_names().get(kind, kind))
    return units.label(unit_code) if unit_code in units.by_code else unit_code


def changes_of(engine: Engine, indicator: str) -> list[TargetChange]:
    """Who changed targets of an indicator ("": of any), the newest first."""
    return [change for change in target_history(engine) if indicator in ("", change.indicator)]


def history_table(changes: Sequence[TargetChange], units: Units, here: Live) -> Table:
    """A row for each change: who made it, what the target was and what it became."""
    columns: Columns = {
        "changed_at": (INSTANT, _("When")),
        "changed_by": (pl.String, _("Who")),
        "indicator": (pl.String, _("Indicator")),
        "whom": (pl.String, _("For")),
        "valid_from": (pl.Date, _("From")),
        "comparator_before": (pl.String, _("Was")),
        "before": (pl.Float64, _("Was (value)")),
        "comparator_after": (pl.String, _("Became")),
        "after": (pl.Float64, _("Became (value)")),
        "valid_to": (pl.Date, _("To")),
        "decision": (pl.String, _("Decision")),
        "reason": (pl.String, _("Why")),
    }
    rows = [_change(change, units, here) for change in changes]
    rated = _rated(change.indicator for change in changes)
    return table_of(_("Who changed what"), rows, columns, ["before", "after"], rated)


def _change(change: TargetChange, units: Units, here: Live) -> tuple[object, ...]:
    now = change.after or change.before or {}
    return (
        change.changed_at,
        change.changed_by or None,
        _name(change.indicator, here),
        whom_name(change.unit_code, change.kind, units),
        change.valid_from,
        *_terms(change.before),
        *_terms(change.after),
        now.get("valid_to"),
        now.get("decision") or None,
        change.reason or None,
    )


def _terms(said: dict[str, Any] | None) -> tuple[str, float | None]:
    if said is None:
        return _("none"), None
    return SIGNS.get(said["comparator"], said["comparator"]), said["value"]
