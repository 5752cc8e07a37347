"""A generated province: 180 communes under 12 districts, 120 procedures in 15 fields, any number of dossiers over two
years, all of them in communes.

Only its size and its spread matter: some units and procedures take most of the work, as in real life, and some
procedures change their level, so that the level of the day of receipt must be looked up.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlalchemy import Engine

from bench import bulk
from store import tables
from store.engine import migrate, writing
from store.first_load import FirstLoad
from store.frames import schema
from store.rollups import apply_delta
from store.versions import bump

PROCEDURES, FIELDS, ROOT = 120, 15, "H99"
FIRST_DAY, DAYS = date(2020, 1, 1), 731
SEED = 2021
# So many are generated, copied and counted at a time.
BATCH = 1_000_000


class Size(NamedTuple):
    """Communes, and the districts that they stand under."""

    communes: int
    districts: int


PROVINCE, NATION = Size(180, 12), Size(3_355, 63)
# State to its share: refused, in process, awaiting a supplement, withdrawn, processed, returned.
_STATES = {3: 0.01, 4: 0.03, 5: 0.01, 7: 0.01, 9: 0.24, 10: 0.70}
_NULL_INSTANT = pl.lit(None, pl.Datetime("us", "UTC"))


def fill(engine: Engine, count: int, say: Callable[[str], None], size: Size = PROVINCE) -> None:
    """Put the province with so many dossiers and their daily measures into an empty database."""
    migrate(engine)
    put_catalogues(engine, size)
    first_load = FirstLoad()
    for first in range(0, count, BATCH):
        number = min(BATCH, count - first)
        say(f"generating, copying and counting dossiers {first:,} to {first + number:,} of {count:,}")
        dossiers = generated_dossiers(number, size, SEED + first // BATCH, first)
        bulk.load(engine, tables.dossiers, dossiers)
        _put_counters(engine, dossiers, first_load)


def generated_dossiers(count: int, size: Size = PROVINCE, seed: int = SEED, first: int = 0) -> pl.DataFrame:
    """So many dossiers with the columns of the table, numbered from `first`; the same in every run."""
    random = np.random.default_rng(seed)
    state = random.choice(list(_STATES), count, p=list(_STATES.values()))
    received = random.integers(0, DAYS, count) * 86400 + random.integers(8 * 3600, 17 * 3600, count)
    due = received + random.integers(1, 20, count) * 86400
    taken = random.exponential(5 * 86400, count).astype(np.int64) + 600
    ended = np.isin(state, [3, 7, 9, 10])
    frame = pl.DataFrame(
        {
            "unit": _skewed(random, size.communes, count),
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
    return frame.select(_columns(first)).select(*kinds).cast(kinds)  # type: ignore[arg-type]  # polars takes it


def _columns(first: int) -> list[pl.Expr]:
    done, draw = pl.col("ended"), pl.col("draw")
    completed = pl.when(done).then(_instant("completed"))
    return [
        pl.lit("bench").alias("source"),
        pl.format("H99-{}", pl.row_index() + first).alias("source_id"),
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


def put_catalogues(engine: Engine, size: Size = PROVINCE) -> None:
    """Units under units, and procedures of which every third rises by one level on 1 June 2021."""
    with writing(engine) as connection:
        connection.execute(tables.units.insert(), unit_rows(size))
        connection.execute(tables.procedures.insert(), procedure_rows())
        bump(connection, "catalogue")


def unit_rows(size: Size) -> list[dict[str, Any]]:
    """The root, the districts under it, the communes under these."""
    since = date(2019, 1, 1)
    units = [_unit(ROOT, "Tỉnh Mẫu", "tinh", None, since)]
    units += [_unit(f"{ROOT}.Q{n}", f"Huyện {n}", "huyen", ROOT, since) for n in range(size.districts)]
    return units + [
        _unit(f"{ROOT}.{n}", f"Xã {n}", "xa", f"{ROOT}.Q{n % size.districts}", since) for n in range(size.communes)
    ]


def procedure_rows() -> list[dict[str, Any]]:
    """The procedures, two rows where the level rises."""
    since, risen = date(2019, 1, 1), date(2021, 6, 1)
    procedures = []
    for number in range(PROCEDURES):
        level, rises = 2 + number % 3, number % 3 < 2 and number % 2 == 0
        procedures.append(_procedure(number, since, risen - timedelta(days=1) if rises else None, level))
        if rises:
            procedures.append(_procedure(number, risen, None, level + 1))
    return procedures


def _unit(code: str, name: str, kind: str, parent: str | None, since: date) -> dict[str, object]:
    dated = {"valid_from": since, "valid_to": None}
    return {"code": code, "name": name, "kind": kind, **dated, "parent_code": parent, "source": "bench"}


def _procedure(number: int, begin: date, end: date | None, level: int) -> dict[str, object]:
    named = {"code": f"9.{number}", "name": f"Thủ tục {number}", "tier": "xa"}
    field = {"field_code": f"G{number % FIELDS}", "field_name": f"Lĩnh vực {number % FIELDS}"}
    dated = {"valid_from": begin, "valid_to": end, "level": level}
    return {**named, **field, **dated, "agency_code": None, "fee": False, "national_portal": True, "source": "bench"}


def _put_counters(engine: Engine, dossiers: pl.DataFrame, first_load: FirstLoad) -> None:
    """Count the dossiers into the daily measures, by the store's own function."""
    with writing(engine) as connection:
        apply_delta(connection, "dossiers", dossiers.clear(), dossiers, first_load)
    first_load.committed()
