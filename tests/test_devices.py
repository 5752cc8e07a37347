"""Who may be a screen: pairing over HTTP, cookies, admission to the stream, and what a stranger gets (nothing)."""

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import HTTPConnection

from clock import real_clock, still_clock
from door.same_origin import same_origin
from store.engine import open_engine
from store.pairing import approve_pairing, begin_pairing, claim
from store.screens import forget_screen
from wall.devices import (
    FOREIGN,
    NOT_PAIRED,
    TRY_LATER,
    Admission,
    Devices,
    Refusal,
    device_routes,
    is_direct_loopback,
)

HOST = "ioc.hoabinh.gov.vn:8501"
DAY = timedelta(days=1)


class Device:
    """A browser at another machine that keeps its cookies."""

    def __init__(self, devices: Devices) -> None:
        self.devices = devices
        self.jar: dict[str, Morsel[str]] = {}
        self.answers: list[httpx.Response] = []

    def post(self, what: str, body: object = b'{"screen":3}', **headers: str) -> httpx.Response:
        """Ask; what was set as a cookie is sent from then on."""
        answer = asyncio.run(self._post(what, body, headers))
        self.answers.append(answer)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.jar[name] = morsel
        return answer

    async def _post(self, what: str, body: object, headers: Mapping[str, str]) -> httpx.Response:
        app = Starlette(routes=device_routes(self.devices))
        transport = httpx.ASGITransport(app=app, client=("10.1.2.3", 40000))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"Origin": f"http://{HOST}", "Cookie": self.cookies(), **headers}
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.post(f"/api/wall/{what}", content=content, headers=told)

    def cookies(self) -> str:
        return "; ".join(f"{name}={morsel.value}" for name, morsel in self.jar.items() if morsel.value)

    def pair(self) -> None:
        """Show a code, have it typed, take the token."""
        code = self.post("pair").json()["code"]
        assert approve_pairing(self.devices.engine, code, 3, "M", real_clock().now()) == "approved"
        assert self.post("claim").status_code == 200

    def connection(self) -> HTTPConnection:
        return connection(Cookie=self.cookies())


def connection(client: str = "10.1.2.3", **headers: str) -> HTTPConnection:
    told = {"Host": HOST, "Origin": f"http://{HOST}", **headers}
    pairs = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in told.items() if value]
    return HTTPConnection({"type": "websocket", "headers": pairs, "client": (client, 40000)})


@pytest.fixture
def devices(fresh_engine: Callable[[str], Engine]) -> Devices:
    return Devices(fresh_engine("sqlite"), "remote")


@pytest.fixture
def device(devices: Devices) -> Device:
    return Device(devices)


def aged_token(engine: Engine, age: timedelta, screen: int = 3) -> str:
    """A token that was given out so long ago."""
    then = real_clock().now() - age
    begun = begin_pairing(engine, screen, then)
    assert begun
    approve_pairing(engine, begun.code, screen, "M", then)
    return claim(engine, begun.secret, screen, then).token


def broken(devices: Devices) -> None:
    """From now on the database does not answer."""
    devices.engine = open_engine("postgresql://ioc:geheim@127.0.0.1:1/ioc")


def test_device_is_a_screen_once_its_code_is_typed(engine: Engine) -> None:
    devices = Devices(engine, "remote")
    device = Device(devices)
    assert devices.admit(device.connection(), 3) == Refusal(NOT_PAIRED)
    begun = device.post("pair")
    assert (begun.status_code, set(begun.json()), begun.json()["expires"]) == (200, {"code", "expires"}, 600)
    assert device.post("claim").status_code == 204
    approve_pairing(devices.engine, begun.json()["code"], 3, "M", real_clock().now())
    assert device.post("claim").status_code == 200
    admission = devices.admit(device.connection(), 3)
    assert isinstance(admission, Admission)
    assert admission.paired_at
    assert devices.holds(admission)
    assert "ioc_pairing_3" not in device.cookies(), "the secret has done its work"
    assert device.post("claim").status_code == 410


def test_token_is_in_no_address_and_no_body_and_no_script_can_read_it(device: Device) -> None:
    device.pair()
    token = device.jar["ioc_screen_3"]
    assert len(token.value) >= 43, "32 random bytes"
    assert (token["httponly"], token["samesite"].lower(), token["path"]) == (True, "strict", "/api/wall")
    assert int(token["max-age"]) == 30 * 86400
    for answer in device.answers:
        assert token.value not in answer.text + str(answer.url)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("proto", "secure"), [("https", True), ("http", "")])
def test_cookie_is_for_tls_only_where_there_is_tls(device: Device, proto: str, secure: object) -> None:
    device.post("pair", **{"X-Forwarded-Proto": proto})
    assert device.jar["ioc_pairing_3"]["secure"] == secure


def test_token_opens_its_own_screen_only(device: Device, devices: Devices) -> None:
    device.pair()
    token = device.jar["ioc_screen_3"].value
    assert devices.admit(connection(Cookie=f"ioc_screen_4={token}"), 4) == Refusal(NOT_PAIRED)
    assert devices.admit(connection(Cookie=f"ioc_screen_3={token}"), 4) == Refusal(NOT_PAIRED)
    assert devices.admit(connection(Cookie=f"ioc_screen_3={token[:-1]}"), 3) == Refusal(NOT_PAIRED)


def test_revoked_device_is_out_at_once_and_gets_nothing_more(device: Device, devices: Devices) -> None:
    device.pair()
    admission = devices.admit(device.connection(), 3)
    assert isinstance(admission, Admission)
    forget_screen(devices.engine, 3)
    devices.refresh()
    assert not devices.holds(admission)
    assert devices.admit(device.connection(), 3) == Refusal(NOT_PAIRED)
    assert device.post("renew").status_code == 401


def test_device_that_was_replaced_is_out(device: Device, devices: Devices) -> None:
    device.pair()
    admission = devices.admit(device.connection(), 3)
    Device(devices).pair()
    assert isinstance(admission, Admission)
    assert not devices.holds(admission)
    assert devices.admit(device.connection(), 3) == Refusal(NOT_PAIRED)


def test_another_web_server_lets_in_whom_one_has_just_paired(device: Device, devices: Devices) -> None:
    other = Devices(devices.engine, "remote")
    other.refresh()
    device.pair()
    assert isinstance(other.admit(device.connection(), 3), Admission)


def test_expired_token_lets_nobody_in(devices: Devices) -> None:
    token = aged_token(devices.engine, 30 * DAY)
    assert devices.admit(connection(Cookie=f"ioc_screen_3={token}"), 3) == Refusal(NOT_PAIRED)


def test_token_that_expires_while_it_is_shown_holds_no_longer(
    device: Device, devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.pair()
    admission = devices.admit(device.connection(), 3)
    assert isinstance(admission, Admission)
    in_a_month = still_clock(real_clock().now() + 30 * DAY)
    monkeypatch.setattr("wall.devices.real_clock", lambda: in_a_month)
    assert not devices.holds(admission)
    assert devices.admit(device.connection(), 3) == Refusal(NOT_PAIRED)


def test_token_is_to_be_renewed_after_seven_days_and_the_stream_goes_on(device: Device, devices: Devices) -> None:
    token = aged_token(devices.engine, 7 * DAY)
    admission = devices.admit(connection(Cookie=f"ioc_screen_3={token}"), 3)
    assert isinstance(admission, Admission)
    assert devices.renewal_due(admission)
    assert device.post("renew", Cookie=f"ioc_screen_3={token}").status_code == 200
    assert device.jar["ioc_screen_3"].value != token
    assert not devices.renewal_due(admission)
    assert devices.holds(admission)
    assert devices.admit(device.connection(), 3) == admission


def test_young_token_is_not_to_be_renewed(devices: Devices) -> None:
    token = aged_token(devices.engine, 7 * DAY - timedelta(minutes=1))
    admission = devices.admit(connection(Cookie=f"ioc_screen_3={token}"), 3)
    assert isinstance(admission, Admission)
    assert not devices.renewal_due(admission)


def test_known_screen_gets_in_while_the_database_is_down_and_a_stranger_is_told_to_wait(
    device: Device, devices: Devices
) -> None:
    device.pair()
    broken(devices)
    assert isinstance(devices.admit(device.connection(), 3), Admission)
    assert devices.admit(connection(Cookie="ioc_screen_3=unknown"), 3) == Refusal(TRY_LATER)
    assert devices.admit(connection(), 3) == Refusal(NOT_PAIRED)


def test_after_a_restart_without_database_a_token_is_not_called_revoked(device: Device, devices: Devices) -> None:
    device.pair()
    fresh = Devices(devices.engine, "remote")
    broken(fresh)
    assert fresh.admit(device.connection(), 3) == Refusal(TRY_LATER)


@pytest.mark.parametrize("what", ["pair", "claim", "renew"])
def test_answer_while_the_database_is_down_tells_nothing_about_it(device: Device, devices: Devices, what: str) -> None:
    broken(devices)
    answer = device.post(what)
    assert (answer.status_code, answer.json()) == (503, {"error": "the store cannot be asked"})


@pytest.mark.parametrize("what", ["pair", "claim", "renew"])
@pytest.mark.parametrize("origin", ["", "null", "http://elsewhere.vn", f"http://{HOST}.elsewhere.vn", f"ftp://{HOST}"])
def test_pages_of_other_servers_get_nothing(device: Device, what: str, origin: str) -> None:
    device.pair()
    answer = device.post(what, Origin=origin)
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", {}, {"screen": 0}, {"screen": 1000}, {"screen": "3"}, {"screen": True}, b"1" * 5000, b"\xff"],
)
def test_body_that_names_no_screen_is_refused(device: Device, body: object) -> None:
    assert device.post("pair", body).status_code == 400


def test_body_without_end_is_not_read(device: Device) -> None:
    assert device.post("pair", b'{"screen":3}' + b" " * 10_000_000).status_code == 400


def test_twenty_first_waiting_device_is_told_to_come_later(devices: Devices) -> None:
    assert {Device(devices).post("pair").status_code for _ in range(20)} == {200}
    assert Device(devices).post("pair").status_code == 429


def test_page_that_is_loaded_again_takes_no_second_place(device: Device, devices: Devices) -> None:
    assert {device.post("pair").status_code for _ in range(25)} == {200}


@pytest.mark.parametrize(
    ("client", "headers", "direct"),
    [
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("127.0.0.1", {"Host": "localhost:8501"}, True),
        ("::1", {"Host": "[::1]:8501"}, True),
        ("10.1.2.3", {"Host": "127.0.0.1:8501"}, False),
        ("127.0.0.1", {"Host": HOST}, False),
        ("127.0.0.1", {"Host": "127.0.0.1.elsewhere.vn"}, False),
        ("127.0.0.1", {"Host": "[oops"}, False),
        ("127.0.0.1", {"Host": "127.0.0.1", "X_Forwarded_For": "10.1.2.3"}, False),
        ("127.0.0.1", {"Host": "127.0.0.1", "X_Real_IP": "10.1.2.3"}, False),
        ("127.0.0.1", {"Host": "127.0.0.1", "Forwarded": "for=10.1.2.3"}, False),
        ("unix", {"Host": "localhost"}, False),
    ],
)
def test_only_a_browser_on_the_server_itself_needs_no_token(client: str, headers: dict[str, str], direct: bool) -> None:
    assert is_direct_loopback(connection(client, **headers)) is direct


def test_setting_says_whether_a_browser_on_the_server_needs_a_token() -> None:
    engine = open_engine("postgresql://127.0.0.1:1/never")
    own = connection("127.0.0.1", Host="localhost", Origin="http://localhost")
    assert Devices(engine, "remote").admit(own, 5) == Admission(5)
    assert Devices(engine, "remote").holds(Admission(5))
    assert Devices(engine, "always").admit(own, 5) == Refusal(NOT_PAIRED)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://a:8501", "a:8501", True),
        ("https://A", "a", True),
        ("http://a", "a:8501", False),
        ("http://b", "a", False),
        ("http://a@b", "b", False),
        ("", "", False),
        ("http://", "", False),
    ],
)
def test_origin_must_be_the_host_asked(origin: str, host: str, same: bool) -> None:
    assert same_origin(connection(Origin=origin, Host=host)) is same


def test_stream_of_a_foreign_page_is_refused_even_on_the_server_itself() -> None:
    devices = Devices(open_engine("postgresql://127.0.0.1:1/never"), "remote")
    foreign = connection("127.0.0.1", Host="localhost", Origin="http://elsewhere.vn")
    assert devices.admit(foreign, 3) == Refusal(FOREIGN)
