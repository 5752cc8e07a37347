"""The places that can be simulated: the date on which each lives, which systems it runs, how much happens in a year."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from clock import LOCAL_ZONE, Clock, real_clock, replay_clock
from errors import ConfigError
from seed.profiles import read_profile

USERNAME = "ioc"
PASSWORD_VARIABLE, TOKEN_VARIABLE, SECRET_VARIABLE = "MOTCUA_PASSWORD", "VANBAN_TOKEN", "HOP_SECRET"
OPENCPS_VARIABLE, AXIS_VARIABLE, PEXIP_VARIABLE = "LIENTHONG_PASSWORD", "TRUC_TOKEN", "HOINGHI_PASSWORD"
OPENCPS_GROUP = "20126"


@dataclass(frozen=True)
class Place:
    """A province, or a city of one, at a date.

    `start`: what its clock shows first; its history is the `history_days` before. A `live` place runs on the real
    clock, and `start` is only the day that its uptake of online services is measured against.
    `systems`: the dialects that its simulator speaks ("files": the registers of bridge points and returns).
    The same place, seed number included, gives the same records in every run and process.
    """

    name: str
    title_vi: str
    start: datetime
    seed: int = 2021
    dossiers_per_year: int = 120_000
    documents_per_year: int = 40_000
    history_days: int = 365
    systems: tuple[str, ...] = ("dvcqg", "qlvb", "bigbluebutton", "files")
    live: bool = False

    @property
    def first_day(self) -> date:
        """The local day with which its history begins."""
        return self.start.date() - timedelta(days=self.history_days)

    def make_clock(self, speed: float = 1.0) -> Clock:
        """The clock of its simulator: the real one, or one that begins at `start`."""
        return real_clock() if self.live else replay_clock(self.start, speed)

    def units_of(self, system: str) -> frozenset[str]:
        """The codes of the units whose records a system of this place holds; empty when it does not run it.

        Districts on OpenCPS are in no `dvcqg`, so that both together are the whole.
        """
        from seed.units import units  # the units of a place need the place first

        if system not in self.systems:
            return frozenset()
        codes = frozenset(unit.code for unit in units(self))
        own = [f"{profile(self.name)['agency']}.{number}" for number in profile(self.name).get("opencps", [])]
        elsewhere = frozenset(code for code in codes if any(f"{code}.".startswith(f"{head}.") for head in own))
        return {"opencps": elsewhere, "dvcqg": codes - elsewhere}.get(system, codes)


def _place(name: str, title_vi: str, day: date, dossiers: int, documents: int, **others: Any) -> Place:
    start = datetime(day.year, day.month, day.day, 8, tzinfo=LOCAL_ZONE)
    return Place(name, title_vi, start, dossiers_per_year=dossiers, documents_per_year=documents, **others)


_KNOWN = (
    _place("hoa-binh", "Tỉnh Hòa Bình", date(2021, 12, 10), 120_000, 40_000),
    _place(
        "hoa-binh-city", "Thành phố Hòa Bình", date(2021, 12, 10), 18_000, 6_000,
        systems=("dvcqg", "qlvb", "pexip", "files"),
    ),
    # Its history reaches back to 1 January 2021: the article speaks of Nậm Pồ to the end of that year.
    _place("dien-bien", "Tỉnh Điện Biên", date(2022, 4, 11), 16_000, 12_000, history_days=470),
    # Half a year to be counted, and a month before it, so that dossiers are carried over.
    _place(
        "ha-nam", "Tỉnh Hà Nam", date(2021, 7, 1), 228_000, 12_000, history_days=212,
        systems=("dvcqg", "opencps", "qlvb", "pexip", "files"),
    ),
    # Every packet of the axis is a request of its own.
    _place(
        "hai-phong", "Thành phố Hải Phòng", date(2019, 4, 2), 16_000, 1_200,
        systems=("dvcqg", "edxml", "bigbluebutton", "files"),
    ),
    # From before the reform of 1 July 2025 until now.
    _place("phu-tho", "Tỉnh Phú Thọ", date(2026, 1, 5), 14_000, 5_000, history_days=249, live=True),
)  # fmt: skip

PLACES: dict[str, Place] = {place.name: place for place in _KNOWN}


def find_place(name: str) -> Place:
    """The place of that name; ConfigError listing the right names when there is none."""
    if name not in PLACES:
        raise ConfigError(f"unknown place {name!r}; known: {', '.join(PLACES)}")
    return PLACES[name]


@lru_cache
def profile(place_name: str) -> dict[str, Any]:
    """What is written down about a place: its departments, districts, procedures (seed/NAME.toml)."""
    return read_profile(place_name)
