"""Where and with what was measured."""

import os
import platform
import shlex
import sqlite3
import sys
from importlib.metadata import version
from pathlib import Path

import sqlalchemy as sa

from clock import LOCAL_ZONE, real_clock

_LIBRARIES = ("polars", "numpy", "sqlalchemy", "psycopg", "httpx", "msgspec", "streamlit", "uvicorn", "playwright")


def describe_machine(postgresql_url: str) -> list[str]:
    """Lines that say when, where and with what: a reader must be able to run the same again."""
    server = sa.create_engine(postgresql_url, poolclass=sa.NullPool)
    with server.connect() as connection:
        postgresql = connection.exec_driver_sql("SHOW server_version").scalar()
    return [
        *describe_computer(),
        f"databases: SQLite {sqlite3.sqlite_version}, PostgreSQL {postgresql} (fsync off: everything is thrown away)",
        f"command: python -m bench {shlex.join(sys.argv[1:])}".rstrip(),
    ]


def describe_computer() -> list[str]:
    """Lines that say when, on what computer and with which libraries."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"date: {real_clock().now().astimezone(LOCAL_ZONE).isoformat(timespec='minutes')}",
        f"machine: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GB; load average {load_average()}",
        f"system: {_distribution()}, Linux {platform.release()}",
        f"versions: Python {platform.python_version()}, {libraries}",
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _distribution() -> str:
    return platform.freedesktop_os_release()["PRETTY_NAME"]


def load_average() -> str:
    """How many processes wanted to run, over the last 1, 5 and 15 minutes."""
    return " ".join(f"{load:.1f}" for load in os.getloadavg())
