"""The places that can be simulated: the date on which each lives, and how much happens there in a year."""

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from clock import LOCAL_ZONE
from config import ClockSettings, Settings, SourceSettings, StoreSettings
from errors import ConfigError

USERNAME = "ioc"
PASSWORD_VARIABLE, TOKEN_VARIABLE, SECRET_VARIABLE = "MOTCUA_PASSWORD", "VANBAN_TOKEN", "HOP_SECRET"
# What a simulator started by hand accepts while these variables are unset. It listens on loopback only.
FALLBACK_CREDENTIAL = "mo-phong"


@dataclass(frozen=True)
class Place:
    """A province at a date. `start`: what its clock shows first; its history is the 365 days before.

    The same place, seed number included, gives the same records in every run and process.
    """

    name: str
    title_vi: str
    start: datetime
    seed: int = 2021
    dossiers_per_year: int = 120_000
    documents_per_year: int = 40_000


PLACES: dict[str, Place] = {
    "hoa-binh": Place("hoa-binh", "Tỉnh Hòa Bình", datetime(2021, 12, 10, 8, 0, tzinfo=LOCAL_ZONE)),
}


def find_place(name: str) -> Place:
    """The place of that name; ConfigError listing the right names when there is none."""
    if name not in PLACES:
        raise ConfigError(f"unknown place {name!r}; known: {', '.join(PLACES)}")
    return PLACES[name]


@lru_cache
def profile(place_name: str) -> dict[str, Any]:
    """What is written down about a place: its departments, districts, procedures (seed/NAME.toml)."""
    return tomllib.loads((Path(__file__).parent / f"{place_name}.toml").read_text("utf-8"))


def demo_secrets(_place: Place) -> dict[str, str]:
    """Fresh random credentials of the three systems, by the environment variables to set for simulator and poller."""
    names = (PASSWORD_VARIABLE, TOKEN_VARIABLE, SECRET_VARIABLE)
    return {name: secrets.token_urlsafe(18) for name in names}


def credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """The three credentials that a simulator checks; an unset variable counts as "mo-phong"."""
    names = (PASSWORD_VARIABLE, TOKEN_VARIABLE, SECRET_VARIABLE)
    return {name: environment.get(name) or FALLBACK_CREDENTIAL for name in names}


def base_urls(port: int) -> dict[str, str]:
    """Where the systems of a simulator on that port answer, by the names of the demo's sources."""
    root = f"http://127.0.0.1:{port}"
    return {"motcua": f"{root}/dvcqg", "vanban": f"{root}/qlvb", "hop": f"{root}/bbb"}


def demo_settings(place: Place, port: int) -> Settings:
    """The settings of a centre that polls the three simulated systems of a place on that port."""
    urls = base_urls(port)
    sources = (
        SourceSettings(
            name="motcua",
            dialect="dvcqg",
            base_url=urls["motcua"],
            username=USERNAME,
            password_env=PASSWORD_VARIABLE,
        ),
        SourceSettings(name="vanban", dialect="qlvb", base_url=urls["vanban"], token_env=TOKEN_VARIABLE),
        SourceSettings(name="hop", dialect="bigbluebutton", base_url=urls["hop"], secret_env=SECRET_VARIABLE),
    )
    pace = {"every": timedelta(seconds=3), "overlap": timedelta(minutes=15), "expected_age": timedelta(minutes=1)}
    return Settings(
        store=StoreSettings(url=f"sqlite:///var/{place.name}.db"),
        clock=ClockSettings(start=place.start),
        sources=tuple(msgspec.structs.replace(source, **pace) for source in sources),
    )
