"""nginx as `deploy/nginx/ioc.conf` has it, before two real web servers on one PostgreSQL."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import httpx
import pytest
from sqlalchemy import Engine
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from bench.province import put_catalogues
from clock import real_clock
from config import Settings, SourceSettings, StoreSettings
from store.engine import migrate, open_engine
from store.pairing import approve_pairing
from tests import streamlit_words
from tests.centres import WebServer
from tests.feed import Feed
from tests.front import CONFIGURATION, trusting
from tests.front import front as nginx
from tests.servers import postgresql_server
from tests.source_server import Answer, Asked, source_server

NOT_PAIRED = 4401
SEATS = 16
# A screen hears something at least every five seconds.
REFRESH_SECONDS = 5.0
_NUMBERS = count()


@dataclass
class Front:
    """The address that visitors know, and what is behind it. `webs`: by host:port, as nginx names them in its log."""

    address: str
    plain: str
    log: Path
    engine: Engine
    settings: Settings
    webs: dict[str, WebServer]

    def visitor(self, seat: str = "") -> httpx.Client:
        """A browser that keeps its cookies and has sat here before, where `seat` is given."""
        cookies = {"ioc_seat": seat} if seat else {}
        return httpx.Client(base_url=self.address, verify=False, trust_env=False, timeout=60, cookies=cookies)

    def served_by(self, seat: str) -> str:
        """Which web server answers whoever has that cookie."""
        path = f"/api/none/{next(_NUMBERS)}"
        with self.visitor(seat) as visitor:
            visitor.get(path)
        return self.logged(path)

    def logged(self, path: str, newest: int = 1) -> str:
        """The web servers that answered the newest request for this path, or the one so many before."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            lines = [line for line in self.log.read_text().splitlines() if f" {path} " in line]
            if len(lines) >= newest:
                return lines[-newest].split(" ", 7)[7]
        raise AssertionError(f"the log of nginx does not tell of {path}")

    def seat_at(self, server: str) -> str:
        """A cookie that leads to this web server."""
        return next(seat for seat in map(str, range(SEATS)) if self.served_by(seat) == server)

    def stream(self, path: str, cookies: str, origin: str = "", session: str | None = None) -> ClientConnection:
        """A stream through nginx; Streamlit's with `session`, empty for a new one."""
        return connect(
            f"{self.address.replace('https', 'wss')}{path}",
            ssl=trusting(),
            origin=Origin(origin or self.address),
            additional_headers={"Cookie": cookies},
            subprotocols=None if session is None else streamlit_words.subprotocols(session),
            open_timeout=60,
            max_size=None,
            proxy=None,
        )

    @contextmanager
    def screen(self, number: int) -> Iterator["ShownScreen"]:
        """A screen that an operator has paired."""
        with self.visitor() as device:
            asking: dict[str, Any] = {"headers": {"Origin": self.address}, "json": {"screen": number}}
            code = device.post("/api/wall/pair", **asking).json()["code"]
            assert approve_pairing(self.engine, code, number, "A", real_clock().now()) == "approved"
            claimed = device.post("/api/wall/claim", **asking)
            assert (claimed.status_code, "Secure" in claimed.headers["set-cookie"]) == (200, True)
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in device.cookies.jar)
            yield ShownScreen(self, f"/api/wall/stream?screen={number}", cookies)


@dataclass
class ShownScreen:
    """A device that may be a screen."""

    front: Front
    path: str
    cookies: str

    @contextmanager
    def shown(self) -> Iterator["Shown"]:
        """What it shows while its stream is open."""
        with self.front.stream(self.path, self.cookies) as stream:
            yield Shown(stream)


class Shown:
    """The scenes of a screen with every change that it was told since its stream was opened."""

    def __init__(self, stream: ClientConnection) -> None:
        self._stream = stream
        self.scenes: Any = json.loads(stream.recv(60))["scenes"]

    def follow(self, seconds: float) -> None:
        """Draw what comes within that time."""
        deadline = time.monotonic() + seconds
        with suppress(TimeoutError):
            while True:
                told = json.loads(self._stream.recv(max(0.0, deadline - time.monotonic())))
                if told["t"] == "patch":
                    self.scenes = merged(self.scenes, told["scenes"])


def merged(old: Any, patch: Any) -> Any:
    """RFC 7396, as it stands there."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """A centre with units, procedures and a source that nobody polls, behind nginx."""
    home = tmp_path_factory.mktemp("front")
    for name in ("nginx", "0", "1"):
        (home / name).mkdir()
    with ExitStack() as stack:
        # Not in pytest's folder, which is closed to the server's own user.
        cluster = stack.enter_context(TemporaryDirectory(prefix="ioc-postgresql-"))
        url = stack.enter_context(postgresql_server(Path(cluster)))
        source = SourceSettings(name="motcua", dialect="dvcqg", base_url="http://127.0.0.1:9/api")
        settings = Settings(store=StoreSettings(url), sources=(source,))
        engine = open_engine(url)
        stack.callback(engine.dispose)
        migrate(engine)
        put_catalogues(engine)
        webs = [WebServer(settings, home / name) for name in ("0", "1")]
        for web in webs:
            stack.callback(web.stop)
            web.start()
        for web in webs:
            web.wait_until_ready()
        named = {f"127.0.0.1:{web.port}": web for web in webs}
        first, second = named
        before = stack.enter_context(nginx(home / "nginx", (first, second)))
        yield Front(before.address, before.plain, home / "nginx" / "ioc.log", engine, settings, named)


@pytest.fixture
def visitor(front: Front) -> Iterator[httpx.Client]:
    with front.visitor("7") as client:
        yield client


def test_plain_http_leads_to_https(front: Front) -> None:
    answer = httpx.get(f"{front.plain}/overview?unit=H28", trust_env=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "https://ioc.example.vn/overview?unit=H28")


def test_a_page_comes_packed_with_its_seat_and_says_what_browsers_must_keep_to(front: Front) -> None:
    with front.visitor() as stranger:
        answer = stranger.get("/health/live")
        seat = answer.cookies["ioc_seat"]
        assert len(seat) == 32
        assert "ioc_seat" not in stranger.get("/health/live").cookies
    with front.visitor("7") as visitor:
        page = visitor.get("/overview?unit=H28")
    assert (page.status_code, page.headers["content-encoding"]) == (200, "gzip")
    assert '<html lang="vi">' in page.text
    for header in ("strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy"):
        assert len(page.headers.get_list(header)) == 1, header
    assert page.headers["x-frame-options"] == "DENY"
    assert "HttpOnly; Secure; SameSite=Lax" in answer.headers["set-cookie"]


def test_health_comes_through_and_metrics_only_to_this_host(visitor: httpx.Client) -> None:
    assert visitor.get("/health/ready").json() == {"status": "ready"}
    assert visitor.get("/health/data").status_code == 503  # nothing was ever read
    assert "ioc_store_up 1.0" in visitor.get("/metrics").text
    assert visitor.get("/_stcore/metrics").status_code == 403
    assert "allow 127.0.0.1;\n        allow ::1;\n        deny all;" in CONFIGURATION.read_text("utf-8")


def test_an_asset_is_packed_once_for_all_and_a_page_in_its_place_is_not_kept(visitor: httpx.Client) -> None:
    html = visitor.get("/overview").text
    found = re.search(r'src="\./(static/js/index[^"]+\.js)"', html)
    assert found
    answers = [visitor.get(f"/{found[1]}", headers={"Accept-Encoding": asked}) for asked in ("gzip", "gzip, br", "")]
    assert [answer.headers["x-cache"] for answer in answers] == ["MISS", "HIT", "MISS"]
    assert [answer.headers.get("content-encoding") for answer in answers] == ["gzip", "gzip", None]
    assert {answer.content for answer in answers} == {answers[0].content}
    assert "set-cookie" not in answers[1].headers
    assert answers[1].headers["vary"] == "Accept-Encoding"
    wrong = [visitor.get("/static/js/of-another-version.js") for _ in range(2)]
    assert [answer.headers["x-cache"] for answer in wrong] == ["MISS", "MISS"]


def test_fonts_are_kept_and_browsers_ask_for_them_once_a_day(visitor: httpx.Client) -> None:
    fonts = [visitor.get("/app/static/be-vietnam-pro-latin-400-normal.woff2") for _ in range(2)]
    assert [font.headers["x-cache"] for font in fonts] == ["MISS", "HIT"]
    assert fonts[1].headers["cache-control"] == "max-age=86400"
    wrong = [visitor.get("/app/static/no-such-file.woff2").headers["x-cache"] for _ in range(2)]
    assert wrong == ["MISS", "MISS"]


def test_visitors_are_spread_and_each_stays_with_one_web_server(front: Front) -> None:
    servers = [front.served_by(str(seat)) for seat in range(SEATS)]
    assert set(servers) == set(front.webs)
    assert [front.served_by(str(seat)) for seat in range(SEATS)] == servers


def test_a_screen_must_be_paired_and_then_has_its_stream(front: Front) -> None:
    with front.stream("/api/wall/stream?screen=3", "") as refused:
        assert not packed(refused)  # its few bytes are not worth the work for each screen alone
        with pytest.raises(ConnectionClosed) as closed:
            refused.recv(60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == NOT_PAIRED  # nginx on this host makes nobody a browser of this host
    with front.screen(3) as screen, screen.shown() as shown:
        assert shown.scenes


def test_a_screen_shows_the_same_from_any_web_server_within_one_refresh_of_a_poll(front: Front) -> None:
    with front.screen(1) as screen, screen.shown() as one, screen.shown() as other:
        assert one.scenes == other.scenes
        at_first = one.scenes
        with Feed(front.settings, front.settings.make_clock(), every=3600):
            began = time.monotonic()
        while one.scenes == at_first or one.scenes != other.scenes:
            one.follow(0.2)
            other.follow(0.2)
            assert time.monotonic() < began + REFRESH_SECONDS
    # The log tells of a stream when it has ended: each came from where fewer were open.
    assert {front.logged("/api/wall/stream", newest) for newest in (1, 2)} == set(front.webs)


def test_streamlit_s_stream_opens_for_its_own_pages_only(front: Front) -> None:
    with front.stream("/_stcore/stream", "ioc_seat=7") as stream:
        assert stream.ping().wait(60)
        assert packed(stream)
    with pytest.raises(InvalidStatus), front.stream("/_stcore/stream", "ioc_seat=7", origin="https://elsewhere.vn"):
        pass


def test_a_file_that_is_too_large_is_refused_before_any_web_server_gets_it(visitor: httpx.Client) -> None:
    assert visitor.post("/api/none", content=b"0" * (21 << 20)).status_code == 413


def test_the_log_of_nginx_names_no_query(front: Front, visitor: httpx.Client) -> None:
    visitor.get("/health/live?token=BI-MAT", headers={"Cookie": "a=BI-MAT"})
    assert front.logged("/health/live")
    assert "BI-MAT" not in front.log.read_text()


def test_the_visitors_of_a_web_server_that_is_gone_go_on_at_the_other(front: Front) -> None:
    gone, stays = front.webs
    seat = front.seat_at(gone)
    with front.stream(streamlit_words.PATH, f"ioc_seat={seat}", session="") as stream:
        session, page = drawn(stream)
        front.webs[gone].kill()
        with pytest.raises(ConnectionClosed):
            listen(stream)
    assert stays in front.served_by(seat)
    with front.stream(streamlit_words.PATH, f"ioc_seat={seat}", session=session) as stream:
        # Not all of it: whether the head line's first drawing is overtaken by its second is a matter of the moment.
        assert drawn(stream)[1].count("<tr") == page.count("<tr") > 0
    front.webs[gone].start()
    front.webs[gone].wait_until_ready()
    deadline = time.monotonic() + 30
    while front.served_by(seat) != gone:
        assert time.monotonic() < deadline, "nobody comes back to the web server that is there again"


def packed(stream: ClientConnection) -> bool:
    """Whether what is told on the stream is compressed."""
    assert stream.response
    return "permessage-deflate" in stream.response.headers.get("Sec-WebSocket-Extensions", "")


def listen(stream: ClientConnection) -> NoReturn:
    """Until the stream ends, with ConnectionClosed."""
    while True:
        stream.recv(60)


def drawn(stream: ClientConnection) -> tuple[str, str]:
    """Ask for the page Ranking; the session, and the HTML of the page as it was drawn."""
    stream.send(streamlit_words.asking("", page="ranking"))
    session, words = "", list[bytes]()
    while not words or not streamlit_words.heard(words[-1]).page_drawn:
        word = stream.recv(60)
        assert isinstance(word, bytes)
        words.append(word)
        session = streamlit_words.heard(word).session or session
    return session, streamlit_words.text_of(words)


def test_the_large_cookies_of_a_sign_in_go_both_ways(tmp_path: Path) -> None:
    pieces = {f"_streamlit_user_{number}": "x" * 3900 for number in range(1, 6)}
    written = "; ".join(f"{name}={value}" for name, value in pieces.items())

    def callback(asked: Asked) -> Answer:
        told = len(asked.headers.get("Cookie", ""))
        return Answer(200, str(told).encode(), {"Set-Cookie": f"_streamlit_user={'y' * len(written)}"})

    with source_server(callback) as web:
        place = web.address.removeprefix("http://").removesuffix("/api")
        with nginx(tmp_path, (place, place)) as front:
            answer = httpx.get(
                f"{front.address}/oauth2callback", headers={"Cookie": written}, verify=False, trust_env=False
            )
    assert (answer.status_code, int(answer.text)) == (200, len(written))
    assert len(written) > 19_000
    assert len(answer.cookies["_streamlit_user"]) == len(written)
