"""Servers that tests and the benchmark start: real ones, on loopback and free ports, stopped by process id."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa


class NotInstalledError(Exception):
    """A server that is needed is not on this machine."""


def free_port() -> int:
    """A port on loopback that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def postgresql_programs() -> Path:
    """The folder of initdb and pg_ctl, newest version first; NotInstalledError when there is none."""
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (programs / "initdb").exists():
            return programs
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    raise NotInstalledError("PostgreSQL is not installed (no initdb found): make test-servers installs it")


@contextmanager
def postgresql_server(home: Path, *options: str) -> Iterator[str]:
    """A PostgreSQL server of its own in the empty folder `home`, as a URL of its database; stopped at the end.

    `options`: further settings such as "shared_buffers=1GB". It may lose everything when the machine stops.
    """
    cluster, port = home / "cluster", free_port()
    if os.geteuid() == 0:
        for folder in (home, *home.parents[:3]):
            folder.chmod(folder.stat().st_mode | 0o711)
        shutil.chown(home, "postgres", "postgres")
    run_postgresql(
        home, "initdb", "-D", str(cluster), "-A", "trust", "-U", "ioc", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
    )
    chosen = ["listen_addresses=127.0.0.1", f"unix_socket_directories={home}", "fsync=off", *options]
    words = " ".join(f"-c {option}" for option in chosen)
    run_postgresql(
        home, "pg_ctl", "-D", str(cluster), "-o", f"-p {port} {words}", "-l", str(home / "log"), "-w", "start"
    )
    try:
        yield f"postgresql+psycopg://ioc@127.0.0.1:{port}/postgres"
    finally:
        crash_postgresql(home)


def restart_postgresql(home: Path) -> None:
    """Restart the server of `postgresql_server(home)` as after a crash: every connection is cut, nothing is lost."""
    log = str(home / "log")
    run_postgresql(home, "pg_ctl", "-D", str(home / "cluster"), "-m", "immediate", "-l", log, "-w", "restart")


def crash_postgresql(home: Path) -> None:
    """The server of `postgresql_server(home)` is gone, as with its machine; it may be gone already."""
    if (home / "cluster" / "postmaster.pid").exists():
        run_postgresql(home, "pg_ctl", "-D", str(home / "cluster"), "-m", "immediate", "-w", "stop")


def run_postgresql(home: Path, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs in the folder `home` of a server."""
    # The server refuses to run as root.
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([str(postgresql_programs() / program), *words], check=True, capture_output=True, cwd=home, **as_user)


def fresh_database(server_url: str, name: str) -> str:
    """The URL of a new and empty database of that name on the server; one that was there is dropped."""
    url = sa.make_url(server_url)
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    return url.set(database=name).render_as_string(hide_password=False)


def janus_plugins() -> Path:
    """The folder of Janus' plugins; NotInstalledError when there is no Janus."""
    for folder in sorted(Path("/usr/lib").glob("*/janus/plugins")):
        if shutil.which("janus") and (folder / "libjanus_videoroom.so").exists():
            return folder
    raise NotInstalledError(
        "Janus is not installed (no janus with its VideoRoom plugin): make test-servers installs it"
    )


@contextmanager
def janus_server(home: Path, secret: str = "") -> Iterator[str]:
    """A Janus of its own with the VideoRoom plugin and no rooms, as the address above /janus; stopped at the end.

    `secret`: the API secret that every request must show, where given. Media come over an address of this
    machine's own, for Janus offers none on loopback; they never leave it.
    """
    plugins = janus_plugins()
    port = free_port()
    keep = {"libjanus_videoroom.so", "libjanus_http.so"}
    others = {
        folder: ",".join(sorted(file.name for file in (plugins.parent / folder).glob("*.so") if file.name not in keep))
        for folder in ("plugins", "transports")
    }
    asked_for = f', api_secret = "{secret}"' if secret else ""
    (home / "janus.jcfg").write_text(
        f'general: {{ plugins_folder = "{plugins}", transports_folder = "{plugins.parent}/transports",\n'
        f' events_folder = "{home}", loggers_folder = "{home}", debug_colors = false {asked_for} }}\n'
        f'plugins: {{ disable = "{others["plugins"]}" }}\ntransports: {{ disable = "{others["transports"]}" }}\n'
    )
    (home / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "compact", base_path = "/janus", http = true, port = {port}, ip = "127.0.0.1" }}\n'
    )
    (home / "janus.plugin.videoroom.jcfg").write_text("general: {}\n")
    command = ["janus", "-F", str(home), "-C", str(home / "janus.jcfg"), "-i", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "HTTP transport timer started" in line:
                break
        else:
            raise AssertionError(f"Janus ended before it answered: {''.join(said[-5:])}")
        # Nobody reads what else it says; its pipe must not fill up.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)
