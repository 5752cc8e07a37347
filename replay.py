"""Trying quarantined records again: through their connector when it did not understand them, else straight in."""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import Engine

from clock import Clock
from config import Settings
from connectors import connector
from connectors._contract import Page
from store.quarantine import Held
from store.rows import Batch
from store.runs import begin_run, end_run
from store.writes import as_row, write_batch


def replay(engine: Engine, settings: Settings, clock: Clock, records: Iterable[Held]) -> tuple[int, int]:
    """Store what can be stored of the held records now. Returns (how many are held no longer, how many still are).

    A record whose payload was not kept stays as it is. Raises ConfigError when a source is no longer configured,
    StoreError when the database fails; nothing is lost either way.
    """
    by_source: dict[str, list[Held]] = defaultdict(list)
    without_payload = 0
    for record in records:
        if record.payload is None:
            without_payload += 1
        else:
            by_source[record.source].append(record)
    still_held = without_payload
    for source, mine in by_source.items():
        run_id = begin_run(engine, source, clock.now())
        batch = Batch()
        for record in mine:
            batch.add(_read_again(settings, clock, record))
        written = write_batch(engine, source, batch, run_id, None, clock.now(), replayed=[record.id for record in mine])
        end_run(engine, run_id, "replay", clock.now(), fetched=len(mine))
        still_held += written.rejected
    return sum(map(len, by_source.values())) + without_payload - still_held, still_held


def _read_again(settings: Settings, clock: Clock, record: Held) -> Batch:
    if record.form == "row":
        return msgspec.structs.replace(Batch(), **{record.kind: [as_row(record)]})
    spoken = connector(settings.source(record.source).dialect)
    batch = spoken.to_rows(Page(kind=record.kind, records=[record.payload]), clock.now())
    return msgspec.structs.replace(batch, running=None)  # one record is no list of what is running
