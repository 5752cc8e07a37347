"""nginx as `deploy/nginx/ioc.conf` has it, on loopback, before web servers of tests and the benchmark."""

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers import free_port, nginx_server

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx" / "ioc.conf"
# Those of deploy/nginx/README.md.
CONNECTIONS, FILES = 8192, 20000


class Front(NamedTuple):
    """nginx, answering: its address as visitors know it, the one without TLS, and the process id of its master."""

    address: str
    plain: str
    pid: int


@contextmanager
def front(home: Path, servers: tuple[str, str]) -> Iterator[Front]:
    """nginx with the shipped configuration before these two servers (host:port); its files are in `home`, which is
    there and empty. One of the servers must answer already."""
    (home / "cache").mkdir()
    _make_certificate(home)
    ports = free_port(), free_port()
    (home / "nginx.conf").write_text(_main_configuration(home, _substituted(home, ports, servers)))
    address = f"https://127.0.0.1:{ports[1]}"
    with nginx_server(home, home / "nginx.conf", f"{address}/health/live"):
        yield Front(address, f"http://127.0.0.1:{ports[0]}", int((home / "pid").read_text()))


def trusting() -> ssl.SSLContext:
    """For clients of `front`: whoever made the certificate is believed."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _substituted(home: Path, ports: tuple[int, int], servers: tuple[str, str]) -> str:
    """The shipped configuration with this machine's ports and folders; everything else is what is shipped."""
    text = CONFIGURATION.read_text("utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{ports[0]};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{ports[1]} ssl http2;"),
        ("127.0.0.1:8501", servers[0]),
        ("127.0.0.1:8502", servers[1]),
        ("127.0.0.1:8499", f"127.0.0.1:{free_port()}"),
        ("/etc/nginx/tls/", f"{home}/"),
        ("/var/cache/nginx/", f"{home}/cache/"),
        ("/var/log/nginx/", f"{home}/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return text


def _main_configuration(home: Path, centre: str) -> str:
    """What Debian's nginx.conf, changed as README.md says, is to the file in conf.d."""
    folders = " ".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    events = f"worker_rlimit_nofile {FILES}; events {{ worker_connections {CONNECTIONS}; }}"
    return f"{user} pid {home}/pid; worker_processes 1; {events} http {{ {folders}\n{centre}\n}}"


def _make_certificate(home: Path) -> None:
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ioc.example.vn"]
    files = ["-keyout", str(home / "ioc.key"), "-out", str(home / "ioc.crt")]
    subprocess.run(["openssl", *words, *files], check=True, capture_output=True)
