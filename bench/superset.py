"""Apache Superset as a peer: installed into a folder of its own, served on loopback, asked through its chart API."""

import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from bench.environment import CannotBeHadError, programs_of, run, version_in
from clock import LOCAL_ZONE
from tests.servers import free_port

_COMMAND_SECONDS, _START_SECONDS = 600, 180
_READER = "superset"
_CONFIG = """\
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db?check_same_thread=false"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
CACHE_CONFIG = DATA_CACHE_CONFIG = {{"CACHE_TYPE": "NullCache"}}
LOG_LEVEL = "WARNING"
"""


class Superset:
    """A running Superset with one dataset."""

    def __init__(self, client: httpx.Client, version: str, dataset: int) -> None:
        self.version = version
        self._client = client
        self._dataset = dataset

    def ask(self, query: Mapping[str, Any]) -> tuple[float, list[dict[str, Any]]]:
        """The rows that its chart API answers, and the milliseconds until they were all here; nothing is cached."""
        wanted = {
            "datasource": {"id": self._dataset, "type": "table"},
            "queries": [query],
            "result_format": "json",
            "result_type": "full",
            "force": True,
        }
        began = time.perf_counter()
        answer = self._client.post("/api/v1/chart/data", json=wanted)
        found = _told(answer)["result"][0]
        took = (time.perf_counter() - began) * 1000
        assert not found["is_cached"], "Superset answered from a cache"
        return took, found["data"]


@contextmanager
def superset(home: Path, database_url: str, table: str) -> Iterator[Superset]:
    """A Superset that reads the table of a PostgreSQL database; its own things are in the empty folder `home`.

    Raises CannotBeHadError when it can be neither installed nor started.
    """
    programs = programs_of("superset")
    config, port, password = home / "superset_config.py", free_port(), secrets.token_urlsafe(12)
    config.write_text(_CONFIG.format(secret=secrets.token_urlsafe(32), home=home), "utf-8")
    named = {"SUPERSET_CONFIG_PATH": str(config), "FLASK_APP": "superset.app:create_app()"}
    named |= {"SUPERSET_HOME": str(home), "HOME": str(home)}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IOC_")} | named
    program = str(programs / "superset")
    admin = ["--username", "bench", "--firstname", "b", "--lastname", "b", "--email", "b@localhost"]
    run([program, "db", "upgrade"], _COMMAND_SECONDS, environment)
    run([program, "fab", "create-admin", *admin, "--password", password], _COMMAND_SECONDS, environment)
    run([program, "init"], _COMMAND_SECONDS, environment)
    serve = ["-w", "1", "-k", "gthread", "--threads", "4", "--timeout", "120", "-b", f"127.0.0.1:{port}"]
    command = [str(programs / "gunicorn"), *serve, "superset.app:create_app()"]
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, cwd=home, stdout=log, stderr=log) as server,
    ):
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
                _wait_until_ready(client, server, home / "log")
                _log_in(client, password)
                version = version_in(programs, "apache-superset")
                yield Superset(client, version, _dataset(client, database_url, table))
        finally:
            server.terminate()


def _wait_until_ready(client: httpx.Client, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            if client.get("/health").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            try:
                server.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
            break
    raise CannotBeHadError(f"Superset did not answer: {log.read_text('utf-8')[-500:]}")


def _log_in(client: httpx.Client, password: str) -> None:
    who = {"username": "bench", "password": password, "provider": "db", "refresh": False}
    token = _told(client.post("/api/v1/security/login", json=who))["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def _dataset(client: httpx.Client, database_url: str, table: str) -> int:
    """The id of a new dataset: the table as it is, read by somebody who may only read and lives in our zone."""
    url = sa.make_url(database_url)
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        if not connection.scalar(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": _READER}):
            connection.exec_driver_sql(f"CREATE ROLE {_READER} LOGIN")
        connection.exec_driver_sql(f"ALTER ROLE {_READER} SET timezone = '{LOCAL_ZONE.key}'")
        connection.exec_driver_sql(f"GRANT SELECT ON {table} TO {_READER}")
    theirs = url.set(drivername="postgresql+psycopg2", username=_READER).render_as_string(hide_password=False)
    database = _told(client.post("/api/v1/database/", json={"database_name": "bench", "sqlalchemy_uri": theirs}))
    wanted = {"database": database["id"], "schema": "public", "table_name": table}
    return int(_told(client.post("/api/v1/dataset/", json=wanted))["id"])


def _told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, f"Superset: {answer.status_code} {answer.text[:500]}"
    told: dict[str, Any] = answer.json()
    return told
