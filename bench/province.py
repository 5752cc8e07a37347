"""A generated province of one tier: 180 units, 120 procedures, any number of dossiers over two years.

Only its size and its spread matter: some units and procedures take most of the work, as in real life, and some
procedures change their level, so that the level of the day of receipt must be looked up.
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Engine

from store import tables
from store.engine import writing
from store.frames import schema
from store.rollups import apply_delta
from store.versions import bump

UNITS, PROCEDURES = 180, 120
FIRST_DAY, DAYS = date(2020, 1, 1), 731
SEED = 2021
# State to its share: refused, in process, awaiting a supplement, withdrawn, processed, returned.
_STATES = {3: 0.01, 4: 0.03, 5: 0.01, 7: 0.01, 9: 0.24, 10: 0.70}
_NULL_INSTANT = pl.lit(None, pl.Datetime("us", "UTC"))


def generated_dossiers(count: int) -> pl.DataFrame:
    """So many dossiers with the columns of the table; the same in every run."""
    random = np.random.default_rng(SEED)
    state = random.choice(list(_STATES), count, p=list(_STATES.values()))
    received = random.integers(0, DAYS, count) * 86400 + random.integers(8 * 3600, 17 * 3600, count)
    due = received + random.integers(1, 20, count) * 86400
    taken = random.exponential(5 * 86400, count).astype(np.int64) + 600
    ended = np.isin(state, [3, 7, 9, 10])
    frame = pl.DataFrame(
        {
            "unit": _skewed(random, UNITS, count),
            "procedure": _skewed(random, PROCEDURES, count),
            "channel": random.choice(["counter", "online", "post"], count, p=[0.45, 0.52, 0.03]),
            "state": state,
            "received": received,
            "due": due,
            "completed": received + taken,
            "ended": ended,
            "rating": random.integers(0, 4, count),
            "draw": random.random(count),
            "content_hash": random.integers(-(2**62), 2**62, count),
        }
    )
    kinds = schema(tables.dossiers)
    return frame.select(_columns()).select(*kinds).cast(kinds)  # type: ignore[arg-type]  # polars takes it


def _columns() -> list[pl.Expr]:
    done, draw = pl.col("ended"), pl.col("draw")
    completed = pl.when(done).then(_instant("completed"))
    return [
        pl.lit("bench").alias("source"),
        pl.format("H99-{}", pl.row_index()).alias("source_id"),
        pl.format("H99.{}", pl.col("unit")).alias("unit_code"),
        pl.format("9.{}", pl.col("procedure")).alias("procedure_code"),
        pl.col("channel", "state", "content_hash"),
        _instant("received").alias("submitted_at"),
        _instant("received").alias("received_at"),
        _instant("due").alias("due_at"),
        completed.alias("completed_at"),
        _NULL_INSTANT.alias("returned_at"),
        (draw < 0.2).alias("returned_by_post"),
        (draw < 0.6).alias("digitised"),
        ((pl.col("channel") == "online") & (draw < 0.8)).alias("authenticated"),
        pl.when(draw < 0.3).then(pl.lit("national")).otherwise(pl.lit("none")).alias("payment"),
        (draw < 0.4).alias("fee_due"),
        (draw < 0.05).cast(pl.Int64).alias("supplements"),
        (draw < 0.5).alias("e_result"),
        pl.when(pl.col("rating") > 0).then("rating").alias("rating"),
        pl.lit(value=False).alias("untold"),
        pl.coalesce(completed, _instant("received")).alias("updated_at"),
    ]


def _instant(seconds: str) -> pl.Expr:
    """Local seconds since the first day as an instant."""
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) - timedelta(hours=7)
    return pl.lit(midnight).cast(pl.Datetime("us", "UTC")) + pl.duration(seconds=pl.col(seconds))


def _skewed(random: np.random.Generator, size: int, count: int) -> npt.NDArray[np.int64]:
    weights = 1 / np.arange(1, size + 1) ** 0.7
    return random.choice(size, count, p=weights / weights.sum())


def put_catalogues(engine: Engine) -> None:
    """Units without a hierarchy, and procedures of which every third rises by one level on 1 June 2021."""
    since, risen = date(2019, 1, 1), date(2021, 6, 1)
    units = [_unit(number, since) for number in range(UNITS)]
    procedures = []
    for number in range(PROCEDURES):
        level, rises = 2 + number % 3, number % 3 < 2 and number % 2 == 0
        procedures.append(_procedure(number, since, risen - timedelta(days=1) if rises else None, level))
        if rises:
            procedures.append(_procedure(number, risen, None, level + 1))
    with writing(engine) as connection:
        connection.execute(tables.units.insert(), units)
        connection.execute(tables.procedures.insert(), procedures)
        bump(connection, "catalogue")


def _unit(number: int, since: date) -> dict[str, object]:
    named = {"code": f"H99.{number}", "name": f"Xã {number}", "kind": "xa"}
    return {**named, "valid_from": since, "valid_to": None, "parent_code": None, "source": "bench"}


def _procedure(number: int, begin: date, end: date | None, level: int) -> dict[str, object]:
    named = {"code": f"9.{number}", "name": f"Thủ tục {number}", "tier": "xa", "field_code": "G", "field_name": "G"}
    dated = {"valid_from": begin, "valid_to": end, "level": level}
    return {**named, **dated, "agency_code": None, "fee": False, "national_portal": True, "source": "bench"}


def put_counters(engine: Engine, dossiers: pl.DataFrame) -> None:
    """Count the dossiers into the daily measures, by the store's own function."""
    with writing(engine) as connection:
        apply_delta(connection, "dossiers", dossiers.clear(), dossiers)
