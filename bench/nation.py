"""A generated nation: 3,355 communes under 63 provinces, dossiers over two years in chunks of which each is the same in
every run; as raw rows, and as the daily counters that the store's own functions make of them."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from metrics import Counters
from store import contributions, tables
from store.frames import schema
from store.reads import Snapshot
from store.tables import DOSSIER_MEASURES

UNITS, PROVINCES, CHUNK = 3355, 63, 100_000
FIRST_DAY, DAYS = date(2019, 12, 1), 762
SEED = 2021
# Two procedures: one always of level 4, one that rises from 2 to 3.
PROCEDURES, RISEN = ("9.0", "9.1"), date(2021, 6, 1)
_SINCE = date(2019, 1, 1)
_LONGEST_DAYS = 120
_ALL_DAYS = DAYS + _LONGEST_DAYS + 30
_STATES = {3: 0.01, 4: 0.03, 5: 0.01, 7: 0.01, 9: 0.24, 10: 0.70}
_DAY_SECONDS = 86400
_EPOCH_DAY = (FIRST_DAY - date(1970, 1, 1)).days
_FLAGS = ("returned_by_post", "digitised", "authenticated", "fee_due", "e_result", "untold")
RAW = ("source_id", "unit_code", "procedure_code", "channel", "state", "received_at", "due_at", "completed_at")


def unit_codes() -> list[str]:
    """The communes' codes."""
    return [f"H{10 + number % PROVINCES}.{number}" for number in range(UNITS)]


def dossiers(chunk: int) -> pl.DataFrame:
    """The chunk's 100,000 dossiers: the columns RAW."""
    random = np.random.default_rng([SEED, chunk])
    weights = 1 / np.arange(1, UNITS + 1) ** 0.7
    unit = random.choice(UNITS, CHUNK, p=weights / weights.sum())
    received = random.integers(0, DAYS, CHUNK) * _DAY_SECONDS + random.integers(8 * 3600, 17 * 3600, CHUNK)
    taken = np.minimum(random.exponential(5 * _DAY_SECONDS, CHUNK), _LONGEST_DAYS * _DAY_SECONDS).astype(np.int64)
    frame = pl.DataFrame(
        {
            "number": np.arange(CHUNK) + chunk * CHUNK,
            "unit": unit,
            "procedure": random.integers(0, len(PROCEDURES), CHUNK),
            "channel": random.choice(["counter", "online", "post"], CHUNK, p=[0.45, 0.52, 0.03]),
            "state": random.choice(list(_STATES), CHUNK, p=list(_STATES.values())),
            "received": received,
            "due": received + random.integers(1, 20, CHUNK) * _DAY_SECONDS,
            "completed": received + taken + 600,
        }
    )
    return frame.select(
        pl.format("H-{}", "number").alias("source_id"),
        pl.Series("unit_code", unit_codes()).gather(frame["unit"]),
        pl.Series("procedure_code", PROCEDURES).gather(frame["procedure"]),
        "channel",
        "state",
        _instant("received").alias("received_at"),
        _instant("due").alias("due_at"),
        pl.when(pl.col("state").is_in([3, 7, 9, 10])).then(_instant("completed")).alias("completed_at"),
    )


def _instant(seconds: str) -> pl.Expr:
    midnight = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC) - timedelta(hours=7)
    return pl.lit(midnight).cast(pl.Datetime("us", "UTC")) + pl.duration(seconds=pl.col(seconds))


class DailyCounts:
    """The daily counters of all chunks added so far, dense: measures × cells (unit, procedure, day); 630 MB."""

    def __init__(self) -> None:
        self._cells = UNITS * len(PROCEDURES) * _ALL_DAYS
        self._counts: dict[str, npt.NDArray[np.int32]] = {
            measure: np.zeros(self._cells, np.int32) for measure in DOSSIER_MEASURES
        }

    def add(self, chunk: pl.DataFrame) -> None:
        """Count the dossiers of a chunk by the store's own definition."""
        daily = contributions.dossier_days(contributions.dossier_timeline(_whole(chunk).lazy()).collect())
        unit = daily["unit_code"].str.split(".").list.last().cast(pl.Int64).to_numpy()
        procedure = daily["procedure_code"].str.slice(2).cast(pl.Int64).to_numpy()
        cell = (unit * len(PROCEDURES) + procedure) * _ALL_DAYS + daily["day"].to_numpy() - _EPOCH_DAY
        for measure, counts in self._counts.items():
            counts[cell] += daily[measure].to_numpy().astype(np.int32)

    def counters(self, times: int = 1) -> Counters:
        """What a web process holds, every dossier counted so many times."""
        chosen = np.flatnonzero(np.any([counts != 0 for counts in self._counts.values()], axis=0))
        place, day = np.divmod(chosen, _ALL_DAYS)
        unit, procedure = np.divmod(place, len(PROCEDURES))
        keys = {
            "unit_code": pl.Series(unit_codes()).gather(unit),
            "procedure_code": pl.Series(PROCEDURES).gather(procedure),
            "day": day + _EPOCH_DAY,
        }
        counts = {measure: counts[chosen].astype(np.int64) * times for measure, counts in self._counts.items()}
        return Counters(_snapshot(pl.DataFrame({**keys, **counts})))


def _whole(chunk: pl.DataFrame) -> pl.DataFrame:
    """Raw rows with all columns of the store's table; what the questions do not ask for is the same in all."""
    flags = [pl.lit(value=False).alias(name) for name in _FLAGS]
    never = pl.lit(None, pl.Datetime("us", "UTC"))
    return chunk.with_columns(
        *flags,
        pl.lit("nation").alias("source"),
        pl.col("received_at").alias("submitted_at"),
        never.alias("returned_at"),
        pl.lit("none").alias("payment"),
        pl.lit(0, pl.Int64).alias("supplements"),
        pl.lit(None, pl.Int64).alias("rating"),
        pl.coalesce("completed_at", "received_at").alias("updated_at"),
        pl.lit(0, pl.Int64).alias("content_hash"),
    ).select(schema(tables.dossiers).keys())


def _snapshot(dossier_days: pl.DataFrame) -> Snapshot:
    """The store as it would be read with these counters; pairs of days, which medians need, are left out."""
    others = ("calendar_days", "successions", "returns", "day_pairs", "document_days", "meeting_days", "point_days")
    empty = {name: pl.DataFrame(schema=schema(tables.metadata.tables[name])) for name in others}
    return Snapshot(
        version=1,
        catalogue_version=1,
        units=pl.DataFrame(_units(), schema=schema(tables.units)),
        procedures=pl.DataFrame(procedures(), schema=schema(tables.procedures)),
        calendar=empty["calendar_days"],
        successions=empty["successions"],
        returns=empty["returns"],
        dossier_days=dossier_days,
        **{name: empty[name].drop("version") for name in others[3:]},
    )


def _units() -> list[dict[str, object]]:
    dated = {"valid_from": _SINCE, "valid_to": None, "source": "nation"}
    provinces = [f"H{10 + number}" for number in range(PROVINCES)]
    above = [{**dated, "code": code, "parent_code": None, "kind": "tinh", "name": f"Tỉnh {code}"} for code in provinces]
    below = [(code, code.partition(".")[0]) for code in unit_codes()]
    return above + [
        {**dated, "code": code, "parent_code": parent, "kind": "xa", "name": f"Xã {code}"} for code, parent in below
    ]


def procedures() -> list[dict[str, object]]:
    """The rows of the catalogue of procedures."""
    validity = [(0, 4, _SINCE, None), (1, 2, _SINCE, RISEN - timedelta(days=1)), (1, 3, RISEN, None)]
    rows: list[dict[str, object]] = [
        {
            "code": PROCEDURES[number],
            "valid_from": begin,
            "valid_to": end,
            "name": f"Thủ tục {number}",
            "level": level,
            "tier": "xa",
            "agency_code": None,
            "field_code": "G",
            "field_name": "Lĩnh vực",
            "fee": False,
            "national_portal": True,
            "source": "nation",
        }
        for number, level, begin, end in validity
    ]
    return rows
