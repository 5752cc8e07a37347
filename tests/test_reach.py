"""Where a source's calls may go: nowhere but to base_url's origin, and to no address that nobody has written."""

import socket
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import httpx
import pytest

from clock import real_clock
from config import SourceSettings, parse_settings
from connectors._http import SourceClient
from connectors._reach import OutOfReachError, Reach
from errors import SourceChanged, SourceRefused, SourceUnavailable
from tests.source_server import Answer, SourceServer, json_answer, source_server


def _reached(base_url: str, *addresses: str, private: bool = False, url: str = "") -> Sequence[str] | str:
    """The addresses that are called, or why none is; `addresses`: what DNS says."""
    reach = Reach(base_url, private_network=private, resolve=lambda _host, _port: addresses)
    try:
        return reach.addresses(httpx.URL(url or f"{base_url}/dossiers"))
    except OutOfReachError as error:
        return str(error)


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.7", "203.162.4.190", "[::1]", "[fd00::1]"])
def test_an_address_that_the_operator_wrote_is_called(address: str) -> None:
    assert _reached(f"http://{address}:8080") == [address.strip("[]")]


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.0.1", "[fe80::1]", "[fd00:ec2::254]", "100.100.100.200", "168.63.129.16", "0.0.0.0",
        "[::]", "224.0.0.1", "[ff02::1]", "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::]",
    ],
)  # fmt: skip
@pytest.mark.parametrize("private", [True, False])
def test_services_of_a_cloud_and_link_local_addresses_are_never_called(address: str, private: bool) -> None:
    assert "where no source can be" in _reached(f"http://{address}", private=private)
    assert "where no source can be" in _reached("http://motcua.vn", address.strip("[]"), private=private)


@pytest.mark.parametrize(
    ("addresses", "private", "called"),
    [
        (("203.162.4.190",), False, True),
        (("203.162.4.190", "2405:4800::1"), False, True),
        (("10.1.2.3",), False, False),
        (("10.1.2.3",), True, True),
        (("127.0.0.1",), False, False),
        (("127.0.0.1",), True, True),
        (("::ffff:10.1.2.3",), False, False),
        (("100.64.0.1",), False, False),
        (("203.162.4.190", "10.1.2.3"), False, False),
        (("203.162.4.190", "169.254.169.254"), True, False),
        (("240.0.0.1",), True, False),
    ],
)
def test_a_name_leads_to_private_addresses_only_where_the_source_says_so(
    addresses: tuple[str, ...], private: bool, called: bool
) -> None:
    assert (_reached("https://motcua.vn", *addresses, private=private) == list(addresses)) is called


def test_localhost_is_this_host_and_nothing_else() -> None:
    assert _reached("http://localhost:9000", "127.0.0.1") == ["127.0.0.1"]
    assert "private_network = true" in _reached("http://localhost:9000", "10.1.2.3")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.vn/dossiers",
        "http://motcua.vn/dossiers",
        "https://motcua.vn:8443/dossiers",
        "https://motcua.vn@evil.vn/dossiers",
        "https://motcua.vn.evil.vn/dossiers",
    ],
)
def test_no_call_leaves_the_server_of_base_url(url: str) -> None:
    assert _reached("https://motcua.vn", "203.162.4.190", url=url) == "the call would leave base_url's server"


def test_the_port_of_the_scheme_is_the_same_server() -> None:
    assert _reached("https://motcua.vn", "203.162.4.190", url="https://motcua.vn:443/x") == ["203.162.4.190"]


def _speak_for_dns(monkeypatch: pytest.MonkeyPatch, look_up: Callable[..., object]) -> None:
    """For those who look names up in `connectors._reach`, and for nobody else."""
    monkeypatch.setattr("connectors._reach.socket", SimpleNamespace(getaddrinfo=look_up, SOCK_STREAM=1))


class Names:
    """DNS that says what a test says, once; after that the address of a cloud's own service."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.asked: list[str] = []
        self._addresses = list(addresses)
        _speak_for_dns(monkeypatch, self._look_up)

    def _look_up(self, host: str, port: int, **_how: object) -> list[tuple[object, ...]]:
        self.asked.append(host)
        found, self._addresses = self._addresses, ["169.254.169.254"]
        return [(0, 0, 0, "", (address, port)) for address in found]


@pytest.fixture
def server() -> Iterator[SourceServer]:
    with source_server(lambda _asked: json_answer({"here": True})) as server:
        yield server


def _client(base_url: str, *, private_network: bool = False) -> SourceClient:
    source = SourceSettings(name="motcua", dialect="qlvb", base_url=base_url, private_network=private_network)
    return SourceClient(source, httpx.Auth(), real_clock(), timeout_seconds=5)


def _named(server: SourceServer) -> str:
    return server.address.replace("127.0.0.1", "motcua.test")


def test_the_address_that_was_looked_at_is_the_one_called(
    server: SourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(monkeypatch, "127.0.0.1")
    with _client(_named(server), private_network=True) as client:
        assert client.get_json("/x") == {"here": True}
    assert names.asked == ["motcua.test"]
    assert server.asked[0].headers["Host"].startswith("motcua.test:")


def test_the_next_address_is_called_when_the_first_takes_no_calls(
    server: SourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, "127.0.0.9", "127.0.0.1")
    with _client(_named(server), private_network=True) as client:
        assert client.get_json("/x") == {"here": True}


def test_a_name_that_leads_inside_is_refused_before_it_is_asked(
    server: SourceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Names(monkeypatch, "127.0.0.1")
    with _client(_named(server)) as client, pytest.raises(SourceRefused, match="set private_network = true"):
        client.get_json("/x")
    assert server.asked == []


def test_a_name_that_leads_nowhere_is_asked_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_what: object, **_how: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    _speak_for_dns(monkeypatch, fail)
    with _client("http://motcua.test") as client, pytest.raises(SourceUnavailable, match="leads nowhere"):
        client.get_json("/x")


@pytest.mark.parametrize("path", ["@evil.vn/x", "@127.0.0.1:1/x"])
def test_a_path_that_a_source_made_up_leads_nowhere_else(server: SourceServer, path: str) -> None:
    base_url = server.address.removesuffix("/api")
    with _client(base_url) as client, pytest.raises(SourceRefused, match="would leave base_url's server"):
        client.get_json(path)
    assert server.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "where", ["http://169.254.169.254/latest/meta-data", "//evil.vn/", "/elsewhere", "file:///etc"]
)
def test_no_redirect_is_followed(where: str, status: int) -> None:
    with source_server(lambda _asked: Answer(status, b"", {"Location": where})) as server:
        with _client(server.address) as client, pytest.raises(SourceChanged, match="sends us on to"):
            client.get_json("/x")
        assert [asked.path for asked in server.asked] == ["/api/x"]


def test_the_setting_is_read() -> None:
    text = b'[[sources]]\nname = "a"\ndialect = "qlvb"\nbase_url = "http://a.vn"\nprivate_network = true\n'
    assert parse_settings(text, "ioc.toml").sources[0].private_network
