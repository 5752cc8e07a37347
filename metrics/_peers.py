"""Peer groups: the units that are ranked against each other on a day.

A kind (so, huyen, xa), communes by their name (Phường and Thị trấn are urban, Xã is rural), communes by how many
dossiers they received (three bands of about equal number, ties kept together), and the installation's own groups.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

import numpy as np

from metrics._counters import Counters
from metrics._hierarchy import Ints
from metrics._period import Period, day_number
from metrics._question import Question

KINDS = ("tinh", "so", "huyen", "xa")
_BANDS = ("xa_small", "xa_medium", "xa_large")
GROUPS = (*KINDS, "xa_urban", "xa_rural", *_BANDS)
_URBAN, _RURAL = ("phường", "thị trấn"), ("xã",)
_YEAR = 365


class OwnGroup(Protocol):
    """A group that an installation names in its configuration (`config.PeerSettings`)."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def units(self) -> Sequence[str]: ...


class Peers(NamedTuple):
    """What an installation adds to the groups that every one has."""

    own: Sequence[OwnGroup] = ()


NO_OWN = Peers()


@dataclass(frozen=True)
class PeerGroup:
    """Units that are compared with each other.

    key             as `ranking` and the command line take it
    name_vi, name   what a person reads
    units           their codes on the day, sorted
    low, high       of a band: the fewest and the most dossiers that its communes received; else None
    """

    key: str
    name_vi: str
    name: str
    units: tuple[str, ...]
    low: int | None = None
    high: int | None = None


def peer_groups(
    counters: Counters, day: date, configured: Peers = NO_OWN, period: Period | None = None
) -> dict[str, PeerGroup]:
    """Every group that has units on a local day, by key.

    Bands count the dossiers received in `period`; None: in the 365 days that end on the day. Of an own group the
    units in force on the day count.
    """
    groups = (
        peer_group(counters, key, day, configured, period) for key in (*GROUPS, *(own.name for own in configured.own))
    )
    return {group.key: group for group in groups if group.units}


def peer_group(
    counters: Counters, key: str, day: date, configured: Peers = NO_OWN, period: Period | None = None
) -> PeerGroup:
    """One group; as `peer_groups`. ValueError for an unknown key, naming the right ones."""
    by_code = {counters.hierarchy.codes[unit]: unit for unit in counters.hierarchy.in_force(day_number(day))}
    kinds, names = counters.hierarchy.kinds, counters.hierarchy.names
    if key in KINDS:
        return _group(key, _NAMES[key], [code for code, unit in by_code.items() if kinds[unit] == key])
    communes = [code for code, unit in by_code.items() if kinds[unit] == "xa"]
    if key in ("xa_urban", "xa_rural"):
        words = _URBAN if key == "xa_urban" else _RURAL
        return _group(key, _NAMES[key], [code for code in communes if _begins(names[by_code[code]], words)])
    if key in _BANDS:
        received = Question(counters, period or Period.ending(day, _YEAR)).flow("received")
        return _band(key, {code: int(received[by_code[code]]) for code in communes})
    for own in configured.own:
        if own.name == key:
            return _group(key, (own.title, own.title), [code for code in own.units if code in by_code])
    known = ", ".join([*GROUPS, *(own.name for own in configured.own)])
    raise ValueError(f"unknown group {key!r}; known: {known}")


def group_numbers(counters: Counters, group: PeerGroup, day: date) -> Ints:
    """The group's units as the hierarchy numbers them."""
    number = day_number(day)
    wanted = set(group.units)
    in_force = counters.hierarchy.in_force(number)
    return np.array([unit for unit in in_force if counters.hierarchy.codes[unit] in wanted], np.int64)


_NAMES = {
    "tinh": ("Tỉnh", "Provinces"),
    "so": ("Sở, ban, ngành", "Departments"),
    "huyen": ("Huyện, thị xã, thành phố", "Districts"),
    "xa": ("Xã, phường, thị trấn", "Communes"),
    "xa_urban": ("Phường, thị trấn", "Urban communes"),
    "xa_rural": ("Xã", "Rural communes"),
    "xa_small": ("Cấp xã có ít hồ sơ", "Communes with few dossiers"),
    "xa_medium": ("Cấp xã có số hồ sơ trung bình", "Communes with a middling number of dossiers"),
    "xa_large": ("Cấp xã có nhiều hồ sơ", "Communes with many dossiers"),
}


def _group(key: str, names: tuple[str, str], codes: Sequence[str]) -> PeerGroup:
    return PeerGroup(key, names[0], names[1], tuple(sorted(codes)))


def _band(key: str, received: dict[str, int]) -> PeerGroup:
    """The communes of a band: by how many have received fewer, in thirds; equal numbers stay together."""
    ordered = np.sort(np.array(list(received.values()), np.int64))
    fewer = {code: int(np.searchsorted(ordered, count)) for code, count in received.items()}
    codes = [code for code, below in fewer.items() if below * len(_BANDS) // len(received) == _BANDS.index(key)]
    counts = [received[code] for code in codes]
    return PeerGroup(key, *_NAMES[key], tuple(sorted(codes)), min(counts, default=None), max(counts, default=None))


def _begins(name: str, words: tuple[str, ...]) -> bool:
    plain = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return any(plain.startswith(f"{word} ") for word in words)
