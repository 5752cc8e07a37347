"""The sources as they are taken away: one row each, with times, counts and the last error."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from exports.viewed import Table
from pages._badges import freshness_word
from pages._language import _
from pages._taken import INSTANT, Columns, table_of
from pages.operators._source_words import advice, outcome_word
from store.health import SourceHealth


def sources_table(sources: Sequence[SourceHealth], name: str) -> Table:
    """A row for each configured source; ages in minutes."""
    columns: Columns = {
        "source": (pl.String, _("Source")),
        "dialect": (pl.String, _("Dialect")),
        "state": (pl.String, _("State")),
        "last_good_at": (INSTANT, _("Last good poll")),
        "age_minutes": (pl.Float64, _("Age (minutes)")),
        "expected_minutes": (pl.Float64, _("Expected age (minutes)")),
        "last_run_at": (INSTANT, _("Last run")),
        "outcome": (pl.String, _("Outcome")),
        "fetched": (pl.Int64, _("Fetched, last run")),
        "accepted": (pl.Int64, _("Accepted")),
        "unchanged": (pl.Int64, _("Unchanged")),
        "rejected": (pl.Int64, _("Rejected")),
        "source_count": (pl.Int64, _("Source says")),
        "day_fetched": (pl.Int64, _("Fetched today")),
        "day_accepted": (pl.Int64, _("Accepted today")),
        "day_rejected": (pl.Int64, _("Rejected today")),
        "quarantined": (pl.Int64, _("In quarantine")),
        "meaning": (pl.String, _("What it means")),
        "message": (pl.String, _("The message")),
    }
    return table_of(name, [_row(source) for source in sources], columns)


def _row(source: SourceHealth) -> tuple[object, ...]:
    failed = source.last_outcome not in (None, "ok")
    return (
        source.name,
        source.dialect,
        freshness_word(source.state),
        source.last_good_at,
        _minutes(source.age),
        _minutes(source.expected_age),
        source.last_run_at,
        outcome_word(source.last_outcome),
        source.fetched,
        source.accepted,
        source.unchanged,
        source.rejected,
        source.source_count,
        source.day_fetched,
        source.day_accepted,
        source.day_rejected,
        source.quarantined,
        advice(source.last_outcome) if failed else None,
        source.last_message if failed else None,
    )


def _minutes(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds() / 60
