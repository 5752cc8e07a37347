"""nginx as `deploy/nginx/ioc.conf` has it, before a real web server and one that only says its name."""

import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from clock import real_clock
from config import Settings, StoreSettings
from store.engine import migrate, open_engine
from store.pairing import approve_pairing
from tests.centres import web_server
from tests.servers import free_port, nginx_server
from tests.source_server import Answer, SourceServer, source_server

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx" / "ioc.conf"
NOT_PAIRED = 4401
SEATS = 60


@dataclass
class Front:
    """The address that visitors know, and what is behind it. `seat`: a cookie that leads to the real web server."""

    address: str
    port: int
    plain: str
    engine: Engine
    stub: SourceServer
    stack: ExitStack
    seat: str = ""

    def visitor(self, seat: str = "") -> httpx.Client:
        """A browser that keeps its cookies and has sat here before, where `seat` is given."""
        cookies = {"ioc_seat": seat} if seat else {}
        return httpx.Client(base_url=self.address, verify=False, trust_env=False, timeout=60, cookies=cookies)

    def served_by(self, seat: str) -> str:
        """Which web server answers whoever has that cookie: "stub" or "web"."""
        with self.visitor(seat) as visitor:
            return "stub" if visitor.get("/health/live").text == "stub" else "web"

    def stream(self, path: str, cookies: str, origin: str = "") -> ClientConnection:
        """A stream through nginx."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return connect(
            f"wss://127.0.0.1:{self.port}{path}",
            ssl=context,
            origin=Origin(origin or self.address),
            additional_headers={"Cookie": cookies},
            open_timeout=60,
            proxy=None,
        )


def substituted(home: Path, ports: tuple[int, int], servers: tuple[str, str]) -> str:
    """The shipped configuration with this machine's ports and folders; everything else is what is shipped."""
    text = CONFIGURATION.read_text("utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{ports[0]};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{ports[1]} ssl http2;"),
        ("127.0.0.1:8501", servers[0]),
        ("127.0.0.1:8502", servers[1]),
        ("/etc/nginx/tls/", f"{home}/"),
        ("/var/cache/nginx/", f"{home}/cache/"),
        ("/var/log/nginx/", f"{home}/"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    return text


def main_configuration(home: Path, centre: str) -> str:
    """What Debian's nginx.conf is to the file in conf.d."""
    folders = " ".join(
        f"{name}_temp_path {home}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return f"{user} pid {home}/pid; worker_processes 1; events {{}} http {{ {folders}\n{centre}\n}}"


def make_certificate(home: Path) -> None:
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ioc.example.vn"]
    files = ["-keyout", str(home / "ioc.key"), "-out", str(home / "ioc.crt")]
    subprocess.run(["openssl", *words, *files], check=True, capture_output=True)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A centre without sources behind nginx; the second web server of the configuration says "stub" to everything."""
    home = tmp_path_factory.mktemp("front")
    (home / "cache").mkdir()
    settings = Settings(store=StoreSettings(f"sqlite:///{home}/store.db"))
    engine = open_engine(settings.database_url)
    migrate(engine)
    make_certificate(home)
    ports = free_port(), free_port()
    with ExitStack() as stack, ExitStack() as stub_alone:
        web = stack.enter_context(web_server(settings, home))
        stub = stub_alone.enter_context(source_server(lambda _asked: Answer(200, b"stub", {"Connection": "close"})))
        stub_server = re.sub(r"http://|/api", "", stub.address)
        text = main_configuration(home, substituted(home, ports, (f"127.0.0.1:{web.port}", stub_server)))
        (home / "nginx.conf").write_text(text)
        address = f"https://127.0.0.1:{ports[1]}"
        stack.enter_context(nginx_server(home, home / "nginx.conf", f"{address}/health/live"))
        found = Front(address, ports[1], f"http://127.0.0.1:{ports[0]}", engine, stub, stub_alone)
        found.seat = next(seat for seat in map(str, range(SEATS)) if found.served_by(seat) == "web")
        yield found
    engine.dispose()


@pytest.fixture
def visitor(front: Front) -> Iterator[httpx.Client]:
    with front.visitor(front.seat) as client:
        yield client


def test_plain_http_leads_to_https(front: Front) -> None:
    answer = httpx.get(f"{front.plain}/overview?unit=H28", trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "https://127.0.0.1/overview?unit=H28")


def test_a_page_comes_packed_with_its_seat_and_says_what_browsers_must_keep_to(front: Front) -> None:
    with front.visitor() as stranger:
        answer = stranger.get("/health/live")
        seat = answer.cookies["ioc_seat"]
        assert len(seat) == 32
        assert "ioc_seat" not in stranger.get("/health/live").cookies
    with front.visitor(front.seat) as visitor:
        page = visitor.get("/overview?unit=H28")
    assert (page.status_code, page.headers["content-encoding"]) == (200, "gzip")
    assert '<html lang="vi">' in page.text
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert "HttpOnly; Secure; SameSite=Lax" in answer.headers["set-cookie"]


def test_health_comes_through_and_metrics_only_to_this_host(visitor: httpx.Client) -> None:
    assert visitor.get("/health/ready").json() == {"status": "ready"}
    assert visitor.get("/health/data").status_code == 503  # nothing is configured
    assert "ioc_store_up 1.0" in visitor.get("/metrics").text
    assert visitor.get("/_stcore/metrics").status_code == 403
    assert "allow 127.0.0.1;\n        allow ::1;\n        deny all;" in CONFIGURATION.read_text("utf-8")


def test_assets_are_fetched_once_and_a_page_in_their_place_is_not_kept(visitor: httpx.Client) -> None:
    html = visitor.get("/overview").text
    found = re.search(r'src="\./(static/js/index[^"]+\.js)"', html)
    assert found
    answers = [visitor.get(f"/{found[1]}") for _ in range(2)]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT"]
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    assert "set-cookie" not in answers[1].headers
    wrong = [visitor.get("/static/js/of-another-version.js") for _ in range(2)]
    assert [answer.headers["x-cache"] for answer in wrong] == ["MISS", "MISS"]


def test_a_visitor_stays_with_one_web_server(front: Front) -> None:
    servers = [front.served_by(str(seat)) for seat in range(SEATS)]
    assert set(servers) == {"web", "stub"}
    assert [front.served_by(str(seat)) for seat in range(SEATS)] == servers


def test_a_screen_must_be_paired_and_then_has_its_stream(front: Front, visitor: httpx.Client) -> None:
    seat = f"ioc_seat={front.seat}"
    with front.stream("/api/wall/stream?screen=3", seat) as refused, pytest.raises(ConnectionClosed) as closed:
        refused.recv(60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == NOT_PAIRED  # nginx on this host makes nobody a browser of this host
    asking = {"headers": {"Origin": front.address}, "json": {"screen": 3}}
    code = visitor.post("/api/wall/pair", **asking).json()["code"]
    assert approve_pairing(front.engine, code, 3, "A", real_clock().now()) == "approved"
    claimed = visitor.post("/api/wall/claim", **asking)
    assert claimed.status_code == 200
    assert "Secure" in claimed.headers["set-cookie"]
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.cookies.jar)
    with front.stream("/api/wall/stream?screen=3", cookies) as stream:
        first = stream.recv(60)
    assert isinstance(first, str)
    assert first.startswith("{")


def test_streamlit_s_stream_opens_for_its_own_pages_only(front: Front) -> None:
    seat = f"ioc_seat={front.seat}"
    with front.stream("/_stcore/stream", seat) as stream:
        assert stream.ping().wait(60)
    with pytest.raises(InvalidStatus), front.stream("/_stcore/stream", seat, origin="https://elsewhere.vn"):
        pass


def test_a_file_that_is_too_large_is_refused_before_any_web_server_gets_it(front: Front) -> None:
    with front.visitor(front.seat) as visitor:
        assert visitor.post("/api/none", content=b"0" * (21 << 20)).status_code == 413


def test_the_log_of_nginx_names_no_query(front: Front, tmp_path_factory: pytest.TempPathFactory) -> None:
    with front.visitor(front.seat) as visitor:
        visitor.get("/health/live?token=BI-MAT", headers={"Cookie": "a=BI-MAT"})
    lines = Path(front.engine.url.database or "").with_name("ioc.log").read_text()
    assert "/health/live" in lines
    assert "BI-MAT" not in lines


def test_the_visitors_of_a_web_server_that_is_gone_are_served_by_the_other(front: Front) -> None:
    seat = next(seat for seat in map(str, range(SEATS)) if front.served_by(seat) == "stub")
    front.stack.close()
    with front.visitor(seat) as visitor:
        assert [visitor.get("/health/live").json() for _ in range(3)] == [{"status": "live"}] * 3
