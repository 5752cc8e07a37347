"""A poller in miniature: polls that all go well, bring something new now and then, and can be stopped by source."""

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count

import msgspec
import sqlalchemy as sa
from sqlalchemy import Engine

from clock import Clock
from config import Settings
from errors import StoreError
from store import tables
from store.engine import open_engine, reading
from store.rows import Batch, Document, Dossier
from store.runs import begin_run, end_run
from store.writes import write_batch

# Days until a new dossier is due, and until it was returned where it was.
_DUE, _TAKEN = timedelta(days=3), timedelta(days=2)
# Of so many units and procedures together, and so many documents that change again and again: what a server's memory
# gains in an hour is then not the figures' own.
_RECORDS = 200


class Feed:
    """Writes polls of every source into a store, from a thread of its own, until the block ends."""

    def __init__(self, settings: Settings, clock: Clock, every: float) -> None:
        """`every`: seconds between two polls of a source."""
        self.settings, self.clock, self.every = settings, clock, every
        self.frozen: frozenset[str] = frozenset()
        self.news = True  # without it every poll is good and brings nothing new
        self.polls, self.failures = 0, 0
        self.last_good: dict[str, datetime] = {}
        self.engine = open_engine(settings.database_url)
        self._open: defaultdict[str, deque[Dossier]] = defaultdict(deque)
        self._numbers = count()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._units, self._procedures = _codes(self.engine)

    def __enter__(self) -> "Feed":
        self.poll_all()
        self._thread.start()
        return self

    def __exit__(self, *_told: object) -> None:
        self._ended.set()
        self._thread.join()
        self.engine.dispose()

    def freeze(self, sources: Iterable[str]) -> None:
        """These sources answer no more; none of them: all do again."""
        self.frozen = frozenset(sources)

    def poll_all(self) -> None:
        """One good poll of every source that is not frozen."""
        for source in self.settings.sources:
            if source.name not in self.frozen:
                self.poll(source.name, source.dialect)

    def poll(self, name: str, dialect: str) -> datetime:
        """One good poll of a source; the instant of its end on the place's clock. StoreError as the store has it."""
        now = self.clock.now()
        run = begin_run(self.engine, name, now)
        batch = self._news(name, dialect, now) if self.news else None
        if batch:
            write_batch(self.engine, name, batch, run, None, now)
        ended = self.clock.now()
        end_run(self.engine, run, "ok", ended, "", None, len(batch) if batch else 0)
        self.polls += 1
        self.last_good[name] = ended
        return ended

    def _run(self) -> None:
        while not self._ended.wait(self.every):
            # As a poller does: what the database does not take now is brought again at the next poll.
            try:
                self.poll_all()
            except StoreError:
                self.failures += 1

    def _news(self, name: str, dialect: str, now: datetime) -> Batch | None:
        if dialect == "dvcqg":
            return Batch(dossiers=self._dossiers(name, now))
        if dialect == "qlvb":
            return Batch(documents=[self._document(now)])
        return None

    def _dossiers(self, source: str, now: datetime) -> list[Dossier]:
        """As in life: one comes in, and one that has been open for days is done. The first poll brings those."""
        still_open = self._open[source]
        if not still_open:
            still_open.extend(self._dossier(now - _TAKEN) for _ in range(_RECORDS))
            return [*still_open]
        still_open.append(self._dossier(now))
        ended = {"state": 10, "completed_at": now, "returned_at": now, "updated_at": now}
        return [still_open[-1], msgspec.structs.replace(still_open.popleft(), **ended)]

    def _dossier(self, received: datetime) -> Dossier:
        turn = next(self._numbers)
        number = turn % _RECORDS
        return Dossier(
            source_id=f"soak-{turn}",
            unit_code=self._units[number % len(self._units)],
            procedure_code=self._procedures[number % len(self._procedures)],
            channel="online" if number % 3 else "counter",
            state=4,
            submitted_at=received,
            received_at=received,
            due_at=received + _DUE,
            payment="national" if number % 2 else "none",
            fee_due=True,
            e_result=True,
            digitised=True,
            updated_at=received,
        )

    def _document(self, now: datetime) -> Document:
        turn = next(self._numbers)
        number = turn % _RECORDS
        return Document(
            source_id=f"soak-{number}",
            unit_code=self._units[number % len(self._units)],
            direction="out",
            number=str(number),
            issued_on=self.clock.today(),
            electronic=True,
            signed=turn % 7 > 0,  # no divisor of the records: a document that comes again has changed now and then
            exchanged=True,
            updated_at=now,
        )


def _codes(engine: Engine) -> tuple[list[str], list[str]]:
    """The units that hold dossiers or documents, and the procedures, as the store knows them."""
    units, procedures = tables.units.c, tables.procedures.c
    with reading(engine) as connection:
        offices = sa.select(units.code).where(units.kind.in_(["so", "huyen"])).order_by(units.code).distinct()
        known = sa.select(procedures.code).order_by(procedures.code).distinct()
        return list(connection.scalars(offices)), list(connection.scalars(known))
