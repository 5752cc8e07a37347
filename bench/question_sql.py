"""A ranking with its change as SQL over raw dossiers, for PostgreSQL and DuckDB, and as a question to Superset."""

from datetime import UTC, timedelta
from typing import Any, NamedTuple

from clock import start_of_day
from metrics import Period
from store.rows import PROCESSED

# One index per question with all its columns, so that the table itself is not read.
INDEXES = {
    "raw_received": "(received_at) INCLUDE (unit_code, procedure_code, channel, state)",
    "raw_completed": "(completed_at) INCLUDE (unit_code, due_at, received_at, state)",
}
# How each engine says on what local day an instant lies; DuckDB's Parquet holds UTC without a zone.
POSTGRESQL_DAY, DUCKDB_DAY = "({} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date", "({} + INTERVAL 7 HOURS)::date"
_SUMS = """
SELECT unit_code,
  count(*) FILTER (WHERE day_at >= $start AND met) AS numerator,
  count(*) FILTER (WHERE day_at >= $start) AS denominator,
  count(*) FILTER (WHERE day_at < $start AND met) AS numerator_before,
  count(*) FILTER (WHERE day_at < $start) AS denominator_before
FROM chosen GROUP BY unit_code"""
_CHOSEN = {
    "online_dossier_rate": """
SELECT d.unit_code, d.received_at AS day_at, d.channel = 'online' AND p.level >= 3 AS met
FROM dossiers d LEFT JOIN procedures p ON p.code = d.procedure_code
  AND {received_day} BETWEEN p.valid_from AND coalesce(p.valid_to, DATE '9999-12-31')
WHERE d.received_at >= $before AND d.received_at < $end AND d.state NOT IN (1, 3)""",
    "on_time_rate": """
SELECT unit_code, completed_at AS day_at, coalesce({completed_day} <= {due_day}, true) AS met
FROM dossiers
WHERE completed_at >= $before AND completed_at < $end AND state >= 9 AND received_at IS NOT NULL""",
}
# Doubles divide equal fractions to equal values, and differing ones of such sizes to differing values.
_RANKED = """
SELECT *,
  CASE WHEN denominator > 0 THEN rank() OVER (ORDER BY numerator::float8 / nullif(denominator, 0) DESC NULLS LAST) END,
  CASE WHEN denominator_before > 0
    THEN rank() OVER (ORDER BY numerator_before::float8 / nullif(denominator_before, 0) DESC NULLS LAST) END
FROM counted"""
_INSTANTS = {"online_dossier_rate": "received_at", "on_time_rate": "completed_at"}
INDICATORS = tuple(_CHOSEN)


class Asked(NamedTuple):
    """A ranking of all communes: by which indicator, over which period, beside the period before."""

    indicator: str
    period: Period


def statement(asked: Asked, day: str) -> str:
    """The SQL; `day` is how the engine says on what local day an instant lies."""
    days = {f"{name}_day": day.format(f"{name}_at") for name in ("received", "completed", "due")}
    bounds = {name: f"TIMESTAMP '{moment}'" for name, moment in _bounds(asked.period).items()}
    if day == POSTGRESQL_DAY:
        bounds = {name: f"{moment} AT TIME ZONE 'UTC'" for name, moment in bounds.items()}
    text = f"WITH chosen AS ({_CHOSEN[asked.indicator].format(**days)}), counted AS ({_SUMS}) {_RANKED}"
    for name, moment in bounds.items():
        text = text.replace(f"${name}", f"({moment})")
    return text


def _bounds(period: Period) -> dict[str, str]:
    """UTC, at which the period before begins, the period begins, and it has ended."""
    days = {"before": period.previous().start, "start": period.start, "end": period.end + timedelta(days=1)}
    return {name: f"{start_of_day(day).astimezone(UTC):%Y-%m-%d %H:%M:%S}" for name, day in days.items()}


def chart_query(asked: Asked) -> dict[str, Any]:
    """The same sums of Superset's chart API, which leaves the ranks to whoever draws. It knows the dossiers alone:
    KeyError for an indicator that needs the procedures."""
    met = {"on_time_rate": "completed_at::date <= coalesce(due_at::date, 'infinity')"}[asked.indicator]
    instant, since = _INSTANTS[asked.indicator], f"'{asked.period.start}'"
    counted = {
        "numerator": f"{instant} >= {since} AND {met}",
        "denominator": f"{instant} >= {since}",
        "numerator_before": f"{instant} < {since} AND {met}",
        "denominator_before": f"{instant} < {since}",
    }
    days = f"{asked.period.previous().start} : {asked.period.end + timedelta(days=1)}"
    return {
        "filters": [
            {"col": instant, "op": "TEMPORAL_RANGE", "val": days},
            {"col": "state", "op": ">=", "val": PROCESSED},
        ],
        "extras": {},
        "columns": ["unit_code"],
        "metrics": [
            {"label": name, "expressionType": "SQL", "sqlExpression": f"count(*) FILTER (WHERE {what})"}
            for name, what in counted.items()
        ],
        "row_limit": 10_000,
    }
