"""Trying quarantined records again: through their connector when it did not understand them, else straight in.

Where too little of a record is kept, as of a packet, its source is asked for it once more.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import Engine

from clock import Clock
from config import Settings
from connectors import connector
from connectors._contract import Page
from connectors._retry import patient
from poll_run import open_source
from store.audit import Deed, host_user
from store.quarantine import Held
from store.rows import Batch
from store.runs import begin_run, end_run
from store.writes import as_row, write_batch


def replay(engine: Engine, settings: Settings, clock: Clock, records: Iterable[Held], who: str = "") -> tuple[int, int]:
    """Store what can be stored of the held records now. Returns (how many are held no longer, how many still are).

    A record whose payload was not kept stays as it is. The audit log names `who` ("": whoever runs this program).
    Raises ConfigError when a source is no longer configured, SourceError when one that must be asked again does not
    answer, StoreError when the database fails; nothing is lost either way.
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
        batch = Batch()
        for record in _asked_again(settings, clock, source, mine):
            batch.add(_read_again(settings, clock, record))
        run_id = begin_run(engine, source, clock.now())
        numbers = [record.id for record in mine]
        deed = Deed(who or host_user(), "replay", source, details={"records": numbers})
        written = write_batch(engine, source, batch, run_id, None, clock.now(), replayed=numbers, deed=deed)
        end_run(engine, run_id, "replay", clock.now(), fetched=len(mine))
        still_held += written.rejected
    return sum(map(len, by_source.values())) + without_payload - still_held, still_held


def _asked_again(settings: Settings, clock: Clock, source: str, records: list[Held]) -> list[Held]:
    """The records with what their source says of them now, where what was kept is not enough."""
    raw = [record for record in records if record.form == "raw"]
    if not raw:
        return records
    configured = settings.source(source)
    again = connector(configured.dialect).again
    if again is None:
        return records
    with open_source(configured, clock, patient(threading.Event())).client as client:
        pages = {record.id: again(client, Page(kind=record.kind, records=[record.payload])) for record in raw}
    return [r._replace(payload=pages[r.id].records[0]) if r.id in pages else r for r in records]


def _read_again(settings: Settings, clock: Clock, record: Held) -> Batch:
    if record.form == "row":
        return msgspec.structs.replace(Batch(), **{record.kind: [as_row(record)]})
    spoken = connector(settings.source(record.source).dialect)
    batch = spoken.to_rows(Page(kind=record.kind, records=[record.payload]), clock.now())
    return msgspec.structs.replace(batch, running=None)  # one record is no list of what is running
