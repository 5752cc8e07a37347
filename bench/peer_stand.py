"""Other tools that keep dossiers, and the stand where they and our way run: a source, new databases, a stop watch."""

import json
import os
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Engine

from bench.environment import programs_of, run
from bench.ingestion import migrated
from bench.measure import Cost
from bench.peers.one_stop import Job
from config import Settings, SourceSettings
from tests.servers import fresh_database

_ROOT = Path(__file__).parents[1]
_RUN_SECONDS = 3600


class Peer(NamedTuple):
    """Another way: its module below bench/peers, its database and ours beside it, and how many times as much of a
    core it must cost per dossier. `arrow`: it is handed finished rows as Arrow tables and asks nobody. `pages`: so many
    pages of 5,000, for the ORM takes long (0: all)."""

    name: str
    module: str
    database: str
    ours: str
    target: float
    arrow: bool = False
    pages: int = 0


PEERS = (
    Peer("dlt: REST source, merge", "dlt_load", "PostgreSQL", "PostgreSQL", 12),
    Peer("dlt: REST source, merge", "dlt_load", "DuckDB", "SQLite", 18),
    Peer("dlt: Arrow tables handed over, merge", "dlt_load", "PostgreSQL", "PostgreSQL", 2, arrow=True),
    Peer("httpx, pydantic, ORM upserts", "orm_load", "PostgreSQL", "PostgreSQL", 12, pages=4),
    Peer("httpx, pydantic, ORM upserts", "orm_load", "SQLite", "SQLite", 12, pages=4),
)

# Source id to state and update time, in seconds since 1970.
States = dict[str, tuple[int, float]]


class Stand:
    """Where all ways run: a folder, a PostgreSQL server, a source."""

    def __init__(self, folder: Path, server_url: str, server_pid: int, settings: Settings) -> None:
        self.folder, self.server_url, self.server_pid, self.settings = folder, server_url, server_pid, settings
        self.programs = programs_of("dlt")

    @property
    def source(self) -> SourceSettings:
        """The one source that is read."""
        return self.settings.sources[0]

    def reading_from(self, source: SourceSettings) -> "Stand":
        """The same with another source."""
        settings = msgspec.structs.replace(self.settings, sources=(source,))
        return Stand(self.folder, self.server_url, self.server_pid, settings)

    def pid(self, database: str) -> int | None:
        """The server whose processor time counts."""
        return self.server_pid if database == "PostgreSQL" else None

    def engine(self, database: str) -> Engine:
        """Our tables in a new database."""
        if database == "PostgreSQL":
            return migrated(fresh_database(self.server_url, "ours"))
        return migrated(f"sqlite:///{mkdtemp(dir=self.folder)}/ours.db")

    def job(self, peer: Peer, rows: Path | None = None) -> Job:
        """A job of a peer into a new database."""
        home = mkdtemp(dir=self.folder)
        # DuckDB names a catalogue after its file, and dlt a schema: one name for both it finds ambiguous.
        files = {"SQLite": f"sqlite:///{home}/kept.db", "DuckDB": f"{home}/kept.duckdb"}
        source = self.source
        return Job(
            base_url=source.base_url,
            username=source.username,
            password=source.secret("password_env"),
            url=files.get(peer.database) or _peer_url(fresh_database(self.server_url, "peer"), peer),
            home=home,
            server_pid=self.pid(peer.database),
            pages=peer.pages,
            tables=str(rows) if peer.arrow and rows else "",
        )

    def do(self, peer: Peer, job: Job) -> tuple[Cost, States]:
        """Let a peer do its job: what it cost, and what it holds."""
        environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
        command = [str(self.programs / "python"), "-m", f"bench.peers.{peer.module}"]
        said = run(command, _RUN_SECONDS, environment, _ROOT, json.dumps(job._asdict()))
        held = json.loads(Path(job.home, "states.json").read_text("utf-8"))
        states = {key: (state, updated) for key, (state, updated) in held.items()}
        return Cost(*json.loads(said.splitlines()[-1])), states


def _peer_url(url: str, peer: Peer) -> str:
    # dlt insists on a password, which the server does not ask for.
    dlt = sa.make_url(url).set(drivername="postgresql", password="trusted")
    return dlt.render_as_string(hide_password=False) if peer.module == "dlt_load" else url
