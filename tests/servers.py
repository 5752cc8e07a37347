"""Servers that tests and the benchmark start: real ones, on loopback and free ports, stopped by process id."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
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


def start_postgresql(home: Path) -> None:
    """The server that `crash_postgresql` took away is there again, with all that it had acknowledged."""
    # "start" would not know its port any more.
    run_postgresql(home, "pg_ctl", "-D", str(home / "cluster"), "-l", str(home / "log"), "-w", "restart")


def run_postgresql(home: Path, program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs in the folder `home` of a server."""
    # The server refuses to run as root.
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    subprocess.run([str(postgresql_programs() / program), *words], check=True, capture_output=True, cwd=home, **as_user)


def fresh_database(server_url: str, name: str, template: str = "template1") -> str:
    """The URL of a new database of that name on the server, a copy of `template` (empty where none is given); one that
    was there is dropped."""
    url = sa.make_url(server_url)
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
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


@contextmanager
def prometheus_server(home: Path, rules: Path, target: str, every: str = "250ms") -> Iterator[str]:
    """A Prometheus of its own with its database in `home`, as its address; stopped at the end.

    It asks `target` (host:port) as the job "ioc", and its rules, each `every`. NotInstalledError when there is none.
    """
    (home / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {every}, scrape_timeout: {every}, evaluation_interval: {every}}}\n"
        f"rule_files: [{rules}]\n"
        f"scrape_configs: [{{job_name: ioc, static_configs: [{{targets: [{target}]}}]}}]\n"
    )
    with configured_prometheus(home) as address:
        yield address


@contextmanager
def configured_prometheus(home: Path) -> Iterator[str]:
    """As `prometheus_server`, with the prometheus.yml that is there already."""
    if not shutil.which("prometheus"):
        raise NotInstalledError("Prometheus is not installed: make test-servers installs it")
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data"]
    with serving_process([*command, f"--web.listen-address={address}"], home / "prometheus.log") as process:
        wait_for_http(f"http://{address}/-/ready", process, home / "prometheus.log")
        yield f"http://{address}"


@contextmanager
def nginx_server(home: Path, configuration: Path, ready: str) -> Iterator[None]:
    """nginx with this configuration and all its files in `home`, until `ready` (an address) answers; stopped at the
    end. NotInstalledError when there is none."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        raise NotInstalledError("nginx is not installed: make test-servers installs it")
    command = [program, "-p", str(home), "-c", str(configuration), "-e", str(home / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    # It writes over its environment, by which tests/left_behind.py knows what a killed run has started.
    ends_with_us = ["setpriv", "--pdeathsig", "TERM", *command, "-g", "daemon off;"]
    with serving_process(ends_with_us, home / "nginx.log") as process:
        wait_for_http(ready, process, home / "error.log")
        yield


@contextmanager
def serving_process(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that writes into `log`, ended by SIGTERM at the end."""
    with log.open("ab") as words, subprocess.Popen(command, stdout=words, stderr=words) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def wait_for_http(address: str, process: "subprocess.Popen[bytes]", log: Path, seconds: float = 60) -> None:
    """Return when the address answers with less than 500; AssertionError when its process ends or it takes too long."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(address, timeout=5, trust_env=False, verify=False).status_code < 500:
                return
        except httpx.TransportError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.1)
    raise AssertionError(f"{address} does not answer: {log.read_text()[-2000:]}")
