"""The same delivered records into other tools: dlt, and httpx + pydantic + SQLAlchemy's ORM, each beside our own way.

Each runs in an environment of its own (bench/peers/dlt.txt) against the same simulator, into a new database, and is
timed by itself after its imports.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy import Engine

from bench.environment import version_in
from bench.ingestion import our_cost, poll, simulator
from bench.late_versions import LateOneStop, late_one_stop
from bench.limits import Finished, finished, measure_limit
from bench.measure import Cost, median_cost
from bench.peer_stand import PEERS, Peer, Stand, States
from store import tables
from store.engine import reading, writing

_TOOLS = ("dlt", "duckdb", "pyarrow", "pydantic", "sqlalchemy")


class Measured(NamedTuple):
    """Costs of reading so many dossiers: ours, and what its pieces cost at least, by database; each peer's with how
    many dossiers it holds and in how many another state than ours; of so many dossiers of which an older version came
    in a later load, how many went back."""

    versions: str
    dossiers: int
    ours: Mapping[str, Cost]
    limits: Mapping[str, Cost]
    peers: list[tuple[Peer, Cost, int, int]]
    late: int
    gone_back: list[tuple[str, str, int]]


def measure_ingestion_peers(
    folder: Path, server_url: str, server_pid: int, repeats: int, say: Callable[[str], None]
) -> Measured:
    """All ways in turn, `repeats` times, in the empty folder and on the PostgreSQL server at `server_url`.

    CannotBeHadError when the peers cannot be installed or one fails.
    """
    with simulator() as settings:
        stand = Stand(folder, server_url, server_pid, settings)
        stored, right = _warm_up(stand)
        rows = folder / "rows.parquet"
        stored.dossiers.write_parquet(rows)
        ours: dict[str, list[Cost]] = defaultdict(list)
        limits: dict[str, list[Cost]] = defaultdict(list)
        theirs: dict[Peer, list[tuple[Cost, int, int]]] = defaultdict(list)
        for number in range(1, repeats + 1):
            for database in ("PostgreSQL", "SQLite"):
                ours[database].append(_ours(stand, database))
                limits[database].append(_limit(stand, database, stored))
            for peer in PEERS:
                say(f"run {number} of {repeats}: {peer.name} into {peer.database}")
                cost, states = stand.do(peer, stand.job(peer, rows))
                theirs[peer].append((cost, len(states), _differing(states, right)))
                say(f"  {cost.core:.1f} core-seconds; ours {ours[peer.ours][-1].core:.1f}")
        late, gone_back = _late_versions(stand)
    return Measured(
        versions=", ".join(f"{tool} {version_in(stand.programs, tool)}" for tool in _TOOLS),
        dossiers=len(right),
        ours={database: median_cost(costs) for database, costs in ours.items()},
        limits={database: median_cost(costs) for database, costs in limits.items()},
        peers=[(peer, median_cost([cost for cost, *_ in runs]), *runs[-1][1:]) for peer, runs in theirs.items()],
        late=late,
        gone_back=gone_back,
    )


def _warm_up(stand: Stand) -> tuple[Finished, States]:
    """Our way once, not measured: the finished rows, and the newest states."""
    engine = stand.engine("PostgreSQL")
    poll(engine, stand.settings)
    stored, states = finished(engine), _states(engine)
    engine.dispose()
    return stored, states


def _limit(stand: Stand, database: str, stored: Finished) -> Cost:
    return measure_limit(stand.source, lambda: stand.engine(database), stored, stand.pid(database)).whole


def _ours(stand: Stand, database: str) -> Cost:
    engine = stand.engine(database)
    cost = our_cost(engine, stand.settings, stand.pid(database))
    engine.dispose()
    return cost


def _states(engine: Engine) -> States:
    columns = tables.dossiers.c
    with reading(engine) as connection:
        rows = connection.execute(sa.select(columns.source_id, columns.state, columns.updated_at))
        return {key: (state, updated.timestamp()) for key, state, updated in rows}


def _differing(states: States, right: States) -> int:
    return sum(right.get(key) != state for key, state in states.items())


def _late_versions(stand: Stand) -> tuple[int, list[tuple[str, str, int]]]:
    """Newest versions in one load, older ones of the same dossiers in the next: who goes back, in how many."""
    with late_one_stop(stand.source) as (source, one_stop):
        there = stand.reading_from(source)
        found = [("ours", database, _ours_late(there, database, one_stop)) for database in ("PostgreSQL", "SQLite")]
        asking = [peer for peer in PEERS if not peer.arrow]
        found += [(peer.name, peer.database, _peer_late(there, peer, one_stop)) for peer in asking]
        return len(one_stop.records), found


def _ours_late(stand: Stand, database: str, one_stop: LateOneStop) -> int:
    engine = stand.engine(database)
    one_stop.begin_again()
    poll(engine, stand.settings)
    right = _states(engine)
    with writing(engine) as connection:  # as after a restored backup of the source: it is read anew from its begin
        connection.execute(tables.cursors.delete())
    one_stop.go_back()
    poll(engine, stand.settings)
    gone_back = _differing(_states(engine), right)
    engine.dispose()
    return gone_back


def _peer_late(stand: Stand, peer: Peer, one_stop: LateOneStop) -> int:
    job = stand.job(peer)
    one_stop.begin_again()
    _cost, right = stand.do(peer, job)
    one_stop.go_back()
    _cost, states = stand.do(peer, job)
    return _differing(states, right)
