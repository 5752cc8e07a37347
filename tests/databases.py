"""What stands before a PostgreSQL server in a real place: PgBouncer, and HAProxy that goes over to another server."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.cable import ask_haproxy, haproxy_command, wait_for_port
from tests.servers import NotInstalledError, crash_postgresql, free_port, run_postgresql

_POOLER = """
[databases]
* = host=127.0.0.1 port={server} user=ioc
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
server_login_retry = 1
logfile = {home}/pgbouncer.log
"""
_SWITCH = """
global
  stats socket {control} mode 600 level admin
defaults
  mode tcp
  timeout connect 2s
  retries 0
  timeout client 1h
  timeout server 1h
frontend database
  bind 127.0.0.1:{port}
  default_backend servers
backend servers
  server first 127.0.0.1:{first} on-marked-down shutdown-sessions
  server second 127.0.0.1:{second} disabled on-marked-down shutdown-sessions
"""


def port_of(url: str) -> int:
    """The port of a database URL."""
    return sa.make_url(url).port or 5432


def at_port(url: str, port: int) -> str:
    """The same database where another port of this machine answers for it."""
    return sa.make_url(url).set(port=port).render_as_string(hide_password=False)


@contextmanager
def pgbouncer(home: Path, url: str) -> Iterator[str]:
    """PgBouncer in transaction mode before the server of `url`, as the URL through it; fewer servers than we ask for,
    so that transactions do change them. NotInstalledError without PgBouncer."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if not program:
        raise NotInstalledError("PgBouncer is not installed: make test-servers installs it")
    port, settings = free_port(), home / "pgbouncer.ini"
    settings.write_text(_POOLER.format(server=port_of(url), port=port, home=home))
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        for folder in (home, *home.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o711)
        shutil.chown(home, "postgres", "postgres")
        settings.chmod(0o644)
        as_user = {"user": "postgres", "group": "postgres", "extra_groups": []}
    with subprocess.Popen([program, "-q", str(settings)], stderr=subprocess.DEVNULL, **as_user) as process:
        try:
            wait_for_port(port)
            yield at_port(url, port)
        finally:
            process.kill()


@contextmanager
def standby_server(home: Path, first: Path, url: str) -> Iterator[str]:
    """A copy of the server of `url` (whose folder is `first`) in the empty folder `home`, kept up to date by it; as the
    URL of the copy. From now on the first acknowledges only what the copy has."""
    port, cluster = free_port(), home / "cluster"
    if os.geteuid() == 0:
        for folder in (home, *home.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o711)
        shutil.chown(home, "postgres", "postgres")
    source = f"host=127.0.0.1 port={port_of(url)} user=ioc application_name=copy"
    run_postgresql(home, "pg_basebackup", "-D", str(cluster), "-R", "-c", "fast", "--no-sync", "-d", source)
    chosen = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off"
    run_postgresql(home, "pg_ctl", "-D", str(cluster), "-o", chosen, "-l", str(home / "log"), "-w", "start")
    try:
        server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with server.connect() as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET synchronous_standby_names = 'copy'")
        run_postgresql(first, "pg_ctl", "-D", str(first / "cluster"), "reload")
        yield at_port(url, port)
    finally:
        crash_postgresql(home)


def promote(home: Path) -> None:
    """The copy of `standby_server(home, …)` is the server from now on."""
    run_postgresql(home, "pg_ctl", "-D", str(home / "cluster"), "-w", "promote")


class Switch:
    """A running HAProxy before two servers, the first of which answers."""

    def __init__(self, port: int, control: Path) -> None:
        self.port, self._control = port, control

    def go_over(self) -> None:
        """The second answers from now on; who was at the first is thrown out."""
        for words in ("set server servers/first state maint", "shutdown sessions server servers/first"):
            ask_haproxy(self._control, words)
        ask_haproxy(self._control, "set server servers/second state ready")


@contextmanager
def switch(home: Path, first: int, second: int) -> Iterator[Switch]:
    """HAProxy before two ports of this machine."""
    port, control = free_port(), home / "switch.sock"
    (home / "switch.cfg").write_text(_SWITCH.format(control=control, port=port, first=first, second=second))
    with subprocess.Popen(haproxy_command(home / "switch.cfg"), stderr=subprocess.DEVNULL) as process:
        try:
            wait_for_port(port)
            yield Switch(port, control)
        finally:
            process.kill()
