"""A centre that is killed: its store, its sources, the processes that poll, and what must hold of the store."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Engine, Row

from store import tables
from store.engine import reading
from store.rollups import rebuild
from store.rows import Document, Dossier
from store.upsert import TABLES
from tests.kill_child import Ended, Order
from tests.kill_source import OVERLAP, KillSource, State
from tests.recorded import SECRETS
from tests.slow_counters import slow_counters, stored_counters
from tests.source_server import source_server

KINDS: dict[str, type[State]] = {"dossiers": Dossier, "documents": Document}
SOURCES = {"dossiers": "motcua", "documents": "vanban"}
ROOT = Path(__file__).parent.parent


Process = subprocess.Popen[bytes]


@dataclass
class Stand:
    """`poll` polls every source in a process of its own, until it has ended or was killed."""

    engine: Engine
    source: KillSource
    address: str
    forks: Process

    def poll(self, at: int | None = None, point: str = "", seconds: float | None = None) -> Ended:
        """How one poll ended that is killed at point number `at` (of that name), or after so many `seconds`."""
        assert self.forks.stdin
        assert self.forks.stdout
        database = self.engine.url.render_as_string(hide_password=False)
        self.forks.stdin.write(msgspec.json.encode(Order(self.address, database, at, point, seconds)) + b"\n")
        self.forks.stdin.flush()
        return msgspec.json.decode(self.forks.stdout.readline(), type=Ended)


@contextmanager
def forking() -> Iterator[Process]:
    """The process that forks those that poll."""
    environment = {name: value for name, value in os.environ.items() if name != "IOC_DATABASE_URL"} | SECRETS
    command = [sys.executable, "-m", "tests.kill_child"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


@contextmanager
def stand(engine: Engine, source: KillSource, forks: Process) -> Iterator[Stand]:
    """A stand with this store and these sources, on loopback."""
    with source_server(source.reply) as server:
        yield Stand(engine, source, server.address, forks)


def stored(engine: Engine, kind: str) -> list[Any]:
    """The facts of a kind as rows that the reference can count."""
    made = KINDS[kind]
    columns = [TABLES[kind].c[name] for name in made.__struct_fields__ if name in TABLES[kind].c]
    with reading(engine) as connection:
        return [made(**row) for row in connection.execute(sa.select(*columns)).mappings()]


def rows_of(engine: Engine, table: sa.Table) -> list[Row[Any]]:
    with reading(engine) as connection:
        return list(connection.execute(sa.select(table)))


def assert_consistent(stand: Stand) -> None:
    """What holds at any instant: counters of the facts, runs of what they stored, no cursor beyond what is stored."""
    facts = {kind: stored(stand.engine, kind) for kind in KINDS}
    assert stored_counters(stand.engine) == slow_counters(facts["dossiers"], facts["documents"])
    for run in rows_of(stand.engine, tables.poll_runs):
        assert run.fetched == run.accepted + run.unchanged + run.rejected, run
    cursors = {row.source: row.seen_to for row in rows_of(stand.engine, tables.cursors)}
    held = {record.source_id for record in rows_of(stand.engine, tables.quarantine)}
    # While a source moves on, a record may be committed late behind the cursor: that is what the overlap is for.
    overlap = OVERLAP if stand.source.every else timedelta(0)
    for kind, said in (("dossiers", stand.source.dossiers), ("documents", stand.source.documents)):
        cursor = cursors.get(SOURCES[kind])
        here = {row.source_id: row.updated_at for row in facts[kind]}
        passed = [row for row in said if cursor and row.updated_at <= cursor - overlap and row.source_id not in held]
        lost = [row for row in passed if row.source_id not in here or here[row.source_id] < row.updated_at]
        assert not lost, f"the cursor {cursor} has passed {lost}"


def assert_true(stand: Stand) -> None:
    """Facts, counters, cursors and quarantine are what the settled sources say."""
    source, truth = stand.source, {}
    left_out = source.broken | source.strange
    cursors = {row.source: row.seen_to for row in rows_of(stand.engine, tables.cursors)}
    for kind, said in (("dossiers", source.dossiers), ("documents", source.documents)):
        truth[kind] = [row for row in said if row.source_id not in left_out]
        assert by_id(stored(stand.engine, kind)) == by_id(truth[kind])
        assert cursors[SOURCES[kind]] == max(row.updated_at for row in said)
    assert stored_counters(stand.engine) == slow_counters(truth["dossiers"], truth["documents"])
    assert rebuild(stand.engine) == 0
    assert sorted(record.source_id for record in rows_of(stand.engine, tables.quarantine)) == sorted(left_out)
    assert_consistent(stand)


def stored_once(stand: Stand) -> bool:
    """Whether all runs together, the killed ones too, accepted as many records as there are: none twice."""
    kept = (tables.units, tables.procedures, tables.dossiers, tables.documents)
    accepted = sum(run.accepted for run in rows_of(stand.engine, tables.poll_runs))
    return accepted == sum(len(rows_of(stand.engine, table)) for table in kept)


def by_id(rows: Iterable[State]) -> dict[str, State]:
    return {row.source_id: row for row in rows}
