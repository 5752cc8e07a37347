"""A real OpenID provider on loopback: oidc-provider, which `make test-servers` brings by its lock file."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec

from admission import AccessSettings, GroupSettings
from config import Settings
from durations import parse_duration
from tests.servers import NotInstalledError, free_port, serving_process, wait_for_http

FOLDER = Path(__file__).parent / "oidc"
CLIENT, CLIENT_SECRET = "ioc", "the provider's word for the centre"
COOKIE_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2
SECRETS = {"TEST_CLIENT_SECRET": CLIENT_SECRET, "TEST_COOKIE_SECRET": COOKIE_SECRET}
GROUPS = (
    GroupSettings("ioc-lanh-dao", "leader"),
    GroupSettings("ioc-mot-cua-so-tai-chinh", "staff", ("H28.03",)),
    GroupSettings("ioc-phan-tich", "analyst"),
    GroupSettings("ioc-van-hanh", "operator"),
)
PEOPLE: Mapping[str, tuple[str, Sequence[str]]] = {
    "lan": ("Nguyễn Thị Lan", ["ioc-lanh-dao", "toan-co-quan"]),
    "minh": ("Bùi Văn Minh", ["ioc-mot-cua-so-tai-chinh"]),
    "hoa": ("Quách Thị Hoa", ["ioc-phan-tich"]),
    "tuan": ("Đinh Anh Tuấn", ["ioc-van-hanh"]),
    "khach": ("Khách <b>vãng lai</b>", ["toan-co-quan"]),
}


@dataclass
class OpenIdProvider:
    """A running provider. What it says of people can be changed while it runs."""

    address: str
    centre: str
    people: dict[str, tuple[str, Sequence[str]]] = field(default_factory=lambda: dict(PEOPLE))

    def tell(self, userinfo: int = 0, **groups: Sequence[str]) -> None:
        """Take these people's groups to be these. `userinfo`: the status that its user information answers; 0: all
        well."""
        for login, theirs in groups.items():
            self.people[login] = (self.people[login][0], theirs)
        accounts = {
            login: {"name": name, "groups": list(theirs), "email": f"{login}@example.vn"}
            for login, (name, theirs) in self.people.items()
        }
        answer = httpx.put(
            f"{self.address}/admin", json={"accounts": accounts, "userinfo": userinfo}, trust_env=False, timeout=20
        )
        assert answer.status_code == 204

    def heal(self) -> None:
        """Everything is as in the beginning."""
        self.people = dict(PEOPLE)
        self.tell()

    def settings(self, settings: Settings, **more: Any) -> Settings:
        """The settings of a centre whose visitors sign in here. `more`: further ones of [access], durations as text."""
        chosen = {
            name: parse_duration(value) if name in ("session", "recheck") else value for name, value in more.items()
        }
        access = AccessSettings(
            mode="oidc",
            metadata_url=f"{self.address}/.well-known/openid-configuration",
            client_id=CLIENT,
            client_secret_env="TEST_CLIENT_SECRET",
            cookie_secret_env="TEST_COOKIE_SECRET",
            public_url=self.centre,
            **chosen,
        )
        return msgspec.structs.replace(settings, access=access, groups=GROUPS)


@contextmanager
def openid_provider(home: Path, centre: str) -> Iterator[OpenIdProvider]:
    """A provider that knows the centre at this address (http://host:port) and PEOPLE; stopped at the end.

    NotInstalledError when there is none.
    """
    node = shutil.which("node")
    if not node or not (FOLDER / "node_modules" / "oidc-provider").exists():
        raise NotInstalledError(
            "The OpenID provider is not installed (node, tests/oidc): make test-servers installs it"
        )
    port, log = free_port(), home / "provider.log"
    command = [node, str(FOLDER / "provider.mjs"), str(port), CLIENT, CLIENT_SECRET, centre]
    running = OpenIdProvider(f"http://127.0.0.1:{port}", centre)
    with serving_process(command, log) as process:
        wait_for_http(f"{running.address}/.well-known/openid-configuration", process, log)
        running.tell()
        yield running


@contextmanager
def secrets_in_environment() -> Iterator[None]:
    """Within the block the environment holds what the settings name, as processes that are started take it over."""
    before = {name: os.environ.get(name) for name in SECRETS}
    os.environ.update(SECRETS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
