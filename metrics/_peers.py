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
from metrics._hierarchy import Hierarchy, Ints
from metrics._period import Period, day_number
from metrics._question import Question

KINDS = ("tinh", "so", "huyen", "xa")
_BANDS = ("xa_small", "xa_medium", "xa_large")
GROUPS = (*KINDS, "xa_urban", "xa_rural", *_BANDS)
_WORDS = {"xa_urban": ("phường", "thị trấn"), "xa_rural": ("xã",)}
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

    def units_of(self, key: str) -> tuple[str, ...] | None:
        """The units of an own group; None where none is named so."""
        return next((tuple(group.units) for group in self.own if group.name == key), None)


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
    numbers = group_numbers(counters, key, day, configured, period)
    codes = tuple(counters.hierarchy.codes[unit] for unit in numbers.tolist())
    if key in _BANDS:
        counts = _received(counters, day, period)[numbers]
        return PeerGroup(key, *_NAMES[key], codes, *((int(counts.min()), int(counts.max())) if len(counts) else ()))
    own = next((own for own in configured.own if own.name == key), None)
    return PeerGroup(key, *(_NAMES[key] if key in _NAMES or own is None else (own.title, own.title)), codes)


def group_numbers(
    counters: Counters, key: str, day: date, configured: Peers = NO_OWN, period: Period | None = None
) -> Ints:
    """The units of a group as the hierarchy numbers them, in the order of their codes; else as `peer_group`."""
    if key in _BANDS:
        return _band(key, group_numbers(counters, "xa", day), _received(counters, day, period))
    own = configured.units_of(key)
    if own is None and key not in GROUPS:
        known = ", ".join([*GROUPS, *(own.name for own in configured.own)])
        raise ValueError(f"unknown group {key!r}; known: {known}")
    number = day_number(day)
    # As long as the hierarchy stays what it was on the day.
    asked = ("group", key, None if key in GROUPS else own, counters.hierarchy.segment(number))
    return counters.remembered(asked, date.min, lambda: _members(counters.hierarchy, key, own or (), number))


def _members(hierarchy: Hierarchy, key: str, own: Sequence[str], day: int) -> Ints:
    in_force, kinds, names, wanted = hierarchy.in_force(day), hierarchy.kinds, hierarchy.names, set(own)
    if key in KINDS:
        chosen = [unit for unit in in_force if kinds[unit] == key]
    elif key in _WORDS:
        chosen = [unit for unit in in_force if kinds[unit] == "xa" and _begins(names[unit], _WORDS[key])]
    else:
        chosen = [unit for unit in in_force if hierarchy.codes[unit] in wanted]
    return np.array(sorted(chosen, key=hierarchy.codes.__getitem__), np.int64)


def _received(counters: Counters, day: date, period: Period | None) -> Ints:
    return Question(counters, period or Period.ending(day, _YEAR)).flow("received")


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


def _band(key: str, communes: Ints, received: Ints) -> Ints:
    """The communes of a band: by how many have received fewer, in thirds; equal numbers stay together."""
    counts = received[communes]
    fewer = np.searchsorted(np.sort(counts), counts)
    band: Ints = communes[fewer * len(_BANDS) // max(len(communes), 1) == _BANDS.index(key)]
    return band


def _begins(name: str, words: tuple[str, ...]) -> bool:
    plain = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return any(plain.startswith(f"{word} ") for word in words)
