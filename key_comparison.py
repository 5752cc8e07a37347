"""Key by key: which records of a window does the source hold, and which do we?

What polling has passed over is stored from the same answers. What the source no longer has is removed, and kept as
history: only after a reading that brought as many records as the source says it holds, of a source that did not shrink
meanwhile, and only a few of many.
"""

from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Engine

from clock import Clock
from poll_run import BATCH_RECORDS, Source
from store.engine import reading, writing
from store.reconciliation import forget_facts
from store.reconciliation_keys import compared, held_back, held_keys, unchanged
from store.reconciliation_results import Difference, Figure, KeyDifference, State
from store.rows import Batch, Rejected
from store.writes import store_batch

# More than this share of a window is not removed, a few always: a source that lost its memory must not empty ours.
MOST_REMOVED_SHARE, ALWAYS_REMOVED = 0.02, 5
# A source that changes while it is read is read again at once, so often in all.
MOST_READINGS = 2
# So many records that differ are listed, however many there are.
MOST_LISTED = 5000


class KeyComparison:
    """One comparison of the records that a source holds of a window of local days with ours.

    `reached`: what the source has updated later is still to come with the polls and is no difference.
    """

    def __init__(self, engine: Engine, source: Source, clock: Clock, window: tuple[date, date], reached: datetime):
        self._engine, self._source, self._clock = engine, source, clock
        self._window, self._reached = window, reached
        self.kind = "dossiers" if "dossiers" in source.connector.kinds else "documents"
        self._found: dict[str, KeyDifference] = {}
        self._forget_reading()

    def run(self) -> None:
        """Read, store what is missing here, remove what is gone there. Raises SourceError, StoreError."""
        for _ in range(MOST_READINGS):
            self._forget_reading()
            self._held = self._ours()
            self._read()
            if not self._doubt():
                break
        for source_id in [key for key, older in self._older.items() if not self._seen[key] and older]:
            self._found.setdefault(source_id, self._older[source_id])
        if not self._doubt():
            self._remove_gone()

    def figures(self) -> list[Figure]:
        """How many both sides hold, for all units together, then how many differ in each unit where some do."""
        found, here = list(self._found.values()), len(self._seen) + self._unreadable - len(self._to_come)
        only_here = [key for key in found if key.difference == "gone"]
        only_there = [key for key in found if key.our_updated_at is None]
        reason = self._doubt() or ("too_many" if any(not key.settled for key in only_here) else "")
        state: State = "differ" if found else "incomparable" if reason else "agree"
        total = Figure(
            figure=self.kind,
            unit_code="",
            first_day=self._window[0],
            last_day=self._window[1],
            state=state,
            reason=reason,
            source_count=here,
            our_count=here - len(only_there) + len(only_here),
            mended_count=here - _open(only_there) + _open(only_here),
            differing=len(found),
        )
        units = sorted({key.unit_code for key in found if key.unit_code})
        by_unit = [(unit, sum(key.unit_code == unit for key in found)) for unit in units]
        return [total, *(_of_unit(total, unit, differing) for unit, differing in by_unit)]

    def differences(self) -> list[KeyDifference]:
        """The records that differ, those still open first."""
        return sorted(self._found.values(), key=lambda key: (key.settled, key.source_id))[:MOST_LISTED]

    @property
    def mended(self) -> bool:
        """Whether anything was stored or removed."""
        return any(key.settled for key in self._found.values())

    def _forget_reading(self) -> None:
        self._counts: list[int] = []
        # Every id, and whether the source has shown a state of it that is not older than ours.
        self._seen: dict[str, bool] = {}
        self._older: dict[str, KeyDifference] = {}
        self._to_come: set[str] = set()
        self._unreadable = 0

    def _ours(self) -> pl.DataFrame:
        with reading(self._engine) as connection:
            keyed_by = self._source.connector.keyed_by
            return held_keys(connection, self.kind, self._source.name, keyed_by, *self._window)

    def _read(self) -> None:
        connector, batch = self._source.connector, Batch()
        assert connector.keys
        for page in connector.keys(self._source.client, *self._window):
            if page.source_count is not None:
                self._counts.append(page.source_count)
            batch.add(connector.to_rows(page, self._clock.now()))
            if len(batch) >= BATCH_RECORDS:
                self._settle(batch)
                batch = Batch()
        self._settle(batch)

    def _settle(self, batch: Batch) -> None:
        """Compare these records with ours, and store what we lack of them."""
        name, rows = self._source.name, getattr(batch, self.kind)
        with reading(self._engine) as connection:
            shown = compared(connection, self.kind, name, rows)
            held = held_back(connection, self.kind, name)
        self._note(shown)
        late = shown.filter(pl.col("newer") & (pl.col("updated_at") <= self._reached))
        wanted, rejected = set(late["source_id"]), [record for record in batch.rejected if record.source_id not in held]
        settled = set[str]()
        if wanted or rejected:
            again = Batch(rejected=rejected)
            setattr(again, self.kind, [row for row in rows if row.source_id in wanted])
            with writing(self._engine) as connection:
                store_batch(connection, name, again, self._clock.now())
                left = compared(connection, self.kind, name, getattr(again, self.kind)).filter("newer")
                held |= held_back(connection, self.kind, name)
            settled = wanted - set(left["source_id"])
        for row in late.iter_rows(named=True):
            self._found.setdefault(row["source_id"], _difference(self.kind, row, held, settled))
        self._note_rejected(batch.rejected)

    def _note(self, shown: pl.DataFrame) -> None:
        older = ~pl.col("newer") & (pl.col("content_hash") != pl.col("our_content_hash"))
        for row in shown.filter(older & (pl.col("our_updated_at") <= self._reached)).iter_rows(named=True):
            self._older[row["source_id"]] = _difference(self.kind, row, set(), set())
        for source_id, is_older in shown.select("source_id", older).iter_rows():
            self._seen[source_id] = self._seen.get(source_id, False) or not is_older
        ahead = pl.col("our_updated_at").is_null() & (pl.col("updated_at") > self._reached)
        self._to_come |= set(shown.filter(ahead)["source_id"])

    def _note_rejected(self, rejected: list[Rejected]) -> None:
        """A record that we cannot read is there all the same; of one without an id nobody knows which it is."""
        mine = [record for record in rejected if record.kind == self.kind]
        ids = {record.source_id for record in mine if record.source_id}
        ours = {
            row["source_id"]: row for row in self._held.filter(pl.col("source_id").is_in(ids)).iter_rows(named=True)
        }
        for source_id in ids:
            self._seen[source_id] = True
            known = ours.get(source_id, {})
            difference = KeyDifference(
                kind=self.kind,
                source_id=source_id,
                difference="held",
                unit_code=known.get("unit_code", ""),
                source_state=None,
                our_state=known.get("state"),
                source_updated_at=None,
                our_updated_at=known.get("updated_at"),
                settled=False,
            )
            self._found.setdefault(source_id, difference)
        self._unreadable += sum(record.source_id is None for record in mine)

    def _doubt(self) -> str:
        """Why nothing may be said of what did not come; "" when all has come."""
        if self._unreadable:
            return "unreadable"
        if self._counts != sorted(self._counts):
            return "shrinking"
        return "short" if not self._counts or len(self._seen) < self._counts[-1] else ""

    def _remove_gone(self) -> None:
        gone = self._held.filter(~pl.col("source_id").is_in(list(self._seen)))
        most = max(ALWAYS_REMOVED, MOST_REMOVED_SHARE * self._held.height)
        removed: list[str] = []
        if self._seen and 0 < gone.height <= most:
            with writing(self._engine) as connection:
                # What a poll has stored anew meanwhile is there.
                removed = unchanged(connection, self.kind, self._source.name, gone)
                forget_facts(connection, self.kind, self._source.name, removed, self._clock.now())
            gone = gone.filter(pl.col("source_id").is_in(removed))
        for row in gone.iter_rows(named=True):
            self._found[row["source_id"]] = KeyDifference(
                kind=self.kind,
                source_id=row["source_id"],
                difference="gone",
                unit_code=row["unit_code"],
                source_state=None,
                our_state=row["state"],
                source_updated_at=None,
                our_updated_at=row["updated_at"],
                settled=bool(removed),
            )


def _difference(kind: str, row: dict[str, Any], held: set[str], settled: set[str]) -> KeyDifference:
    source_id = row["source_id"]
    missing = row["our_updated_at"] is None
    lacking: Difference = "held" if source_id in held and source_id not in settled else "missing"
    return KeyDifference(
        kind=kind,
        source_id=source_id,
        difference=lacking if missing else "other",
        unit_code=row["unit_code"],
        source_state=row["state"],
        our_state=row["our_state"],
        source_updated_at=row["updated_at"],
        our_updated_at=row["our_updated_at"],
        settled=source_id in settled,
    )


def _open(keys: list[KeyDifference]) -> int:
    return sum(not key.settled for key in keys)


def _of_unit(total: Figure, unit_code: str, differing: int) -> Figure:
    return total._replace(
        unit_code=unit_code,
        state="differ",
        reason="",
        source_count=None,
        our_count=None,
        mended_count=None,
        differing=differing,
    )
