"""The source systems of a place as a centre meets them: where they answer, with which credentials."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from config import ClockSettings, Settings, SourceSettings, StoreSettings
from seed.place import (
    AXIS_VARIABLE,
    OPENCPS_GROUP,
    OPENCPS_VARIABLE,
    PASSWORD_VARIABLE,
    PEXIP_VARIABLE,
    SECRET_VARIABLE,
    TOKEN_VARIABLE,
    USERNAME,
    Place,
)

# What a simulator started by hand accepts while these variables are unset. It listens on loopback only.
FALLBACK_CREDENTIAL = "mo-phong"


@dataclass(frozen=True)
class Feed:
    """One source of the demo's settings: what it reads from which system, and below which path that answers."""

    name: str
    dialect: str
    system: str
    path: str
    variable: str = ""
    # The settings that name the credential, and others that only this dialect has.
    others: tuple[tuple[str, str], ...] = ()

    def settings(self, root: str) -> SourceSettings:
        """The settings of this source where the simulator answers at `root`."""
        plain = SourceSettings(name=self.name, dialect=self.dialect, base_url=f"{root}/{self.path}")
        return msgspec.structs.replace(plain, **dict(self.others))


_USER = ("username", USERNAME)

FEEDS = (
    Feed("motcua", "dvcqg", "dvcqg", "dvcqg", PASSWORD_VARIABLE, (_USER, ("password_env", PASSWORD_VARIABLE))),
    Feed(
        "lienthong",
        "opencps",
        "opencps",
        "opencps",
        OPENCPS_VARIABLE,
        (_USER, ("password_env", OPENCPS_VARIABLE), ("group_id", OPENCPS_GROUP)),
    ),
    Feed("vanban", "qlvb", "qlvb", "qlvb", TOKEN_VARIABLE, (("token_env", TOKEN_VARIABLE),)),
    Feed("truc", "edxml", "edxml", "edxml", AXIS_VARIABLE, (("token_env", AXIS_VARIABLE),)),
    Feed("hop", "bigbluebutton", "bigbluebutton", "bbb", SECRET_VARIABLE, (("secret_env", SECRET_VARIABLE),)),
    Feed("hoinghi", "pexip", "pexip", "pexip", PEXIP_VARIABLE, (_USER, ("password_env", PEXIP_VARIABLE))),
    Feed("diemcau", "bridge_points", "files", "files", "", (("path", "bridge_points.csv"),)),
    Feed("baocao", "returns", "files", "files", "", (("path", "returns.csv"),)),
)


def feeds(place: Place) -> Iterator[Feed]:
    """The sources of a place, those with catalogues first."""
    return (feed for feed in FEEDS if feed.system in place.systems)


def demo_secrets(place: Place) -> dict[str, str]:
    """Fresh random credentials of a place's systems, by the environment variables to set for simulator and poller."""
    return {feed.variable: secrets.token_urlsafe(18) for feed in feeds(place) if feed.variable}


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The credentials that a simulator checks; an unset variable counts as "mo-phong"."""
    return {feed.variable: environment.get(feed.variable) or FALLBACK_CREDENTIAL for feed in FEEDS if feed.variable}


def base_urls(place: Place, port: int) -> dict[str, str]:
    """Where the systems of a place's simulator on that port answer, by the names of the demo's sources."""
    return {feed.name: f"{_root(port)}/{feed.path}" for feed in feeds(place)}


def demo_settings(place: Place, port: int) -> Settings:
    """The settings of a centre that polls the simulated systems of a place on that port."""
    pace = {"every": timedelta(seconds=3), "overlap": timedelta(minutes=15), "expected_age": timedelta(minutes=1)}
    sources = (feed.settings(_root(port)) for feed in feeds(place))
    return Settings(
        store=StoreSettings(url=f"sqlite:///var/{place.name}.db"),
        clock=None if place.live else ClockSettings(start=place.start),
        sources=tuple(msgspec.structs.replace(source, **pace) for source in sources),
    )


def _root(port: int) -> str:
    return f"http://127.0.0.1:{port}"
