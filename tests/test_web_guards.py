"""What stands around every answer: headers, cookies, the names it is known by, pace, streams for its own pages."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket
from streamlit import config as streamlit_config

from admission import AccessSettings
from door.guards import broken, guards
from door.known_hosts import KnownHosts, host_name
from door.pace import PACES, Pace, Paced
from door.security_headers import SecurityHeaders, content_policy, guarded
from pages._entry import entry_html
from sheets.tabular import MOST_BYTES

HERE = ("127.0.0.1", 4711)


def _answer(_request: Request) -> Response:
    return PlainTextResponse("here", headers={"Set-Cookie": "ioc_seat=1; Path=/"})


def _fail(_request: Request) -> Response:
    raise RuntimeError("the secret reason")


async def _stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


def _app(*around: Middleware) -> Starlette:
    routes = [Route("/{path:path}", _answer, methods=["GET", "PUT"]), WebSocketRoute("/stream", _stream)]
    return Starlette(routes=[Route("/fail", _fail), *routes], middleware=list(around), exception_handlers={500: broken})


def _ask(app: Starlette, path: str = "/", client: tuple[str, int] = HERE, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=client, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as http:
            return await http.get(path, headers=headers)

    return asyncio.run(ask())


def test_every_answer_says_what_browsers_must_keep_to() -> None:
    for path in ("/", "/fail"):
        headers = _ask(_app(*guards(AccessSettings())), path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers


def test_a_fault_is_answered_without_a_word_of_why() -> None:
    answer = _ask(_app(*guards(AccessSettings())), "/fail")
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")


def test_policy_lets_no_text_be_run_nor_another_site_be_asked_or_frame_us() -> None:
    policy = dict(part.split(" ", 1) for part in content_policy([entry_html("vi")]).split("; "))
    assert "unsafe" not in policy["script-src"]
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["connect-src"] == policy["form-action"] == "'self'"
    assert not any(scheme in sources for sources in policy.values() for scheme in ("http:", "https:", "ws:", " *"))


def test_policy_names_each_inline_script_by_its_hash() -> None:
    # printf 'let a = 1' | openssl dgst -sha256 -binary | base64
    assert "'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='" in content_policy(["<script>let a = 1</script>"])


@pytest.mark.parametrize(
    ("given", "secure", "expected"),
    [
        ("a=1", False, "a=1; SameSite=Lax; HttpOnly"),
        ("a=1; Path=/", True, "a=1; Path=/; SameSite=Lax; HttpOnly; Secure"),
        ("a=1; httponly; samesite=strict; secure", True, "a=1; httponly; samesite=strict; secure"),
        ("_streamlit_xsrf=1; Path=/", True, "_streamlit_xsrf=1; Path=/; SameSite=Lax; Secure"),
        ("_streamlit_user=1; HttpOnly; SameSite=lax", True, "_streamlit_user=1; HttpOnly; SameSite=lax; Secure"),
    ],
)
def test_cookies_are_guarded(given: str, secure: bool, expected: str) -> None:
    assert guarded(given, secure=secure) == expected


def test_all_cookies_of_an_answer_are_guarded() -> None:
    def two(_request: Request) -> Response:
        response = PlainTextResponse("here")
        response.set_cookie("a", "1", samesite=None)
        response.set_cookie("b", "2")
        return response

    app = Starlette(routes=[Route("/", two)], middleware=[Middleware(SecurityHeaders, policy="", secure=True)])
    answer = _ask(app)
    assert answer.headers.get_list("set-cookie") == [
        "a=1; Path=/; SameSite=Lax; HttpOnly; Secure",
        "b=2; Path=/; SameSite=lax; HttpOnly; Secure",
    ]
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


KNOWN = frozenset({"ioc.hoabinh.gov.vn"})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8501", 200),
        ("localhost", 200),
        ("[::1]:8501", 200),
        ("IOC.hoabinh.gov.vn:443", 200),
        ("ioc.hoabinh.gov.vn.", 200),
        ("ioc.hoabinh.gov.vn.evil.vn", 400),
        ("evil.vn", 400),
        ("10.0.0.1", 400),
        ("evil.vn@127.0.0.1", 400),
        ("127.0.0.1/evil.vn", 400),
        ("127.0.0.1:port", 400),
        ("", 400),
    ],
)
def test_only_known_names_are_answered(host: str, status: int) -> None:
    app = _app(Middleware(KnownHosts, known=KNOWN, only_here=False))
    assert _ask(app, client=("10.0.0.9", 1), Host=host).status_code == status


def test_two_names_in_one_request_are_none() -> None:
    async def ask() -> int:
        transport = httpx.ASGITransport(app=_app(Middleware(KnownHosts, known=KNOWN, only_here=False)))
        async with httpx.AsyncClient(transport=transport) as http:
            hosts = [("Host", "ioc.hoabinh.gov.vn"), ("Host", "evil.vn")]
            return (await http.get("http://ioc.hoabinh.gov.vn/", headers=hosts)).status_code

    assert asyncio.run(ask()) == 400


@pytest.mark.parametrize(("demo", "statuses"), [(False, [200, 200, 200, 400]), (True, [200, 400, 400, 400])])
def test_balancers_and_machines_with_a_token_may_ask_by_any_name(demo: bool, statuses: list[int]) -> None:
    app = _app(Middleware(KnownHosts, known=KNOWN, only_here=demo))
    paths = ("/health/ready", "/health/data", "/metrics", "/overview")
    assert [_ask(app, path, Host="10.0.0.1").status_code for path in paths] == statuses


@pytest.mark.parametrize(("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.168.1.20", 403)])
def test_a_demo_answers_this_machine_only(client: str, status: int) -> None:
    app = _app(Middleware(KnownHosts, known=frozenset(), only_here=True))
    assert _ask(app, client=(client, 1), Host="localhost").status_code == status


@pytest.mark.parametrize(("host", "name"), [("[fe80::1%eth0]:1", "fe80::1%eth0"), ("a:99999", ""), ("[::1", "")])
def test_odd_names_are_read_without_a_fault(host: str, name: str) -> None:
    assert host_name(host) == name


def test_with_sign_in_the_public_name_is_known_and_cookies_travel_by_https_only() -> None:
    app = _app(*guards(AccessSettings(mode="oidc", public_url="https://ioc.hoabinh.gov.vn:8443")))
    answer = _ask(app, client=("10.0.0.9", 1), Host="ioc.hoabinh.gov.vn:8443")
    assert (answer.status_code, answer.headers["set-cookie"].endswith("; Secure")) == (200, True)
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert _ask(app, Host="10.0.0.1").status_code == 400


def _paced(now: list[float]) -> Starlette:
    return _app(Middleware(Paced, paces=(Pace("/auth/", 2),), monotonic=lambda: now[0]))


def test_the_third_of_two_in_a_minute_is_told_when_to_come_again() -> None:
    now = [0.0]
    app = _paced(now)
    assert [_ask(app, "/auth/login").status_code for _ in range(3)] == [200, 200, 429]
    now[0] = 20.0
    assert _ask(app, "/auth/callback").headers["retry-after"] == "41"
    now[0] = 60.0
    assert _ask(app, "/auth/login").status_code == 200


def test_pace_is_of_one_address_and_of_its_paths_only() -> None:
    app = _paced([0.0])
    for _ in range(3):
        _ask(app, "/auth/login")
    assert _ask(app, "/overview").status_code == 200
    assert _ask(app, "/auth/login", client=("10.0.0.9", 1)).status_code == 200


@pytest.mark.parametrize(
    "path", ["/sign-in", "/auth/login", "/oauth2callback", "/api/wall/pair", "/_stcore/upload_file/a/b"]
)
def test_sign_in_pairing_and_files_have_a_pace(path: str) -> None:
    assert [pace for pace in PACES if path.startswith(pace.path)]


def test_no_larger_file_is_taken_than_is_read() -> None:
    assert streamlit_config.get_option("server.maxUploadSize") * 1024**2 == MOST_BYTES
    assert streamlit_config.get_option("server.maxMessageSize") <= 32


def _opens(headers: dict[str, str]) -> bool:
    """Whether a stream at 127.0.0.1:8501 is accepted for a browser of this machine that says so."""
    raw = [(name.lower().encode(), value.encode()) for name, value in {"Host": "127.0.0.1:8501", **headers}.items()]
    scope = {"type": "websocket", "path": "/stream", "scheme": "ws", "headers": raw, "client": HERE, "extensions": {}}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_app(*guards(AccessSettings()))(scope, receive, send))
    return bool(sent[0]["type"] == "websocket.accept")


@pytest.mark.parametrize(
    ("headers", "opens"),
    [
        ({"Origin": "http://127.0.0.1:8501"}, True),
        ({"Origin": "http://evil.vn"}, False),
        ({"Origin": "null"}, False),
        ({}, False),
        ({"Cookie": "_streamlit_user=1"}, False),
        ({"Origin": "http://evil.vn", "Host": "evil.vn"}, False),
    ],
)
def test_streams_are_for_own_pages_only(headers: dict[str, str], opens: bool) -> None:
    assert _opens(headers) is opens
